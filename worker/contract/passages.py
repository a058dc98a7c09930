"""A passage, and the address of a story up to it."""

from __future__ import annotations

import hashlib
import json
from typing import Literal

from worker.contract.base import Contract
from worker.contract.requests import SamplingChoice


class Copied(Contract):
    """The longest run of words that a passage has in common with the texts its model learned from."""

    words: int
    file: str
    chapter: str


class Likeness(Contract):
    """The book that a passage clearly sounds most like."""

    file: str
    lead: float
    """Bits a word by which the passage surprises less under this book than under the next one."""


class Recipe(Contract):
    """What was asked for besides what the passage itself tells, so that it can be written again."""

    title: str | None = None
    pov: str | None = None
    chapter: int = 1
    forbidden: str
    """Stands for the blocked words and the longest copied run of that time (`forbidden`)."""


class Passage(Contract):
    """One addition to a story, immutable. A story reads as the plain concatenation of its passages' `text`."""

    id: str
    story: str
    parent: str | None
    kind: Literal["continue", "chapter", "written"]
    """`written` is a member's own text."""
    text: str
    """With what separates it from the passage before: "", " ", "\\n\\n", or "\\n\\n\\n" before a chapter heading."""
    prompt: str
    """The part of `text` that a member wrote; the model wrote the rest."""
    heading: str | None = None
    author: str
    """Discord id of the member who asked for it."""
    prompted_by: str = ""
    """Discord id of the member who wrote the prompt, where another one asked for a further take."""
    model: str
    """Version that wrote it; "" for a member's own text."""
    take: int = 0
    """Its number among the takes of one request."""
    note: str = ""
    """The author's note it was written with."""
    copied: Copied | None = None
    likeness: Likeness | None = None
    """Of the model's part."""
    seed: int
    sampling: SamplingChoice
    words: int
    asked: int = 0
    """About how many words the model was to write; 0 where that is not known."""
    recipe: Recipe | None = None
    """None for a member's own text."""
    tokens: int
    seconds: float
    ended: Literal["sentence", "chapter", "length", "stopped", "time"]
    """Why the writing ended: at a sentence, where the model ended its chapter, at the hard limit, by Stop, by time."""
    created: float
    """Unix seconds."""
    chain: str
    """Hash chain of the story's text up to and including this passage (`chain_hash`)."""

    @property
    def prompter(self) -> str:
        """Who wrote the prompt."""
        return self.prompted_by or self.author


def forbidden(blocked: tuple[str, ...], copy_limit: int) -> str:
    """What stands for the words that must not appear, and for how long a copied run may be."""
    return hashlib.sha256(json.dumps([blocked, copy_limit]).encode()).hexdigest()[:16]


def chain_hash(parent_chain: str, text: str) -> str:
    """Content address of a story after `text`: hex SHA-256 over the parent's address and the text."""
    return hashlib.sha256(f"{parent_chain}\0{text}".encode()).hexdigest()
