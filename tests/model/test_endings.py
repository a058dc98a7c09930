from __future__ import annotations

import pytest

from model.books import count_words
from model.endings import Quota, Until, ends_sentence, quotes_closed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He left.", True),
        ('"I leave!"', True),
        ("他走了。”", True),
        ("and then he", False),
        ("It was M.", False),
        ("said Mr.", False),
        ("at No. 7?", True),
        ("", False),
    ],
)
def test_sentence_ends(text: str, expected: bool) -> None:
    assert ends_sentence(text) is expected


def test_quotations() -> None:
    assert quotes_closed('"Yes," he said, "no."')
    assert not quotes_closed('"Yes, he said.')
    assert not quotes_closed("“Yes, he said.")


def written(quota: Quota, text: str) -> Quota:
    quota.add(text)
    return quota


def test_a_passage_ends_at_a_sentence_outside_quotations() -> None:
    assert written(Quota(3, "sentence"), "One two.").ending_before(b" Three") is None
    ten = "One two three four five six seven eight nine ten."
    assert written(Quota(10, "sentence"), ten).ending_before(b" Then") == "sentence"
    assert written(Quota(3, "sentence"), '"One two three.').ending_before(b" Then") is None
    assert written(Quota(3, "sentence"), "One two M.").ending_before(b" de") is None
    assert written(Quota(3, "sentence"), "One two three.").ending_before(b'"') is None


def test_the_hard_limit_ends_between_words() -> None:
    assert written(Quota(10, "sentence"), "word " * 51 + "word").ending_before(b" more") is None
    assert written(Quota(10, "sentence"), "word " * 52 + "word").ending_before(b" more") == "length"
    assert written(Quota(10, "sentence"), "word " * 52 + "word").ending_before(b"ing") is None


def test_a_chapter_ends_at_a_paragraphs_end() -> None:
    text = "One two three four five six seven eight nine ten."
    assert written(Quota(10, "chapter"), text).ending_before(b" Then") is None
    assert written(Quota(10, "chapter"), text).ending_before(b"\n\n") == "sentence"
    assert written(Quota(10, "paragraph"), text).ending_before(b" Then") is None
    assert written(Quota(10, "paragraph"), text).ending_before(b"\n\n") == "paragraph"
    assert not written(Quota(10, "chapter"), "One two.").may_end_chapter
    assert written(Quota(10, "chapter"), "One two three four five").may_end_chapter


def test_curly_quotes_do_not_make_gaps() -> None:
    assert written(Quota(3, "sentence"), "“One two” three.").ending_before(b"net") is None


def test_chinese_counts_characters() -> None:
    assert written(Quota(6, "sentence"), "他走了，他回来了。").ending_before("他".encode()) == "sentence"


def test_text_without_a_gap_comes_to_its_end() -> None:
    quota = Quota(10, "sentence")
    for _ in range(2000):
        if ended := quota.ending_before(b"et"):
            break
        quota.add("et")
    assert ended == "length"


@pytest.mark.parametrize("until", ["sentence", "paragraph", "chapter"])
@pytest.mark.parametrize("piece", ["\n\n", " .", " …"])
def test_text_without_a_word_comes_to_its_end(piece: str, until: Until) -> None:
    quota = Quota(30, until)
    for _ in range(10_000):
        if quota.ending_before(piece.encode()) is not None:
            break
        quota.add(piece)
    assert quota.ending_before(piece.encode()) == "length" and quota.count == 0


def test_words_count_alike_in_whatever_pieces_they_come() -> None:
    text = "“Ah!” said the well-known d’Artagnan, and left.\n\n他走了，他回来了。 Then Athos came;\nthere was no more."
    whole, pieces = written(Quota(10, "chapter"), text), Quota(10, "chapter")
    for character in text:
        pieces.add(character)
    assert whole.count == pieces.count == count_words(text)
