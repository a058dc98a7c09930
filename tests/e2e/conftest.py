"""A home of its own for each test of the whole house."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.e2e.playing import CHROMIUM_ARGUMENTS, Play

expect.set_options(timeout=20_000)
"""Milliseconds; other tests start processes beside."""


@pytest.fixture
def play(tmp_path: Path, tiny_version: Path) -> Play:
    return Play(tmp_path / "home", tiny_version)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium for the tests of one module; each opens pages of its own in it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()
