"""The bot's side of the queue: submit, cancel, read, train, look.

Nothing here imports torch. Every method returns or raises RedisDown (or RedisRefuses, a kind of it) within 2 s
(`start_training`, which sends books: 24 s).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any, Literal, TypeVar

import structlog
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from rq.exceptions import DuplicateJobError, NoSuchJobError
from rq.job import JobStatus

from worker import claim
from worker.connection import brisk, brisk_async, reason_of, refuses, sending, stream_async
from worker.contract import (
    CANCEL_TTL,
    GENERATE_FUNCTION,
    GENERATE_QUEUE,
    GenerateRequest,
    Keys,
    Passage,
    TrainProgress,
    TrainRequest,
    Turn,
)
from worker.errors import PerhapsBegun, PerhapsKept, RedisDown, RedisRefuses
from worker.events import Received, acknowledge, read_events
from worker.queue import fetch_job, is_over, job_options, open_queue, take_back
from worker.status import QueueState, QueueStatus, TrainingStatus, read_queues, read_speed, read_waits
from worker.versions import VersionStore

log = structlog.get_logger(__name__)

T = TypeVar("T")

ANSWER_S = 1.9
UPLOAD_S = 20.0
GENERATE_GRACE_S = 180
"""Seconds a generation may take besides its time limit: loading a version, rebuilding a state, waiting for Redis."""


class Client:
    """One bot's connection to queue, passages and events."""

    def __init__(self, url: str, versions: VersionStore) -> None:
        self.redis = brisk_async(url)
        """Also for the bot's own keys; wrap its use in `answering()`."""
        self.versions = versions
        self._stream = stream_async(url)
        self._sync = brisk(url)
        self._sending = sending(url, UPLOAD_S)
        self._generate = open_queue(GENERATE_QUEUE, self._sync)

    async def close(self) -> None:
        """Let go of the connections."""
        await self.redis.aclose()
        await self._stream.aclose()
        self._sync.close()
        self._sending.close()

    async def submit(self, request: GenerateRequest) -> None:
        """Enqueue a request; a second submission of the same job does nothing. Raises RedisDown."""

        def enqueue() -> None:
            try:
                self._generate.enqueue_call(**generate_options(request), unique=True)
            except DuplicateJobError:
                return

        await self._in_thread(enqueue)

    async def alive(self, job: str) -> bool:
        """Whether the queue holds this job and it may still come to an end. Raises RedisDown."""

        def look() -> bool:
            try:
                return not is_over(fetch_job(job, self._sync))
            except NoSuchJobError:
                return False

        return await self._in_thread(look)

    async def queues(self) -> tuple[QueueState, QueueState]:
        """The queues `generate` and `train`. Raises RedisDown."""
        return await self._in_thread(lambda: read_queues(self._sync))

    async def waits(self, request: GenerateRequest | None = None) -> dict[str, float]:
        """Seconds until each queued job begins, by its id, as measured speed and queue have it; empty without a worker.

        With a `request`, also how long that one would wait if it were submitted now. Raises RedisDown.
        """
        last = turn_of(request) if request else None
        return await self._in_thread(lambda: read_waits(self._sync, last))

    async def cancel(self, job: str) -> None:
        """Let a job stop and keep what it has. Raises RedisDown."""
        async with answering():
            await self.redis.set(Keys.cancel(job), 1, ex=CANCEL_TTL)

    async def take_back(self, request: GenerateRequest) -> bool:
        """Remove a request that was submitted from the queue; False if a worker has or had it. Raises RedisDown."""
        results = [Keys.passage(id) for id in request.passages]
        return await self._in_thread(lambda: take_back(self._generate, request.job, results))

    async def text(self, job: str) -> str:
        """Text of a running job so far; "" before the first. Raises RedisDown."""
        async with answering():
            value = await self.redis.get(Keys.text(job))
        return value.decode() if isinstance(value, bytes) else ""

    async def passage(self, id: str) -> Passage | None:
        """A stored passage. Raises RedisDown."""
        (found,) = await self.passages([id])
        return found

    async def passages(self, ids: Iterable[str]) -> list[Passage | None]:
        """Stored passages, in the order asked for. Raises RedisDown."""
        keys = [Keys.passage(id) for id in ids]
        if not keys:
            return []
        async with answering():
            values = await self.redis.mget(keys)
        return [Passage.model_validate_json(value) if value else None for value in values]

    async def start_training(self, request: TrainRequest, data: bytes) -> None:
        """Send the books that a member attached, then enqueue the training.

        Raises TrainingRuns or RedisDown, and PerhapsBegun where Redis fell silent when it was to enqueue.
        """
        await self._in_thread(lambda: claim.require_free(self._sync))
        await self._in_thread(lambda: claim.send_books(self._sending, request.job, data), UPLOAD_S)
        try:
            await self._in_thread(lambda: claim.claim_and_enqueue(self._sync, request))
        except RedisRefuses:
            raise
        except RedisDown as error:
            raise PerhapsBegun from error

    async def stop_training(self) -> Literal["ends", "taken back"] | None:
        """End the training early with what was learned, or take it back if it waits; None if there is none.

        Raises RedisDown.
        """

        def stop() -> Literal["ends", "taken back"] | None:
            job = claim.holder(self._sync)
            if job is None:
                return None
            if claim.withdraw(self._sync, job):
                return "taken back"
            self._sync.set(Keys.cancel(job.id), 1, ex=CANCEL_TTL)
            return "ends"

        return await self._in_thread(stop)

    async def training(self) -> TrainingStatus | None:
        """The training that holds the trainer. Raises RedisDown."""

        def look() -> TrainingStatus | None:
            job = claim.holder(self._sync)
            if job is None:
                return None
            value = self._sync.get(Keys.progress(job.id))
            return TrainingStatus(
                job=job.id,
                request=TrainRequest.model_validate(job.request),
                progress=TrainProgress.model_validate_json(value) if isinstance(value, bytes) else None,
                waits=job.get_status(refresh=False) == JobStatus.QUEUED,
            )

        return await self._in_thread(look)

    async def curve(self, job: str) -> bytes | None:
        """The learning curve of a finished training as a PNG; None where it is gone. Raises RedisDown."""
        async with answering():
            value = await self.redis.get(Keys.curve(job))
        return value if isinstance(value, bytes) else None

    async def status(self) -> QueueStatus:
        """Queues, workers, versions and speed. Raises RedisDown."""

        def look() -> QueueStatus:
            generate, train = read_queues(self._sync)
            return QueueStatus(generate, train, self.versions.live(), self.versions.list(), read_speed(self._sync))

        return await self._in_thread(look)

    def events(self, consumer: str) -> AsyncIterator[Received]:
        """Every event for one consumer, for ever (`read_events`); acknowledge each with `acknowledge`."""
        return read_events(self._stream, consumer)

    async def acknowledge(self, consumer: str, received: Received) -> None:
        """Discord took what this event asked for. Raises RedisDown."""
        async with answering():
            await acknowledge(self.redis, consumer, received.id)

    async def _in_thread(self, work: Callable[[], T], seconds: float = ANSWER_S) -> T:
        async with answering(seconds):
            return await asyncio.to_thread(work)


