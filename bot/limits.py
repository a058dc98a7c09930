"""What a member may ask for: each check returns the value to use or refuses with a sentence."""

from __future__ import annotations

import re

from bot.errors import Refusal
from bot.text import clean, is_visible
from bot.words import limits as say
from bot.words.language import Phrase
from bot.words.refusals import EMPTY_MESSAGE
from bot.words.waiting import HOURS, HOURS_AND_MINUTES, MINUTES, SECONDS
from worker.contract import MAX_NOTE_CHARS, MAX_PROMPT_CHARS, valid_name

MAX_TITLE_CHARS = 200
MAX_POV_CHARS = 100
MAX_EDITED_CHARS = 40_000
"""Of a passage after an edit by the words; one that is longer already may not grow."""
MIN_BUDGET_S = 10

_BUDGET = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?:in)?)?(?:(\d+)s?)?", re.IGNORECASE)


def checked_prompt(raw: str | None) -> str:
    """The part of the story that a member wrote, "" for none."""
    if raw is None:
        return ""
    prompt = clean(raw)
    if not is_visible(prompt):
        raise Refusal(say.PROMPT_EMPTY)
    if len(prompt) > MAX_PROMPT_CHARS:
        raise Refusal(say.PROMPT_LONG.of(chars=len(prompt), most=MAX_PROMPT_CHARS))
    return prompt


def checked_own(raw: str) -> str:
    """A passage that a member wrote."""
    return checked_text(clean(raw), MAX_PROMPT_CHARS)


def checked_text(text: str, most: int) -> str:
    """The text of a passage, as it is."""
    if not is_visible(text):
        raise Refusal(EMPTY_MESSAGE)
    if len(text) > most:
        raise Refusal(say.PASSAGE_LONG.of(chars=len(text), most=most))
    return text


def checked_note(raw: str | None) -> str:
    """What steers the model without being shown, "" for none."""
    note = clean(raw or "")
    if len(note) > MAX_NOTE_CHARS:
        raise Refusal(say.NOTE_LONG.of(chars=len(note), most=MAX_NOTE_CHARS))
    return note


def checked_line(raw: str | None, what: Phrase, limit: int) -> str | None:
    """A chapter's title or point of view: one line, None where none was given."""
    if raw is None:
        return None
    line = " ".join(clean(raw).split())
    if not is_visible(line):
        raise Refusal(say.LINE_EMPTY.of(what=what))
    if len(line) > limit:
        raise Refusal(say.LINE_LONG.of(what=what, chars=len(line), most=limit))
    return line


def checked_words(words: int | None, default: int, most: int) -> int:
    """How many words to write."""
    if words is None:
        return default
    if not 1 <= words <= most:
        raise Refusal(say.WORDS_RANGE.of(most=most, words=words))
    return words


def checked_chapters(chapters: int, most: int) -> int:
    """How many chapters to write at once."""
    if not 1 <= chapters <= most:
        raise Refusal(say.CHAPTERS_RANGE.of(most=most, chapters=chapters))
    return chapters


def checked_name(raw: str) -> str:
    """The name of a model version: lower case, with hyphens for spaces."""
    name = "-".join(clean(raw).lower().split())
    if not valid_name(name):
        raise Refusal(say.BAD_NAME)
    return name


def checked_budget(raw: str | None, default: float, most: float) -> float:
    """How long to train, in seconds, from "90", "600s", "10m" or "1h30m"."""
    if raw is None:
        return default
    budget = seconds_in(clean(raw))
    if budget is None:
        raise Refusal(say.BAD_BUDGET)
    if not MIN_BUDGET_S <= budget <= most:
        raise Refusal(say.BUDGET_RANGE.of(least=duration(MIN_BUDGET_S), most=duration(most)))
    return budget


def seconds_in(text: str) -> float | None:
    """Seconds in "90", "600s", "10m" or "1h30m"; None if the text is no time."""
    found = _BUDGET.fullmatch("".join(text.split()))
    if not found or not any(found.groups()):
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return float(3600 * hours + 60 * minutes + seconds)


def duration(seconds: float) -> Phrase:
    """Seconds as people say them: "40 s", "12 min", "1 h 30 min"."""
    whole = max(0, round(seconds))
    if whole < 120:
        return SECONDS.of(count=whole)
    minutes = round(whole / 60)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return MINUTES.of(count=minutes)
    return HOURS_AND_MINUTES.of(hours=hours, minutes=rest) if rest else HOURS.of(count=hours)
