"""What a member may ask for."""

from __future__ import annotations

import pytest

from bot.errors import Refusal
from bot.limits import checked_budget, checked_line, checked_name, checked_prompt, checked_words, duration
from bot.words.limits import TITLE


def test_no_prompt_is_no_refusal() -> None:
    assert checked_prompt(None) == ""


@pytest.mark.parametrize("raw", ["", "   ", "\u200b\u200d", "\x01\x02", "\u2800"])
def test_a_prompt_that_cannot_be_read_is_refused(raw: str) -> None:
    with pytest.raises(Refusal, match="nothing in it that can be read"):
        checked_prompt(raw)


def test_a_prompt_of_emoji_is_text() -> None:
    assert checked_prompt("😀🐉") == "😀🐉"


def test_a_long_prompt_is_refused_with_the_numbers() -> None:
    with pytest.raises(Refusal, match=r"6,000 characters.*4,000"):
        checked_prompt("x" * 6000)


@pytest.mark.parametrize("words", [0, -5, 10**6])
def test_words_out_of_range_are_refused_with_the_range(words: int) -> None:
    with pytest.raises(Refusal, match="1 to 600 words"):
        checked_words(words, 120, 600)


def test_words() -> None:
    assert checked_words(None, 120, 600) == 120
    assert checked_words(600, 120, 600) == 600


def test_a_title_is_one_line() -> None:
    assert checked_line("The\nLong\t Road", TITLE, 200) == "The Long Road"
    with pytest.raises(Refusal, match="at most 200"):
        checked_line("x" * 201, TITLE, 200)


@pytest.mark.parametrize(("raw", "name"), [("Dragons 1", "dragons-1"), ("a.b_c-d", "a.b_c-d")])
def test_names(raw: str, name: str) -> None:
    assert checked_name(raw) == name


@pytest.mark.parametrize("raw", ["", "../x", "é", "-x", "x" * 41, "a/b", "live.json"])
def test_bad_names(raw: str) -> None:
    with pytest.raises(Refusal, match="1 to 40 letters"):
        checked_name(raw)


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [(None, 600), ("90", 90), ("600s", 600), ("10m", 600), ("10 min", 600), ("1h", 3600), ("1H30M", 5400)],
)
def test_budgets(raw: str | None, seconds: float) -> None:
    assert checked_budget(raw, 600, 7200) == seconds


@pytest.mark.parametrize("raw", ["", "soon", "1.5h", "-10m", "m", "10x"])
def test_budgets_that_are_not_understood(raw: str) -> None:
    with pytest.raises(Refusal, match="10m"):
        checked_budget(raw, 600, 7200)


@pytest.mark.parametrize("raw", ["5s", "3h", "9" * 30])
def test_budgets_out_of_range(raw: str) -> None:
    with pytest.raises(Refusal, match="10 s to 2 h"):
        checked_budget(raw, 600, 7200)


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s"), (90, "90 s"), (600, "10 min"), (3600, "1 h"), (5400, "1 h 30 min")]
)
def test_durations(seconds: float, said: str) -> None:
    assert duration(seconds).to("en") == said