def generate_options(request: GenerateRequest) -> dict[str, Any]:
    """What `Queue.enqueue_call` takes for a request."""
    return job_options(
        request.job,
        GENERATE_FUNCTION,
        [request.model_dump(mode="json")],
        request.time_limit_s + GENERATE_GRACE_S,
        turn_of(request).model_dump(exclude={"job"}),
    )


def turn_of(request: GenerateRequest) -> Turn:
    """What a request's turn depends on."""
    return Turn(
        job=request.job,
        server=request.server,
        member=request.member,
        words=request.words,
        takes=request.takes,
    )


@asynccontextmanager
async def answering(seconds: float = ANSWER_S) -> AsyncIterator[None]:
    """Turns a Redis that is away or silent into RedisDown, within `seconds`, and one that refuses into RedisRefuses."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise RedisDown from error
    except RedisError as error:
        if refuses(error):
            log.error("Redis refuses a command", reason=reason_of(error))
            raise RedisRefuses from error
        if isinstance(error, RedisConnectionError | RedisTimeoutError):
            raise RedisDown from error
        raise


@asynccontextmanager
async def keeping() -> AsyncIterator[None]:
    """Like `answering`, around the one step that keeps a request: where Redis falls silent in it, PerhapsKept."""
    try:
        async with answering():
            yield
    except RedisRefuses:
        raise
    except RedisDown as error:
        raise PerhapsKept from error
