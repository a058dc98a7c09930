"""What a member may ask for: each check returns the value to use or refuses with a sentence."""

from __future__ import annotations

import re

from bot.errors import Refusal
from bot.notices import EMPTY_MESSAGE
from bot.text import clean, is_visible
from worker.contract import MAX_NOTE_CHARS, MAX_PROMPT_CHARS, valid_name

MAX_TITLE_CHARS = 200
MAX_POV_CHARS = 100
MIN_BUDGET_S = 10

_BUDGET = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?:in)?)?(?:(\d+)s?)?", re.IGNORECASE)


def checked_prompt(raw: str | None) -> str:
    """The part of the story that a member wrote, "" for none."""
    if raw is None:
        return ""
    prompt = clean(raw)
    if not is_visible(prompt):
        raise Refusal("Your prompt has nothing in it that can be read. Type some words, or leave `prompt` out.")
    if len(prompt) > MAX_PROMPT_CHARS:
        raise Refusal(
            f"Your prompt has {len(prompt):,} characters and I take {MAX_PROMPT_CHARS:,}. "
            "Shorten it, or send it in two turns."
        )
    return prompt


def checked_own(raw: str) -> str:
    """A passage that a member wrote."""
    text = clean(raw)
    if not is_visible(text):
        raise Refusal(EMPTY_MESSAGE)
    if len(text) > MAX_PROMPT_CHARS:
        raise Refusal(
            f"Your passage has {len(text):,} characters and I take {MAX_PROMPT_CHARS:,}. Send it in two parts."
        )
    return text


def checked_note(raw: str | None) -> str:
    """What steers the model without being shown, "" for none."""
    note = clean(raw or "")
    if len(note) > MAX_NOTE_CHARS:
        raise Refusal(f"Your note has {len(note):,} characters and I take {MAX_NOTE_CHARS:,}. Shorten it.")
    return note


def checked_line(raw: str | None, what: str, limit: int) -> str | None:
    """A chapter's title or point of view: one line, None where none was given."""
    if raw is None:
        return None
    line = " ".join(clean(raw).split())
    if not is_visible(line):
        raise Refusal(f"That {what} has nothing in it that can be read. Type some words.")
    if len(line) > limit:
        raise Refusal(f"That {what} has {len(line):,} characters. Use at most {limit}.")
    return line


def checked_words(words: int | None, default: int, most: int) -> int:
    """How many words to write."""
    if words is None:
        return default
    if not 1 <= words <= most:
        raise Refusal(f"I can write 1 to {most:,} words at a time, not {words:,}. Choose a number in between.")
    return words


def checked_chapters(chapters: int, most: int) -> int:
    """How many chapters to write at once."""
    if not 1 <= chapters <= most:
        raise Refusal(f"I can write 1 to {most:,} chapters at a time, not {chapters:,}. Choose a number in between.")
    return chapters


def checked_name(raw: str) -> str:
    """The name of a model version: lower case, with hyphens for spaces."""
    name = "-".join(clean(raw).lower().split())
    if not valid_name(name):
        raise Refusal(
            "A model's name is 1 to 40 letters (a to z), digits, dots, hyphens or underscores, "
            "begins with a letter or digit and does not end in `.json`. Try `dragons-1`."
        )
    return name


def checked_budget(raw: str | None, default: float, most: float) -> float:
    """How long to train, in seconds, from "90", "600s", "10m" or "1h30m"."""
    if raw is None:
        return default
    budget = seconds_in(clean(raw))
    if budget is None:
        raise Refusal("I do not understand that budget. Write it like `10m`, `600s`, `1h` or `1h30m`.")
    if not MIN_BUDGET_S <= budget <= most:
        raise Refusal(f"I can train for {duration(MIN_BUDGET_S)} to {duration(most)}. Choose a time in between.")
    return budget


def seconds_in(text: str) -> float | None:
    """Seconds in "90", "600s", "10m" or "1h30m"; None if the text is no time."""
    found = _BUDGET.fullmatch("".join(text.split()))
    if not found or not any(found.groups()):
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return float(3600 * hours + 60 * minutes + seconds)


def duration(seconds: float) -> str:
    """Seconds as people say them: "40 s", "12 min", "1 h 30 min"."""
    whole = max(0, round(seconds))
    if whole < 120:
        return f"{whole} s"
    minutes = round(whole / 60)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"
