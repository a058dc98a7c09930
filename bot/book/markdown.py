"""A book as Markdown (CommonMark; GitHub's dialect reads it alike): every character of the text stands for itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.book.book import Book, Chapter, Paragraph
from bot.book.labels import byline, chapter_name, full_title, model_line, written_line
from bot.words import imprint as say

_SPECIAL = re.compile(r"[\\`*_{}\[\]<>|~&$^=]|!(?=\[)")
_LINE_START = re.compile(r"^(?:([#+-])|(\d{1,9})([.)])(?=\s|$)|:)", re.MULTILINE)
_AUTOLINK = re.compile(r":(?=//)|(?<=www)\.|@", re.IGNORECASE)
_LINE_END = "\\\n"


def markdown(book: Book) -> str:
    """The whole file."""
    return "\n\n".join(_blocks(book)) + "\n"


def escape(text: str) -> str:
    """`text` such that Markdown shows it as it is, with hard line ends where it has any."""
    escaped = _SPECIAL.sub(r"\\\g<0>", text)
    escaped = _AUTOLINK.sub(r"\\\g<0>", escaped)
    escaped = _LINE_START.sub(_escaped_start, escaped)
    return escaped.replace("\n", _LINE_END)


def _escaped_start(found: re.Match[str]) -> str:
    mark, number, point = found.groups()
    return f"{number}\\{point}" if number else f"\\{mark or found.group()}"


def _blocks(book: Book) -> Iterator[str]:
    yield f"# {escape(full_title(book))}"
    yield f"*{escape(byline(book))}*"
    for chapter in book.chapters:
        if chapter.is_titled:
            yield f"## {escape(chapter_name(book, chapter))}"
        yield from _paragraphs(chapter)
    yield "---"
    yield from _credits(book)


def _paragraphs(chapter: Chapter) -> Iterator[str]:
    return map(_paragraph, chapter.paragraphs)


def _paragraph(paragraph: Paragraph) -> str:
    return "* * *" if paragraph.is_break else escape(paragraph.text)


def _credits(book: Book) -> Iterator[str]:
    language = book.language
    yield f"## {say.CREDITS.to(language)}"
    shares = (say.SHARE.of(name=escape(credit.name), percent=escape(credit.percent)) for credit in book.credits)
    yield "\n".join(f"- {share.to(language)}" for share in shares)
    yield escape(written_line(book))
    if line := model_line(book):
        yield escape(line)
