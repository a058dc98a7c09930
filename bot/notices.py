"""What members read while they wait, and when something went wrong."""

from __future__ import annotations

import math

from bot.text import escape
from bot.words import waiting as say
from bot.words.language import Phrase
from bot.words.troubles import TROUBLES
from worker.contract import Event, Failed, GenerateRequest, TrainRequest

SHORT_WAIT_S = 3.0
"""Seconds of waiting that are not worth a word."""


def waiting_line(ahead: int, workers: int, seconds: float | None = None) -> Phrase:
    """What a request says before a worker has taken it; `seconds` until then, where the workers' pace tells."""
    if not workers:
        return say.NO_WRITER
    if seconds is not None:
        return say.WRITING if seconds <= SHORT_WAIT_S else say.TURN_COMES.of(time=rounded(seconds))
    return say.AHEAD.of(count=ahead) if ahead else say.WRITING


def rounded(seconds: float) -> Phrase:
    """A time as people say it: never less exact than it is known, never more."""
    if seconds < 20:
        return say.SECONDS.of(count=math.ceil(seconds))
    if seconds < 100:
        return say.SECONDS.of(count=math.ceil(seconds / 5) * 5)
    return say.MINUTES.of(count=math.ceil(seconds / 60))


def training_line(name: str, workers: int) -> Phrase:
    """What a training says before a worker has taken it."""
    return say.TRAINING_BEGINS.of(name=escape(name)) if workers else say.NO_TRAINER


def trouble(event: Event) -> Phrase:
    """Why a job has no result, as its last event tells."""
    return TROUBLES[event.why].of(sentence=event.message) if isinstance(event, Failed) else say.LOST


def failure(request: GenerateRequest | TrainRequest, sentence: Phrase) -> Phrase:
    """The end of a request without a result."""
    if isinstance(request, TrainRequest):
        return say.TRAINING_FAILED.of(name=escape(request.name), sentence=sentence)
    return say.FAILED.of(sentence=sentence)
