"""`python -m benchmarks.one_training`: trains one model once; `benchmarks.quality` starts a process for each."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, get_args

from benchmarks.peers import got_book_6, transformer, word_language_model
from benchmarks.peers.pace import Scorer, bits_per_char
from benchmarks.texts import Split, Text, read_split
from model.books import Book
from model.evaluation import score_books, total
from model.memory import keep_freed
from model.settings import TrainSettings
from model.training import train as train_ours
from model.writer import load

OURS = "ours"


@dataclass(frozen=True)
class Peer:
    """A peer: the settings it takes for books and a budget (seconds), and how it trains with them."""

    choose: Callable[[Sequence[Book], float], Any]
    train: Callable[[Sequence[Book], Sequence[Book], float, int, Any], Scorer]


PEERS: Mapping[str, Peer] = {
    "transformer": Peer(transformer.choose, transformer.train),
    "got_book_6": Peer(got_book_6.choose, got_book_6.train),
    "word_language_model": Peer(word_language_model.choose, word_language_model.train),
}


@dataclass(frozen=True)
class Job:
    """What to train and how to judge it."""

    model: str
    text: Text
    budget_s: float
    seed: int
    on_valid: bool
    """Judge by the held-out text instead of the test text."""
    data: Path
    changes: tuple[tuple[str, float], ...] = ()
    """A peer's settings that shall differ from its own: for tuning."""

    def arguments(self) -> list[str]:
        """The command line that says this."""
        words = ["--model", self.model, "--text", self.text, "--budget", str(self.budget_s), "--seed", str(self.seed)]
        words += ["--data", str(self.data), *(["--valid"] if self.on_valid else [])]
        return [*words, *(word for name, value in self.changes for word in ("--set", f"{name}={value}"))]


@dataclass(frozen=True)
class Outcome:
    """What came of a job."""

    bits_per_char: float
    train_s: float
    """Wall time of the whole training, vocabulary included."""
    score_s: float
    trained: str
    """What was trained, and of ours how often it read the text."""


@dataclass(frozen=True)
class Trained:
    """A trained model as a function from books to bits per character, and what it is."""

    score: Callable[[Sequence[Book]], float]
    what: str


def run(job: Job, keep: Path | None) -> Outcome:
    """Train, then read the text; a transformer is kept in the folder `keep`, to write with. Raises NoText."""
    keep_freed()  # for the peers as for ours
    split = read_split(job.text, job.data)
    books = split.valid if job.on_valid else split.test
    began = time.monotonic()
    made = _trained(job, split, keep)
    trained = time.monotonic()
    bits = made.score(books)
    return Outcome(bits, trained - began, time.monotonic() - trained, made.what)


def _trained(job: Job, split: Split, keep: Path | None) -> Trained:
    if job.model != OURS:
        peer = PEERS[job.model]
        books = split.train if job.on_valid else split.books
        settings = replace(peer.choose(books, job.budget_s), **dict(job.changes))
        scorer = peer.train(books, split.valid, job.budget_s, job.seed, settings)
        if keep is not None and isinstance(scorer, transformer.TransformerScorer):
            scorer.save(keep)
        return Trained(lambda books: bits_per_char(scorer, books), str(settings))
    with tempfile.TemporaryDirectory(prefix="greenbeard-") as scratch:
        wanted = TrainSettings(name=OURS, budget_s=job.budget_s, seed=job.seed)
        books, valid = (split.train, split.valid) if job.on_valid else (split.books, ())
        info = train_ours(books, valid, Path(scratch) / OURS, wanted).info
        writer = load(Path(scratch) / OURS)
    metrics = info.metrics
    what = f"{info.preset}, {info.shape.label}, {metrics.epochs:.1f} readings, {metrics.tokens_per_s:,.0f} tokens/s"
    return Trained(lambda books: total(score_books(writer.model, writer.tokenizer, books)).bits_per_char, what)


def read_change(text: str) -> tuple[str, float]:
    """`NAME=VALUE` of a setting. Raises ValueError."""
    name, value = text.split("=")
    return name, float(value) if "." in value or "e" in value else int(value)


def main() -> None:
    """Do the job that the command line names, print its outcome as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=[OURS, *PEERS], required=True)
    parser.add_argument("--text", choices=get_args(Text), required=True)
    parser.add_argument("--budget", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--valid", action="store_true")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--set", type=read_change, action="append", default=[])
    parsed = parser.parse_args()
    job = Job(parsed.model, parsed.text, parsed.budget, parsed.seed, parsed.valid, parsed.data, tuple(parsed.set))
    sys.stdout.write(json.dumps(asdict(run(job, parsed.keep))) + "\n")


if __name__ == "__main__":
    main()
