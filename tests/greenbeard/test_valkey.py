"""The embedded server: real, quick, and it keeps what it was told."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest
import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from greenbeard.errors import NotReady, ValkeyFailed
from greenbeard.play.valkey import MAX_SOCKET_PATH, EmbeddedValkey, answers, find_redis, socket_path
from greenbeard.settings import Settings


def test_it_keeps_its_data_over_a_restart(tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path)
    server.start()
    try:
        with redis.Redis.from_url(server.url) as client:
            client.set("story", "told")
        server.stop()
        assert not answers(server.url)
        server.start()
        with redis.Redis.from_url(server.url) as client:
            assert client.get("story") == b"told"
    finally:
        server.stop()


def test_a_server_left_over_is_taken_over_and_ended(tmp_path: Path) -> None:
    left_over = EmbeddedValkey(tmp_path)
    left_over.start()
    successor = EmbeddedValkey(tmp_path)
    successor.start()
    assert successor.alive()
    successor.stop()
    assert not answers(left_over.url)
    left_over.stop()


async def test_a_server_that_dies_comes_back_with_its_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("greenbeard.play.valkey.LOOK_EVERY_S", 0.02)
    server = EmbeddedValkey(tmp_path)
    server.start()
    watch = asyncio.create_task(server.keep_alive())
    try:
        with redis.Redis.from_url(server.url, retry=Retry(ConstantBackoff(0.05), 100)) as client:
            client.set("story", "told")
            first = int(client.info("server")["process_id"])
            os.kill(first, signal.SIGKILL)
            assert await asyncio.to_thread(client.get, "story") == b"told"
            assert client.info("server")["process_id"] != first
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
        server.stop()


async def test_a_server_that_is_stopped_is_not_started_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its keeper looks while the process has ended and `stop` has not yet."""
    monkeypatch.setattr("greenbeard.play.valkey.LOOK_EVERY_S", 0.02)
    server = EmbeddedValkey(tmp_path)
    server.start()
    process = server._process
    assert process is not None
    wait = process.wait

    def wait_long(timeout: float | None = None) -> int:
        code = wait(timeout)
        time.sleep(0.5)
        return code

    monkeypatch.setattr(process, "wait", wait_long)
    watch = asyncio.create_task(server.keep_alive())
    try:
        await asyncio.to_thread(server.stop)
        assert not answers(server.url)
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
        server.stop()


def test_a_stale_socket_is_no_obstacle(tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path)
    socket_path(tmp_path).parent.mkdir(parents=True)
    socket_path(tmp_path).touch()
    server.start()
    server.stop()


def test_a_long_home_gets_a_short_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("long" * 30)
    assert len(str(socket_path(deep))) <= MAX_SOCKET_PATH
    assert socket_path(deep) != socket_path(tmp_path / ("long" * 31))
    server = EmbeddedValkey(deep)
    server.start()
    assert answers(server.url)
    server.stop()


def test_data_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "valkey" / "appendonlydir"
    folder.mkdir(parents=True)
    (folder / "appendonly.aof.manifest").write_text("this is no manifest\n")
    with pytest.raises(ValkeyFailed, match="did not start"):
        EmbeddedValkey(tmp_path).start()


def test_which_server_a_command_uses(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    assert find_redis(Settings(redis_url="redis://elsewhere", home=tmp_path)) == "redis://elsewhere"
    assert find_redis(Settings(redis_url=None, home=valkey.home)) == valkey.url
    with pytest.raises(NotReady, match="greenbeard play"):
        find_redis(Settings(redis_url=None, home=tmp_path))
