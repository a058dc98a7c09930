"""The learning curve of a training: its points as JSON, and as a picture."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

CURVE_FILE = "curve.json"
PICTURE_FILE = "curve.png"
POINTS = 200
"""Points along a budget, besides the looks at the held-out text."""
TRAIN_COLOUR, VALID_COLOUR = "#7d8597", "#3b7a57"
HEADROOM = 1.6
"""How far above the last loss the picture reaches: the fall of the first steps would flatten the rest."""


@dataclass(frozen=True)
class Point:
    """One point; losses are bits per character, None where there is none; the speed is the mean up to here."""

    step: int
    seconds: float
    epoch: float
    train: float | None
    valid: float | None
    tokens_per_s: float


def points_to_json(points: Sequence[Point]) -> list[dict[str, Any]]:
    """As stored in `curve.json` and in checkpoints."""
    return [asdict(point) for point in points]


def points_from_json(values: Sequence[dict[str, Any]]) -> list[Point]:
    """What `points_to_json` gave."""
    return [Point(**value) for value in values]


def draw_curve(points: Sequence[Point], title: str) -> bytes:
    """The curve as a PNG, 800 × 450 pixels; a few seconds the first time that matplotlib runs on a machine."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    minutes = points[-1].seconds >= 300 if points else False
    unit = 60.0 if minutes else 1.0
    for values, label, colour, style in (
        ([(p.seconds, p.train) for p in points], "training text, smoothed", TRAIN_COLOUR, "-"),
        ([(p.seconds, p.valid) for p in points], "held-out text", VALID_COLOUR, "o-"),
    ):
        known = [(seconds / unit, value) for seconds, value in values if value is not None]
        if known:
            axes.plot(*zip(*known, strict=True), style, color=colour, linewidth=2, markersize=5, label=label)
            axes.legend(frameon=False)
    _frame(axes, points)
    axes.set_title(title)
    axes.set_xlabel("minutes of training" if minutes else "seconds of training")
    axes.set_ylabel("bits per character (fewer are better)")
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()


def _frame(axes: Any, points: Sequence[Point]) -> None:
    """Fit the axis to where the losses end."""
    losses = [loss for p in points for loss in (p.train, p.valid) if loss is not None]
    if losses:
        axes.set_ylim(0.95 * min(losses), min(1.02 * max(losses), HEADROOM * losses[-1]))
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
