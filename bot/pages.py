"""How a passage looks in Discord: the heading large, the member's part bold, the rest literal, cut into messages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.text import MESSAGE_LIMIT, escape, split, utf16_length


@dataclass(frozen=True)
class Copy:
    """A passage as it is shown: `text` begins with `heading` characters of heading or `prompt` of a member's text."""

    text: str
    heading: int = 0
    prompt: int = 0


def copy_of(text: str, *, prompt: str = "", chapter: bool = False) -> Copy:
    """What to show of a passage's canonical text, finished or still growing."""
    shown = text.strip()
    if chapter:
        return Copy(shown, heading=len(shown.partition("\n\n")[0]))
    if prompt and shown.startswith(prompt):
        return Copy(shown, prompt=len(prompt))
    return Copy(shown)


def pages(copy: Copy, limit: int = MESSAGE_LIMIT) -> list[str]:
    """The messages, in order, as Discord Markdown; none for a text without anything to show.

    All but the last stay as they are when the text grows.
    """

    def measure(start: int, end: int) -> int:
        return utf16_length(render(copy, start, end))

    keep = copy.heading + 2 if copy.heading else 0
    rendered = (render(copy, start, end) for start, end in split(copy.text, limit, measure, keep))
    return [page for page in rendered if page]


def render(copy: Copy, start: int, end: int) -> str:
    """copy.text[start:end] as Discord Markdown, its edges stripped."""
    return "".join(_pieces(copy, start, end)).strip()


def _pieces(copy: Copy, start: int, end: int) -> Iterator[str]:
    heading = copy.text[start : min(end, copy.heading)]
    prompt = copy.text[start : min(end, copy.prompt)]
    rest = copy.text[max(start, copy.heading, copy.prompt) : end]
    if heading:
        yield "\n".join(f"## {escape(line.strip())}" for line in heading.strip().split("\n"))
    if prompt:
        yield "\n".join(_bold(line) for line in prompt.split("\n"))
    if rest:
        yield escape(rest)


def _bold(line: str) -> str:
    core = line.strip()
    before, _, after = line.partition(core) if core else (line, "", "")
    return f"{before}**{escape(core)}**{after}" if core else before
