"""Runs of `/book write`: which chapters were asked for at once, and what becomes of them. One record each in Redis."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from pydantic import Field
from redis.asyncio import Redis

from bot.book.files import BookFormat
from bot.ledger import Owed
from bot.locks import Locks
from bot.tree import Record
from worker.client import answering, keeping
from worker.contract import GenerateRequest, Keys


class BookRun(Record):
    """Chapters that are written one after the other, to be posted as one file."""

    id: str
    story: str
    channel: int
    """Discord id."""
    form: BookFormat
    jobs: tuple[str, ...]
    """One for each chapter, in order; Stop shortens it. Whoever ends the last one posts the file."""
    wanted: int
    """How many chapters were asked for."""
    message: int | None = None
    """Shows how far it is."""
    ended: tuple[str, ...] = ()
    """Jobs that have become story, or never will."""
    stopped: bool = False
    trouble: str = ""
    """Why a chapter is missing, in one sentence."""
    created: float = Field(default_factory=time.time)
    """Unix seconds."""

    @property
    def current(self) -> str | None:
        """The first job that has not ended."""
        return next((job for job in self.jobs if job not in self.ended), None)


class BookRuns:
    """All runs that are not settled. Every method may raise RedisDown."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._showing = Locks()
        self._writing = asyncio.Lock()
        """Held by whoever changes or removes a run, so that no change brings back what was removed meanwhile."""

    def showing(self, id: str) -> asyncio.Lock:
        """Held by whoever reads a run and shows its message as that says, so that no older state covers a newer one."""
        return self._showing.of(id)

    async def find(self, id: str) -> BookRun | None:
        """A run; None once it is settled."""
        async with answering():
            value = await self._redis.hget(Keys.book_runs(), id)
        return BookRun.model_validate_json(value) if value else None

    async def of_story(self, story: str) -> BookRun | None:
        """The run that writes in a story."""
        async with answering():
            values = await self._redis.hvals(Keys.book_runs())
        runs = (BookRun.model_validate_json(value) for value in values)
        return next((run for run in runs if run.story == story), None)

    async def admit(self, run: BookRun, owed: list[Owed], requests: list[GenerateRequest]) -> None:
        """Keep a run with its requests and their records, all or none."""
        async with keeping(), self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(Keys.book_runs(), run.id, run.model_dump_json())
            pipe.rpush(Keys.waiting(run.story), *(request.model_dump_json() for request in requests))
            pipe.hset(Keys.deliveries(), mapping={record.job: record.model_dump_json() for record in owed})
            await pipe.execute()

    async def end(self, id: str, job: str, trouble: str = "") -> None:
        """A job has become story, or never will; doing it again changes nothing."""
        await self._change(
            id,
            lambda run: {
                "ended": run.ended if job in run.ended else (*run.ended, job),
                "trouble": run.trouble or trouble,
            },
        )

    async def stop(self, id: str) -> tuple[BookRun | None, tuple[str, ...]]:
        """Let a run end with the chapter that is being written; the run now, and the jobs that fall away."""
        before = await self.find(id)
        run = await self._change(id, _stopped)
        if before is None or run is None:
            return None, ()
        return run, tuple(job for job in before.jobs if job not in run.jobs)

    async def show(self, id: str, message: int) -> None:
        """Note which message shows how far it is."""
        await self._change(id, lambda _: {"message": message})

    async def settle(self, id: str) -> None:
        """Its file is posted, or never will be."""
        async with self._writing, answering():
            await self._redis.hdel(Keys.book_runs(), id)

    async def _change(self, id: str, change: Callable[[BookRun], Mapping[str, object]]) -> BookRun | None:
        async with self._writing:
            run = await self.find(id)
            if run is None:
                return None
            run = run.model_copy(update=change(run))
            async with answering():
                await self._redis.hset(Keys.book_runs(), id, run.model_dump_json())
            return run


def _stopped(run: BookRun) -> Mapping[str, object]:
    kept = len(run.jobs) if run.current is None else run.jobs.index(run.current) + 1
    return {"stopped": True, "jobs": run.jobs[:kept]}
