"""Passages and books for tests."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from bot.book.binding import bind
from bot.book.book import Book
from worker.contract import Passage, SamplingChoice, chain_hash

DAY = 24 * 3600.0
NAMES = {"1": "Alice", "2": "Bob"}


def passage(text: str, number: int = 0, **fields: Any) -> Passage:
    """One passage of the model `tiny`, or what `fields` say."""
    wanted: dict[str, Any] = {
        "id": str(number),
        "story": "tests:1",
        "parent": None,
        "kind": "continue",
        "prompt": "",
        "author": "1",
        "model": "tiny",
        "seed": 1,
        "sampling": SamplingChoice(),
        "words": len(text.split()),
        "tokens": 1,
        "seconds": 0.1,
        "ended": "sentence",
        "created": 1_760_000_000 + number * DAY,
        "chain": chain_hash("", text),
    }
    return Passage(text=text, **(wanted | fields))


def story(*passages: Passage) -> list[Passage]:
    """Passages one after the other, with their parents and chains."""
    chained: list[Passage] = []
    chain = ""
    for number, each in enumerate(passages):
        chain = chain_hash(chain, each.text)
        chained.append(each.model_copy(update={"id": str(number), "chain": chain}))
    linked = [after.model_copy(update={"parent": before.id}) for before, after in pairwise(chained)]
    return chained[:1] + linked


def of_text(text: str, title: str = "The Sixth Book") -> Book:
    """A book of one member's words."""
    return bind([passage(text, prompt=text.strip())], NAMES, title)


def sixth_book() -> Book:
    """Two members and two versions in two chapters after a beginning without heading."""
    return bind(
        story(
            passage("The king rode north. He was cold.", 0, prompt="The king rode north."),
            passage(" So was the horse.\n\n* * *\n\nMorning came.", 1),
            passage("\n\n\nI\nThe Long Road\n\nRain fell on the old tower.", 2, kind="chapter", model="small"),
            passage(" Nobody came.\nNobody went.", 3, prompt="Nobody came.\nNobody went.", author="2"),
            passage("\n\n\nII\nThe Letter & <b>the Seal</b>\n\nIt was written in green.", 4, kind="chapter"),
        ),
        NAMES,
        "The Sixth Book",
    )
