from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.books import tiny_book
from tests.forked import Forked
from tests.model.learn_together import learn

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


def run(command: list[str], **environment: str) -> dict[str, Any]:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, env={**os.environ, "OMP_NUM_THREADS": "1", **environment}
    )
    assert done.returncode == 0, done.stderr[-2000:]
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def learned(folder: Path, size: int, rare: bool, sampled: bool, members: int) -> dict[str, Any]:
    """What the leader of so many processes says that they learned, each started with what torchrun would tell it."""
    told = folder / f"{size}.json"
    with socket.create_server(("127.0.0.1", 0)) as server:
        meeting = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(server.getsockname()[1]), "WORLD_SIZE": str(size)}
    processes = [
        Forked(
            told if rank == 0 else folder / "others",
            folder / "errors",
            learn,
            {**meeting, "RANK": str(rank)},
            rare,
            sampled,
            members,
        )
        for rank in range(size)
    ]
    assert [process.wait(120) for process in processes] == [0] * size, (folder / "errors").read_text()[-2000:]
    result: dict[str, Any] = json.loads(told.read_text())
    return result


@pytest.mark.parametrize(
    ("rare", "sampled", "members"), [(False, False, 1), (True, False, 1), (False, True, 1), (False, True, 2)]
)
def test_two_processes_learn_what_one_learns_from_the_same_batches(
    tmp_path: Path, rare: bool, sampled: bool, members: int
) -> None:
    alone, together = (learned(tmp_path, size, rare, sampled, members) for size in (1, 2))

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
