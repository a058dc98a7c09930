"""What becomes of a Redis that refuses, and what the log says of one that is away."""

import asyncio
import threading
import time
from pathlib import Path

import pytest
import redis
from redis.exceptions import ResponseError
from structlog.testing import capture_logs

from greenbeard.play.valkey import EmbeddedValkey
from worker import connection as worker_connection
from worker.client import Client
from worker.connection import Outage, Patience, patient, public_address, reason_of
from worker.errors import RedisRefuses
from worker.versions import VersionStore


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://bot:secret@example.org:6379/0", "redis://example.org:6379/0"),
        ("redis://:secret@example.org", "redis://example.org"),
        ("rediss://example.org/1?password=secret", "rediss://example.org/1"),
        ("unix://:secret@/run/valkey.sock", "unix:///run/valkey.sock"),
    ],
)
def test_no_password_in_an_address(url: str, shown: str) -> None:
    assert public_address(url) == shown


async def test_a_wrong_password_is_no_redis_that_is_away(redis_url: str, tmp_path: Path, tiny_version: Path) -> None:
    client = Client(redis_url.replace("unix://", "unix://bot:secret@"), VersionStore(tmp_path, tiny_version))
    for call in (client.status, lambda: client.text("job")):
        with pytest.raises(RedisRefuses, match="tell the operator"):
            await call()
    await client.close()


async def test_a_user_without_rights(connection: redis.Redis, redis_url: str, client: Client) -> None:
    connection.acl_setuser("reader", enabled=True, passwords=["+pw"], keys=["*"], commands=["+@read"])
    reader = Client(redis_url.replace("unix://", "unix://reader:pw@"), client.versions)
    with pytest.raises(RedisRefuses):
        await reader.cancel("job")
    await reader.close()
    connection.acl_deluser("reader")


async def test_full_memory(connection: redis.Redis, client: Client) -> None:
    connection.config_set("maxmemory", 1)
    try:
        with pytest.raises(RedisRefuses):
            await client.cancel("job")
        assert await client.passage("job") is None
    finally:
        connection.config_set("maxmemory", 0)
    await client.cancel("job")


def test_a_log_holds_no_text_that_redis_refused(connection: redis.Redis) -> None:
    connection.config_set("maxmemory", 1)
    try:
        with pytest.raises(ResponseError, match="a secret") as caught, connection.pipeline() as pipe:
            pipe.set("greenbeard:text:job", "a secret").execute()
    finally:
        connection.config_set("maxmemory", 0)
    assert reason_of(caught.value).startswith("command not allowed")
    assert "secret" not in reason_of(caught.value)
    assert reason_of(ResponseError("MISCONF no disk")) == "MISCONF no disk"


async def test_other_errors_stay_what_they_are(connection: redis.Redis, client: Client) -> None:
    connection.set("greenbeard:text:job", "text")
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        await asyncio.to_thread(connection.lpop, "greenbeard:text:job")
    connection.lpush("greenbeard:text:list", "text")
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        await client.text("list")


def test_the_log_of_a_worker_tells_of_an_outage_and_its_end_only(tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path)
    try:
        with capture_logs() as log, patient(server.url, Patience(server.url)) as connection:
            asking = threading.Thread(target=connection.ping)
            asking.start()
            time.sleep(2.5)
            server.start()
            asking.join()
            assert connection.ping()
    finally:
        server.stop()
    assert [entry["event"] for entry in log] == ["waiting for Redis", "Redis is back"]
    assert log[1]["after_s"] > 1


def test_what_stays_away_is_told_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_connection, "SAY_EVERY_S", 0.2)
    outage = Outage()
    assert outage.ended() is None
    assert [outage.is_news() for _ in range(3)] == [True, False, False]
    time.sleep(0.25)
    assert [outage.is_news() for _ in range(2)] == [True, False]
    assert outage.ended() is not None
    assert outage.ended() is None
    assert outage.is_news()
