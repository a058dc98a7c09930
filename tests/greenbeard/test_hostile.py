"""The command line in bad surroundings: one line on stderr, a right exit code, nothing written where it must not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.greenbeard.conftest import Greenbeard


@pytest.fixture
def book(tmp_path: Path, tiny_book_text: str) -> Path:
    path = tmp_path / "tower.txt"
    path.write_text(tiny_book_text)
    return path


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[Path]:
    """A small file system of its own; skips where this user may not mount one."""
    folder.mkdir()
    mount = shutil.which("mount")
    done = mount and subprocess.run([mount, "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True)
    if not done or done.returncode:
        pytest.skip("this user may not mount a tmpfs")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def check_one_line(done: subprocess.CompletedProcess[str], code: int, told: str) -> None:
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr
    assert done.stderr.startswith("greenbeard: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("group", [[], ["models"], ["bench"]])
def test_without_a_command_there_is_help_and_nothing_else(greenbeard: Greenbeard, group: list[str]) -> None:
    done = greenbeard(*group)
    assert (done.returncode, done.stderr) == (2, "")
    assert "Usage: " in done.stdout


@pytest.mark.parametrize("command", [["play", "--no-open"], ["train", "tower.txt", "--name", "x", "--epochs", "1"]])
def test_a_home_that_is_a_file(greenbeard: Greenbeard, book: Path, tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "home").touch()
    check_one_line(greenbeard(*command), 1, "set GREENBEARD_HOME to a folder")


def test_the_doctor_and_the_list_cope_with_a_home_that_is_a_file(
    greenbeard: Greenbeard, tmp_path: Path, tiny_version: Path
) -> None:
    (tmp_path / "home").touch()
    done = greenbeard("doctor", "--json", GREENBEARD_SHIPPED=str(tiny_version))
    assert done.returncode == 1
    home = json.loads(done.stdout)["checks"][0]
    assert (home["name"], home["ok"]) == ("home", False)
    assert "is a file" in home["detail"]
    listed = greenbeard("models", "list", GREENBEARD_SHIPPED=str(tiny_version))
    assert "Traceback" not in listed.stderr
    assert (listed.returncode, "tiny" in listed.stdout) == (0, True)


def test_a_warning_does_not_disturb_what_a_script_reads(
    greenbeard: Greenbeard, tmp_path: Path, tiny_version: Path
) -> None:
    (tmp_path / "home" / "models").mkdir(parents=True)
    (tmp_path / "home" / "models" / "live.json").write_text("{")
    done = greenbeard("models", "list", "--json", GREENBEARD_SHIPPED=str(tiny_version))
    assert json.loads(done.stdout)["live"] == "tiny"
    assert "live.json" in done.stderr


def test_a_home_that_cannot_be_written_to(greenbeard: Greenbeard, book: Path, tmp_path: Path) -> None:
    with mounted(tmp_path / "home", "size=2m,ro"):
        for command in (["play", "--no-open"], ["train", str(book), "--name", "x", "--epochs", "1"]):
            check_one_line(greenbeard(*command), 1, "Read-only file system; check who may write there")


def test_a_disk_that_is_full(greenbeard: Greenbeard, book: Path, tmp_path: Path) -> None:
    with mounted(tmp_path / "home", "size=200k"):
        done = greenbeard("train", str(book), "--name", "x", "--epochs", "1", "--preset", "tiny", "--json")
        check_one_line(done, 1, "No space left on device; free some space")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["train", "tower.txt", "--name", "x", "--preset", "huge"], 'There is no preset "huge"'),
        (["train", "tower.txt", "--name", "x", "--seed", "99999999999999999999"], "--seed"),
        (["sample", "tiny", "--seed", "99999999999999999999"], "--seed"),
        (["sample", "tiny", "--seed", "-1"], "--seed"),
        (["sample", "tiny", "--temperature", "nan"], "--temperature"),
        (["bench", "serving", "--plot", "nowhere/load.png"], "there is no folder"),
        (["sample", "tiny", "--prompt", os.fsdecode(b"\xff")], "--prompt is not UTF-8 text"),
        (["evaluate", "tiny", "tower.txt", "--dump", "/nonexist/d/x"], "there is no folder /nonexist/d"),
        (["evaluate", "tiny", "tower.txt", "--dump", "."], "is a folder"),
    ],
)
def test_wrong_usage_is_seen_before_the_work(
    greenbeard: Greenbeard, book: Path, arguments: list[str], told: str
) -> None:
    check_one_line(greenbeard(*arguments), 2, told)


def test_a_book_whose_name_is_not_utf8(greenbeard: Greenbeard, book: Path) -> None:
    named = book.rename(book.with_name(os.fsdecode(b"\xff.txt")))
    check_one_line(greenbeard("train", str(named), "--name", "x", "--epochs", "1"), 2, "is not UTF-8 text; rename it")


def test_a_script_that_is_not_utf8(greenbeard: Greenbeard, tmp_path: Path) -> None:
    (tmp_path / "a.play").write_bytes(b"alice: say \xff\n")
    check_one_line(greenbeard("play", "--script", "a.play"), 1, "a.play is not UTF-8 text")
    assert not (tmp_path / "home").exists()


def test_what_nobody_foresaw_shows_its_place_on_request(fresh_greenbeard: Greenbeard, tmp_path: Path) -> None:
    (tmp_path / "simcord.py").write_text("raise ZeroDivisionError('by zero')")
    check_one_line(
        fresh_greenbeard("play", PYTHONPATH=str(tmp_path)), 1, "inside Greenbeard: ZeroDivisionError: by zero"
    )
    told = fresh_greenbeard("play", PYTHONPATH=str(tmp_path), GREENBEARD_LOG_LEVEL="debug").stderr
    assert 'simcord.py", line 1' in told


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("../../evil", "cannot name a model version"),
        ("mine", "The training of 'mine' is finished"),
        ("tiny", "The training of 'tiny' is finished"),
        ("begun", "There is no checkpoint of a training of 'begun'"),
    ],
)
def test_only_what_left_a_checkpoint_is_resumed(
    greenbeard: Greenbeard, book: Path, tmp_path: Path, tiny_version: Path, name: str, told: str
) -> None:
    models = tmp_path / "home" / "models"
    shutil.copytree(tiny_version, models / "mine")
    (models / ".begun.training").mkdir()
    before = sorted(tmp_path.rglob("*"))
    done = greenbeard("train", str(book), "--name", name, "--resume", GREENBEARD_SHIPPED=str(tiny_version))
    check_one_line(done, 1, told)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_training_leaves_stderr_to_errors(greenbeard: Greenbeard, book: Path, tmp_path: Path) -> None:
    (tmp_path / "home" / "models" / ".x.training").mkdir(parents=True)
    asked = ["--name", "x", "--epochs", "1", "--preset", "tiny", "--json"]
    done = greenbeard("train", str(book), *asked)
    assert (done.returncode, done.stderr, json.loads(done.stdout)["version"]) == (0, "", "x")
    check_one_line(greenbeard("train", "nothing.txt", *asked), 1, "nothing.txt cannot be read")
