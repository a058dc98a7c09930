"""A book as plain text: for every reader, and for the next training."""

from __future__ import annotations

from collections.abc import Iterator

from bot.book.book import Book
from bot.book.labels import byline, chapter_name, full_title, model_line, written_line
from bot.words import imprint as say

RULE = "* * *"


def plain(book: Book) -> str:
    """The whole file: a blank line between paragraphs, three around a chapter's heading."""
    return "".join(_pieces(book)).strip("\n") + "\n"


def _pieces(book: Book) -> Iterator[str]:
    language = book.language
    yield f"{full_title(book)}\n{byline(book)}\n"
    for chapter in book.chapters:
        yield "\n\n"
        if chapter.is_titled:
            yield f"\n{chapter_name(book, chapter)}\n\n"
        yield "\n\n".join(RULE if p.is_break else p.text for p in chapter.paragraphs) + "\n"
    yield f"\n\n\n{say.CREDITS.to(language)}\n\n"
    for credit in book.credits:
        yield f"{say.SHARE.of(name=credit.name, percent=credit.percent).to(language)}\n"
    yield f"\n{written_line(book)}\n"
    if line := model_line(book):
        yield f"{line}\n"
