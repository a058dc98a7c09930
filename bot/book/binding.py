"""Binds the passages of a story into a book."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.book.book import Book, Chapter, Paragraph, Run
from bot.book.credits import credits_of, models_of
from bot.book.hands import revised, runs_of
from bot.words import imprint as say
from bot.words.language import Language
from worker.contract import Passage

_NEWLINES = re.compile(r"(\n+)")
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff]"
)
"""What no format can carry or what turns the text around it: control, direction and non-characters, lone surrogates."""

_NUMBER = re.compile(
    r"((?:chapter|part|book|chapitre|kapitel)\s+(?:[ivxlcdm]+|\d+)|[IVXLCDM]+(?=\.)|\d+(?=\.)"
    r"|第[〇零一二三四五六七八九十百千两\d]+[回章节卷])(?:[.:：、]?\s+|[：、])(?=\S)",
    re.IGNORECASE,
)
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_LETTER = re.compile(r"[^\W\d_]")
LONGEST_HEADING = 400
"""A first paragraph above this is no heading: an edit took it away."""
SAMPLE_CHARS = 20_000
"""How much of a book tells its language."""


Earlier = Mapping[str, Sequence[Passage]]
"""By the id of an edited passage: the wordings that it replaced, oldest first."""


def bind(passages: Sequence[Passage], names: Mapping[str, str], title: str, earlier: Earlier | None = None) -> Book:
    """A book of `passages`, in reading order and at least one. `names` are the members' by their Discord ids.

    Where `title` shows nothing, the book's language has one.
    """
    chapters = tuple(c for c in _chapters(passages, earlier or {}) if c.is_titled or c.paragraphs)
    language = language_of("".join(passage.text for passage in passages[:50])[:SAMPLE_CHARS])
    runs = [run for chapter in chapters for paragraph in chapter.paragraphs for run in paragraph.runs]
    text = "\0".join([title, *(passage.chain for passage in passages)])
    return Book(
        id=str(uuid.uuid5(uuid.NAMESPACE_OID, text)),
        title=one_line(title) or say.UNTITLED.to(language),
        language=language,
        chapters=chapters,
        credits=credits_of(runs, {id: one_line(name) for id, name in names.items()}, language),
        models=models_of(runs),
        began=min(passage.created for passage in passages),
        ended=max(passage.created for passage in passages),
    )


def readable(text: str) -> str:
    """`text` without what no format can carry."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n")
    return _UNPRINTABLE.sub("", unified.replace("\t", " "))


def one_line(text: str) -> str:
    """`text` as a title or name: readable, on one line."""
    return " ".join(readable(text).split())


def language_of(text: str) -> Language:
    """Chinese where Chinese characters are the most of all letters, else English."""
    return "zh" if 2 * len(_HAN.findall(text)) > len(_LETTER.findall(text)) else "en"


def _chapters(passages: Iterable[Passage], earlier: Earlier) -> Iterator[Chapter]:
    number, title = "", ""
    runs: list[Run] = []
    for passage in passages:
        heading, _ = _parted(passage)
        if heading:
            yield Chapter(number, title, tuple(paragraphs_of(runs)))
            number, title = _numbered(heading)
            runs = []
        runs += _runs(passage, earlier.get(passage.id, ()))
    yield Chapter(number, title, tuple(paragraphs_of(runs)))


def _parted(passage: Passage) -> tuple[str, str]:
    """A passage's heading, "" for none, and what follows it."""
    text = readable(passage.text)
    if passage.kind != "chapter":
        return "", text
    heading, _, body = text.strip("\n").partition("\n\n")
    return (heading, body) if len(heading) <= LONGEST_HEADING else ("", text)


def _runs(passage: Passage, earlier: Sequence[Passage]) -> list[Run]:
    first, *edits = (*earlier, passage)
    runs = runs_of(first, _parted(first)[1], readable(first.prompt).strip())
    for edit in edits:
        runs = revised(runs, edit, _parted(edit)[1])
    return runs


def _numbered(heading: str) -> tuple[str, str]:
    """Number and title of a heading: a number with a title below it or beside it, or a title alone."""
    lines = [line for line in map(one_line, heading.split("\n")) if line]
    if len(lines) == 1 and (found := _NUMBER.match(lines[0])):
        lines = [found[1], lines[0][found.end() :]]
    number, title = (lines[0], " ".join(lines[1:])) if len(lines) > 1 else ("", " ".join(lines))
    return _unpointed(number), _unpointed(title)


def _unpointed(line: str) -> str:
    """A heading's line without the point that old books set behind it."""
    return line[:-1] if line.endswith(".") and line[-3:-1].isalpha() else line


def paragraphs_of(runs: Iterable[Run]) -> Iterator[Paragraph]:
    """Cut at blank lines, wherever they fall; each line loses its edges, neighbouring runs of one hand become one."""
    lines = _Lines()
    for run in runs:
        for piece in _NEWLINES.split(run.text):
            if piece.startswith("\n"):
                lines.newlines += len(piece)
            elif paragraph := lines.add(piece, run):
                yield paragraph
    if paragraph := lines.close():
        yield paragraph


class _Lines:
    """The paragraph that is being read; `newlines` stand between it and the next piece."""

    def __init__(self) -> None:
        self.newlines = 0
        self._runs: list[Run] = []

    def add(self, piece: str, run: Run) -> Paragraph | None:
        """Take a piece of one line; the paragraph before it where a blank line has ended that."""
        ended: Paragraph | None = None
        if self.newlines or not self._runs:
            piece = piece.lstrip()
        if not piece:
            return None
        if self.newlines > 1:
            ended = self.close()
        elif self.newlines and self._runs:
            self._trim()
            piece = f"\n{piece}"
        self.newlines = 0
        self._append(piece, run)
        return ended

    def close(self) -> Paragraph | None:
        """End the paragraph; None where nothing stands in it."""
        self._trim()
        runs, self._runs = tuple(self._runs), []
        return Paragraph(runs) if runs else None

    def _append(self, piece: str, run: Run) -> None:
        last = self._runs[-1] if self._runs else None
        if last is not None and (last.author, last.model) == (run.author, run.model):
            self._runs[-1] = Run(last.text + piece, last.author, last.model, last.created)
        else:
            self._runs.append(Run(piece, run.author, run.model, run.created))

    def _trim(self) -> None:
        """Drop white space at the end."""
        while self._runs and not (text := self._runs[-1].text.rstrip()):
            self._runs.pop()
        if self._runs:
            last = self._runs[-1]
            self._runs[-1] = Run(text, last.author, last.model, last.created)
