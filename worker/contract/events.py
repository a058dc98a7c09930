"""What workers tell the bot while a job runs and when it ends."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from worker.contract.base import Contract
from worker.contract.trainings import TrainProgress, TrainResult


class _Event(Contract):
    job: str
    attempt: str
    """One run of the job: events of an earlier attempt are void once a later one began."""
    number: int
    """Counts up within an attempt."""


class Started(_Event):
    """A worker took the job."""

    kind: Literal["started"] = "started"


class Grew(_Event):
    """`Keys.text(job)` has new text."""

    kind: Literal["grew"] = "grew"


class Ended(_Event):
    """The passages are stored under `Keys.passage`."""

    kind: Literal["ended"] = "ended"
    passages: tuple[str, ...] = ()
    """Their ids, in the order of their takes."""


Trouble = Literal[
    "broken",
    "too long",
    "stopped",
    "lost",
    "nothing written",
    "bad request",
    "bad model",
    "bad books",
    "bad settings",
    "training failed",
    "out of memory",
    "not saved",
    "cannot replay",
    "books lost",
    "stopped early",
]
"""Kinds of failure, which members are told of in their language."""


class Failed(_Event):
    """The job ended without a result; `message` is one English sentence for members that says what to do next."""

    kind: Literal["failed"] = "failed"
    message: str
    why: Trouble = "broken"


class Progressed(_Event):
    """A training moved on."""

    kind: Literal["progressed"] = "progressed"
    progress: TrainProgress


class Trained(_Event):
    """A training ended with a candidate version."""

    kind: Literal["trained"] = "trained"
    result: TrainResult


Event = Annotated[Started | Grew | Ended | Failed | Progressed | Trained, Field(discriminator="kind")]
EVENT: TypeAdapter[Started | Grew | Ended | Failed | Progressed | Trained] = TypeAdapter(Event)
