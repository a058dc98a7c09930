"""The records of stories in Redis: one small head, one hash entry a node, one list for the path.

What a command reads and writes does not grow with the story: the tail of the path, a node, its parent.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

from bot.errors import Refusal
from bot.text import decoded
from bot.tree import BEGINNING, ROOT, Change, Node, Story
from bot.words.refusals import NOT_OF_THIS_STORY
from worker.client import answering
from worker.contract import REBUILD_WORDS, Keys

MAX_LINKS = 400
"""The most passages of a tail, however short they are."""
FIRST_LOOK = 48
"""Nodes of the path's end that are read at first: with the usual length they hold REBUILD_WORDS."""


class Records:
    """Heads, nodes, paths and messages of one bot's stories. Every method may raise RedisDown."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def story(self, id: str) -> Story:
        """A story's head; a fresh one for a story that has no passage yet."""
        async with answering():
            value = await self._redis.get(Keys.story(id))
        return Story.model_validate_json(value) if value else Story(id=id)

    async def stories(self, ids: Sequence[str]) -> list[Story]:
        """The heads of stories that have one."""
        if not ids:
            return []
        async with answering():
            values = await self._redis.mget([Keys.story(id) for id in ids])
        return [Story.model_validate_json(value) for value in values if value]

    async def shelf(self, server: int, start: int, count: int) -> tuple[list[Story], int]:
        """Some stories of a server, the one that grew last first, and how many there are."""
        async with answering(), self._redis.pipeline(transaction=False) as pipe:
            pipe.zrevrange(Keys.shelf(server), start, start + count - 1)
            pipe.zcard(Keys.shelf(server))
            ids, all_ = await pipe.execute()
        return await self.stories([decoded(id) for id in ids]), all_

    async def nodes(self, story: str, ids: Sequence[str]) -> list[Node]:
        """Nodes in the order asked for. Raises Refusal where one is not in this story."""
        wanted = [id for id in ids if id != ROOT]
        found: dict[str, Node] = {ROOT: BEGINNING}
        async with answering():
            values = await self._redis.hmget(Keys.nodes(story), [ROOT, *wanted])
        found |= {node.id: node for value in values if value for node in (Node.model_validate_json(value),)}
        if not all(id in found for id in ids):
            raise Refusal(NOT_OF_THIS_STORY)
        return [found[id] for id in ids]

    async def node(self, story: str, id: str) -> Node:
        """One node. Raises Refusal where it is not in this story."""
        (found,) = await self.nodes(story, [id])
        return found

    async def tip(self, story: Story) -> Node:
        """The node a story ends with; its beginning where it has none."""
        return await self.node(story.id, story.tip or ROOT)

    async def path(self, story: str, start: int = 0, stop: int = -1) -> list[str]:
        """Nodes of the path from index `start` to `stop`, both included."""
        async with answering():
            found = await self._redis.lrange(Keys.path(story), start, stop)
        return [decoded(id) for id in found]

    async def is_on_path(self, story: str, node: Node) -> bool:
        """Whether the story reads through a node now."""
        if not node.depth:
            return True
        return await self.path(story, node.depth - 1, node.depth - 1) == [node.id]

    async def tail(self, story: Story, stop: Node) -> list[Node]:
        """Nodes of the path that end with `stop`, oldest first: as few as hold REBUILD_WORDS, at most MAX_LINKS."""
        look, end = FIRST_LOOK, stop.depth
        while end:
            start = max(0, end - look)
            found = await self.nodes(story.id, await self.path(story.id, start, end - 1))
            words = 0
            for count, node in enumerate(reversed(found), start=1):
                words += node.words
                if words >= REBUILD_WORDS or count == MAX_LINKS:
                    return found[-count:]
            if not start:
                return found
            look *= 3
        return []

    async def commit(self, change: Change) -> None:
        """Write what a decision alters, all of it or nothing."""
        async with answering(), self._redis.pipeline(transaction=True) as pipe:
            self.write(pipe, change)
            await pipe.execute()

    def write(self, pipe: Pipeline, change: Change) -> None:
        """Put a change into a pipeline."""
        story = change.story
        pipe.set(Keys.story(story.id), story.model_dump_json())
        pipe.sadd(Keys.stories(), story.id)
        if story.channel:
            pipe.zadd(Keys.shelf(story.server or story.channel), {story.id: time.time()})
        if change.nodes:
            pipe.hset(Keys.nodes(story.id), mapping={node.id: node.model_dump_json() for node in change.nodes})
        if change.keep is not None:
            if change.keep:
                pipe.ltrim(Keys.path(story.id), 0, change.keep - 1)
            else:
                pipe.delete(Keys.path(story.id))
            if change.push:
                pipe.rpush(Keys.path(story.id), *change.push)

    async def copy(self, source: Story, change: Change) -> None:
        """Begin a story as a copy of another one's tree, on the path of `change`."""
        async with answering(), self._redis.pipeline(transaction=True) as pipe:
            pipe.copy(Keys.nodes(source.id), Keys.nodes(change.story.id))
            pipe.copy(Keys.path(source.id), Keys.path(change.story.id))
            self.write(pipe, replace(change, nodes=()))
            await pipe.execute()

    async def tell_here(self, consumer: str, channel: int, story: str) -> None:
        """From now on a channel tells this story."""
        async with answering():
            await self._redis.set(Keys.here(consumer, channel), story)

    async def told_here(self, consumer: str, channel: int) -> str | None:
        """The story that a channel was told to tell."""
        async with answering():
            value = await self._redis.get(Keys.here(consumer, channel))
        return decoded(value) if value else None

    async def show(self, story: Story, node: str, messages: Iterable[int]) -> None:
        """Note which messages show a node now."""
        ids = list(messages)
        if not ids:
            return
        async with answering(), self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(Keys.messages(story.id), node, ",".join(map(str, ids)))
            pipe.hset(Keys.shown(story.channel), mapping={str(id): node for id in ids})
            await pipe.execute()

    async def messages(self, story: str, node: str) -> list[int]:
        """The messages that showed a node last, in reading order."""
        async with answering():
            value = await self._redis.hget(Keys.messages(story), node)
        return [int(id) for id in decoded(value).split(",")] if value else []

    async def newest_messages(self, story: str, *, but: str) -> set[int]:
        """The messages of the newest passages of the path, save those of the node `but`."""
        nodes = [node for node in await self.path(story, -FIRST_LOOK) if node != but]
        if not nodes:
            return set()
        async with answering():
            values = await self._redis.hmget(Keys.messages(story), nodes)
        return {int(id) for value in values if value for id in decoded(value).split(",")}

    async def shown_in(self, channel: int, message: int) -> str | None:
        """The node that a message shows."""
        async with answering():
            value = await self._redis.hget(Keys.shown(channel), str(message))
        return decoded(value) if value else None
