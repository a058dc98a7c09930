"""A made-up book: enough text with enough pattern for a tiny model to learn in seconds."""

from __future__ import annotations

import random

NAMES = ("Athos", "Porthos", "Aramis", "Milady", "Planchet", "Constance")
VERBS = ("said", "cried", "answered", "murmured", "replied")
PLACES = ("the inn", "the garden", "the bridge", "the palace", "the road to Paris", "the old tower")
THINGS = ("a sword", "a letter", "a purse of gold", "a white horse", "a bottle of wine", "a secret")
TITLES = ("The Letter", "The Duel", "A Secret", "The White Horse", "In the Garden", "The Old Tower")


def tiny_book(chapters: int = 24, seed: int = 1) -> str:
    """Plain text, hard-wrapped like a downloaded book, chapters headed `Chapter IV. The Duel.`."""
    import textwrap

    from model.headings import format_number

    pick = random.Random(seed)
    parts = ["THE BOOK OF THE TOWER"]
    for number in range(1, chapters + 1):
        parts.append(f"\n\nChapter {format_number(number, 'roman')}. {pick.choice(TITLES)}.\n")
        for _ in range(12):
            parts.append(textwrap.fill(_paragraph(pick), 72))
    return "\n\n".join(parts) + "\n"


def _paragraph(pick: random.Random) -> str:
    sentences = []
    for _ in range(pick.randint(2, 5)):
        who, place, thing = pick.choice(NAMES), pick.choice(PLACES), pick.choice(THINGS)
        sentences.append(
            pick.choice(
                (
                    f"{who} went to {place} and found {thing}.",
                    f'"I have lost {thing}," {pick.choice(VERBS)} {who}.',
                    f'"Let us go to {place}," {pick.choice(VERBS)} {who}, and took {thing}.',
                    f"At {place} there was nothing but {thing}, and {who} laughed.",
                )
            )
        )
    return " ".join(sentences)
