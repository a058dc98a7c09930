"""What members read while they wait, and when something went wrong."""

from __future__ import annotations

import math

from bot.text import escape, fitting
from worker.contract import GenerateRequest, Passage, TrainRequest
from worker.separator import count_words

WRITING = "✍️ Writing …"
SHORT_WAIT_S = 3.0
"""Seconds of waiting that are not worth a word."""
NO_WRITER = "⏳ No worker is running. I keep your request and write as soon as one starts."
AFTER_VOTE = "🗳️ Waiting: I write this when the vote above is over."
NO_TRAINER = "⏳ No training worker is running. I keep your books and train as soon as one starts."
KEPT = "💾 My database went away just now. Your request is kept: I post the passage in this channel as soon as I can."
STOPPED = "⏹️"
"""Begins what is said of a request that a member stopped."""
TAKEN_BACK = f"{STOPPED} Stopped before I wrote a word."
LOST = "Your request was lost on its way. Please ask again."
PRESSED = "This button was pressed already. I am at it."
NOT_YOURS = (
    "I have not begun to write this, and it holds words of another member. "
    "Until I do, only they, or someone who may manage messages, can take it back."
)
BROKEN = "Something went wrong on my side. Please try again; the details are in the operator's log."

BUSY = "I am writing in this story just now. Press **Stop** below my passage or wait for its end, then try again."
VOTING = "Members are voting on this passage. The host can end the vote with **Decide**."
BLOCKED = "That holds a word that does not appear in the stories of this server. Say it in other words."
BAD_WORD = "A word to block has 1 to 50 characters, letters or digits among them. Signs and emoji alone are not seen."
ALL_BLOCKED = "No more words can be blocked. `/rules unblock` makes room."
NOT_BLOCKED = "That word is not blocked. `/rules show` shows those that are."
FORGET = {
    "replace": "Every word that you wrote becomes […], and your name goes. This cannot be undone.",
    "give": "Your words stay in the stories, and your name goes. This cannot be undone.",
}
FORGOTTEN = "I have forgotten you."
TRAINING_STOPPED = {
    "ends": "⏹️ The training ends now and keeps what it has learned. Its figures follow in a moment.",
    "taken back": "⏹️ Taken back: the training had not begun.",
}
NO_SHARED_WORDS = (
    "There are no words from stories that I may learn from. Each member decides for themselves: "
    "`/privacy training learn:on` counts for what they write from then on."
)
TRAINING_ON = "Thank you. Models may learn from what you write in stories from now on."
TRAINING_OFF = "Models do not learn from your words in stories, neither earlier nor later ones."
VOTE_OVER = "This vote is over."
GONE_ON = "The story has gone on since. Use the buttons below its newest passage."
NOTHING_TO_UNDO = "There is nothing to take back: this story has no passage yet. `/continue` begins it."
NOTHING_TO_REDO = "There is nothing to bring back."
ENDED = "This story has ended. `/story reopen` goes on with it, `/story start` begins another."
NOT_ENDED = "This story has not ended: write on."
NO_STORIES = "There is no story here yet. `/story start` or `/continue` begins one."
NO_THREADS = "I may not open threads here. Ask someone who manages this server to give me Create Public Threads."
TOLD_ALREADY = "This channel tells a story already. `/story end` ends it; then another one can begin here."
NO_STORY = "There is no story here yet. `/continue` begins one."
NOT_YOUR_PASSAGE = (
    "Only the member who wrote this passage or asked for it, the host of the story, "
    "or someone who may manage messages can do that. **Continue** and **Write** are open to all."
)
NOT_HOST = "Only the host of this story, or someone who may manage messages, can do that."
NO_PASSAGE = "I do not know that message. Choose a message that shows a passage of this channel's story."
NOT_YOUR_MESSAGE = "Only your own messages can become part of the story. Ask its author to add it."
EMPTY_MESSAGE = "There is nothing in it that can be read. Type some words."
UNCHANGED = "You changed nothing."
UNDONE = "Taken back. **Redo** or `/story redo` brings it back."
REDONE = "Brought back."
EDITED = "Changed. What follows stays as it is."
NO_SUCH_WORDS = "Those words are not in the passage. Copy them exactly as they stand there."
REPLAY_MEMBERS = "I can only replay what I wrote. This passage is a member's own."
REPLAY_UNKNOWN = "I do not know any more how this passage was asked for, so I cannot replay it."
REPLAY_CHANGED = "This passage, or what comes before it, was changed since I wrote it, so I cannot replay it."
REPLAYING = "🔁 I write this passage again, for your eyes only …"
CUT_OFF = ("stopped", "time")
"""Ends of a passage after which the model would have written on."""
EXCERPT_CHARS = 80
LONGEST_WORD = 40
"""Characters; what goes on longer without a gap is in a script without spaces."""


