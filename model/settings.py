"""What a training is told to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class TrainSettings:
    """What to train and for how long; exactly one of `budget_s` (seconds) and `epochs` is set."""

    name: str
    budget_s: float | None = 600.0
    epochs: int | None = None
    preset: str | None = None
    tokenizer: Literal["bpe", "word"] = "bpe"
    vocab: int | None = None
    seed: int = 1
    device: str = "auto"
    command: str = ""
