"""Checkpoints that a training cannot go on from: damaged, of another version, begun with something else."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from model.books import Book, parse_book
from model.checkpoint import Checkpoint, check_same, load_checkpoint, save_checkpoint
from model.errors import BadModel, OtherTraining
from model.settings import TrainSettings
from model.training import train
from model.version import CHECKPOINT_FILE, work_folder
from tests.books import tiny_book
from tests.model.killed import train_until_killed

TINY = TrainSettings(name="t", budget_s=None, epochs=1, preset="tiny", device="cpu")
WORDS = replace(TINY, tokenizer="word")


@pytest.fixture(scope="module")
def book() -> Book:
    return parse_book(tiny_book(chapters=12), "tower.txt")


@pytest.fixture(scope="module")
def cut(book: Book, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the version of a training that was cut off and left a checkpoint."""
    folder = tmp_path_factory.mktemp("cut") / "t"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("model.run.CHECKPOINT_EVERY_S", 0.0)
        train_until_killed(book, folder, TINY, steps=4)
    return folder


@pytest.fixture
def folder(cut: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    shutil.copytree(work_folder(cut), work_folder(tmp_path / "t"))
    return tmp_path / "t"


def rewrite(folder: Path, change: Callable[[dict[str, torch.Tensor], dict[str, Any]], None]) -> None:
    """Change a checkpoint's tensors or record."""
    found = load_checkpoint(work_folder(folder))
    assert found is not None
    tensors, record = dict(found.tensors), dict(found.record)
    change(tensors, record)
    save_checkpoint(work_folder(folder), Checkpoint(tensors, record))


@pytest.mark.parametrize(
    "name",
    [
        "members.0.model.output_bias",
        "members.0.optimizer0.0.exp_avg",
        "members.0.optimizer1.1.momentum",
        "members.0.state.cell",
        "members.0.lanes.rng",
        "best.output_bias",
    ],
)
def test_a_renamed_or_reshaped_tensor_is_found_out_before_the_first_step(folder: Path, book: Book, name: str) -> None:
    file = work_folder(folder) / CHECKPOINT_FILE
    whole = file.read_bytes()
    rewrite(folder, lambda tensors, _: tensors.update({f"{name}s": tensors.pop(name)}))
    with pytest.raises(BadModel, match=r"does not fit this version .* train anew without --resume"):
        train([book], [], folder, TINY, resume=True)
    file.write_bytes(whole)
    rewrite(folder, lambda tensors, _: tensors.update({name: torch.cat([tensors[name]] * 2)}))
    with pytest.raises(BadModel, match=r"does not fit this version .* train anew without --resume"):
        train([book], [], folder, TINY, resume=True)
    file.write_bytes(whole)
    assert train([book], [], folder, TINY, resume=True).info.name == "t"


@pytest.mark.parametrize(
    "change",
    [
        {"preset": "gigantic"},
        {"precision": "float8"},
        {"begun_with": None},
        {"journal": {"moments": 1}},
        {"best_bits": ...},
    ],
)
def test_a_record_that_says_other_things_does_not_fit(folder: Path, book: Book, change: dict[str, Any]) -> None:
    def other(_: object, record: dict[str, Any]) -> None:
        for key, value in change.items():
            before = record.pop(key)
            if value is not ...:
                record[key] = before | value if isinstance(value, dict) else value

    rewrite(folder, other)
    with pytest.raises(BadModel, match=r"does not fit this version .* train anew without --resume"):
        train([book], [], folder, TINY, resume=True)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: bytes(8) + data[8:],
        lambda data: data.replace(b'"record"', b'"recoil"', 1),
    ],
)
def test_a_damaged_checkpoint_says_what_to_do(folder: Path, damage: Callable[[bytes], bytes]) -> None:
    file = work_folder(folder) / CHECKPOINT_FILE
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(BadModel, match=r"checkpoint\.safetensors is damaged; train anew without --resume"):
        load_checkpoint(work_folder(folder))


def test_a_checkpoint_that_the_disk_does_not_give_says_what_to_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(BadModel, match=r"cannot be read \(Input/output error\); train anew without --resume"):
        load_checkpoint(work_folder(folder))


def test_too_little_memory_is_no_fault_of_the_checkpoint(
    folder: Path, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr("model.learners.Learners.restore", refuse)
    with pytest.raises(Exception, match="too little memory") as caught:
        train([book], [], folder, TINY, resume=True)
    assert not isinstance(caught.value, BadModel)


def test_rare_words_and_their_optimizer_are_gone_on_with(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model.adaptive.WHOLE_SOFTMAX", 200)
    monkeypatch.setattr("model.adaptive.FREQUENT", 50)
    monkeypatch.setattr("model.run.CHECKPOINT_EVERY_S", 0.0)
    train([book], [], tmp_path / "whole" / "t", WORDS)
    train_until_killed(book, tmp_path / "t", WORDS, steps=4)
    found = load_checkpoint(work_folder(tmp_path / "t"))
    assert found is not None and any(name.endswith(".squares") for name in found.tensors)
    train([book], [], tmp_path / "t", WORDS, resume=True)
    whole, cut = ((folder / "t" / "model.safetensors").read_bytes() for folder in (tmp_path / "whole", tmp_path))
    assert whole == cut


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ({"--budget": 3600.0}, {"--budget": 600.0}, "(--budget 3600 s then, 600 s now)"),
        ({"--budget": None}, {"--budget": 0.5}, "(--budget none then, 0.5 s now)"),
        ({}, {"--seed": 0}, "(--seed none then, 0 now)"),
        ({"--preset": "tiny"}, {"--preset": None}, "(--preset tiny then, none now)"),
        ({"corpus": ["a"]}, {"corpus": ["a", "b"]}, "(the books differ)"),
        ({"validation text": ["a"]}, {"validation text": ["b"]}, "(the held-out text differs)"),
        (
            {"definition of preset tiny": {}},
            {"definition of preset tiny": {"a": 1}},
            "(the definition of preset tiny d",
        ),
        (
            {"corpus": ["a"], "--epochs": 24, "--seed": 1},
            {"corpus": ["b"], "--epochs": 12, "--seed": 1},
            "(the books differ; --epochs 24 then, 12 now)",
        ),
    ],
)
def test_what_was_begun_otherwise_is_said_with_both_values(
    before: dict[str, object], now: dict[str, object], said: str
) -> None:
    with pytest.raises(OtherTraining) as caught:
        check_same(before, now)
    assert said in str(caught.value)
    assert "resume it with what it was begun with, or train anew without --resume" in str(caught.value)


def test_what_is_the_same_is_not_refused() -> None:
    check_same({"--budget": 600.0, "shape": {"sizes": [1, 2]}}, {"--budget": 600.0, "shape": {"sizes": (1, 2)}})
