"""The end of a training: a version folder with its weights, record, model card and a first sample."""

from __future__ import annotations

import datetime
import platform
import shutil
from dataclasses import dataclass
from importlib.metadata import version as package_version
from pathlib import Path

from model.ask import Ask, NewChapter
from model.books import Book, heading_style
from model.card import write_card
from model.checkpoint import save_weights
from model.copies import fingerprint
from model.corpus import Corpus
from model.curve import CURVE_FILE, PICTURE_FILE, Point, draw_curve, points_to_json
from model.ensemble import Model
from model.notes import Note
from model.sampling import Sampling
from model.tokenizer import Tokenizer
from model.version import TOKENIZER_FILE, VERSION_FILE, Metrics, VersionInfo, publish_folder, write_beside, write_json
from model.voices import voices_of
from model.whole import write
from model.writer import Writer, load

SAMPLE_WORDS = 80


@dataclass(frozen=True)
class Finished:
    """A trained model and what is to be recorded about it."""

    model: Model
    tokenizer: Tokenizer
    corpus: Corpus
    learned: tuple[Book, ...]
    seen: frozenset[int]
    name: str
    preset: str
    seed: int
    command: str
    parameters: int
    metrics: Metrics
    notes: tuple[Note, ...]
    points: tuple[Point, ...]


def publish(finished: Finished, folder: Path) -> tuple[VersionInfo, str]:
    """Write the version's folder, whole or not at all. Returns its record and a sample that it wrote."""
    prepared = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(prepared, ignore_errors=True)
    prepared.mkdir(parents=True)
    info = info_of(finished)
    try:
        save_weights(finished.model, prepared)
        finished.tokenizer.save(prepared / TOKENIZER_FILE)
        fingerprint(finished.learned).save(prepared)
        if voices := voices_of(finished.learned, finished.tokenizer):
            voices.save(prepared)
        write_beside(prepared / VERSION_FILE, (info.model_dump_json(indent=1) + "\n").encode())
        write_json(prepared / CURVE_FILE, points_to_json(finished.points))
        write_beside(prepared / PICTURE_FILE, draw_curve(finished.points, f"How {info.name} learned"))
        sample = first_sample(load(prepared))
        write_card(info, sample, prepared)
        publish_folder(prepared, folder)
    finally:
        shutil.rmtree(prepared, ignore_errors=True)
    return info, sample


def info_of(finished: Finished) -> VersionInfo:
    """The record of the version that a training becomes."""
    corpus = finished.corpus
    return VersionInfo(
        name=finished.name,
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        shape=finished.model.shape,
        parameters=finished.parameters,
        corpus=corpus.manifest,
        validation=corpus.valid_manifest,
        headings=heading_style(corpus.train),
        unseen=tuple(token for token in range(finished.tokenizer.vocab) if token not in finished.seen),
        metrics=finished.metrics,
        preset=finished.preset,
        command=finished.command,
        seed=finished.seed,
        software={
            "python": platform.python_version(),
            **{name: package_version(name) for name in ("greenbeard", "torch", "tokenizers", "safetensors")},
        },
        notes=finished.notes,
    )


def sample_of(finished: Finished, words: int) -> str:
    """What a model writes in the middle of its training; it is left in the mode in which it was."""
    was_training = finished.model.training
    writer = Writer(info_of(finished), finished.model.eval(), finished.tokenizer)
    sample = first_sample(writer, words)
    finished.model.train(was_training)
    return sample


def first_sample(writer: Writer, words: int = SAMPLE_WORDS) -> str:
    """The opening of a chapter as the version writes it."""
    (written,) = write(writer, Ask("sample", Sampling(seed=1), words, opening=NewChapter(1)))
    return (written.opening + written.text).strip()
