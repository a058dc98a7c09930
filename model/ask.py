"""What an engine is asked to write, and what it tells while it writes.

A passage is read and written in this order: the story so far, where its state is missing (`before`), the chapter's
beginning (`opening`), the member's text (`read`), and then what the model adds. Several takes share all that is read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from model.copies import CopiedRun
from model.endings import EndReason, Until
from model.lstm import State
from model.sampling import Sampling


@dataclass(frozen=True)
class NewChapter:
    """What a chapter is to begin with; without title and point of view the model makes a title as its books do.

    A point-of-view character goes into the heading where the books head chapters by people, else it is the first word
    of the text.
    """

    number: int
    title: str = ""
    pov: str = ""


@dataclass(frozen=True)
class Ask:
    """A passage to write, in one or several takes; take n draws with the seed `sampling.seed + n`."""

    id: str
    sampling: Sampling
    words: int
    until: Until = "sentence"
    state: State | None = None
    """After the story so far; None: a fresh book (whose first chapter has just opened, if there is no `opening`)."""
    before: str = ""
    """The story since `state`, where no state of its end is stored; canonical text."""
    opening: NewChapter | None = None
    read: str = ""
    """Canonical text that comes first: the member's words, with what joins them to the text before."""
    after: str = ""
    """The end of the story so far: a word that it ends with is not written on, a run copied from a book goes on."""
    note: str = ""
    """Author's note: read before all else and never shown; the state after the passage does not know it."""
    takes: int = 1
    blocked: tuple[str, ...] = ()
    """Words and phrases that are never written."""
    copy_limit: int = 0
    """No run of so many words or more is copied from the corpus; 0: any."""
    time_limit_s: float = math.inf
    """From `submit` on; what is written by then is kept."""


@dataclass(frozen=True)
class End:
    """How a piece of writing ended, and the state from which its story goes on."""

    reason: EndReason
    state: State | None
    """Rounded to 16 bits a value, as it is when stored; None where it was stopped before all was read."""
    tokens: int
    seconds: float


@dataclass(frozen=True)
class Rebuilt:
    """`Ask.before` is read: the state after it, rounded to 16 bits a value, to be stored."""

    id: str
    state: State


@dataclass(frozen=True)
class Opened:
    """A chapter has begun: break, heading, break, perhaps its first name. It stands before `Ask.read`."""

    id: str
    take: int
    text: str
    heading: str


@dataclass(frozen=True)
class Grew:
    """New text behind what was read: whole words only, never taken back."""

    id: str
    take: int
    text: str


@dataclass(frozen=True)
class Done:
    """A take is finished."""

    id: str
    take: int
    end: End
    copied: CopiedRun | None = None


@dataclass(frozen=True)
class Broke:
    """A take cannot be written; its neighbours go on."""

    id: str
    take: int
    error: Exception


Output = Rebuilt | Opened | Grew | Done | Broke
