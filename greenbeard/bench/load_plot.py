"""The picture of how serving grows with load."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

COLOURS = {1: "#3b7a57", 2: "#c2703d"}


@dataclass(frozen=True)
class Load:
    """One point: so many users ask so many workers at once."""

    workers: int
    users: int
    tokens_per_s: float
    first_text_s: float
    """Median over the users."""
    first_text_p95_s: float


def draw_load(points: Sequence[Load]) -> bytes:
    """Tokens a second and seconds until the first text against users, as a PNG of 1000 × 420 pixels."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4.2), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    speed, wait = figure.subplots(1, 2)
    for workers in sorted({point.workers for point in points}):
        mine = [point for point in points if point.workers == workers]
        users = [point.users for point in mine]
        label = f"{workers} worker{'s' if workers > 1 else ''}"
        colour = COLOURS.get(workers)
        speed.plot(users, [point.tokens_per_s for point in mine], "o-", color=colour, label=label)
        wait.plot(users, [point.first_text_s for point in mine], "o-", color=colour, label=f"{label}, median")
        wait.plot(users, [point.first_text_p95_s for point in mine], ":", color=colour, label=f"{label}, 95 of 100")
    speed.set_ylabel("tokens a second, all users together")
    wait.set_ylabel("seconds until the first text")
    wait.set_yscale("log")
    for axes in (speed, wait):
        axes.set_xscale("log", base=2)
        axes.set_xticks([2**power for power in range(0, 9, 2)], [str(2**power) for power in range(0, 9, 2)])
        axes.set_xlabel("users who ask at the same moment")
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False)
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()
