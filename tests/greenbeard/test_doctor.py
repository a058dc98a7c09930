"""Each check of the doctor, well and unwell."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from greenbeard.doctor import (
    check_home,
    check_models,
    check_redis_and_queues,
    check_server_version,
    check_token,
    check_workers,
)
from greenbeard.settings import Settings
from worker.status import QueueState

SERVED, ALONE = QueueState(0, 0, ("w",)), QueueState(2, 0, ())


@pytest.mark.parametrize(
    ("token", "ok"),
    [
        (None, False),
        ("hello", False),
        ("MTE5ODYyMjQ4MzQ3MTkyNTI0OA.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs", True),
        ("MTE5ODYyMjQ4MzQ3MTkyNTI0OA.Cl2FMQ", False),
    ],
)
def test_the_form_of_a_token(token: str | None, ok: bool) -> None:
    assert check_token(token).ok is ok


@pytest.mark.parametrize(
    ("info", "ok"),
    [
        ({"redis_version": "7.0.15"}, True),
        ({"redis_version": "6.0.16"}, False),
        ({"redis_version": "7.2.4", "valkey_version": "9.1.2"}, True),
        ({"redis_version": "7.2.4", "valkey_version": "7.0.0"}, False),
        ("nothing", False),
    ],
)
def test_the_age_of_the_server(info: object, ok: bool) -> None:
    assert check_server_version("REDIS_URL", info).ok is ok


def test_a_queue_without_a_worker_is_named() -> None:
    assert check_workers(SERVED, SERVED).ok
    found = check_workers(SERVED, ALONE)
    assert not found.ok
    assert "worker --queue train" in found.advice
    assert "worker --queue generate" not in found.advice


def test_a_running_server_without_workers(redis_url: str, tmp_path: Path) -> None:
    checks = list(check_redis_and_queues(Settings(redis_url=redis_url, home=tmp_path)))
    assert [(check.name, check.ok) for check in checks] == [("redis", True), ("queues", True), ("workers", False)]


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    checks = list(check_models(Settings(home=tmp_path, shipped=tmp_path / "gone")))
    assert [check.ok for check in checks] == [False, False]
    assert all("gone" in check.detail for check in checks)
    assert str(tmp_path / "gone") in checks[0].advice


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_home_that_cannot_be_written_to(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert not check_home(tmp_path / "home").ok


def test_a_home_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    found = check_home(tmp_path / "home")
    assert (found.ok, found.detail) == (False, f"{tmp_path / 'home'} is a file, not a folder")
    assert "GREENBEARD_HOME" in found.advice
    assert check_home(tmp_path / "not" / "yet").ok
