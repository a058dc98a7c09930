from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.blocked import blocked_word
from model.books import Book, Chapter, parse_book
from model.copies import STRIDES, Copies, fingerprint
from model.copyguard import longest_copied_run
from model.errors import BadSettings
from model.folding import words_of
from model.watch import Rules, Watch

SENTENCE = "The king rode north with nine of his men and slept in the old tower that night."


@pytest.fixture(scope="module")
def copies() -> Copies:
    return fingerprint([Book("king.txt", (Chapter("I", (SENTENCE,)),))])


def write(watch: Watch, pieces: list[str], instead: str = " indeed") -> str:
    """Write like a model that knows a text by heart: its next piece, or another where that one is refused."""
    written: list[str] = []
    for piece in pieces:
        if watch.allows(piece):
            written.append(piece)
        else:
            assert watch.allows(instead)
            written.append(instead)
    return "".join(written)


def pieces_of(text: str) -> list[str]:
    """A text as the engine judges it: words with what stands around them, characters of unspaced scripts."""
    return re.findall(r"[\s]*(?:[\u4e00-\u9fff]|[^\s\u4e00-\u9fff]+)", text)


@pytest.mark.parametrize("limit", [4, 5, 8, 12])
def test_no_run_becomes_as_long_as_the_limit(copies: Copies, limit: int) -> None:
    watch = Watch(Rules.of(copies, limit, ()))
    text = write(watch, pieces_of(SENTENCE))
    found = longest_copied_run(copies, text)
    assert (found.words if found else 0) < limit
    assert "indeed" in text
    assert watch.copied == found


def test_a_run_may_begin_in_the_text_before(copies: Copies) -> None:
    before, rest = SENTENCE[:30], SENTENCE[30:]
    watch = Watch(Rules.of(copies, 12, ()), before)
    assert len(words_of(before)) == 6
    text = write(watch, pieces_of(rest))
    assert "indeed" in text
    assert len(words_of(text.split("indeed")[0])) == 5


def test_without_a_limit_runs_are_told_and_stand(copies: Copies) -> None:
    watch = Watch(Rules.of(copies, 0, ()))
    assert write(watch, pieces_of(SENTENCE)) == SENTENCE
    assert watch.copied is not None
    assert (watch.copied.words, watch.copied.file, watch.copied.chapter) == (17, "king.txt", "I")


def test_what_was_copied_before_is_not_told(copies: Copies) -> None:
    watch = Watch(Rules.of(copies, 0, ()), SENTENCE)
    assert write(watch, [" Then", " he", " woke."]) == " Then he woke."
    assert watch.copied is None


@pytest.mark.parametrize(
    ("blocked", "text", "stands"),
    [
        (("tower",), "the Tower, towering", "the indeed towering"),
        (("mon dieu",), "Mon ami! Mon Dieu!", "Mon ami! Mon indeed"),
        (("don't",), "I don’t know, Don", "I indeed know, Don"),
        (("café",), "a cafe", "a indeed"),
        (("黛玉",), "林黛玉笑道玉", "林黛 indeed笑道玉"),
        (("well",), "a well-known well", "a indeed indeed"),
        (("", "—"), "a — b", "a — b"),
        (("c++",), "a c, a C++, a b", "a c, a indeed a b"),
        (("a$$",), "a tower, an a$$", "a tower, an indeed"),
        (("$hit", "hit me"), "a hit, $hit!", "a hit, indeed"),
        (("müll",), "Müll Müller", " indeed Müller"),
    ],
)
def test_blocked_words_never_stand(blocked: tuple[str, ...], text: str, stands: str) -> None:
    assert write(Watch(Rules.of(None, 0, blocked)), pieces_of(text)) == stands


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([" c", " C++,", " c++x", " a", " a$$", " hit", " $hit", " Müll", " mon", " dieu", " —"]))
)
def test_a_text_that_stands_holds_nothing_blocked_and_nothing_else_is_left_out(pieces: list[str]) -> None:
    blocked = ("c++", "a$$", "$hit", "müll", "mon dieu", "a —")
    watch = Watch(Rules.of(None, 0, blocked))
    stands = "".join(piece for piece in pieces if watch.allows(piece))
    assert blocked_word(stands, blocked) is None
    if blocked_word("".join(pieces), blocked) is None:
        assert stands == "".join(pieces)


def test_a_word_that_comes_in_two_pieces_is_one_word() -> None:
    watch = Watch(Rules.of(None, 0, ["tower"]))
    assert watch.allows(" the tow")
    assert not watch.allows("er")
    assert watch.allows("n")
    assert watch.allows(" tower" + "s")
    assert not watch.allows(" tower")


def test_a_blocked_phrase_may_begin_in_the_text_before() -> None:
    assert not Watch(Rules.of(None, 0, ["mon dieu"]), "He cried: Mon").allows(" dieu!")
    assert Watch(Rules.of(None, 0, ["mon dieu"]), "He cried: Mon dieu").allows(" Mon ami!")


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(4, 12), st.sampled_from(STRIDES))
def test_whatever_is_drawn_no_run_reaches_the_limit(seed: int, limit: int, stride: int) -> None:
    pick = random.Random(seed)
    vocabulary = [" a", " b", " c", " d", "d", ",", " "]
    pieces = pick.choices(vocabulary, k=200)
    book = "".join(pieces)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("model.copies.STRIDES", (stride,))
        copies = fingerprint([Book("a.txt", (Chapter(None, (book,)),))])
    limit = max(limit, copies.sure)
    watch = Watch(Rules.of(copies, limit, ()))
    written = []
    at = 0
    for _ in range(300):
        at = pick.randrange(200) if pick.random() < 0.05 else (at + 1) % 200
        if watch.allows(pieces[at]):
            written.append(pieces[at])
    words, text = f" {' '.join(words_of(book))} ", words_of("".join(written))
    for begin in range(len(text) - limit + 1):
        assert f" {' '.join(text[begin : begin + limit])} " not in words


def test_a_limit_below_what_is_seen_for_sure_is_refused(tiny_book_text: str) -> None:
    copies = fingerprint([parse_book(tiny_book_text, "tower.txt")])
    with pytest.raises(BadSettings, match="set 4 or more instead of 3"):
        Rules.of(copies, 3, ())
