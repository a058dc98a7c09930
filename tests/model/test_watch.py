from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.books import Book, Chapter, parse_book
from model.copies import Copies, fingerprint
from model.copyguard import longest_copied_run
from model.errors import BadSettings
from model.folding import words_of
from model.watch import Rules, Watch

SENTENCE = "The king rode north with nine of his men and slept in the old tower that night."


@pytest.fixture(scope="module")
def copies() -> Copies:
    return fingerprint([Book("king.txt", (Chapter("I", (SENTENCE,)),))])


def pieces_of(text: str) -> list[str]:
    """A text as tokens: some whole words, some halves, marks by themselves."""
    return re.findall(r" ?\w{1,4}|\W", text)


def copy_out(watch: Watch, wanted: list[str], instead: str = " indeed") -> str:
    """Write like a model that knows a text by heart: its next token, or another where that one is refused."""
    written: list[str] = []
    refused: set[int] = set()
    for _ in range(10 * len(wanted)):
        at = len(written)
        if at == len(wanted):
            break
        token = instead if at in refused else wanted[at]
        back = watch.add(token)
        if back is None:
            written.append(token)
        else:
            del written[len(written) - back :]
            refused.add(len(written))
    assert watch.finish() is None
    return "".join(written)


@pytest.mark.parametrize("limit", [4, 5, 8, 12])
def test_no_run_becomes_as_long_as_the_limit(copies: Copies, limit: int) -> None:
    watch = Watch(Rules.of(copies, limit, ()))
    text = copy_out(watch, pieces_of(SENTENCE))
    found = longest_copied_run(copies, text)
    assert (found.words if found else 0) < limit
    assert "indeed" in text
    assert watch.copied == found


def test_a_run_may_begin_in_the_text_before(copies: Copies) -> None:
    before, rest = SENTENCE[:30], SENTENCE[30:]
    watch = Watch(Rules.of(copies, 12, ()), before)
    assert len(words_of(before)) == 6
    text = copy_out(watch, pieces_of(rest))
    assert "indeed" in text
    assert len(words_of(text.split("indeed")[0])) == 5


def test_without_a_limit_runs_are_told_and_stand(copies: Copies) -> None:
    watch = Watch(Rules.of(copies, 0, ()))
    assert copy_out(watch, pieces_of(SENTENCE)) == SENTENCE
    assert watch.copied is not None
    assert (watch.copied.words, watch.copied.file, watch.copied.chapter) == (17, "king.txt", "I")


def test_what_was_copied_before_is_not_told(copies: Copies) -> None:
    watch = Watch(Rules.of(copies, 0, ()), SENTENCE)
    assert copy_out(watch, [" Then", " he", " woke."]) == " Then he woke."
    assert watch.copied is None


@pytest.mark.parametrize(
    ("blocked", "text", "stands"),
    [
        (("tower",), "the Tower, towering", "the indeed, towering"),
        (("mon dieu",), "Mon ami! Mon Dieu!", "Mon ami! Mon indeed!"),
        (("don't",), "I don’t know, Don", "I don’ indeed know, Don"),
        (("café",), "a cafe", "a indeed"),
        (("黛玉",), "林黛玉笑道玉", "林黛 indeed笑道玉"),
        (("", "—"), "a — b", "a — b"),
    ],
)
def test_blocked_words_never_stand(blocked: tuple[str, ...], text: str, stands: str) -> None:
    watch = Watch(Rules.of(None, 0, blocked))
    tokens = re.findall(r" ?[a-zA-Z]+|[^a-zA-Z]", text)
    written: list[str] = []
    at = 0
    while at < len(tokens):
        back = watch.add(tokens[at])
        if back is None:
            written.append(tokens[at])
            at += 1
            continue
        at -= back
        del written[len(written) - back :]
        assert watch.add(" indeed") is None
        written.append(" indeed")
        at += 1
    if (back := watch.finish()) is not None:
        del written[len(written) - back :]
        written.append(" indeed")
    assert "".join(written) == stands


def test_a_blocked_word_at_the_very_end_is_taken_back() -> None:
    watch = Watch(Rules.of(None, 0, ["tower"]))
    assert [watch.add(token) for token in ("old", " tow", "er")] == [None, None, None]
    assert watch.finish() == 2


@given(st.lists(st.sampled_from([" tow", "er", "s", ", ", " ", "the", " old", "黛玉", "", "\u0301"]), max_size=40))
def test_the_watch_stands_where_the_text_stands(tokens: list[str]) -> None:
    rules = Rules.of(None, 0, ["tower", "玉"])
    watch = Watch(rules)
    written: list[str] = []
    for token in tokens:
        before = len(written)
        back = watch.add(token)
        if back is None:
            written.append(token)
        else:
            assert back <= before
            del written[before - back :]
    if (back := watch.finish()) is not None:
        del written[len(written) - back :]
    words = words_of("".join(written))
    assert "tower" not in words
    assert "玉" not in words


@given(st.integers(0, 10_000), st.integers(4, 9))
def test_whatever_is_drawn_no_run_reaches_the_limit(seed: int, limit: int) -> None:
    pick = random.Random(seed)
    vocabulary = [" a", " b", " c", " d", "d", ",", " "]
    book = "".join(pick.choices(vocabulary, k=200))
    copies = fingerprint([Book("a.txt", (Chapter(None, (book,)),))])
    watch = Watch(Rules.of(copies, limit, ()))
    written: list[str] = []
    for _ in range(200):
        token = pick.choice(vocabulary)
        if (back := watch.add(token)) is None:
            written.append(token)
        else:
            del written[len(written) - back :]
    if (back := watch.finish()) is not None:
        del written[len(written) - back :]
    words, text = f" {' '.join(words_of(book))} ", words_of("".join(written))
    for begin in range(len(text) - limit + 1):
        assert f" {' '.join(text[begin : begin + limit])} " not in words


def test_a_limit_below_what_is_seen_for_sure_is_refused(tiny_book_text: str) -> None:
    copies = fingerprint([parse_book(tiny_book_text, "tower.txt")])
    with pytest.raises(BadSettings, match="set 4 or more instead of 3"):
        Rules.of(copies, 3, ())
