from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.books import tiny_book

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


def run(command: list[str], **environment: str) -> dict[str, Any]:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, env={**os.environ, "OMP_NUM_THREADS": "1", **environment}
    )
    assert done.returncode == 0, done.stderr[-2000:]
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@pytest.mark.parametrize("arguments", [[], ["rare"]])
def test_two_processes_learn_what_one_learns_from_the_same_batches(arguments: list[str]) -> None:
    alone = run([sys.executable, "-m", "tests.model.learn_together", *arguments])
    together = run([*TORCHRUN, "-m", "tests.model.learn_together", *arguments])

    assert (alone["size"], together["size"]) == (1, 2)
    assert alone["losses"][-1] < alone["losses"][0] - 0.3
    assert together["losses"] == pytest.approx(alone["losses"], abs=1e-4)
    assert together["weights"] == pytest.approx(alone["weights"], rel=1e-4)
    assert together["state"] == pytest.approx(alone["state"], abs=1e-2)


def test_torchrun_trains_one_version_and_reports_once(tmp_path: Path) -> None:
    book = tmp_path / "tower.txt"
    book.write_text(tiny_book(chapters=12), encoding="utf-8")
    words = ["train", str(book), "--name", "tower", "--preset", "tiny", "--epochs", "2", "--json"]

    report = run([*TORCHRUN, "-m", "greenbeard", *words], GREENBEARD_HOME=str(tmp_path / "home"))

    assert report["version"] == "tower"
    assert report["valid_bits_per_char"] < 3
    assert sorted(path.name for path in (tmp_path / "home" / "models").iterdir()) == ["tower"]
