"""The command line as a process of its own, in an empty folder and without settings of this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Greenbeard = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def greenbeard(tmp_path: Path) -> Greenbeard:
    """Runs `greenbeard …`; keyword arguments become environment variables."""

    def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        ours = {"DISCORD_TOKEN", "REDIS_URL"}
        inherited = {k: v for k, v in os.environ.items() if k not in ours and not k.startswith("GREENBEARD_")}
        return subprocess.run(
            [sys.executable, "-m", "greenbeard", *arguments],
            cwd=tmp_path,
            env={**inherited, "GREENBEARD_HOME": str(tmp_path / "home"), **settings},
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run
