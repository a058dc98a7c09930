"""A book as EPUB 3: cover, title page, contents, chapters, credits. https://www.w3.org/TR/epub-33/"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from typing import Any

from ebooklib import epub as ebook  # type: ignore[import-untyped]

from bot.book.book import Book, Chapter, Paragraph, day
from bot.book.cover import cover
from bot.book.labels import byline, chapter_name, full_title, model_line, written_line
from bot.book.markup import LANGUAGE_TAGS, heading, paragraphs, style, unmarked
from bot.words import imprint as say

DOCUMENT_CHARS = 150_000
"""Longer chapters go on in a further document: e-readers lay out one document at a time."""
CREATORS = 20
XHTML = "application/xhtml+xml"


def epub(book: Book) -> bytes:
    """The whole file."""
    made = _described(book)
    made.add_item(ebook.EpubItem("style", "style.css", "text/css", style("epub.css").encode()))
    image = ebook.EpubCover("cover-image", "cover.svg")
    image.content = cover(book).encode()
    made.add_item(image)
    language = book.language
    front = [_document(book, name, title, body) for name, title, body in _front(book)]
    nav = ebook.EpubNav(title=say.CONTENTS.to(language))
    nav.add_link(href="style.css", rel="stylesheet", type="text/css")
    documents = [*front, nav]
    for number, chapter in enumerate(book.chapters, 1):
        parts = _chapter(book, chapter, number)
        made.toc.append(ebook.Link(parts[0].file_name, _name(book, chapter), parts[0].id))
        documents += parts
    documents.append(_document(book, "credits", say.CREDITS.to(language), _credits(book)))
    made.toc.append(ebook.Link("credits.xhtml", say.CREDITS.to(language), "credits"))
    for document in [*documents, ebook.EpubNcx()]:
        made.add_item(document)
    made.spine = list(documents)
    return _written(made, book)


def _described(book: Book) -> Any:
    """An empty e-book with all that is said about it."""
    made = ebook.EpubBook()
    made.set_identifier(f"urn:uuid:{book.id}")
    made.set_title(full_title(book))
    made.set_language(LANGUAGE_TAGS[book.language])
    for number, name in enumerate(book.members[:CREATORS]):
        made.add_author(name, uid=f"creator{number}")
    made.add_metadata("DC", "contributor", "Greenbeard")
    made.add_metadata("DC", "date", day(book.ended))
    made.add_metadata("DC", "description", byline(book))
    made.add_metadata(None, "meta", None, {"name": "cover", "content": "cover-image"})
    return made


def _written(made: Any, book: Book) -> bytes:
    """The archive; dated by its last passage, so that the same book makes the same bytes."""
    out = io.BytesIO()
    options = {"epub3_pages": False, "raise_exceptions": True, "mtime": datetime.fromtimestamp(book.ended, UTC)}
    ebook.write_epub(out, made, options)
    return out.getvalue()


def _document(book: Book, name: str, title: str, body: str) -> Any:
    """One XHTML document, as bytes: what ebooklib would parse and print anew loses spaces between runs."""
    tag = LANGUAGE_TAGS[book.language]
    text = (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n'
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"'
        f' lang="{tag}" xml:lang="{tag}">\n'
        f'<head><title>{escape(title)}</title><link href="style.css" rel="stylesheet" type="text/css"/></head>\n'
        f"<body>\n{body}\n</body>\n</html>\n"
    )
    return ebook.EpubItem(name, f"{name}.xhtml", XHTML, text.encode())


def _front(book: Book) -> Iterator[tuple[str, str, str]]:
    """Name, title and body of the documents before the contents."""
    title = escape(full_title(book))
    yield (
        "cover",
        say.COVER.to(book.language),
        f'<section epub:type="cover" class="cover"><img src="cover.svg" alt="{title}"/></section>',
    )
    by = escape(byline(book))
    yield "title", full_title(book), f'<section epub:type="titlepage"><h1>{title}</h1><p class="by">{by}</p></section>'


def _name(book: Book, chapter: Chapter) -> str:
    """A chapter in the contents; a book of one without heading is named as the whole."""
    return chapter_name(book, chapter) if chapter.is_titled or len(book.chapters) > 1 else full_title(book)


def _chapter(book: Book, chapter: Chapter, number: int) -> list[Any]:
    """The chapter's documents."""
    documents = []
    for part, some in enumerate(portions(chapter.paragraphs)):
        name = f"chapter{number}" if not part else f"chapter{number}-{part + 1}"
        shown = replace(chapter, paragraphs=some)
        top = "" if part else heading(chapter)
        body = f'<section epub:type="chapter">\n{top}\n' + "\n".join(paragraphs(shown, unmarked)) + "\n</section>"
        documents.append(_document(book, name, _name(book, chapter), body))
    return documents


def portions(whole: Sequence[Paragraph]) -> Iterator[tuple[Paragraph, ...]]:
    """Paragraphs in portions of about DOCUMENT_CHARS; one empty portion for none."""
    some: list[Paragraph] = []
    chars = 0
    for paragraph in whole:
        some.append(paragraph)
        chars += len(paragraph.text)
        if chars >= DOCUMENT_CHARS:
            yield tuple(some)
            some, chars = [], 0
    if some or not whole:
        yield tuple(some)


def _credits(book: Book) -> str:
    language = book.language
    rows = "\n".join(
        f'<tr><td><bdi>{escape(credit.name)}</bdi></td><td class="share">{escape(credit.percent)}</td></tr>'
        for credit in book.credits
    )
    lines = [written_line(book), model_line(book), say.MADE.to(language)]
    notes = "\n".join(f'<p class="note">{escape(line)}</p>' for line in lines if line)
    title = say.CREDITS.to(language)
    return f'<section epub:type="colophon">\n<h2>{title}</h2>\n<table>\n{rows}\n</table>\n{notes}\n</section>'
