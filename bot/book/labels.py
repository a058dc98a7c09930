"""The few words that a book says of itself, in its own language."""

from __future__ import annotations

from dataclasses import dataclass

from bot.book.book import Book, Chapter, Language, day


@dataclass(frozen=True)
class Labels:
    """One language's words."""

    contents: str
    opening: str
    """Names the pages before the first heading."""
    credits: str
    cover: str
    the_model: str
    members: str
    others: str
    by: str
    """Before the authors' names; {names}."""
    listing: str
    """Between names."""
    last: str
    """Before the last name."""
    and_more: str
    """After as many names as a title page takes."""
    with_model: str
    """After the names, where the model wrote too."""
    alone: str
    """Instead of names, where the model wrote alone."""
    joint: str
    """Between a chapter's number and title."""
    written: str
    """{first} and {last} are dates."""
    written_on: str
    models: str
    colon: str
    volume: str
    """{number}."""
    who: str
    """Labels the switch that shows who wrote what."""
    made: str
    untitled: str
    to_contents: str


ENGLISH = Labels(
    contents="Contents",
    opening="Opening",
    credits="Who wrote this book",
    cover="Cover",
    the_model="the model",
    members="members",
    others="other members",
    by="by {names}",
    listing=", ",
    last=" and ",
    and_more=" and others",
    with_model=", with the model",
    alone="written by a model",
    joint=" – ",
    written="Written from {first} to {last}",
    written_on="Written on {first}",
    models="Model versions",
    colon=": ",
    volume="Volume {number}",
    who="Show who wrote what",
    made="Made with Greenbeard.",
    untitled="Our Story",
    to_contents="↑ Contents",
)

CHINESE = Labels(
    contents="目录",
    opening="开篇",
    credits="本书作者",
    cover="封面",
    the_model="模型",
    members="成员",
    others="其他成员",
    by="{names}　著",
    listing="、",
    last="、",
    and_more="等",
    with_model="与模型",
    alone="模型　著",
    joint="　",
    written="写于{first}至{last}",
    written_on="写于{first}",
    models="模型版本",
    colon="：",
    volume="第{number}卷",
    who="显示各段作者",
    made="由 Greenbeard 制作。",
    untitled="我们的故事",
    to_contents="↑ 目录",
)

NAMES_ON_TITLE = 4


def labels(language: Language) -> Labels:
    """The words of a language."""
    return CHINESE if language == "zh" else ENGLISH


def byline(book: Book) -> str:
    """Who wrote it, in one line for the title page."""
    words = labels(book.language)
    shown = book.members[:NAMES_ON_TITLE]
    if not shown and not any(credit.author for credit in book.credits):
        return words.alone
    names = shown or (words.members,)
    if len(book.members) > NAMES_ON_TITLE:
        line = words.listing.join(names) + words.and_more
    elif len(names) > 1:
        line = words.listing.join(names[:-1]) + words.last + names[-1]
    else:
        line = names[0]
    return words.by.format(names=line + (words.with_model if book.models else ""))


def full_title(book: Book) -> str:
    """Its title, with the volume's number where there are several."""
    if not book.volume:
        return book.title
    return f"{book.title}{labels(book.language).joint}{labels(book.language).volume.format(number=book.volume)}"


def chapter_name(book: Book, chapter: Chapter) -> str:
    """A chapter in the contents."""
    words = labels(book.language)
    return words.joint.join(filter(None, (chapter.number, chapter.title))) or words.opening


def written_line(book: Book) -> str:
    """When it was written."""
    words = labels(book.language)
    first, last = _date(book, book.began), _date(book, book.ended)
    return (words.written_on if first == last else words.written).format(first=first, last=last)


def model_line(book: Book) -> str:
    """Which versions wrote, "" for none."""
    words = labels(book.language)
    versions = words.listing.join(use.version for use in book.models)
    return f"{words.models}{words.colon}{versions}" if versions else ""


def _date(book: Book, moment: float) -> str:
    if book.language == "en":
        return day(moment)
    year, month, date = day(moment).split("-")
    return f"{year}年{int(month)}月{int(date)}日"
