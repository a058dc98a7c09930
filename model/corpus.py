"""A corpus as the training loop sees it: token lanes to read from, held-out books to validate on, and what was what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model.books import Book, count_words, split_validation
from model.errors import BadCorpus
from model.tokenizer import Tokenizer
from model.version import CorpusFile

Stream = NDArray[np.int64]
"""Token ids of a text, [tokens]."""

MIN_CHARS = 5_000
LONG_PARAGRAPH = 40
"""Characters."""


@dataclass(frozen=True)
class Corpus:
    """Books to train on and books to validate on: the last chapters or paragraphs of each, unless given."""

    books: tuple[Book, ...]
    """All that a training to its end learns from: whole, whatever is held out of them until then."""
    train: tuple[Book, ...]
    valid: tuple[Book, ...]
    given: bool
    """Whether the books to validate on were given; what was held out of the others is learned in the end (`finish`)."""

    @classmethod
    def of(cls, books: Sequence[Book], valid: Sequence[Book] = ()) -> Corpus:
        """Split the books. Raises BadCorpus where too little text is left to learn from, or none to validate on."""
        train, held_out = list(books), list(valid)
        if not held_out:
            pairs = [split_validation(book) for book in books]
            train = [kept for kept, _ in pairs]
            held_out = [rest for _, rest in pairs if rest is not None]
        visible = sum(visible_chars(book.text) for book in train)
        if visible < MIN_CHARS:
            raise BadCorpus(
                f"The books give {visible:,} characters of text to learn from; a training needs at least {MIN_CHARS:,} "
                "(some pages), and writes well from a million (a novel or two)."
            )
        if not held_out:
            raise BadCorpus(
                "None of the books is long enough to hold a part of it out for validation; "
                "join them into one file and train on that."
            )
        return cls(tuple(books), tuple(train), tuple(held_out), given=bool(valid))

    @cached_property
    def chars(self) -> int:
        """Characters of training text."""
        return sum(len(book.text) for book in self.train)

    @cached_property
    def size(self) -> int:
        """Bytes of training text in UTF-8."""
        return sum(len(book.text.encode()) for book in self.train)

    @cached_property
    def manifest(self) -> tuple[CorpusFile, ...]:
        """The training books by hash and size."""
        return manifest(self.train)

    @cached_property
    def valid_manifest(self) -> tuple[CorpusFile, ...]:
        """The held-out books by hash and size."""
        return manifest(self.valid)

    @cached_property
    def known_share(self) -> float:
        """The share of the held-out text, by characters, whose paragraphs stand in the training text word for word."""
        known = {paragraph for book in self.train for paragraph in _long_paragraphs(book)}
        held_out = [paragraph for book in self.valid for paragraph in _long_paragraphs(book)]
        chars = sum(len(paragraph) for paragraph in held_out)
        return sum(len(paragraph) for paragraph in held_out if paragraph in known) / max(chars, 1)


def _long_paragraphs(book: Book) -> Iterator[str]:
    """Paragraphs too long to be the same by chance."""
    return (p for chapter in book.chapters for p in chapter.paragraphs if len(p) >= LONG_PARAGRAPH)


def visible_chars(text: str) -> int:
    """Characters that leave a mark: no white space, nothing of zero width."""
    return sum(char.isprintable() and not char.isspace() for char in text)


def manifest(books: Sequence[Book]) -> tuple[CorpusFile, ...]:
    """What goes into a version's record about its books: hashes and sizes, no text."""
    return tuple(
        CorpusFile(name=book.name, sha256=book.sha256, chars=len(book.text), words=count_words(book.text))
        for book in books
    )


def tokens_of(book: Book, tokenizer: Tokenizer) -> Stream:
    """A book's tokens behind a chapter break, which every model reads first."""
    return np.concatenate([[tokenizer.chapter], tokenizer.encode(book.text)])


class Tokens:
    """A corpus in the tokens that were learned from it."""

    def __init__(self, corpus: Corpus, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self.train: Stream = np.concatenate([tokens_of(book, tokenizer) for book in corpus.train])
        self.valid = [tokens_of(book, tokenizer) for book in corpus.valid]
        self.chars_per_token = corpus.chars / len(self.train)

    def frequencies(self) -> NDArray[np.float64]:
        """How often the training text has each token, [vocab]; one that it never has counts half."""
        return np.maximum(np.bincount(self.train, minlength=self.tokenizer.vocab), 0.5)


class Lanes:
    """A token stream cut into equal lanes that are read side by side, `steps` tokens at a time, round and round.

    Each round begins at another place, so that cuts between lanes and updates fall elsewhere.
    """

    def __init__(self, stream: Stream, lanes: int, steps: int, generator: torch.Generator) -> None:
        self.stream = torch.from_numpy(stream)
        self.steps = steps
        self.lanes = max(1, min(lanes, (len(stream) - 1) // (2 * steps)))
        self.length = (len(stream) - 1) // self.lanes
        self.round = self.length
        """Tokens of each lane that count as one round."""
        self.generator = generator
        self.position = 0
        self.offset = 0
        self.rounds = 0.0

    @property
    def at_start(self) -> bool:
        """Whether the next batch begins a round: the carried state does not belong to it."""
        return self.position == 0

    def next(self) -> tuple[Tensor, Tensor]:
        """The next batch: inputs and targets, each [steps, lanes] int64."""
        if self.position == 0:
            self.offset = int(torch.randint(len(self.stream), (1,), generator=self.generator))
        width = min(self.steps, self.length - self.position)
        rows = torch.arange(self.lanes)[None, :] * self.length + torch.arange(width + 1)[:, None]
        block = self.stream[(rows + self.offset + self.position) % len(self.stream)]
        self.position += width
        self.rounds += width / self.round
        if self.length - self.position < 2:
            self.position = 0
        return block[:-1], block[1:]

    def turn_to(self, stream: Stream) -> None:
        """Read another text from now on, rounds counted as before. It must fill the lanes."""
        self.stream = torch.from_numpy(stream)
        self.length = (len(stream) - 1) // self.lanes
        self.position = 0

    @property
    def least(self) -> int:
        """Tokens of text that fill the lanes."""
        return self.lanes * self.steps + 1
