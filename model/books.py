"""Books as books: any plain-text file becomes chapters of paragraphs, without hard wraps.

Canonical text: a paragraph is one line; paragraphs are parted by a blank line (in line-structured text such as verse or
Chinese, by a newline); three newlines stand before a chapter heading and nowhere else; a blank line follows it.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from model.headings import (
    HeadingStyle,
    bare_numbers_count_up,
    is_bare_number,
    lone,
    numbered,
    people,
    person_like,
    style_of,
)

CHAPTER_BREAK = "\n\n\n"
PARAGRAPH_BREAK = "\n\n"
MANY_CHAPTERS = 8
"""From here on whole chapters are held out for validation."""
FAR_FROM_SHARE = 3
"""Times less or more text than wanted; chapters that hold so much are too uneven to be held out whole."""
CUT_WITHIN = 200
"""Characters in which to look for a good place to cut a paragraph."""

_GUTENBERG_START = re.compile(r"^\*\*\* ?START OF TH(?:E|IS) PROJECT GUTENBERG.*$", re.MULTILINE)
_GUTENBERG_END = re.compile(r"^\*\*\* ?END OF TH(?:E|IS) PROJECT GUTENBERG.*$", re.MULTILINE)
_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "IDEOGRAPHIC", "FULLWIDTH", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN")
"""Beginnings of the Unicode names of characters whose scripts write no spaces between words."""
_WORD = re.compile(r"[\u2e80-\u2fdf\u3005-\u3007\u3040-\u9fff\uac00-\ud7af\uf900-\ufaff]|[^\W_]+(?:['’\-][^\W_]+)*")
_BETWEEN_WORDS = re.compile(r"\s|[。！？][”’」』）]*")


@dataclass(frozen=True)
class Chapter:
    """A heading (None before the first one) and what stands under it."""

    heading: str | None
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Book:
    """One text file, read as a book."""

    name: str
    chapters: tuple[Chapter, ...]

    @property
    def text(self) -> str:
        """The canonical text."""
        parts: list[str] = []
        for chapter in self.chapters:
            if chapter.heading is not None:
                parts += [CHAPTER_BREAK if parts else "", chapter.heading, PARAGRAPH_BREAK]
            parts.append(PARAGRAPH_BREAK.join(chapter.paragraphs))
        return "".join(parts).strip("\n")

    @property
    def sha256(self) -> str:
        """Hash of the canonical text, hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def parse_book(text: str, name: str) -> Book:
    """Turn plain text into chapters of unwrapped paragraphs."""
    lines = [line.rstrip() for line in _without_licence(text).expandtabs(4).split("\n")]
    width = wrap_width(lines)
    bare = bare_numbers_count_up(line.strip() for line in lines if line)
    blocks = _blocks(lines) if width else _split_headings(_blocks(lines), bare)
    units = [unwrap(block, width) for block in blocks]
    return Book(name, _chapters(_mark_headings(blocks, units, bare)))


def _is_numbered(line: str, bare: bool) -> bool:
    return numbered(line) is not None and (bare or not is_bare_number(line))


def _without_licence(text: str) -> str:
    """Drop Project Gutenberg's header and licence."""
    if start := _GUTENBERG_START.search(text):
        text = text[start.end() :]
    if end := _GUTENBERG_END.search(text):
        text = text[: end.start()]
    return text


def wrap_width(lines: Sequence[str]) -> int | None:
    """Find the column at which a text is hard-wrapped, or None if its lines end where their author ended them.

    In wrapped text the next line's first word would hardly ever have fitted on the line before.
    """
    lengths = sorted(len(line) for line in lines if line)
    if len(lengths) < 4:
        return None
    width = lengths[int(len(lengths) * 0.98)]
    pairs = [(a, b) for a, b in pairwise(lines) if a and b]
    if width > 120 or len(pairs) < 3:
        return None
    full = sum(_is_full(a, b, width) for a, b in pairs)
    return width if full >= 0.7 * len(pairs) else None


def _is_full(line: str, following: str, width: int) -> bool:
    """Say whether the following line's first word would not have fitted behind `line` (with slack for uneven wraps)."""
    first = following.split(maxsplit=1)[0]
    return len(line) + 1 + (1 if is_unspaced(first[0]) else len(first)) > width - 6


def _blocks(lines: Sequence[str]) -> list[list[str]]:
    """Runs of lines without a blank line between them."""
    blocks: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]


def _split_headings(blocks: Iterable[list[str]], bare: bool) -> list[list[str]]:
    """Give numbered headings a block of their own where no blank line sets them off."""
    out: list[list[str]] = []
    for block in blocks:
        run: list[str] = []
        for line in block:
            if _is_numbered(line.strip(), bare):
                out += [run, [line]] if run else [[line]]
                run = []
            else:
                run.append(line)
        if run:
            out.append(run)
    return out


def unwrap(block: Sequence[str], width: int | None) -> str:
    """Join a block's hard-wrapped lines; lines that their author ended (verse, addresses) stay lines."""
    if width is None:
        return "\n".join(line.strip() for line in block)
    pairs = list(pairwise(block))
    mostly = sum(_is_full(a, b, width) for a, b in pairs) >= 0.6 * len(pairs)
    out = block[0].strip()
    for line, following in pairs:
        if mostly or _is_full(line, following, width):
            out += _joint(line.rstrip(), following.lstrip()) + following.strip()
        else:
            out += "\n" + following.strip()
    return out


