"""What the bot still owes to Discord: one record per request, kept until Discord has taken the end of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from pydantic import BaseModel, ConfigDict, Field
from redis.asyncio import Redis

from bot.locks import Locks
from bot.words.language import Language
from bot.written import Written
from worker.client import answering
from worker.contract import UNDELIVERABLE_MAX, GenerateRequest, Keys, TrainRequest

Request = GenerateRequest | TrainRequest | Written

AT_ONCE = 100
"""Records that are read in one go."""


class Owed(BaseModel):
    """One request, and the messages that show what comes of it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    channel: int
    """Discord id."""
    request: Request
    messages: tuple[int, ...] = ()
    """Discord ids in reading order; none until the first is posted."""
    submitted: bool = False
    """Whether the queue has, or had, the request."""
    created: float = Field(default_factory=time.time)
    """Unix seconds."""
    again: str | None = None
    """The node of which another take is asked; the messages are that node's."""
    book: str = ""
    """The run of `/book write` to which the chapter belongs."""
    vote: bool = False
    """Whether members choose among the takes."""
    language: Language = "en"
    """In which the messages speak."""
    passage: str = ""
    """The passage that a replay is compared with."""
    token: str = ""
    """Of the interaction whose answer, which only the member sees, tells how a replay came out."""

    @property
    def job(self) -> str:
        """Id of the request's job."""
        return self.request.job


class Undelivered(BaseModel):
    """What Discord refused for good; a passage that came of it is in its story nevertheless."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    owed: Owed
    reason: str
    at: float = Field(default_factory=time.time)
    """Unix seconds."""


class Ledger:
    """The records of all requests that are not settled, in Redis. Every method may raise RedisDown."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._writing = asyncio.Lock()
        """Held by whoever changes or removes a record, so that no change brings back what was removed meanwhile."""
        self._showing = Locks()

    def showing(self, job: str) -> asyncio.Lock:
        """Held by whoever shows what a job's record says, so that no older state covers a newer one."""
        return self._showing.of(job)

    async def owed(self, consumer: str) -> list[Owed]:
        """What one bot owes, oldest request first."""
        async with answering():
            found = await self._redis.hgetall(Keys.deliveries())
        records = [Owed.model_validate_json(value) for value in found.values()]
        mine = [record for record in records if record.request.reply_to == consumer]
        return sorted(mine, key=lambda record: record.job)

    async def all(self) -> list[Owed]:
        """What is owed, whichever bot owes it."""
        async with answering():
            values = await self._redis.hvals(Keys.deliveries())
        return [Owed.model_validate_json(value) for value in values]

    async def passages_ahead(self) -> int:
        """How many passages are owed, whichever bot owes them: they come before the next request."""
        return sum(isinstance(record.request, GenerateRequest) for record in await self.all())

    async def find(self, job: str) -> Owed | None:
        """The record of a job, None once it is settled."""
        async with answering():
            value = await self._redis.hget(Keys.deliveries(), job)
        return Owed.model_validate_json(value) if value else None

    async def enter(self, owed: Owed) -> None:
        """Keep a new record."""
        async with answering():
            await self._redis.hset(Keys.deliveries(), owed.job, owed.model_dump_json())

    async def add_message(self, job: str, message: int) -> None:
        """A further message shows this job; noted down again it changes nothing."""

        def with_message(record: Owed) -> Mapping[str, object]:
            known = message in record.messages
            return {} if known else {"messages": (*record.messages, message)}

        await self._change(job, with_message)

    async def drop_message(self, job: str, message: int) -> None:
        """A message no longer shows this job."""
        await self._change(job, lambda record: {"messages": tuple(id for id in record.messages if id != message)})

    async def mark_submitted(self, job: str) -> None:
        """The queue has the request."""
        await self._change(job, lambda _: {"submitted": True})

    async def reword(self, job: str, request: Request) -> None:
        """The record names another request, of the same job."""
        await self._change(job, lambda _: {"request": request})

    async def settle(self, job: str) -> None:
        """Discord has taken the end of it."""
        async with self._writing, answering():
            await self._redis.hdel(Keys.deliveries(), job)

    async def give_up(self, owed: Owed, reason: str) -> None:
        """Discord refuses the end of it for good: nothing is owed any more, and what was is remembered."""
        record = Undelivered(owed=owed, reason=reason).model_dump_json()
        async with self._writing, answering(), self._redis.pipeline(transaction=True) as pipe:
            pipe.hdel(Keys.deliveries(), owed.job)
            pipe.lpush(Keys.undeliverable(), record)
            pipe.ltrim(Keys.undeliverable(), 0, UNDELIVERABLE_MAX - 1)
            await pipe.execute()

    async def undelivered(self) -> list[Undelivered]:
        """What Discord refused for good, newest first."""
        async with answering():
            values = await self._redis.lrange(Keys.undeliverable(), 0, -1)
        return [Undelivered.model_validate_json(value) for value in values]

    async def undelivered_since(self, moment: float) -> int:
        """How much Discord has refused for good since then (Unix seconds)."""
        count = 0
        for first in range(0, UNDELIVERABLE_MAX, AT_ONCE):
            async with answering():
                values = await self._redis.lrange(Keys.undeliverable(), first, first + AT_ONCE - 1)
            late = [value for value in values if Undelivered.model_validate_json(value).at >= moment]
            count += len(late)
            if len(late) < AT_ONCE:
                break
        return count

    async def drop_undelivered(self, concerned: Callable[[Owed], bool]) -> None:
        """Remember no longer some of what Discord refused for good."""
        async with answering():
            values = await self._redis.lrange(Keys.undeliverable(), 0, -1)
        for value in values:
            if concerned(Undelivered.model_validate_json(value).owed):
                async with answering():
                    await self._redis.lrem(Keys.undeliverable(), 0, value)  # type: ignore[arg-type]

    async def _change(self, job: str, change: Callable[[Owed], Mapping[str, object]]) -> None:
        async with self._writing:
            record = await self.find(job)
            if record is not None:
                await self.enter(record.model_copy(update=change(record)))
