"""Figures as members read them."""

from __future__ import annotations

import pytest

from bot.delivery import is_told
from bot.figures import bar, beginning
from bot.guide import help_embed
from bot.notices import waiting_line


@pytest.mark.parametrize(
    ("fraction", "shown"), [(-1, "▱" * 20 + " 0%"), (0.5, "▰" * 10 + "▱" * 10 + " 50%"), (2, "▰" * 20 + " 100%")]
)
def test_bar(fraction: float, shown: str) -> None:
    assert bar(fraction) == shown


def test_a_sample_is_cut_between_words() -> None:
    assert beginning("The king rode north.", 50) == "The king rode north."
    assert beginning("The king rode north.", 10) == "The king …"


def test_the_help_fits_into_one_embed() -> None:
    embed = help_embed("en")
    assert len(embed) <= 6000 and all(len(field.value or "") <= 1024 for field in embed.fields)


@pytest.mark.parametrize(
    ("ahead", "workers", "seconds", "begins"),
    [
        (0, 1, None, "✍️ Writing"),
        (1, 1, None, "⏳ Waiting: 1 request ahead"),
        (2, 1, None, "⏳ Waiting: 2 requests"),
        (2, 0, 5.0, "⏳ No worker"),
        (9, 1, 0.0, "✍️ Writing"),
        (9, 1, 3.0, "✍️ Writing"),
        (9, 1, 11.2, "⏳ Waiting: my turn comes in about 12 s."),
        (9, 1, 41.0, "⏳ Waiting: my turn comes in about 45 s."),
        (9, 1, 130.0, "⏳ Waiting: my turn comes in about 3 min."),
    ],
)
def test_what_a_waiting_request_says(ahead: int, workers: int, seconds: float | None, begins: str) -> None:
    assert waiting_line(ahead, workers, seconds).to("en").startswith(begins)


def test_a_long_line_is_told_the_rarer_the_further_back() -> None:
    told = [[ahead for ahead in range(100) if is_told(ahead, review)] for review in range(60)]
    assert told[0] == list(range(100))
    assert all(set(range(10)) <= set(some) for some in told)
    assert sum(map(len, told)) / 60 < 30
    assert all(any(ahead in some for some in told[-10:]) for ahead in range(100))
