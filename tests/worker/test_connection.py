"""What becomes of a Redis that refuses."""

import asyncio
from pathlib import Path

import pytest
import redis
from redis.exceptions import ResponseError

from worker.client import Client
from worker.connection import public_address, reason_of
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
