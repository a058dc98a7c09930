"""Docker's health checks against real signs of life in a real Valkey."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from greenbeard.health import bot_trouble, look, worker_trouble
from worker.client import Client
from worker.contract import TRAIN_QUEUE
from worker.options import WorkerOptions
from worker.training import TrainingWorker
from worker.versions import VersionStore

HOST = socket.gethostname()


@pytest.fixture
def connection(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as connection:
        yield connection


def test_a_worker_is_healthy_where_it_runs_and_while_it_lives(
    redis_url: str, connection: redis.Redis, tmp_path: Path
) -> None:
    assert worker_trouble(connection, TRAIN_QUEUE, HOST) is not None
    worker = TrainingWorker(WorkerOptions(redis_url, tmp_path, tmp_path))
    worker.register_birth()  # type: ignore[no-untyped-call]
    assert worker_trouble(connection, TRAIN_QUEUE, HOST) is None
    assert worker_trouble(connection, "generate", HOST) is not None
    assert worker_trouble(connection, TRAIN_QUEUE, f"{HOST}2") is not None
    worker.register_death()  # type: ignore[no-untyped-call]
    worker.connection.close()
    assert worker_trouble(connection, TRAIN_QUEUE, HOST) is not None


async def test_the_bot_is_healthy_while_it_reads_its_events(
    redis_url: str, connection: redis.Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bot_trouble(connection, "discord") == "the bot has not begun to listen for events."
    client = Client(redis_url, VersionStore(tmp_path, tmp_path))

    async def read() -> None:
        await anext(client.events("discord"))

    reading = asyncio.create_task(read())
    try:
        for _ in range(250):
            if bot_trouble(connection, "discord") is None:
                break
            await asyncio.sleep(0.02)
        assert bot_trouble(connection, "discord") is None
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        await client.close()
    monkeypatch.setattr("greenbeard.health.BOT_SILENT_S", 0.0)
    assert "has not read its events" in str(bot_trouble(connection, "discord"))


def test_looking_tells_when_redis_is_away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REDIS_URL", f"unix://{tmp_path}/nobody.sock")
    assert str(look("bot")).startswith("Redis does not answer")
    monkeypatch.delenv("REDIS_URL")
    assert look("train") == "REDIS_URL is not set."
