"""How a text sounds: under which book of the corpus it surprises least, by how often each book uses each token.

A table says for every book and token how many bits likelier the token is in that book than in the whole corpus, to a
thirty-second of a bit. It holds frequencies of single tokens, a byte each, and no order: no sentence can be read out
of it. A text's surprise is the sum over its distinct tokens: a name that comes ten times is one hint, not ten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from model.books import Book, count_words
from model.errors import BadModel
from model.tokenizer import Tokenizer
from model.version import VersionInfo, write_beside

VOICES_FILE = "voices.safetensors"

STEPS = 32
"""Parts of a bit."""
DOUBT = 1.0
"""Occurrences that are added to what a book has and to what the corpus lets expect: rare tokens prove little."""
MOST_BOOKS = 64
LEAST_WORDS = 50
"""Words of the shortest text that is judged."""
CLEAR_BITS = 6.0
"""By so many bits a text must surprise less under one book than under any other for that book to be named."""


@dataclass(frozen=True)
class Likeness:
    """The book that a text sounds most like."""

    file: str
    lead: float
    """Bits a word by which the text surprises less under this book than under the next one."""


class Voices:
    """The table of a corpus, ready to be asked."""

    def __init__(self, files: Sequence[str], table: NDArray[np.int8]) -> None:
        self.files = tuple(files)
        self.table = table
        """In parts of a bit, shape [books, vocabulary]."""

    def surprise(self, tokens: NDArray[np.int64]) -> NDArray[np.float64]:
        """Bits by which a text surprises more under each book than under the corpus, shape [books]."""
        bits: NDArray[np.float64] = -self.table[:, np.unique(tokens)].sum(axis=1, dtype=np.float64) / STEPS
        return bits

    def likeness(self, text: str, tokenizer: Tokenizer) -> Likeness | None:
        """The book that a text clearly sounds like; None where it is short, or where no book leads clearly."""
        words = count_words(text)
        if words < LEAST_WORDS:
            return None
        bits = self.surprise(tokenizer.encode(text))
        first, second, *_ = np.argsort(bits, kind="stable")
        lead = float(bits[second] - bits[first])
        return Likeness(self.files[first], lead / words) if lead >= CLEAR_BITS else None

    def save(self, folder: Path) -> None:
        """Write the file, beside and renamed."""
        write_beside(folder / VOICES_FILE, save({"voices": self.table}))


def voices_of(books: Sequence[Book], tokenizer: Tokenizer) -> Voices | None:
    """The table of a corpus; None for a single book, and for so many that naming one says little."""
    if not 2 <= len(books) <= MOST_BOOKS:
        return None
    counts = np.stack([np.bincount(tokenizer.encode(book.text), minlength=tokenizer.vocab) for book in books])
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0) / counts.sum())
    bits = np.log2((counts + DOUBT) / (expected + DOUBT))
    return Voices([book.name for book in books], np.clip(np.rint(bits * STEPS), -127, 127).astype(np.int8))


def load_voices(folder: Path, info: VersionInfo) -> Voices | None:
    """A version's table; None where it has none. Raises BadModel if it is damaged or another version's."""
    path = folder / VOICES_FILE
    if not path.exists():
        return None
    try:
        table = load(path.read_bytes())["voices"]
        if table.shape != (len(info.corpus), info.shape.vocab) or table.dtype != np.int8:
            raise ValueError("it belongs to other books")
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise BadModel(
            f"{VOICES_FILE} of {folder.name!r} is damaged ({error}); copy the version's folder again, "
            "or delete that file: passages then do not say which book they sound like."
        ) from error
    return Voices([file.name for file in info.corpus], table)
