"""A request to train, how far it is, and what came of it."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from worker.contract.base import Contract
from worker.contract.keys import DAY

MAX_BOOK_BYTES = 64 << 20

_VERSION_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


def valid_name(name: str) -> bool:
    """Whether a model version may have this name: a plain folder's, and no JSON file's such as the store's own."""
    return _VERSION_NAME.fullmatch(name) is not None and not name.endswith(".json")


def _checked_name(name: str) -> str:
    if not valid_name(name):
        raise ValueError("cannot name a model version")
    return name


class TrainRequest(Contract):
    """One training. The books travel beside it under `Keys.upload(job)`, named by `filename`."""

    job: str
    name: Annotated[str, AfterValidator(_checked_name)]
    filename: str
    budget_s: float = Field(600, ge=10, le=DAY)
    seed: int = 1
    reply_to: str
    member: str


class TrainProgress(Contract):
    """Where a training stands."""

    fraction: float
    """0 to 1 of the budget."""
    seconds: float
    seconds_left: float
    epoch: float
    loss_bits_per_char: float | None
    valid_bits_per_char: float | None
    tokens_per_s: float
    sample: str = ""
    """What the model wrote at the last look at unseen pages; empty before the first."""


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
"""What a note is about: texts in other languages go by it. Empty: only the sentence is known."""


class TrainNote(Contract):
    """Something to know about a training."""

    about: Concern
    sentence: str
    """In English."""


class TrainResult(Contract):
    """What a training made: a candidate version, not live until promoted."""

    version: str
    seconds: float
    tokens_per_s: float
    epochs: float
    valid_bits_per_char: float
    parameters: int
    sample: str
    preset: str = ""
    notes: tuple[TrainNote, ...] = ()
    """What the person who trained should know."""
