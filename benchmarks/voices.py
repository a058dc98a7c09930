"""`python -m benchmarks.voices`: how often a passage is said to sound like a volume, and how often rightly.

The table is made of the chapters that the shipped model learned from, and judges passages of the held-out last chapters
of each volume, cut to the usual length of a passage.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.report import Arguments, Figure, finish, read_arguments
from benchmarks.texts import NoText, read_split
from greenbeard.settings import SHIPPED_MODEL
from model.books import Book, parse_book
from model.corpus import Corpus
from model.tokenizer import Tokenizer
from model.version import TOKENIZER_FILE
from model.voices import Voices, voices_of
from tests.books import tiny_book

SHORT, LONG = 120, 300
"""Words of a passage."""


def corpus(arguments: Arguments) -> tuple[Sequence[Book], Sequence[Book]]:
    """The books to learn from, and what was held out of each. Raises NoText."""
    if arguments.smoke:
        made_up = Corpus.of([parse_book(tiny_book(seed=seed), f"{seed}.txt") for seed in (1, 2)])
        return made_up.train, made_up.valid
    split = read_split("sixth", Path(os.environ.get("GREENBEARD_DATA", "../shared/data")))
    return split.train, split.valid


def passages(book: Book, words: int) -> list[str]:
    """The paragraphs of a book, cut into passages of so many words."""
    text = " ".join(paragraph for chapter in book.chapters for paragraph in chapter.paragraphs).split()
    return [" ".join(text[begin : begin + words]) for begin in range(0, len(text) - words + 1, words)]


def named(voices: Voices, tokenizer: Tokenizer, held_out: Sequence[Book], words: int) -> tuple[float, float]:
    """Per cent of the passages of which no volume is named, and per cent of the names that are wrong."""
    answers = [
        (book.name, likeness.file if (likeness := voices.likeness(passage, tokenizer)) else "")
        for book in held_out
        for passage in passages(book, words)
    ]
    said = [(right, name) for right, name in answers if name]
    wrong = sum(right != name for right, name in said) / max(len(said), 1)
    return 100 * (1 - len(said) / len(answers)), 100 * wrong


def main() -> None:
    """Measure and tell."""
    arguments = read_arguments(__doc__)
    try:
        learned, held_out = corpus(arguments)
    except NoText as error:
        sys.exit(str(error))
    tokenizer = Tokenizer.load(SHIPPED_MODEL / TOKENIZER_FILE)
    voices = voices_of(learned, tokenizer)
    if voices is None:
        sys.exit("There is nothing to tell apart.")
    figures = [Figure("the table", voices.table.nbytes / 1000, "kB", 40)]
    for words in (SHORT, LONG):
        unnamed, wrong = named(voices, tokenizer, held_out, words)
        figures += [
            Figure(f"passages of {words} words that are given no volume", unnamed, "%", 50),
            Figure(f"volumes given to passages of {words} words that are wrong", wrong, "%", 15),
        ]
    finish("voices", figures, arguments)


if __name__ == "__main__":
    main()
