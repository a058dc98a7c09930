"""What a training makes of texts, numbers and disks that are not as they should be."""

from __future__ import annotations

import hashlib
import os
import random
import resource
from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import torch

from model.books import Book, parse_book
from model.candidates import CandidateSampler
from model.errors import NotSaved, TrainingFailed
from model.files import read_book
from model.finish import Finish, plan
from model.learner import Learner
from model.presets import PRESETS
from model.settings import TrainSettings
from model.training import train
from tests.books import tiny_book
from tests.forked import command_line, finished

TINY = TrainSettings(name="t", budget_s=None, epochs=2, preset="tiny", device="cpu")
SMALL_FILE = 100_000
"""Bytes; less than a checkpoint and than the weights of a version."""


@pytest.fixture(scope="module")
def book() -> Book:
    return parse_book(tiny_book(chapters=12), "tower.txt")


def poison(monkeypatch: pytest.MonkeyPatch, every: int, times: int) -> list[int]:
    """Make weights no number before every so manyth step of the next training, as often as the list returned says."""
    steps, left = count(1), [times]

    class Poisoned(Learner):
        def step(self, rate: float, sampler: CandidateSampler | None = None) -> bool:
            if next(steps) % every == 0 and left[0]:
                left[0] -= 1
                with torch.no_grad():
                    self.model.output_bias.fill_(float("nan"))
            return super().step(rate, sampler)

    monkeypatch.setattr("model.learners.Learner", Poisoned)
    return left


def test_a_rate_far_too_high_ends_with_advice(book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PRESETS, "tiny", replace(PRESETS["tiny"], learning_rate=1e30))
    notes: list[str] = []
    with pytest.raises(TrainingFailed, match="train with a smaller --preset or another --seed"):
        train([book], [], tmp_path / "t", replace(TINY, epochs=200), on_note=notes.append)

    assert len(notes) == 3
    assert all("half the rate" in note for note in notes)
    assert not (tmp_path / "t").exists()


