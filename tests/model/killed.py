"""A training that is cut off in the middle."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from model.books import Book
from model.settings import TrainSettings
from model.training import train
from model.version import CHECKPOINT_FILE


class Killed(Exception):
    """What cuts it off: nothing in a training expects it."""


def train_until_killed(book: Book, folder: Path, settings: TrainSettings, steps: int) -> None:
    """Train for some steps, of which each leaves a checkpoint where `model.run.CHECKPOINT_EVERY_S` is 0."""
    asked = count()

    def die() -> bool:
        if next(asked) == steps:
            raise Killed
        return False

    with pytest.raises(Killed):
        train([book], [], folder, settings, should_stop=die)
    assert (folder.with_name(f".{folder.name}.training") / CHECKPOINT_FILE).exists()
