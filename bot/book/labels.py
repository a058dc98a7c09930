"""What a book says of itself: its authors, volume, chapters, dates and models."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.book.book import Book, Chapter
from bot.words import imprint as say
from bot.words.language import Phrase

NAMES_ON_TITLE = 4


def byline(book: Book) -> str:
    """Who wrote it, in one line for the title page."""
    language = book.language
    shown = book.members[:NAMES_ON_TITLE]
    if not shown and not any(credit.author for credit in book.credits):
        return say.BY_MODEL.to(language)
    *first, last = shown or (say.MEMBERS.to(language),)
    if len(book.members) > NAMES_ON_TITLE:
        names = say.AND_OTHERS.of(names=say.COMMA.to(language).join(shown)).to(language)
    else:
        names = say.AND.to(language).join(filter(None, (say.COMMA.to(language).join(first), last)))
    return (say.BY_WITH_MODEL if book.models else say.BY).of(names=names).to(language)


def full_title(book: Book) -> str:
    """Its title, with the volume's number where there are several."""
    if not book.volume:
        return book.title
    return say.VOLUME.of(title=book.title, number=book.volume).to(book.language)


def chapter_name(book: Book, chapter: Chapter) -> str:
    """A chapter in the contents."""
    if chapter.number and chapter.title:
        return say.CHAPTER.of(number=chapter.number, title=chapter.title).to(book.language)
    return chapter.number or chapter.title or say.OPENING.to(book.language)


def written_line(book: Book) -> str:
    """When it was written."""
    first, last = date_of(book.began), date_of(book.ended)
    line = say.WRITTEN_ON.of(date=first) if first == last else say.WRITTEN.of(first=first, last=last)
    return line.to(book.language)


def model_line(book: Book) -> str:
    """Which versions wrote, "" for none."""
    versions = say.COMMA.to(book.language).join(use.version for use in book.models)
    return say.MODELS.of(versions=versions).to(book.language) if versions else ""


def date_of(moment: float) -> Phrase:
    """The day of a moment (UTC)."""
    date = datetime.fromtimestamp(moment, UTC).date()
    return say.DATE.of(year=date.year, month=date.month, day=date.day)
