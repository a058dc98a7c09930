"""Decides what a failed job means: try again, or tell the member why not."""

from __future__ import annotations

from dataclasses import dataclass

from redis.exceptions import RedisError
from rq.exceptions import AbandonedJobError
from rq.timeouts import BaseTimeoutException

from model import errors as model
from worker import errors
from worker.contract import Trouble

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


_KINDS: tuple[tuple[type[Exception], Trouble], ...] = (
    (model.BadCorpus, "bad books"),
    (model.BadSettings, "bad settings"),
    (model.TrainingFailed, "training failed"),
    (model.OutOfMemory, "out of memory"),
    (model.NotSaved, "not saved"),
    (model.ModelError, "bad model"),
    (errors.NothingWritten, "nothing written"),
    (errors.CannotReplay, "cannot replay"),
    (errors.UploadLost, "books lost"),
    (errors.StoppedEarly, "stopped early"),
    (errors.VersionError, "bad model"),
    (errors.WorkerError, "bad request"),
)
"""Our own errors, the special ones first."""


@dataclass(frozen=True)
class Judgement:
    """What to do about an error."""

    final: bool
    """True if another try would end the same way."""
    message: str
    """One sentence for members."""
    why: Trouble


def judge(error: BaseException) -> Judgement:
    """Judge what ended an attempt at a job."""
    for kind, why in _KINDS:
        if isinstance(error, kind):
            return Judgement(final=kind is not model.NotSaved, message=str(error), why=why)
    if isinstance(error, BaseTimeoutException):
        sentence = "This took far too long and was given up; please try again with less."
        return Judgement(final=False, message=sentence, why="too long")
    if isinstance(error, _PASSING):
        sentence = (
            "The worker was stopped several times while it was at this, perhaps for want of memory; please try again "
            "with less (a training with fewer books), and tell the operator if it happens again."
        )
        return Judgement(final=False, message=sentence, why="stopped")
    return Judgement(
        final=True,
        why="broken",
        message="Something went wrong that should not have; please try again, and tell the operator "
        f"if it happens again ({type(error).__name__}, details are in the worker's log).",
    )
