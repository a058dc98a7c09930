"""`python -m benchmarks.copyguard`: what the copy guard takes: time to build, bytes, and speed while writing.

The shipped model writes 16 passages at once with the fingerprints of the five volumes, by two engines with the same
weights, a step of the one and a step of the other: with the guard and without it. The cost is the median of the rounds,
by the clock: run it on a quiet machine.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.report import Arguments, Figure, finish, read_arguments
from benchmarks.texts import NoText, read_split
from greenbeard.settings import SHIPPED_MODEL
from model.ask import Ask, Done
from model.books import Book, parse_book
from model.copies import Copies, fingerprint
from model.engine import Engine
from model.errors import ModelError
from model.files import read_books
from model.sampling import Sampling
from model.watch import Rules, Watch
from model.writer import Writer, load
from tests.books import tiny_book

MEGABYTE = 1_000_000
BUILT_CHARS = 10 * MEGABYTE
LIMIT = 12
BATCH = 16
ROUNDS = 21
WORDS = 100


def texts(arguments: Arguments) -> tuple[Sequence[Book], Sequence[Book]]:
    """The books that the shipped model learned from, and 10 MB of books. Raises NoText."""
    if arguments.smoke:
        book = parse_book(tiny_book(), "tower.txt")
        return [book], [book]
    data = Path(os.environ.get("GREENBEARD_DATA", "../shared/data"))
    learned = read_split("sixth", data).train
    paths = [*sorted((data / "musketeers").glob("0*.txt")), data / "dracula" / "dracula.txt"]
    books, size = read_books(paths), 0
    many: list[Book] = []
    while size < BUILT_CHARS:
        many.append(books[len(many) % len(books)])
        size += len(many[-1].text.encode())
    return learned, many


def build(books: Sequence[Book]) -> tuple[Copies, float]:
    """Fingerprints and the seconds that they took."""
    began = time.perf_counter()
    copies = fingerprint(books)
    return copies, time.perf_counter() - began


def word_us(copies: Copies, words: Sequence[str]) -> float:
    """Microseconds of the process's time to judge a word of a text that would be a copy from end to end."""
    watch, began = Watch(Rules.of(copies, LIMIT, ())), time.process_time()
    for word in words:
        watch.allows(word)
    return (time.process_time() - began) / len(words) * 1e6


def started(writer: Writer, copies: Copies | None, seed: int, words: int) -> Engine:
    """An engine that is about to write BATCH passages at once."""
    writer.copies = copies
    engine = Engine(writer, slots=BATCH)
    for number in range(BATCH):
        engine.submit(Ask(str(number), Sampling(seed=seed + number), words, read="D'Artagnan", copy_limit=LIMIT))
    return engine


def advance(engine: Engine) -> tuple[int, float]:
    """Let an engine take a step: tokens of the passages that ended with it, and seconds."""
    began = time.perf_counter()
    outputs = engine.step() if engine.running or engine.waiting else []
    return sum(output.end.tokens for output in outputs if isinstance(output, Done)), time.perf_counter() - began


def cost(copies: Copies, arguments: Arguments) -> float:
    """The share of tokens per second that the guard takes, per cent."""
    writer = load(SHIPPED_MODEL)
    rounds, words = (1, 10) if arguments.smoke else (ROUNDS, WORDS)
    ratios = []
    for number in range(rounds + 1):
        engines = [started(writer, which, number * BATCH, words) for which in (copies, None)]
        tokens, seconds = [0, 0], [0.0, 0.0]
        for way in itertools.cycle((0, 1, 1, 0)):
            if not any(engine.running or engine.waiting for engine in engines):
                break
            new, taken = advance(engines[way])
            tokens[way], seconds[way] = tokens[way] + new, seconds[way] + taken
        ratios.append(tokens[0] / seconds[0] / (tokens[1] / seconds[1]))
    return 100 * (1 - median(ratios[1:]))


def main() -> None:
    """Measure and tell."""
    arguments = read_arguments(__doc__)
    try:
        learned, many = texts(arguments)
        _, seconds = build(many)
        copies, _ = build(learned)
        words = [f" {word}" for word in many[-1].text.split()][:100_000]
        size = len(copies.table) + len(copies.record.model_dump_json())
        figures = [
            Figure("fingerprints of 10 MB of books", seconds, "s", 15),
            Figure("bytes a word, all files", size / copies.record.words, "B", 12),
            Figure("all files for the shipped model's books", size / MEGABYTE, "MB", 1.35),
            Figure("judging a word", median(word_us(copies, words) for _ in range(5)), "µs", 10),
            Figure(f"tokens/s at batch {BATCH} that the guard takes", cost(copies, arguments), "%", 5),
        ]
    except (NoText, ModelError) as error:
        sys.exit(str(error))
    finish("copyguard", figures, arguments)


if __name__ == "__main__":
    main()
