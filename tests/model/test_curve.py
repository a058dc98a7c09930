from __future__ import annotations

import io
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.books import parse_book
from model.curve import Point, draw_curve, points_from_json, points_to_json
from model.settings import TrainSettings
from model.training import train
from tests.books import tiny_book

POINTS = [
    Point(
        step=50 * n,
        seconds=9.0 * n,
        epoch=n / 20,
        train=1.5 + 4 * math.exp(-n / 8),
        valid=1.7 + 4 * math.exp(-n / 8) if n % 10 == 0 else None,
        tokens_per_s=5000.0,
    )
    for n in range(1, 101)
]


def pixels(picture: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"))


@pytest.mark.parametrize(
    "points", [POINTS, POINTS[:3], [], [replace(POINTS[0], train=None)]], ids=["whole", "short", "none", "no loss"]
)
def test_the_picture_is_small_and_drawn(points: list[Point]) -> None:
    picture = draw_curve(points, "How dragons learned")

    assert pixels(picture).shape == (450, 800, 3)
    assert len(picture) < 100_000


def test_both_losses_are_in_the_picture() -> None:
    whole = pixels(draw_curve(POINTS, "t"))
    alone = pixels(draw_curve([replace(p, valid=None) for p in POINTS], "t"))

    assert (whole != alone).any(axis=2).sum() > 500


def test_a_training_leaves_its_curve(tmp_path: Path) -> None:
    settings = TrainSettings(name="t", budget_s=None, epochs=10, preset="tiny", device="cpu")
    report = train([parse_book(tiny_book(chapters=12), "tower.txt")], [], tmp_path / "t", settings)
    points = points_from_json(json.loads((tmp_path / "t" / "curve.json").read_text()))

    assert points_to_json(points) == json.loads((tmp_path / "t" / "curve.json").read_text())
    assert [p.step for p in points] == sorted(p.step for p in points)
    assert sum(p.valid is not None for p in points) == 9  # the last one before the finish
    assert points[-1].train is not None
    assert points[0].train is not None
    assert points[-1].train < points[0].train / 2
    assert points[-1].epoch == pytest.approx(report.info.metrics.epochs)
    assert (tmp_path / "t" / "curve.png").read_bytes().startswith(b"\x89PNG")
    assert "](curve.png)" in (tmp_path / "t" / "CARD.md").read_text()
