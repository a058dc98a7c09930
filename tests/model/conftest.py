"""A version with word-level tokens, some of them rare, and one of two LSTMs."""

from __future__ import annotations

from pathlib import Path

import pytest

from model.books import parse_book
from model.device import fastest_precision
from model.settings import TrainSettings
from model.training import train
from tests.model.paired import pair
from tests.once import made_once


@pytest.fixture(scope="session")
def precision() -> str:
    """What trains fastest on this CPU, tried once."""
    return fastest_precision("cpu")


@pytest.fixture(autouse=True)
def same_precision(precision: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trainings that are compared take the same, however busy the machine is when each of them begins."""
    monkeypatch.setattr(
        "model.training.fastest_precision", lambda device: precision if device == "cpu" else fastest_precision(device)
    )


@pytest.fixture(scope="session")
def word_version(tmp_path_factory: pytest.TempPathFactory, tiny_book_text: str) -> Path:
    """Folder of a word-level version trained in a few seconds; its words stand in clusters."""
    settings = TrainSettings(name="words", budget_s=None, epochs=4, preset="tiny", tokenizer="word", device="cpu")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("model.adaptive.WHOLE_SOFTMAX", 200)
        patch.setattr("model.adaptive.FREQUENT", 50)
        book = parse_book(tiny_book_text, "tower.txt")
        return made_once(tmp_path_factory, "words", lambda folder: train([book], [], folder, settings))


@pytest.fixture(scope="session")
def pair_version(tmp_path_factory: pytest.TempPathFactory, tiny_book_text: str) -> Path:
    """Folder of a version of two LSTMs trained in a few seconds."""
    settings = TrainSettings(name="pair", budget_s=None, epochs=10, preset="tiny", device="cpu")
    with pytest.MonkeyPatch.context() as patch:
        pair(patch)
        book = parse_book(tiny_book_text, "tower.txt")
        return made_once(tmp_path_factory, "pair", lambda folder: train([book], [], folder, settings))
