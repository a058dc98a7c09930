import asyncio
from pathlib import Path

import pytest
import redis
from structlog.testing import capture_logs

from greenbeard.play.valkey import EmbeddedValkey
from worker import events
from worker.client import Client
from worker.contract import Keys
from worker.events import RECONNECT_S, Publisher, Received
from worker.versions import VersionStore


async def take(client: Client, count: int, consumer: str = "bot") -> list[Received]:
    received: list[Received] = []
    async with asyncio.timeout(10):
        async for one in client.events(consumer):
            received.append(one)
            if len(received) == count:
                break
    return received


async def test_events_come_in_order_with_their_numbers(client: Client, connection: redis.Redis) -> None:
    publisher = Publisher(connection, "bot", "job", "attempt")
    publisher.started()
    publisher.grew()
    publisher.ended(["job"])
    received = await take(client, 3)
    assert [(one.event.kind, one.event.number) for one in received] == [("started", 1), ("grew", 2), ("ended", 3)]


async def test_unacknowledged_events_come_again_first(client: Client, connection: redis.Redis) -> None:
    publisher = Publisher(connection, "bot", "job", "attempt")
    publisher.started()
    publisher.grew()
    first = await take(client, 2)
    await client.acknowledge("bot", first[0])
    publisher.ended(["job"])
    assert [one.event.kind for one in await take(client, 2)] == ["grew", "ended"]


async def test_bots_do_not_see_each_others_events(client: Client, connection: redis.Redis) -> None:
    Publisher(connection, "other", "theirs", "attempt").started()
    Publisher(connection, "bot", "ours", "attempt").started()
    assert [one.event.job for one in await take(client, 1)] == ["ours"]


async def test_what_is_no_event_is_left_out(client: Client, connection: redis.Redis) -> None:
    connection.xadd(Keys.events("bot"), {"event": "{}"})
    connection.xadd(Keys.events("bot"), {"noise": "x"})
    Publisher(connection, "bot", "job", "attempt").started()
    assert [one.event.kind for one in await take(client, 1)] == ["started"]


async def test_reading_goes_on_after_a_restart_of_redis(tmp_path: Path, tiny_version: Path) -> None:
    server = EmbeddedValkey(tmp_path)
    server.start()
    client = Client(server.url, VersionStore(tmp_path / "models", tiny_version))
    kinds: asyncio.Queue[str] = asyncio.Queue()

    async def read() -> None:
        async for one in client.events("bot"):
            await client.acknowledge("bot", one)
            kinds.put_nowait(one.event.kind)

    reader = asyncio.create_task(read())
    try:
        for kind in ("started", "grew"):
            with redis.Redis.from_url(server.url) as connection:
                getattr(Publisher(connection, "bot", "job", "attempt"), kind)()
            assert await asyncio.wait_for(kinds.get(), 10) == kind
            await asyncio.to_thread(server.stop)
            await asyncio.sleep(0.2)
            await asyncio.to_thread(server.start)
        assert kinds.empty()
    finally:
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
        await client.close()
        server.stop()


async def test_the_log_tells_of_an_outage_and_its_end_only(tmp_path: Path, tiny_version: Path) -> None:
    server = EmbeddedValkey(tmp_path)
    client = Client(server.url, VersionStore(tmp_path / "models", tiny_version))
    with capture_logs() as log:
        reading = asyncio.create_task(take(client, 1))
        try:
            await asyncio.sleep(4 * RECONNECT_S)
            await asyncio.to_thread(server.start)
            with redis.Redis.from_url(server.url) as connection:
                Publisher(connection, "bot", "job", "attempt").started()
            assert len(await reading) == 1
        finally:
            reading.cancel()
            await client.close()
            server.stop()
    assert [entry["event"] for entry in log] == [
        "the event stream broke off; reading on",
        "the event stream is there again",
    ]


async def test_the_log_says_that_a_redis_is_silent(
    tmp_path: Path, tiny_version: Path, silent_server: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "READ_LIMIT_S", 0.2)
    client = Client(f"redis://127.0.0.1:{silent_server}", VersionStore(tmp_path, tiny_version))
    with capture_logs() as log:
        reading = asyncio.create_task(take(client, 1))
        await asyncio.sleep(1)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        await client.close()
    assert [entry["error"] for entry in log] == ["TimeoutError"]
