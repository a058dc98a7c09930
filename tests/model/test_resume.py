"""A training that is killed, in a process of its own, and resumed."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from model import run
from model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from model.version import CHECKPOINT_FILE, read_info
from tests.forked import Forked, command_line

KILLS = 2
PATIENCE_S = 240.0


def often_saved(folder: Path, environment: Mapping[str, str], arguments: tuple[str, ...]) -> None:
    """`greenbeard …` with a checkpoint five times a second instead of once a minute."""
    run.CHECKPOINT_EVERY_S = 0.2
    command_line(folder, environment, arguments)


class Training(Forked):
    """`greenbeard train`, and what it says."""

    def __init__(self, home: Path, environment: Mapping[str, str], arguments: tuple[str, ...]) -> None:
        self._told = (home / "stdout", home / "stderr")
        for path in self._told:
            path.write_bytes(b"")
        super().__init__(*self._told, often_saved, home, environment, arguments)

    def communicate(self) -> tuple[str, str]:
        """What it said and what it complained about, once it has ended."""
        self.wait(PATIENCE_S)
        return self._told[0].read_text(), self._told[1].read_text()


class Home:
    """A GREENBEARD_HOME with one book in it."""

    def __init__(self, folder: Path, text: str) -> None:
        self.folder = folder
        self.book = folder / "tower.txt"
        self.book.write_text(text, encoding="utf-8")
        self.work = folder / "models" / ".mine.training"
        self.version = folder / "models" / "mine"

    def train(self, *options: str) -> Training:
        """Start `greenbeard train`."""
        settings = {"GREENBEARD_HOME": str(self.folder), "GREENBEARD_DEVICE": "cpu"}
        command = ("train", str(self.book), "--name", "mine", "--preset", "tiny")
        return Training(self.folder, os.environ | settings, (*command, *options, "--json"))

    def kill_after_a_checkpoint(self, process: Training, pause: float) -> None:
        """SIGKILL, `pause` seconds after the next checkpoint was written."""
        path = self.work / CHECKPOINT_FILE
        before = path.stat().st_mtime_ns if path.exists() else 0
        deadline = time.monotonic() + 60
        while not path.exists() or path.stat().st_mtime_ns == before:
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < deadline
            time.sleep(0.01)
        time.sleep(pause)
        process.kill()
        assert process.wait(PATIENCE_S) == -signal.SIGKILL


@pytest.fixture
def make_home(tmp_path: Path, tiny_book_text: str) -> Callable[[str], Home]:
    def make(name: str) -> Home:
        (tmp_path / name).mkdir()
        return Home(tmp_path / name, tiny_book_text)

    return make


@pytest.mark.timeout(600)
def test_a_training_killed_again_and_again_ends_as_the_undisturbed_one(make_home: Callable[[str], Home]) -> None:
    options = ("--epochs", "24", "--seed", "5")
    whole, cut = make_home("whole"), make_home("cut")
    undisturbed = whole.train(*options)
    complaint = undisturbed.communicate()[1]
    assert undisturbed.poll() == 0, complaint
    pick = random.Random(1)
    for number in range(KILLS):
        cut.kill_after_a_checkpoint(cut.train(*options, *["--resume"] * bool(number)), pick.uniform(0, 0.3))
    last = cut.train(*options, "--resume")
    said, complaint = last.communicate()
    assert last.poll() == 0, complaint

    assert json.loads(said)["version"] == "mine"
    assert (cut.version / "model.safetensors").read_bytes() == (whole.version / "model.safetensors").read_bytes()
    lines = [json.loads((home.version / "curve.json").read_text()) for home in (whole, cut)]
    for point in (*lines[0], *lines[1]):
        del point["seconds"], point["tokens_per_s"]
    assert lines[0] == lines[1]
    assert not cut.work.exists()


def test_a_second_training_beside_one_that_runs_is_numbered_and_says_so(make_home: Callable[[str], Home]) -> None:
    home = make_home("beside")
    first = home.train("--epochs", "1000")
    while not (home.work / CHECKPOINT_FILE).is_file():
        time.sleep(0.05)
    second = home.train("--epochs", "1")
    said, told = second.communicate()
    assert first.poll() is None

    assert json.loads(said)["version"] == "mine-2"
    assert "A training of 'mine' is running; this one is 'mine-2'." in told
    first.kill()


def test_who_forgets_to_resume_loses_nothing(make_home: Callable[[str], Home]) -> None:
    home = make_home("forgetful")
    home.kill_after_a_checkpoint(home.train("--epochs", "1000"), 0)
    first = home.work / CHECKPOINT_FILE
    kept = first.read_bytes()

    home.work = home.work.with_name(".mine-2.training")
    second = home.train("--epochs", "1000")
    home.kill_after_a_checkpoint(second, 0)
    told = second.communicate()[1]
    assert "'mine' was broken off and would go on with --resume; this one is 'mine-2'" in told
    assert first.read_bytes() == kept

    later = home.work / CHECKPOINT_FILE
    kept = later.read_bytes()
    home.work = first.parent
    home.kill_after_a_checkpoint(home.train("--epochs", "1000", "--resume"), 0)
    assert later.read_bytes() == kept

    first.unlink()
    home.work = later.parent
    resumed = home.train("--epochs", "1000", "--resume")
    home.kill_after_a_checkpoint(resumed, 0)
    assert (
        "goes on with the training of 'mine-2', which was broken off; that of 'mine' was not"
        in (resumed.communicate()[1])
    )


@pytest.mark.timeout(600)
def test_a_budget_is_not_spent_twice_and_changes_are_refused(make_home: Callable[[str], Home]) -> None:
    home = make_home("budget")
    home.kill_after_a_checkpoint(home.train("--budget", "10s"), 1.5)
    kept = load_checkpoint(home.work)
    assert kept is not None

    other = home.train("--budget", "15s", "--resume")
    assert "begun otherwise than now (--budget 10 s then, 15 s now)" in other.communicate()[1]
    assert other.poll() == 1
    home.book.write_text(home.book.read_text() + "\n\nAthos laughed once more.\n")
    other = home.train("--budget", "10s", "--resume")
    assert "begun otherwise than now (the held-out text differs)" in other.communicate()[1]
    home.book.write_text(home.book.read_text().removesuffix("\n\nAthos laughed once more.\n"))

    begun_with = {**kept.record["begun_with"], "definition of preset tiny": {"hidden": 96}}
    save_checkpoint(home.work, Checkpoint(kept.tensors, {**kept.record, "begun_with": begun_with}))
    other = home.train("--budget", "10s", "--resume")
    assert "begun otherwise than now (the definition of preset tiny differs)" in other.communicate()[1]
    (home.work / CHECKPOINT_FILE).write_bytes(b"damaged")
    other = home.train("--budget", "10s", "--resume")
    assert "checkpoint.safetensors is damaged; train anew without --resume." in other.communicate()[1]
    assert other.poll() == 1
    save_checkpoint(home.work, kept)

    last = home.train("--budget", "10s", "--resume")
    complaint = last.communicate()[1]
    assert last.poll() == 0, complaint
    spent = float(kept.record["journal"]["seconds"])
    points = json.loads((home.version / "curve.json").read_text())
    before = len(kept.record["journal"]["points"])
    assert points[:before] == kept.record["journal"]["points"]
    seconds = [point["seconds"] for point in points]
    assert seconds == sorted(seconds)
    assert 0 < spent <= seconds[before]
    assert spent < read_info(home.version).metrics.seconds < spent + 20