def model_gone(model: str) -> str:
    """A model version that wrote a passage is no longer there as it was."""
    return f"The model **{escape(model)}**, which wrote this passage, is no longer here, so I cannot replay it."


def shared_line(words: int, members: int) -> str:
    """How much of the stories a training learns from."""
    who = "1 member who" if members == 1 else f"{members:,} members who"
    return f"**{words:,}** words from the stories here, by {who} agreed (`/privacy training`); nothing that I wrote."


def no_role(role: int, what: str) -> str:
    """A member lacks a role."""
    return f"To {what} here you need the role <@&{role}>. Ask someone who manages this server."


def too_many(limit: int, until: int, *, mine: bool) -> str:
    """A member, or a whole server, has asked for as much as it may in this hour."""
    who = "You have" if mine else "This server has"
    return f"{who} asked for {limit} passages within this hour, and that is the limit. Try again <t:{until}:R>."


def too_far_back(count: int, most: int) -> str:
    """A step back that is too long."""
    return (
        f"That would take back {count} passages, and I take back {most} at once. "
        "Choose a later passage, or **Branch from here** to go on from it in a new thread."
    )


def taken_back(member: int) -> str:
    """In place of a passage that was undone; 0: nobody is named."""
    return f"↩️ Taken back by <@{member}>. Nothing is lost." if member else "↩️ Taken back. Nothing is lost."


def sounds_like(book: str) -> str:
    """Which book a passage sounds like."""
    return f"≈ sounds most like {book}"


def replayed(passage: Passage, again: str) -> str:
    """How a passage came out that was written once more."""
    model, seed = escape(passage.model), passage.seed
    if again == passage.text or (passage.ended in CUT_OFF and again.startswith(passage.text)):
        return f"🟰 Letter for letter the same: **{model}** wrote it again from the same state with seed {seed}."
    place = next((i for i, (a, b) in enumerate(zip(passage.text, again, strict=False)) if a != b), len(again))
    gap = max(again.rfind(" ", 0, place), again.rfind("\n", 0, place)) + 1
    begin = gap if place - gap <= LONGEST_WORD else place
    begins = escape(fitting(again[begin:].strip() or "…", EXCERPT_CHARS))
    return (
        f"≠ Not the same: with seed {seed} **{model}** writes differently from word "
        f"{count_words(again[:begin]) + 1} on: *{begins}* Another kind of machine may be the reason."
    )


def waiting_line(ahead: int, workers: int, seconds: float | None = None) -> str:
    """What a request says before a worker has taken it; `seconds` until then, where the workers' pace tells."""
    if not workers:
        return NO_WRITER
    if seconds is not None:
        return WRITING if seconds <= SHORT_WAIT_S else f"⏳ Waiting: my turn comes in about {rounded(seconds)}."
    if not ahead:
        return WRITING
    return f"⏳ Waiting: {ahead} request{'s' if ahead > 1 else ''} ahead."


def rounded(seconds: float) -> str:
    """A time as people say it: never less exact than it is known, never more."""
    if seconds < 20:
        return f"{math.ceil(seconds)} s"
    if seconds < 100:
        return f"{math.ceil(seconds / 5) * 5} s"
    return f"{math.ceil(seconds / 60)} min"


def training_line(name: str, workers: int) -> str:
    """What a training says before a worker has taken it."""
    return f"⏳ The training of **{escape(name)}** is about to begin." if workers else NO_TRAINER


def failure(request: GenerateRequest | TrainRequest, sentence: str) -> str:
    """The end of a request without a result, in at most one message."""
    if isinstance(request, TrainRequest):
        return fitting(f"⚠️ The training of **{escape(request.name)}** ended without a model. {sentence}")
    return fitting(f"⚠️ {sentence}")
