"""A book as one HTML file that needs nothing else: no script, no font, no picture from anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from bot.book.book import THE_MODEL, Book, Chapter, Credit, Run
from bot.book.cover import cover
from bot.book.labels import byline, chapter_name, full_title, model_line, written_line
from bot.book.markup import LANGUAGE_TAGS, Mark, entry, heading, paragraphs, style, unmarked
from bot.words import imprint as say

HUES = 6
"""How many members are told apart by a colour of their own before colours repeat."""
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(book: Book) -> str:
    """The whole file."""
    return "".join(_pieces(book))


def _pieces(book: Book) -> Iterator[str]:
    mark = _marks(book)
    yield _head(book)
    yield f'<header><div class="cover">{cover(book)}</div>{_front(book)}</header>\n<main>\n'
    for number, chapter in enumerate(book.chapters, 1):
        yield _section(book, chapter, number, mark)
    yield f"</main>\n{_credits(book)}</body>\n</html>\n"


def _head(book: Book) -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="{LANGUAGE_TAGS[book.language]}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="generator" content="Greenbeard">\n'
        f"<title>{escape(full_title(book))}</title>\n<style>\n{style('page.css')}</style>\n</head>\n<body>\n"
    )


def _has_contents(book: Book) -> bool:
    return len(book.chapters) > 1


def _front(book: Book) -> str:
    language = book.language
    parts = [f'<div class="front"><h1>{escape(full_title(book))}</h1>', f'<p class="by">{escape(byline(book))}</p>']
    if _has_contents(book):
        entries = "\n".join(
            entry(book, chapter, chapter_name(book, chapter), f"#c{number}")
            for number, chapter in enumerate(book.chapters, 1)
        )
        parts.append(f'<nav id="contents"><h2>{say.CONTENTS.to(language)}</h2>\n<ol>\n{entries}\n</ol></nav>')
    if any(credit.author != THE_MODEL for credit in book.credits):
        parts.append(f'<label class="who"><input type="checkbox" id="who"> {say.WHO.to(language)}</label>')
    return "\n".join(parts) + "</div>"


def _section(book: Book, chapter: Chapter, number: int, mark: Mark) -> str:
    text = "\n".join(paragraphs(chapter, mark))
    back = say.TO_CONTENTS.to(book.language)
    up = f'<a class="up" href="#contents">{back}</a>\n' if _has_contents(book) else ""
    return f'<section id="c{number}">\n{heading(chapter)}\n{text}\n{up}</section>\n'


def _marks(book: Book) -> Mark:
    """Members' words carry their name and colour; the model's carry nothing."""
    names = {credit.author: credit.name for credit in book.credits}
    classes = _classes(book)

    def mark(run: Run) -> str:
        if run.author == THE_MODEL:
            return unmarked(run)
        name = names.get(run.author, say.OTHER_MEMBERS.to(book.language))
        return f'<span class="{classes.get(run.author, "m")}" title="{escape(name)}">{unmarked(run)}</span>'

    return mark


def _classes(book: Book) -> dict[str, str]:
    members = [credit.author for credit in book.credits if credit.author != THE_MODEL]
    return {author: f"m m{number % HUES}" for number, author in enumerate(members)}


def _credits(book: Book) -> str:
    language = book.language
    classes = _classes(book)
    total = sum(credit.chars for credit in book.credits) or 1
    rows = "\n".join(_credit(credit, classes.get(credit.author, "model"), total) for credit in book.credits)
    lines = [written_line(book), model_line(book), say.MADE.to(language)]
    notes = "\n".join(f"<p>{escape(line)}</p>" for line in lines if line)
    return f'<footer>\n<h2>{say.CREDITS.to(language)}</h2>\n<ul class="credits">\n{rows}\n</ul>\n{notes}\n</footer>\n'


def _credit(credit: Credit, kind: str, total: int) -> str:
    share = 100 * credit.chars / total
    return (
        f'<li class="{kind}"><bdi>{escape(credit.name)}</bdi> <span class="share">{escape(credit.percent)}</span>'
        f'<span class="bar"><span style="width:{share:.1f}%"></span></span></li>'
    )
