"""The event stream of one bot: what workers add, and how a bot reads it without losing an event.

Text does not travel in events: `Keys.text(job)` is overwritten, and the stream only says that it grew. A bot reads as
one stable consumer of the group `delivery`: first what it was given but never acknowledged, then what is new. It
acknowledges once Discord has taken the result, so an event may come twice, but never gets lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, cast

import structlog
from pydantic import ValidationError
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.client import Pipeline
from redis.exceptions import RedisError, ResponseError

from worker.connection import STREAM_BLOCK_S, Outage
from worker.contract import (
    DELIVERY_GROUP,
    EVENT,
    EVENTS_MAXLEN,
    Ended,
    Event,
    Failed,
    Grew,
    Keys,
    Progressed,
    Started,
    Trained,
    TrainProgress,
    TrainResult,
    Trouble,
)

log = structlog.get_logger(__name__)

FIELD = b"event"
PAGE = 100
RECONNECT_S = 0.5
READ_LIMIT_S = 2 * STREAM_BLOCK_S
"""Seconds after which a silent server counts as gone."""


class Publisher:
    """Adds the events of one attempt at one job; where a pipeline is given, as part of it."""

    def __init__(self, redis: Redis, consumer: str, job: str, attempt: str) -> None:
        self._redis = redis
        self.stream = Keys.events(consumer)
        """The stream that the events go to."""
        self._job = job
        self._attempt = attempt
        self._number = 0

    def anew(self, attempt: str) -> Publisher:
        """For another attempt at the same job."""
        again = copy(self)
        again._attempt, again._number = attempt, 0
        return again

    def started(self, pipe: Pipeline | None = None) -> None:
        """A worker took the job."""
        self._add(Started(job=self._job, attempt=self._attempt, number=self._next()), pipe)

    def grew(self, pipe: Pipeline | None = None) -> None:
        """There is new text."""
        self._add(Grew(job=self._job, attempt=self._attempt, number=self._next()), pipe)

    def ended(self, passages: Sequence[str]) -> None:
        """The passages are stored."""
        self._add(self.make_ended(passages))

    def make_ended(self, passages: Sequence[str]) -> Ended:
        """The event that the passages are stored, to be added by a script."""
        return Ended(job=self._job, attempt=self._attempt, number=self._next(), passages=tuple(passages))

    def failed(self, message: str, why: Trouble = "broken") -> None:
        """The job ended without a result."""
        self._add(Failed(job=self._job, attempt=self._attempt, number=self._next(), message=message, why=why))

    def progressed(self, progress: TrainProgress) -> None:
        """A training moved on."""
        self._add(Progressed(job=self._job, attempt=self._attempt, number=self._next(), progress=progress))

    def trained(self, result: TrainResult) -> None:
        """A training ended with a candidate version."""
        self._add(Trained(job=self._job, attempt=self._attempt, number=self._next(), result=result))

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _add(self, event: Event, pipe: Pipeline | None = None) -> None:
        redis = self._redis if pipe is None else pipe
        redis.xadd(self.stream, {FIELD: event.model_dump_json()}, maxlen=EVENTS_MAXLEN, approximate=True)


@dataclass(frozen=True)
class Received:
    """One event as read; `id` acknowledges it."""

    id: str
    event: Event


async def read_events(redis: AsyncRedis, consumer: str) -> AsyncIterator[Received]:
    """Every event for this consumer, for ever: unacknowledged ones first, then new ones as they come.

    Survives restarts of Redis; after one, what Redis sent but did not arrive is read again.
    """
    last, outage = "0-0", Outage()
    while True:
        try:
            await _make_group(redis, consumer)
            async for id, fields in _pending(redis, consumer, last):
                last = id
                if (received := await _parse(redis, consumer, id, fields)) is not None:
                    yield received
            while True:
                entries = await _read(redis, consumer, ">", STREAM_BLOCK_S)
                if (away_s := outage.ended()) is not None:
                    log.info("the event stream is there again", consumer=consumer, after_s=away_s)
                for id, fields in entries:
                    last = id
                    if (received := await _parse(redis, consumer, id, fields)) is not None:
                        yield received
        except (RedisError, OSError) as error:
            if outage.is_news():
                reason = str(error) or type(error).__name__
                log.warning("the event stream broke off; reading on", consumer=consumer, error=reason)
            await asyncio.sleep(RECONNECT_S)


async def acknowledge(redis: AsyncRedis, consumer: str, id: str) -> None:
    """This event needs not come again."""
    await redis.xack(Keys.events(consumer), DELIVERY_GROUP, id)


async def _make_group(redis: AsyncRedis, consumer: str) -> None:
    try:
        async with asyncio.timeout(READ_LIMIT_S):
            await redis.xgroup_create(Keys.events(consumer), DELIVERY_GROUP, id="0", mkstream=True)
    except ResponseError as error:
        if "BUSYGROUP" not in str(error):
            raise


async def _pending(redis: AsyncRedis, consumer: str, after: str) -> AsyncIterator[tuple[str, dict[bytes, bytes]]]:
    while entries := await _read(redis, consumer, after, None):
        for entry in entries:
            yield entry
        after = entries[-1][0]


async def _read(
    redis: AsyncRedis, consumer: str, after: str, block_s: int | None
) -> list[tuple[str, dict[bytes, bytes]]]:
    block = None if block_s is None else block_s * 1000
    stream = Keys.events(consumer)
    async with asyncio.timeout(READ_LIMIT_S):
        reply: Any = await redis.xreadgroup(DELIVERY_GROUP, consumer, {stream: after}, count=PAGE, block=block)
    entries = cast("list[tuple[bytes, dict[bytes, bytes]]]", reply[0][1]) if reply else []
    return [(id.decode(), fields) for id, fields in entries]


async def _parse(redis: AsyncRedis, consumer: str, id: str, fields: dict[bytes, bytes]) -> Received | None:
    try:
        return Received(id, EVENT.validate_json(fields[FIELD]))
    except (KeyError, ValidationError):
        log.exception("an entry of the event stream is no event of ours; leaving it out", id=id)
        await acknowledge(redis, consumer, id)
        return None
