from __future__ import annotations

from pathlib import Path

import pytest

from greenbeard.bench import gpt2
from greenbeard.bench.endless import endless, random_writer
from greenbeard.bench.rows import as_json
from greenbeard.bench.sampling import SAMPLING, bench_shape, bench_writer, step_bytes
from model.lstm import LSTM
from model.version import Shape
from model.writer import load

SHAPE = Shape(vocab=64, embedding=8, hidden=16, layers=2)


@pytest.fixture(autouse=True)
def short_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("greenbeard.bench.rows.ROUND_S", 0.01)


def test_ours_and_peers_are_measured_in_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpt2, "is_there", lambda: False)
    rows = list(bench_shape(SHAPE, [1, 3], rounds=1))
    assert [(row.batch, row.peer) for row in rows] == [
        (batch, peer) for batch in (1, 3) for peer in (None, "nn.LSTM", "got-book-6")
    ]
    for row in rows:
        assert set(as_json(row)) == {
            *("what", "shape", "precision", "batch", "peer", "tokens_per_s", "ratio", "bound_fraction")
        }
        assert row.what == "sampling"
        assert row.shape == "2x16"
        mine = next(other for other in rows if other.batch == row.batch and other.peer is None)
        if row.peer is None:
            assert row.ratio is None
            assert row.bound_fraction is not None
        else:
            assert row.ratio == pytest.approx(mine.tokens_per_s / row.tokens_per_s)


def test_a_trained_version_is_measured_as_it_is(tiny_version: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpt2, "is_there", lambda: False)
    ours, *_ = bench_writer(load(tiny_version), [2], rounds=1)
    assert ours.shape == "1x128"
    assert ours.tokens_per_s > 0


def test_engines_for_measuring_write_on_and_on() -> None:
    writer = random_writer(SHAPE, LSTM(SHAPE).eval())
    engine = endless(writer, 3, SAMPLING)
    for _ in range(300):
        engine.step()
    assert engine.running == 3


def test_the_bound_counts_what_a_step_reads() -> None:
    writer = random_writer(SHAPE, LSTM(SHAPE).eval())
    values = 4 * 16 * 16 + 4 * 16 * 32 + 2 * 2 * 4 * 16 + 16 * 8 + 64 * 8
    size = {"float32": 4, "bfloat16": 2, "int8": 1}[writer.stepper.precision]
    assert step_bytes(writer) == values * size


@pytest.mark.skipif(not gpt2.is_there(), reason="transformers is not installed")
def test_gpt2_writes_on_with_its_cache() -> None:
    from greenbeard.bench.drawing import Drawer

    step = gpt2.gpt2_steps(Drawer([SAMPLING]))
    assert step is not None
    step()
    step()
