"""What tests of several packages share: a real Valkey, and a tiny model that was really trained."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from hypothesis import settings

from greenbeard.play.valkey import EmbeddedValkey
from tests.books import tiny_book
from tests.once import made_once

os.environ.setdefault("OMP_NUM_THREADS", "1")
"""Small models gain nothing from threads, and workers share the cores; torch reads it on import."""

settings.register_profile("ours", deadline=None)
settings.load_profile("ours")
"""A machine that stands still for a moment is no fault of what is tested."""


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedValkey]:
    """One server for the session; tests that stop or kill a server start their own."""
    server = EmbeddedValkey(tmp_path_factory.mktemp("valkey"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis_url(valkey: EmbeddedValkey) -> str:
    """URL of an empty database."""
    with redis.Redis.from_url(valkey.url) as client:
        client.flushall()
    return valkey.url


@pytest.fixture(scope="session")
def tiny_book_text() -> str:
    """A made-up book as plain text."""
    return tiny_book()


@pytest.fixture(scope="session")
def tiny_version(tmp_path_factory: pytest.TempPathFactory, tiny_book_text: str) -> Path:
    """Folder of a model version trained in a few seconds; its name is `tiny`."""
    from model.books import parse_book
    from model.settings import TrainSettings
    from model.training import train

    settings = TrainSettings(name="tiny", budget_s=None, epochs=4, preset="tiny", device="cpu")
    book = parse_book(tiny_book_text, "tower.txt")
    return made_once(tmp_path_factory, "tiny", lambda folder: train([book], [], folder, settings))
