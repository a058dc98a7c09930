"""Decides what a failed job means: try again, or tell the member why not."""

from __future__ import annotations

from dataclasses import dataclass

from redis.exceptions import RedisError
from rq.exceptions import AbandonedJobError
from rq.timeouts import BaseTimeoutException

from model.errors import ModelError, NotSaved
from worker.errors import WorkerError

_PASSING = (
    RedisError,
    OSError,
    MemoryError,
    BaseTimeoutException,
    AbandonedJobError,
    SystemExit,
    KeyboardInterrupt,
)
"""What another try may not meet again: the machine, the network, a worker that was stopped."""


@dataclass(frozen=True)
class Judgement:
    """What to do about an error."""

    final: bool
    """True if another try would end the same way."""
    message: str
    """One sentence for members."""


def judge(error: BaseException) -> Judgement:
    """Judge what ended an attempt at a job."""
    if isinstance(error, NotSaved):
        return Judgement(final=False, message=str(error))
    if isinstance(error, ModelError | WorkerError):
        return Judgement(final=True, message=str(error))
    if isinstance(error, BaseTimeoutException):
        return Judgement(final=False, message="This took far too long and was given up; please try again with less.")
    if isinstance(error, _PASSING):
        return Judgement(
            final=False, message="The worker was stopped several times while it was at this; please try again."
        )
    return Judgement(
        final=True,
        message="Something went wrong that should not have; please try again, and tell the operator "
        f"if it happens again ({type(error).__name__}, details are in the worker's log).",
    )
