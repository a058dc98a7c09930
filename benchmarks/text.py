"""`python -m benchmarks.text [MODEL]`: what can be counted in the text of ours, of the transformer and of a real book.

All go on from the same places of the sixth book, for the same number of words; the row "the sixth book" is how the book
itself goes on there. Word statistics are compared with the rest of the book, copying with the five books before it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import mean

from rich.console import Console
from rich.table import Table

from benchmarks.one_training import Job
from benchmarks.peers import transformer, transformer_writer
from benchmarks.quality import Bench, TrainingFailed
from benchmarks.text_figures import (
    TrainingText,
    closed_quotes,
    distinct_ngrams,
    divergence_bits,
    length_distance,
    ngram_counts,
    paragraph_lengths,
    repeated_ngrams,
    sentence_lengths,
    words_of,
)
from benchmarks.texts import NoText, Text, read_split
from greenbeard.settings import SHIPPED_MODEL, load_settings
from model.ask import Ask
from model.books import PARAGRAPH_BREAK, Book
from model.errors import ModelError
from model.sampling import Sampling
from model.whole import write
from model.writer import Writer, load

PROMPT_WORDS = 150
TOKENS_PER_WORD = 1.5
DEFAULT_SAMPLINGS = ("0.7/0.95", "0.8/0.9", "0.8/0.95", "0.9/0.95", "1.0/1.0", "0.9/1.0/0.1", "0.9/1.0/0.1/0.5")
BOOK = "the sixth book"


@dataclass(frozen=True)
class Place:
    """A place in the book: what stands before it, and how the book goes on."""

    before: str
    after: str


@dataclass(frozen=True)
class Row:
    """The figures of one writer; see `benchmarks.text_figures` for each."""

    who: str
    sampling: str
    closed_quotes: float
    repeated_4grams: float
    distinct_2grams: float
    unigram_divergence: float
    bigram_divergence: float
    sentence_words: float
    sentence_distance: float
    paragraph_words: float
    paragraph_distance: float
    longest_copy: int


def places_in(book: Book, count: int, words: int) -> tuple[list[Place], str]:
    """`count` places at beginnings of paragraphs, evenly through a book, and the text that none of them touches."""
    paragraphs = book.text.split(PARAGRAPH_BREAK)
    places, rest, at = [], [], 0
    for index in range(count):
        first = (index + 1) * len(paragraphs) // (count + 1)
        first = max(first, at + 1)
        before, _ = _upto(reversed(paragraphs[at:first]), PROMPT_WORDS)
        after, used = _upto(iter(paragraphs[first:]), words + 1)
        places.append(Place(PARAGRAPH_BREAK.join(reversed(before)) + PARAGRAPH_BREAK, PARAGRAPH_BREAK.join(after)))
        rest += paragraphs[at:first]
        at = first + used
    return places, PARAGRAPH_BREAK.join([*rest, *paragraphs[at:]])


def _upto(paragraphs: Iterator[str], words: int) -> tuple[list[str], int]:
    """Paragraphs until they hold `words` words, and their number."""
    taken: list[str] = []
    held = 0
    for paragraph in paragraphs:
        taken.append(paragraph)
        held += len(words_of(paragraph))
        if held >= words:
            break
    return taken, len(taken)


def cut(text: str, words: int) -> str:
    """The beginning of a text, `words` words and marks long."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if len(words_of(text[:middle])) <= words else (low, middle - 1)
    return text[:low]


def write_ours(writer: Writer, places: Sequence[Place], sampling: Sampling, words: int) -> list[str]:
    """How ours goes on, place by place."""
    texts = []
    for number, place in enumerate(places):
        seeded = replace(sampling, seed=sampling.seed + number)
        (written,) = write(writer, Ask("bench", seeded, words, read=place.before))
        texts.append(written.text)
    return texts


