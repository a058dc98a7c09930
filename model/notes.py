"""What the person who trains should know, told once on the way and kept with the version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator

Concern = Literal[
    "preset",
    "small vocabulary",
    "known validation",
    "parts read",
    "no checkpoint",
    "half the rate",
    "best weights",
    "by heart",
    "",
]
"""What a note is about; empty in versions that kept sentences only."""


@dataclass(frozen=True)
class Note:
    """One thing to know."""

    about: Concern
    sentence: str
    """In English."""


def _note(value: object) -> object:
    return Note("", value) if isinstance(value, str) else value


StoredNote = Annotated[Note, BeforeValidator(_note)]
"""A note as a checkpoint or a version's record holds it; older ones hold its sentence."""
