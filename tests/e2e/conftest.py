"""A home of its own for each test of the whole house."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.playing import Play


@pytest.fixture
def play(tmp_path: Path, tiny_version: Path) -> Play:
    return Play(tmp_path / "home", tiny_version)
