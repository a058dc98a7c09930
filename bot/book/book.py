"""What a book is: plain values that every format is made from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.words.language import Language

THE_MODEL = ""
"""Author of what the model wrote; members are named by their Discord id."""


@dataclass(frozen=True)
class Run:
    """Some characters in a row that one author wrote; "\\n" is a line's end within the paragraph."""

    text: str
    author: str
    """Discord id of a member, or THE_MODEL."""
    model: str
    """Version that wrote it, "" for a member's words."""
    created: float
    """Unix seconds."""


@dataclass(frozen=True)
class Paragraph:
    """One paragraph; never empty, its edges stripped."""

    runs: tuple[Run, ...]

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(run.text for run in self.runs)

    @property
    def is_break(self) -> bool:
        """Whether it only parts two scenes, such as "* * *"."""
        text = self.text
        return len(text) <= LONGEST_BREAK and not any(char.isalnum() for char in text) and set(text) <= _BREAKS


LONGEST_BREAK = 12
_BREAKS = frozenset("*·•—–-_~#⁂※＊◇◆○●… \u3000")


@dataclass(frozen=True)
class Chapter:
    """A titled run of paragraphs; the pages before the first heading have neither number nor title."""

    number: str
    """As the book numbers it, such as "IV" or "第四回"; "" where it does not."""
    title: str
    paragraphs: tuple[Paragraph, ...]

    @property
    def is_titled(self) -> bool:
        """Whether it has a heading."""
        return bool(self.number or self.title)

    @property
    def chars(self) -> int:
        """Characters of its paragraphs."""
        return sum(len(run.text) for paragraph in self.paragraphs for run in paragraph.runs)


@dataclass(frozen=True)
class Credit:
    """One author's part."""

    author: str
    """Discord id of a member, THE_MODEL, or OTHERS."""
    name: str
    """As it is shown."""
    chars: int
    """Visible characters."""
    percent: str
    """Share of the book: "63%", "<1%"; the shares of a book make 100."""


OTHERS = "others"
"""Author of a credit that sums up members who are not named one by one."""


@dataclass(frozen=True)
class ModelUse:
    """What one model version wrote."""

    version: str
    chars: int
    first: float
    """Unix seconds of its first passage."""
    last: float


@dataclass(frozen=True)
class Book:
    """The export of a story."""

    id: str
    """The same for the same text: a UUID made of it."""
    title: str
    language: Language
    chapters: tuple[Chapter, ...]
    credits: tuple[Credit, ...]
    """Members first, by share; then the model."""
    models: tuple[ModelUse, ...]
    began: float
    """Unix seconds of the first passage."""
    ended: float
    volume: int = 0
    """Its number where a book is too large for one file; 0 for a whole book."""

    @property
    def members(self) -> tuple[str, ...]:
        """Names of the members who wrote, by share."""
        return tuple(credit.name for credit in self.credits if credit.author not in (THE_MODEL, OTHERS))

    @property
    def titled(self) -> int:
        """How many chapters have a heading."""
        return sum(chapter.is_titled for chapter in self.chapters)

    @property
    def chars(self) -> int:
        """Characters of its paragraphs."""
        return sum(chapter.chars for chapter in self.chapters)

    def part(self, chapters: tuple[Chapter, ...], volume: int) -> Book:
        """One volume of it; the credits stay those of the whole."""
        return replace(self, chapters=chapters, volume=volume)


def day(moment: float) -> str:
    """A moment as an ISO date (UTC)."""
    return datetime.fromtimestamp(moment, UTC).date().isoformat()
