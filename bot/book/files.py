"""A book as files that Discord takes: one where it fits, else packed, else in volumes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from bot.book.book import Book, Chapter, Paragraph
from bot.book.epub import epub
from bot.book.markdown import markdown
from bot.book.page import page
from bot.book.plain import plain
from bot.errors import Refusal
from bot.words.refusals import BOOK_TOO_LARGE

T = TypeVar("T")

BookFormat = Literal["epub", "html", "markdown", "text"]

DISCORD_BYTES = 10 << 20
"""What Discord takes of one file where it names no other limit."""
NAME_CHARS = 60
_MAKERS: dict[BookFormat, Callable[[Book], bytes]] = {
    "epub": epub,
    "html": lambda book: page(book).encode(),
    "markdown": lambda book: markdown(book).encode(),
    "text": lambda book: plain(book).encode(),
}
_ENDINGS: dict[BookFormat, str] = {"epub": ".epub", "html": ".html", "markdown": ".md", "text": ".txt"}


@dataclass(frozen=True)
class BookFile:
    """One file of a book."""

    name: str
    data: bytes


def book_files(book: Book, form: BookFormat, limit: int = DISCORD_BYTES) -> list[BookFile]:
    """The book in files of at most `limit` bytes each, in reading order. Takes seconds for a very long book.

    A file that is too large is packed as a zip (an EPUB is one already); what is too large even so comes in volumes.
    Raises Refusal where a single paragraph is too large.
    """
    volumes = [book]
    while True:
        files = [_fitting(volume, form, limit) for volume in volumes]
        fitting = [file for file in files if file is not None]
        if len(fitting) == len(files):
            return fitting
        if all(map(_is_one_paragraph, volumes)):
            raise Refusal(BOOK_TOO_LARGE)
        volumes = [half.part(half.chapters, number) for number, half in enumerate(_halved(volumes), 1)]


def _fitting(book: Book, form: BookFormat, limit: int) -> BookFile | None:
    """The book as one file, None where it is too large."""
    file = BookFile(f"{file_stem(book)}{_ENDINGS[form]}", _MAKERS[form](book))
    if len(file.data) <= limit:
        return file
    if form == "epub":
        return None
    smaller = BookFile(f"{file.name}.zip", packed(file.name, file.data))
    return smaller if len(smaller.data) <= limit else None


def packed(name: str, data: bytes) -> bytes:
    """A zip that holds one file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def file_stem(book: Book) -> str:
    """A file name without its ending, made of the title; letters of any script stay."""
    words = "".join(char if char.isalnum() else " " for char in book.title.lower()).split()
    stem = "-".join(words)[:NAME_CHARS].strip("-") or "book"
    return f"{stem}-{book.volume}" if book.volume else stem


def _halved(volumes: list[Book]) -> list[Book]:
    return [half for volume in volumes for half in halves(volume)]


def _is_one_paragraph(book: Book) -> bool:
    return len(book.chapters) == 1 and len(book.chapters[0].paragraphs) <= 1


def halves(book: Book) -> list[Book]:
    """Two books of about half the characters each, cut between chapters, or inside one that is alone."""
    if _is_one_paragraph(book):
        return [book]
    if len(book.chapters) == 1:
        (chapter,) = book.chapters
        first, second = _cut(chapter.paragraphs, lambda paragraph: len(paragraph.text))
        parts = [_with(chapter, first), _with(chapter, second)]
        return [book.part((part,), book.volume) for part in parts]
    left, right = _cut(book.chapters, lambda chapter: chapter.chars)
    return [book.part(left, book.volume), book.part(right, book.volume)]


def _with(chapter: Chapter, paragraphs: tuple[Paragraph, ...]) -> Chapter:
    return Chapter(chapter.number, chapter.title, paragraphs)


def _cut(items: tuple[T, ...], size: Callable[[T], int]) -> tuple[tuple[T, ...], tuple[T, ...]]:
    """Two parts, neither empty, as equal in size as the order allows."""
    half = sum(map(size, items)) / 2
    so_far, at = 0.0, 0
    while at < len(items) - 1 and (not at or so_far + size(items[at]) / 2 <= half):
        so_far += size(items[at])
        at += 1
    return items[:at], items[at:]
