"""What a training is to do, and for whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from model.choice import Choice
from model.corpus import Corpus
from model.progress import Watch
from model.settings import TrainSettings
from model.team import Team


@dataclass(frozen=True)
class Task:
    """All that stands fixed before the first step."""

    corpus: Corpus
    choice: Choice
    work: Path
    """The folder of the checkpoint."""
    settings: TrainSettings
    begun_with: Mapping[str, object]
    """What the training must be resumed with, by the names under which people know it."""
    device: str
    precision: str
    """The type of products, one of `device.PRECISIONS`."""
    watch: Watch
    team: Team
