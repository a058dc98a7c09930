"""The story of a channel: its record and its waiting requests in Redis. The bot is the only writer of both.

A story is a tree of passages; each passage names its parent, and the record names the newest one. The requests of one
story are submitted one after the other: the oldest waiting request is with the queue, the others follow when its
passage is appended.
"""

from __future__ import annotations

import asyncio
import time

from pydantic import BaseModel, ConfigDict, Field

from bot.ledger import Ledger, Owed
from worker.client import Client, answering
from worker.contract import GenerateRequest, Keys, Passage


class Story(BaseModel):
    """Where a story stands."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    tip: str | None = None
    """The newest passage; its parents are the passages before it."""
    passages: int = 0
    chapters: int = 0
    """How many passages open a chapter."""
    created: float = Field(default_factory=time.time)
    """Unix seconds."""


def story_id(consumer: str, channel: int) -> str:
    """The story of a channel."""
    return f"{consumer}:{channel}"


def with_passage(story: Story, passage: Passage) -> Story:
    """`story` after `passage`, or `story` itself where the passage is in it already."""
    if passage.id == story.tip or passage.parent != story.tip:
        return story
    return story.model_copy(
        update={
            "tip": passage.id,
            "passages": story.passages + 1,
            "chapters": story.chapters + (passage.kind == "chapter"),
        }
    )


class Stories:
    """All stories of one bot. Every method may raise RedisDown."""

    def __init__(self, client: Client, ledger: Ledger) -> None:
        self._client = client
        self._redis = client.redis
        self._ledger = ledger
        self._writing = asyncio.Lock()

    async def story(self, id: str) -> Story:
        """A story's record; a fresh one for a story that has no passage yet."""
        async with answering():
            value = await self._redis.get(Keys.story(id))
        return Story.model_validate_json(value) if value else Story(id=id)

    async def waiting(self, id: str) -> list[GenerateRequest]:
        """Requests of a story that have no passage yet, oldest first; the first one may be with the queue."""
        async with answering():
            values = await self._redis.lrange(Keys.waiting(id), 0, -1)
        return [GenerateRequest.model_validate_json(value) for value in values]

    async def admit(self, owed: Owed, request: GenerateRequest) -> None:
        """Keep a request and its record, both or neither."""
        async with answering(), self._redis.pipeline(transaction=True) as pipe:
            pipe.rpush(Keys.waiting(request.story), request.model_dump_json())
            pipe.hset(Keys.deliveries(), owed.job, owed.model_dump_json())
            await pipe.execute()

    async def submit_next(self, id: str) -> None:
        """Give the oldest waiting request to the queue, unless it has it or its first message is not posted yet."""
        async with self._writing:
            waiting = await self.waiting(id)
            owed = await self._ledger.find(waiting[0].job) if waiting else None
            if owed is None or owed.submitted or not owed.messages:
                return
            story = await self.story(id)
            request = waiting[0].model_copy(update={"parent": story.tip, "chapter": story.chapters + 1})
            await self._client.submit(request)
            await self._ledger.mark_submitted(request.job)

    async def append(self, passage: Passage) -> None:
        """Hang a passage into its story and let the next request follow; doing it again changes nothing."""
        async with self._writing:
            story = with_passage(await self.story(passage.story), passage)
            async with answering(), self._redis.pipeline(transaction=True) as pipe:
                pipe.set(Keys.story(story.id), story.model_dump_json())
                pipe.sadd(Keys.stories(), story.id)
                await pipe.execute()
            await self._remove(passage.story, passage.id)
        await self.submit_next(passage.story)

    async def withdraw(self, id: str, job: str) -> None:
        """Forget a request that will have no passage, and let the next one follow."""
        async with self._writing:
            await self._remove(id, job)
        await self.submit_next(id)

    async def _remove(self, id: str, job: str) -> None:
        async with answering():
            values = await self._redis.lrange(Keys.waiting(id), 0, -1)
            for value in values:
                if GenerateRequest.model_validate_json(value).job == job:
                    await self._redis.lrem(Keys.waiting(id), 1, value)  # type: ignore[arg-type]
