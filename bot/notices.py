"""What members read while they wait, and when something went wrong."""

from __future__ import annotations

from bot.text import escape, fitting
from worker.contract import GenerateRequest, TrainRequest

WRITING = "✍️ Writing …"
NO_WRITER = "⏳ No worker is running. I keep your request and write as soon as one starts."
NO_TRAINER = "⏳ No training worker is running. I keep your books and train as soon as one starts."
KEPT = "💾 My database went away just now. Your request is kept: I post the passage in this channel as soon as I can."
TAKEN_BACK = "⏹️ Stopped before I wrote a word."
LOST = "Your request was lost on its way. Please ask again."
PRESSED = "This button was pressed already. I am at it."
NOT_YOURS = (
    "I have not begun to write this, and it holds words of another member. "
    "Until I do, only they, or someone who may manage messages, can take it back."
)
BROKEN = "Something went wrong on my side. Please try again; the details are in the operator's log."


def waiting_line(ahead: int, workers: int) -> str:
    """What a request says before a worker has taken it."""
    if not workers:
        return NO_WRITER
    if not ahead:
        return WRITING
    return f"⏳ Waiting: {ahead} request{'s' if ahead > 1 else ''} ahead."


def training_line(name: str, workers: int) -> str:
    """What a training says before a worker has taken it."""
    return f"⏳ The training of **{escape(name)}** is about to begin." if workers else NO_TRAINER


def failure(request: GenerateRequest | TrainRequest, sentence: str) -> str:
    """The end of a request without a result, in at most one message."""
    if isinstance(request, TrainRequest):
        return fitting(f"⚠️ The training of **{escape(request.name)}** ended without a model. {sentence}")
    return fitting(f"⚠️ {sentence}")
