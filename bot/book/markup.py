"""The parts that HTML and EPUB share, as markup that is valid in both. All text is escaped here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from html import escape
from importlib.resources import files

from bot.book.book import Book, Chapter, Paragraph, Run
from bot.words.language import Language

DROP_CHARS = 200
"""From this length on, a chapter's first paragraph begins with a large letter."""

LANGUAGE_TAGS: dict[Language, str] = {"en": "en", "zh": "zh-Hans"}

Mark = Callable[[Run], str]
"""Markup of one run."""


def style(name: str) -> str:
    """A style sheet of this package."""
    return files("bot.book").joinpath(name).read_text(encoding="utf-8")


def unmarked(run: Run) -> str:
    """A run as it is."""
    return escape(run.text)


def paragraphs(chapter: Chapter, mark: Mark) -> Iterator[str]:
    """A chapter's paragraphs, each line one; the first after its heading or after a break has no indent."""
    opens = True
    for number, paragraph in enumerate(chapter.paragraphs):
        if paragraph.is_break:
            yield f'<p class="break">{escape(paragraph.text)}</p>'
        else:
            first, *others = lines(paragraph)
            yield f"<p{_kind(first, opens, is_first=not number)}>{''.join(map(mark, first.runs))}</p>"
            yield from (f"<p>{''.join(map(mark, line.runs))}</p>" for line in others)
        opens = paragraph.is_break


def _kind(line: Paragraph, opens: bool, *, is_first: bool) -> str:
    text = line.text
    if is_first and len(text) >= DROP_CHARS and text[0].isalpha():
        return ' class="opens drop"'
    return ' class="opens"' if opens else ""


def lines(paragraph: Paragraph) -> list[Paragraph]:
    """A paragraph's lines."""
    if "\n" not in paragraph.text:
        return [paragraph]
    found: list[list[Run]] = [[]]
    for run in paragraph.runs:
        first, *others = run.text.split("\n")
        found[-1].append(replace(run, text=first))
        found += [[replace(run, text=text)] for text in others]
    return [Paragraph(tuple(run for run in line if run.text)) for line in found]


def heading(chapter: Chapter, level: str = "h2") -> str:
    """A chapter's heading, "" where it has none."""
    if not chapter.is_titled:
        return ""
    return f"<{level}>{_parts(chapter.number, chapter.title)}</{level}>"


def entry(book: Book, chapter: Chapter, name: str, href: str) -> str:
    """A chapter's line in the contents; `name` stands where it has no heading."""
    parts = _parts(chapter.number, chapter.title if chapter.is_titled else name)
    return f'<li><a href="{escape(href)}">{parts}</a></li>'


def _parts(number: str, title: str) -> str:
    shown = [f'<span class="number">{escape(number)}</span>' if number else ""]
    shown.append(f'<span class="title">{escape(title)}</span>' if title else "")
    return " ".join(filter(None, shown))
