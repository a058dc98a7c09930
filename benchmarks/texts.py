"""The texts that models are compared on, and how each is split; the same for ours and for every peer."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from model.books import Book, parse_book
from model.corpus import Corpus
from model.files import read_book, read_books
from tests.books import tiny_book

SHAKESPEARE_TRAIN_SHARE = 0.9
HONGLOUMENG_CHAPTERS, HONGLOUMENG_VALID_FROM, HONGLOUMENG_TEST_FROM = 120, 108, 114

Text = Literal["sixth", "shakespeare", "hongloumeng", "made-up"]


class NoText(Exception):
    """A text is not where `--data` says."""


@dataclass(frozen=True)
class Split:
    """Books to learn from, the two parts of them for tuning, and books to be judged by."""

    books: tuple[Book, ...]
    train: tuple[Book, ...]
    valid: tuple[Book, ...]
    test: tuple[Book, ...]

    @classmethod
    def of(cls, books: Sequence[Book], *test: Book) -> Split:
        """The last chapters of each book held out for tuning, as a training does."""
        corpus = Corpus.of(books)
        return cls(tuple(books), corpus.train, corpus.valid, test)

    @property
    def sha256(self) -> str:
        """Hash of all canonical text and of how it is split, hex."""
        parts = ["\0".join(book.sha256 for book in books) for books in (self.books, self.valid, self.test)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def read_split(text: Text, data: Path) -> Split:
    """Read a text below the folder `data`. Raises NoText."""
    if text == "made-up":
        return Split.of([parse_book(tiny_book(), "tower.txt")], parse_book(tiny_book(6, seed=2), "second.txt"))
    readers = {"sixth": _sixth, "shakespeare": _shakespeare, "hongloumeng": _hongloumeng}
    try:
        return readers[text](data)
    except FileNotFoundError as error:
        raise NoText(
            f"The text {error.filename} is missing; say with --data or GREENBEARD_DATA where the folder of texts is."
        ) from error


def _sixth(data: Path) -> Split:
    """Five volumes to learn from, the last 5 % of the chapters of each for validation, the sixth book as the test."""
    folder = data / "musketeers"
    paths = sorted(folder.glob("0[1-6]-*.txt"))
    if len(paths) < 6:
        raise FileNotFoundError(2, "six volumes are wanted", str(folder))
    *volumes, sixth = read_books(paths)
    return Split.of(volumes, sixth)


def _shakespeare(data: Path) -> Split:
    """The usual split of tinyshakespeare: the last tenth is the test."""
    text = _existing(data / "tinyshakespeare" / "input.txt").read_text(encoding="utf-8")
    cut = int(SHAKESPEARE_TRAIN_SHARE * len(text))
    return Split.of([parse_book(text[:cut], "first.txt")], parse_book(text[cut:], "last.txt"))


def _hongloumeng(data: Path) -> Split:
    """红楼梦 回 1–108, 109–114, 115–120."""
    book = read_book(_existing(data / "zh-hongloumeng" / "hongloumeng.txt"))
    before = len(book.chapters) - HONGLOUMENG_CHAPTERS
    valid, test = before + HONGLOUMENG_VALID_FROM, before + HONGLOUMENG_TEST_FROM
    parts = (book.chapters[:valid], book.chapters[valid:test], book.chapters[test:])
    train, held_out, last = ((Book(book.name, chapters),) for chapters in parts)
    return Split((Book(book.name, book.chapters[:test]),), train, held_out, last)


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise FileNotFoundError(2, "a text is wanted", str(path))
    return path


def unigram_bits_per_char(train: Iterable[Book], test: Iterable[Book]) -> float:
    """Bits per character of a model that knows only how often each character occurs (add-one smoothing)."""
    counts = Counter("".join(book.text for book in train))
    text = "".join(book.text for book in test)
    whole = counts.total() + len(counts) + 1
    return -sum(math.log2((counts[char] + 1) / whole) for char in text) / len(text)
