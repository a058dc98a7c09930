"""The command line as a process of its own, in an empty folder and without settings of this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.forked import command_line, finished

Greenbeard = Callable[..., subprocess.CompletedProcess[str]]
LIMIT_S = 60.0


def surroundings(home: Path, settings: dict[str, str]) -> dict[str, str]:
    """Environment variables without this machine's settings of ours."""
    ours = {"DISCORD_TOKEN", "REDIS_URL"}
    inherited = {k: v for k, v in os.environ.items() if k not in ours and not k.startswith("GREENBEARD_")}
    return {**inherited, "GREENBEARD_HOME": str(home), **settings}


@pytest.fixture
def greenbeard(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Greenbeard:
    """Runs `greenbeard …`; keyword arguments become environment variables."""
    told = tmp_path_factory.mktemp("told")

    def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        environment = surroundings(tmp_path / "home", settings)
        return finished(told, LIMIT_S, command_line, tmp_path, environment, arguments)

    return run


@pytest.fixture
def fresh_greenbeard(tmp_path: Path) -> Greenbeard:
    """The same with an interpreter of its own, for what depends on imports."""

    def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "greenbeard", *arguments],
            cwd=tmp_path,
            env=surroundings(tmp_path / "home", settings),
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
        )

    return run