def _joint(left: str, right: str) -> str:
    """What stood at a wrap: nothing after a dash or between Chinese characters, else a space."""
    if left.endswith("--") or right.startswith("--") or re.search(r"\w[-—]$", left):
        return ""
    return "" if is_unspaced(left[-1]) and is_unspaced(right[0]) else " "


def _mark_headings(blocks: Sequence[Sequence[str]], units: Sequence[str], bare: bool) -> list[tuple[bool, str]]:
    """Pair each unit with whether it is a chapter heading."""
    strong = [_is_numbered(unit, bare) or lone(unit) for unit in units]
    alone = [
        unit for block, unit in zip(blocks, units, strict=True) if len(block) == 1 and not block[0].startswith(" ")
    ]
    names = people(alone, has_numbers=sum(strong) > 2)
    marked = [
        is_strong or (unit in names and not block[0].startswith(" "))
        for is_strong, unit, block in zip(strong, units, blocks, strict=True)
    ]
    for i in range(1, len(units)):
        if strong[i - 1] and not marked[i] and len(blocks[i]) == 1 and person_like(units[i]):
            marked[i] = not blocks[i][0].startswith(" ")
    return list(zip(marked, units, strict=True))


def _chapters(units: Sequence[tuple[bool, str]]) -> tuple[Chapter, ...]:
    """Group units under their headings. Two headings in a row are one; three or more are a table of contents."""
    chapters: list[Chapter] = []
    heading: str | None = None
    body: list[str] = []
    i = 0
    while i < len(units):
        run = i
        while run < len(units) and units[run][0]:
            run += 1
        if run - i > 2:
            last = run if units[run - 1] in units[run:] else run - 1
            body.append("\n".join(unit for _, unit in units[i:last]))
            i = last
        if run > i:
            if heading is not None or body:
                chapters.append(Chapter(heading, tuple(body)))
            heading, body = "\n".join(unit for _, unit in units[i:run]), []
            i = run
        else:
            body.append(units[i][1])
            i += 1
    chapters.append(Chapter(heading, tuple(body)))
    return tuple(chapters)


def heading_style(books: Iterable[Book]) -> HeadingStyle:
    """The way a corpus heads its chapters."""
    return style_of(c.heading for book in books for c in book.chapters if c.heading)


def split_validation(book: Book, share: float = 0.05) -> tuple[Book, Book | None]:
    """Part off about `share` of the text: the last chapters; the last paragraphs where chapters are few or uneven.

    None where the book is too short for that.
    """
    wanted = int(share * len(book.text))
    if wanted == 0:
        return book, None
    if len(book.chapters) >= MANY_CHAPTERS:
        keep = len(book.chapters) - max(1, round(len(book.chapters) * share))
        rest = Book(book.name, book.chapters[keep:])
        if wanted / FAR_FROM_SHARE <= len(rest.text) <= wanted * FAR_FROM_SHARE:
            return Book(book.name, book.chapters[:keep]), rest
    return _part_off_paragraphs(book, wanted)


def _part_off_paragraphs(book: Book, wanted: int) -> tuple[Book, Book | None]:
    """Part off `wanted` to twice as many characters; a paragraph too long for that is cut."""
    size = 0
    for at, chapter in reversed(list(enumerate(book.chapters))):
        paragraphs = chapter.paragraphs
        for i, paragraph in reversed(list(enumerate(paragraphs))):
            if size + len(paragraph) > 2 * wanted:
                cut = _cut_before(paragraph, len(paragraph) - (wanted - size), min(CUT_WITHIN, wanted))
                kept, rest = paragraph[:cut].rstrip(), paragraph[cut:].lstrip()
                return _part(book, at, (*paragraphs[:i], kept), (rest, *paragraphs[i + 1 :]))
            size += len(paragraph)
            if size >= wanted and i > 0:
                return _part(book, at, paragraphs[:i], paragraphs[i:])
        size += len(chapter.heading or "")
        if size >= wanted and at > 0:
            return Book(book.name, book.chapters[:at]), Book(book.name, book.chapters[at:])
    return book, None


def _cut_before(text: str, mark: int, within: int) -> int:
    """The last end of a line, else of a word (a sentence in Chinese), among the `within` characters before `mark`."""
    line = text.rfind("\n", mark - within, mark)
    if line >= 0:
        return line
    return max((found.end() for found in _BETWEEN_WORDS.finditer(text, mark - within, mark)), default=mark)


def _part(book: Book, at: int, kept: tuple[str, ...], rest: tuple[str, ...]) -> tuple[Book, Book]:
    """Part a book within its chapter `at`, whose heading stays with the paragraphs that are kept."""
    before = (*book.chapters[:at], Chapter(book.chapters[at].heading, kept))
    return Book(book.name, before), Book(book.name, (Chapter(None, rest), *book.chapters[at + 1 :]))


def ends_in_word(text: str) -> bool:
    """Whether text ends with a word that letters behind it would make longer."""
    return text[-1:].isalnum() and not is_unspaced(text[-1])


def is_unspaced(character: str) -> bool:
    """Whether a character belongs to a script without spaces between words, such as Chinese or Thai."""
    return unicodedata.name(character, "").startswith(_UNSPACED)


def count_words(text: str) -> int:
    """Count words; in scripts without spaces each character is one."""
    return sum(1 for _ in _WORD.finditer(text))
