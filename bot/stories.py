"""The story of a channel: its record and its waiting requests in Redis. The bot is the only writer of both.

A story is a tree of passages; each passage names its parent, and the record names the newest one. It also keeps the
last steps of the way there, so that a request can name them without a walk through the tree. The requests of one
story are submitted one after the other: the oldest waiting request is with the queue, the others follow when its
passage is appended.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from bot.ledger import Ledger, Owed
from worker.client import Client, answering
from worker.contract import REBUILD_WORDS, GenerateRequest, Keys, Link, Passage, chain_hash

MAX_STEPS = 200
"""The most passages that a path names, however short they are."""


class Step(BaseModel):
    """One passage on the way to the newest one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    passage: str
    chain: str
    """Content address of the story up to and including it (`chain_hash`)."""
    words: int

    @property
    def link(self) -> Link:
        """What a request says of it."""
        return Link(passage=self.passage, chain=self.chain)


def extend(steps: Sequence[Step], passage: Passage) -> tuple[Step, ...]:
    """The steps up to and including a passage: as few of the latest as hold REBUILD_WORDS, and at most MAX_STEPS."""
    chain = chain_hash(steps[-1].chain if steps else "", passage.text)
    longer = [*steps, Step(passage=passage.id, chain=chain, words=passage.words)][-MAX_STEPS:]
    words = sum(step.words for step in longer)
    while words - longer[0].words >= REBUILD_WORDS:
        words -= longer.pop(0).words
    return tuple(longer)


class Story(BaseModel):
    """Where a story stands."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    tip: str | None = None
    """The newest passage; its parents are the passages before it."""
    steps: tuple[Step, ...] = ()
    """The latest steps of the way to the newest passage (`extend`)."""
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
            "steps": extend(story.steps, passage),
            "passages": story.passages + 1,
            "chapters": story.chapters + (passage.kind == "chapter"),
        }
    )


def placed(request: GenerateRequest, story: Story) -> GenerateRequest:
    """A request that goes on where the story stands now."""
    path = tuple(step.link for step in story.steps)
    whole = len(story.steps) == story.passages
    return request.model_copy(update={"path": path, "whole": whole, "chapter": story.chapters + 1})


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
            story = await self._with_steps(await self.story(id))
            request = placed(waiting[0], story)
            await self._client.submit(request)
            await self._ledger.mark_submitted(request.job)

    async def _with_steps(self, story: Story) -> Story:
        """A story's record with its steps; those of a record of version 0.1.0, which kept none, are looked up."""
        if story.steps or story.tip is None:
            return story
        found: list[Passage] = []
        tip: str | None = story.tip
        while tip is not None and sum(passage.words for passage in found) < REBUILD_WORDS and len(found) < MAX_STEPS:
            passage = await self._client.passage(tip)
            if passage is None:
                break
            found.append(passage)
            tip = passage.parent
        steps: tuple[Step, ...] = ()
        for passage in reversed(found):
            steps = extend(steps, passage)
        return story.model_copy(update={"steps": steps})

    async def append(self, passage: Passage) -> None:
        """Hang a passage into its story and let the next request follow; doing it again changes nothing."""
        async with self._writing:
            story = with_passage(await self._with_steps(await self.story(passage.story)), passage)
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