def test_a_training_recovers_from_a_loss_that_is_no_number(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison(monkeypatch, every=150, times=1)
    notes: list[str] = []
    report = train([book], [], tmp_path / "t", replace(TINY, epochs=14), on_note=notes.append)

    assert len(notes) == 1
    assert "half the rate" in notes[0]
    assert report.info.metrics.setbacks == 1
    assert report.info.metrics.valid_bits_per_char < 1.3


def test_what_was_learned_before_the_loss_was_lost_is_kept(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison(monkeypatch, every=45, times=99)
    notes: list[str] = []
    report = train([book], [], tmp_path / "t", replace(TINY, epochs=20), on_note=notes.append)

    assert len(notes) == 4
    assert "the best weights were kept" in notes[-1]
    assert report.info.metrics.setbacks == 3
    assert report.info.metrics.valid_bits_per_char < 3
    assert report.info.metrics.epochs < 20


def test_a_loss_lost_in_the_finish_leaves_the_held_out_text_unlearned(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = poison(monkeypatch, every=1, times=0)

    def plan_and_poison(*known: Any) -> Finish:
        left[0] = 99
        return plan(*known)

    monkeypatch.setattr("model.run.MAX_BAD_STEPS", 1)
    monkeypatch.setattr("model.finish.plan", plan_and_poison)
    report = train([book], [], tmp_path / "t", replace(TINY, epochs=40))

    assert report.info.metrics.setbacks == 3
    assert not report.info.metrics.finished
    assert "Held out for validation:" in (tmp_path / "t" / "CARD.md").read_text()


def test_a_corpus_smaller_than_one_batch_is_learned_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PRESETS, "tiny", replace(PRESETS["tiny"], lanes=96, steps=96))
    leaf = parse_book(tiny_book(chapters=3), "leaf.txt")
    assert len(leaf.text) < 96 * 96
    report = train([leaf], [], tmp_path / "t", TINY)

    assert report.info.metrics.epochs >= 2


def test_a_vocabulary_larger_than_the_text_supports_is_said(book: Book, tmp_path: Path) -> None:
    notes: list[str] = []
    report = train([book], [], tmp_path / "t", replace(TINY, vocab=50_000), on_note=notes.append)

    assert notes == [f"The books support only {report.info.shape.vocab:,} of the 50,000 tokens asked for with --vocab."]
    assert report.info.shape.vocab < 5_000
    assert notes[0] in (tmp_path / "t" / "CARD.md").read_text()


def test_validating_on_the_training_text_is_said(book: Book, tmp_path: Path) -> None:
    notes: list[str] = []
    renamed = Book("other-name.txt", book.chapters)
    train([book], [renamed], tmp_path / "t", TINY, on_note=notes.append)
    assert "100% of the validation text stands in the training text" in notes[0]
    assert notes[0] in (tmp_path / "t" / "CARD.md").read_text()

    notes.clear()
    train([book], [parse_book(tiny_book(chapters=3, seed=5), "new.txt")], tmp_path / "u", TINY, on_note=notes.append)
    assert notes == []


def test_a_book_that_changes_while_it_is_learned_is_the_one_that_was_read(tmp_path: Path) -> None:
    path = tmp_path / "tower.txt"
    path.write_text(tiny_book(chapters=12), encoding="utf-8")
    book = read_book(path)
    path.write_text("Nothing but this line is left.", encoding="utf-8")
    report = train([book], [book], tmp_path / "t", TINY)

    read = parse_book(tiny_book(chapters=12), "tower.txt").text.encode()
    assert report.info.corpus[0].sha256 == hashlib.sha256(read).hexdigest()


@pytest.mark.parametrize(("chars", "between"), [(10_000_000, " "), (1_000_000, "")])
def test_a_line_of_megabytes_is_learned_from(chars: int, between: str, tmp_path: Path) -> None:
    pick = random.Random(1)
    words = ["".join(pick.choices("etaoinshrdlu", k=pick.randint(2, 9))) for _ in range(3000)]
    path = tmp_path / "line.txt"
    path.write_text(between.join(pick.choices(words, k=chars // 4))[:chars], encoding="utf-8")
    report = train([read_book(path)], [], tmp_path / "t", replace(TINY, epochs=None, budget_s=2))

    assert report.info.corpus[0].chars > 0.9 * chars


def in_little_memory(folder: Path, environment: Mapping[str, str], arguments: tuple[str, ...]) -> None:
    """`greenbeard …` with 300 MB of address space besides what this process has."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + (300 << 20),) * 2)
    command_line(folder, environment, arguments)


def test_too_little_memory_names_a_preset_that_fits(tmp_path: Path) -> None:
    """In a process whose address space is bounded."""
    (tmp_path / "tower.txt").write_text(tiny_book(chapters=40), encoding="utf-8")
    command = ("train", "tower.txt", "--name", "m", "--preset", "large", "--epochs", "1")
    environment = os.environ | {"GREENBEARD_HOME": str(tmp_path)}
    ended = finished(tmp_path, 120, in_little_memory, tmp_path, environment, command)
    assert ended.returncode == 1, ended.stderr
    assert "There is too little memory for preset large" in ended.stderr
    assert "train with --preset base" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def test_a_full_disk_costs_nothing_that_was_learned(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Played by a limit on the size of files: from step 10 on neither checkpoint nor version can be written."""
    monkeypatch.setattr("model.run.CHECKPOINT_EVERY_S", 0.0)
    train([book], [], tmp_path / "whole" / "t", TINY)
    steps, notes, limit = count(), [], resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill_the_disk() -> bool:
        if next(steps) == 10:
            resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL_FILE, limit[1]))
        return False

    try:
        with pytest.raises(NotSaved, match="free some space on the disk, then train with --resume"):
            train([book], [], tmp_path / "full" / "t", TINY, should_stop=fill_the_disk, on_note=notes.append)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert len(notes) == 1
    assert "A checkpoint could not be written" in notes[0]
    assert not list((tmp_path / "full").rglob("*.part"))
    train([book], [], tmp_path / "full" / "t", TINY, resume=True)

    whole, full = ((tmp_path / kind / "t" / "model.safetensors").read_bytes() for kind in ("whole", "full"))
    assert whole == full
