"""What generation workers tell of themselves: their speed, and what they have in hand."""

from __future__ import annotations

from pydantic import Field

from worker.contract.base import Contract


class WorkerSpeed(Contract):
    """Speed of the last finished generation, for `/status`."""

    tokens_per_s: float
    words_per_s: float
    version: str
    at: float


class Turn(Contract):
    """What a request's turn depends on; kept beside its job, so that nobody needs to read the whole request."""

    job: str
    server: str = ""
    member: str = ""
    words: int = 0
    """Of one take; of a running request those that are left to write."""
    takes: int = 1


class WorkerLoad(Contract):
    """What a generation worker has in hand, for waiting times."""

    slots: int
    words_per_s: float = Field(gt=0)
    """Of one take, as measured among those that ran beside it."""
    running: tuple[Turn, ...] = ()
    version: str