@dataclass(frozen=True)
class Judge:
    """Everything that texts are compared with."""

    rest: str
    training: TrainingText
    words: int

    def row(self, who: str, sampling: str, texts: Sequence[str]) -> Row:
        """The figures of some texts, each cut to the same number of words."""
        texts = [cut(text, self.words) for text in texts]
        rest = [self.rest]
        sentences, paragraphs = sentence_lengths(texts), paragraph_lengths(texts)
        return Row(
            who=who,
            sampling=sampling,
            closed_quotes=closed_quotes(texts),
            repeated_4grams=repeated_ngrams(texts, 4),
            distinct_2grams=distinct_ngrams(texts, 2),
            unigram_divergence=divergence_bits(ngram_counts(texts, 1), ngram_counts(rest, 1)),
            bigram_divergence=divergence_bits(ngram_counts(texts, 2), ngram_counts(rest, 2)),
            sentence_words=mean(sentences or [0]),
            sentence_distance=length_distance(sentences, sentence_lengths(rest)),
            paragraph_words=mean(paragraphs or [0]),
            paragraph_distance=length_distance(paragraphs, paragraph_lengths(rest)),
            longest_copy=max(self.training.longest_copy(text) for text in texts),
        )


def measure(parsed: argparse.Namespace, bench: Bench) -> list[Row]:
    """Let all write, count. Raises NoText, TrainingFailed, ModelError."""
    text: Text = "made-up" if parsed.smoke else "sixth"
    split = read_split(text, bench.data)
    places, rest = places_in(split.test[0], parsed.passages, parsed.words)
    judge = Judge(rest, TrainingText(book.text for book in split.books), parsed.words)
    rows = [judge.row(BOOK, "", [place.after for place in places])]
    writer = load(parsed.model)
    for name, sampling in parsed.sampling:
        rows.append(judge.row("ours", name, write_ours(writer, places, sampling, parsed.words)))
    if parsed.transformer_budget:
        job = Job("transformer", text, parsed.transformer_budget, 1, bench.on_valid, bench.data)
        bench.measure(job, split)
        peer = transformer.load(bench.kept(job, split))
        prompts = [place.before for place in places]
        for name, sampling in parsed.sampling:
            texts = transformer_writer.write(peer, prompts, sampling, round(parsed.words * TOKENS_PER_WORD))
            rows.append(judge.row("transformer", name, texts))
    return rows


def read_sampling(text: str) -> tuple[str, Sampling]:
    """`TEMPERATURE/TOP_P`, further `/MIN_P` and `/COMMONNESS`, and what it means. Raises ValueError."""
    temperature, top_p, *rest = map(float, text.split("/"))
    min_p, commonness = (*rest, *(0.0, 1.0)[len(rest) :])
    return text, Sampling(temperature, top_p, seed=1, min_p=min_p, commonness=commonness)


def read_command_line() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", type=Path, default=SHIPPED_MODEL, help="folder of ours; default: shipped")
    parser.add_argument(
        "--sampling", nargs="+", type=read_sampling, metavar="T/P/M/C", help="temperature, top-p, min-p, commonness"
    )
    parser.add_argument("--transformer-budget", type=float, default=1800, help="seconds to train it; 0: leave it out")
    parser.add_argument("--passages", type=int, default=24)
    parser.add_argument("--words", type=int, default=300, help="words and marks of each passage")
    parser.add_argument(
        "--data", type=Path, default=Path(os.environ.get("GREENBEARD_DATA", "../shared/data")), help="folder of texts"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.add_argument("--smoke", action="store_true", help="two short passages of ours on a made-up book")
    parsed = parser.parse_args()
    parsed.sampling = parsed.sampling or [read_sampling(text) for text in DEFAULT_SAMPLINGS]
    if parsed.smoke:
        parsed.passages, parsed.words, parsed.transformer_budget = 2, 40, 0.0
        parsed.sampling = parsed.sampling[:1]
    return parsed


def show(rows: Sequence[Row], as_json: bool) -> None:
    """A table for people or one JSON object."""
    if as_json:
        print(json.dumps({"benchmark": "text", "python": platform.python_version(), "rows": [asdict(r) for r in rows]}))
        return
    fields = list(asdict(rows[0]))
    table = Table("", *(row.who for row in rows), title="text", title_justify="left")
    for field in fields[1:]:
        values = [getattr(row, field) for row in rows]
        table.add_row(field.replace("_", " "), *(f"{v:.3f}" if isinstance(v, float) else str(v) for v in values))
    Console().print(table)


def main() -> None:
    """Measure and tell."""
    parsed = read_command_line()
    cache = load_settings().home / "benchmarks" / "quality"
    bench = Bench(parsed.data.resolve(), cache.resolve(), on_valid=False, smoke=False)
    try:
        rows = measure(parsed, bench)
    except (NoText, TrainingFailed, ModelError) as error:
        sys.exit(str(error))
    show(rows, parsed.json)


if __name__ == "__main__":
    main()
