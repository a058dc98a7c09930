"""Where a training stands: for those who watch it, and for the checkpoint from which it goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from pydantic import TypeAdapter

from model.curve import Point, points_from_json
from model.finish import Finish
from model.notes import Note, StoredNote


@dataclass(frozen=True)
class TrainProgress:
    """Where a training stands; `fraction` is of the budget, losses are bits per character."""

    fraction: float
    seconds: float
    seconds_left: float
    epoch: float
    loss_bits_per_char: float | None
    valid_bits_per_char: float | None
    tokens_per_s: float
    sample: str
    """What the model wrote at the last look at the held-out text; empty before the first."""


@dataclass(frozen=True)
class Watch:
    """Who follows a training."""

    on_progress: Callable[[TrainProgress], None] = lambda progress: None
    on_choice: Callable[[str], None] = lambda reason: None
    """Told which preset was chosen and why, where the user named none."""
    on_note: Callable[[str], None] = lambda note: None
    """Told, in one sentence each, what the person who trains should know."""
    should_stop: Callable[[], bool] = lambda: False
    """Asked at each step whether to end with what was learned."""


@dataclass
class Journal:
    """What has happened in a training, besides what its learner and its best weights hold."""

    seconds: float = 0.0
    steps: int = 0
    looks: int = 0
    """At the held-out text."""
    look_seconds: float = 0.0
    valid_bits: float | None = None
    """Per character, at the last look."""
    sample: str = ""
    bad_steps: int = 0
    """In a row, up to now: their gradient was no number."""
    setbacks: int = 0
    """How often the training went back to its best weights, each time to go on at half the rate."""
    finish: Finish | None = None
    """The end of the training, once it has begun."""
    overfitted: bool = False
    broken_off: bool = False
    """Whether the budget will not be used up, because more training would not help."""
    notes: list[Note] = field(default_factory=list)
    marks: int = 0
    """How far the learning curve is drawn, in POINTS of the budget."""
    points: list[Point] = field(default_factory=list)

    @property
    def learned_held_out(self) -> bool:
        """Whether the weights learned the held-out text too, once its figure was read."""
        return self.finish is not None and not self.broken_off

    def to_json(self) -> dict[str, Any]:
        """For a checkpoint."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Journal:
        """What `to_json` gave."""
        finish = None if value["finish"] is None else Finish(**value["finish"])
        notes = TypeAdapter(list[StoredNote]).validate_python(value["notes"])
        return cls(**{**value, "finish": finish, "notes": notes, "points": points_from_json(value["points"])})
