"""The figures of `benchmarks.text` on texts whose figures are known."""

from __future__ import annotations

import pytest

from benchmarks.text import cut, places_in
from benchmarks.text_figures import (
    TrainingText,
    closed_quotes,
    distinct_ngrams,
    divergence_bits,
    length_distance,
    ngram_counts,
    paragraph_lengths,
    repeated_ngrams,
    sentence_lengths,
    words_of,
)
from model.books import parse_book


def test_words_are_lower_case_with_marks_apart() -> None:
    assert words_of('"Ah," said d\'Artagnan. 红楼') == ['"', "ah", ",", '"', "said", "d'artagnan", ".", "红", "楼"]


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ('"Yes," he said. "No."\n\nend', 1.0),
        ('"Yes, he said.\n\n"No."\n\nend', 0.5),
        ("“Yes,” he said. “No.\n\nend", 0.5),
        ("「是」「\n\nend", 0.5),
        ("no speech\n\nend", 1.0),
        ('"cut off', 1.0),
    ],
)
def test_closed_quotes(text: str, share: float) -> None:
    assert closed_quotes([text]) == share


def test_repetition_is_counted_within_a_text() -> None:
    assert repeated_ngrams(["a b c d a b c d"], 4) == pytest.approx(1 / 5)
    assert repeated_ngrams(["a b c d", "a b c d"], 4) == 0
    assert distinct_ngrams(["a b a b"], 2) == pytest.approx(2 / 3)


def test_divergence_is_zero_for_the_same_and_one_for_strangers() -> None:
    one, other = ngram_counts(["a b a"], 1), ngram_counts(["c d"], 1)
    assert divergence_bits(one, one) == 0
    assert divergence_bits(one, other) == pytest.approx(1)
    mixed = ngram_counts(["a c"], 1)
    assert divergence_bits(one, mixed) == pytest.approx(divergence_bits(mixed, one))
    assert 0 < divergence_bits(one, mixed) < 1


def test_lengths_of_sentences_and_paragraphs() -> None:
    text = "He came. She went home!\n\nAnd then"
    assert sentence_lengths([text]) == [3, 4]
    assert paragraph_lengths([text]) == [7]
    assert length_distance([3, 3], [5, 5]) == pytest.approx(2)
    assert length_distance([], [4]) == pytest.approx(4)


@pytest.mark.parametrize(
    ("text", "run"),
    [
        ("one two three four five six", 6),
        ("zero one two three four five nine", 5),
        ("six two three nine", 2),
        ("nine ten", 0),
        ("six seven", 1),
        ("five six seven", 2),
    ],
)
def test_longest_copy(text: str, run: int) -> None:
    assert TrainingText(["one two three four five six", "seven eight"]).longest_copy(text) == run


def test_cut_keeps_whole_words() -> None:
    assert words_of(cut("one two, three four", 4)) == ["one", "two", ",", "three"]
    assert cut("one two", 9) == "one two"


def test_places_stand_apart_and_the_rest_is_the_rest(tiny_book_text: str) -> None:
    book = parse_book(tiny_book_text, "tower.txt")
    places, rest = places_in(book, 5, 60)
    assert len(places) == 5
    for place in places:
        assert place.before + place.after in book.text
        assert len(words_of(place.after)) > 60
    whole = len(words_of(book.text))
    assert len(words_of(rest)) == whole - sum(len(words_of(place.after)) for place in places)
