"""What the bot keeps of a member, and forgetting it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal

from redis.asyncio import Redis

from bot.errors import Refusal
from bot.moves import Moves
from bot.stories import Stories
from bot.tree import Change, Node, Story, node_of
from worker.client import Client, answering
from worker.contract import Keys, Passage
from worker.separator import count_words

NOBODY = "0"
"""The author of what nobody is named for."""
MARK = "[…]"
"""Stands where a member's words were."""

How = Literal["replace", "give"]


def own_words(passage: Passage) -> str:
    """What of a passage its author wrote."""
    is_edit = "+" in passage.id
    return passage.text.strip() if passage.kind == "written" or is_edit else passage.prompt


def forgotten(passage: Passage, how: How) -> Passage:
    """A passage of which nobody knows any more who asked for it; with `replace`, without that member's words."""
    changes: dict[str, object] = {"author": NOBODY}
    words = own_words(passage)
    if how == "replace" and words:
        text = passage.text.replace(words, MARK, 1)
        prompt = MARK if passage.prompt else ""
        changes |= {"text": text, "prompt": prompt, "note": "", "words": count_words(text), "heading": None}
    return passage.model_copy(update={**changes, "note": ""})


def exported(member: int, passages: Sequence[Passage], agreed: bool) -> bytes:
    """Everything that is kept of a member, as JSON."""
    kept = [
        {
            "passage": passage.id,
            "story": passage.story,
            "created": passage.created,
            "kind": passage.kind,
            "your_words": own_words(passage),
            "note": passage.note,
            "text": passage.text,
        }
        for passage in passages
    ]
    record = {"member": str(member), "training": agreed, "passages": kept}
    return json.dumps(record, ensure_ascii=False, indent=1).encode()


class Privacy:
    """Every method may raise RedisDown; forgetting may be repeated where it broke off."""

    def __init__(self, redis: Redis, client: Client, stories: Stories, moves: Moves) -> None:
        self._redis = redis
        self._client = client
        self._stories = stories
        self._moves = moves

    async def passages(self, member: int) -> list[Passage]:
        """What a member wrote, edited or asked for, oldest first."""
        async with answering():
            found = await self._redis.smembers(Keys.authored(str(member)))
        ids = sorted(id.decode() if isinstance(id, bytes) else str(id) for id in found)
        return [passage for passage in await self._client.passages(ids) if passage is not None]

    async def agrees(self, member: int) -> bool:
        """Whether models may be trained on a member's words in stories."""
        async with answering():
            return bool(await self._redis.sismember(Keys.willing(), str(member)))

    async def agree(self, member: int, *, yes: bool) -> None:
        """Say so from now on, or take it back for everything."""
        async with answering(), self._redis.pipeline(transaction=True) as pipe:
            if yes:
                pipe.sadd(Keys.willing(), str(member))
            else:
                pipe.srem(Keys.willing(), str(member))
                pipe.sdiffstore(Keys.agreed(), [Keys.agreed(), Keys.authored(str(member))])
            await pipe.execute()

    async def forget(self, member: int, how: How) -> list[tuple[Story, Node]]:
        """Forget a member; the places whose text reads differently now."""
        await self.agree(member, yes=False)
        changed: list[tuple[Story, Node]] = []
        for passage in await self.passages(member):
            new = forgotten(passage, how)
            async with answering(), self._redis.pipeline(transaction=True) as pipe:
                pipe.set(Keys.passage(passage.id), new.model_dump_json())
                pipe.delete(Keys.text(passage.id))
                await pipe.execute()
            place = await self._retold(new) if new.text != passage.text else None
            if place is not None:
                changed.append(place)
        await self._forget_hosting(member)
        async with answering():
            await self._redis.delete(Keys.authored(str(member)))
        return changed

    async def _retold(self, passage: Passage) -> tuple[Story, Node] | None:
        """Let workers read a story anew behind a passage whose text was changed."""
        try:
            return await self._moves.retell(passage.story, node_of(passage.id))
        except Refusal:
            return None

    async def _forget_hosting(self, member: int) -> None:
        async with answering():
            ids = await self._redis.smembers(Keys.stories())
        names = [id.decode() if isinstance(id, bytes) else str(id) for id in ids]
        for story in await self._stories.records.stories(names):
            if story.host == member:
                async with self._stories.writing(story.id):
                    held = await self._stories.story(story.id)
                    await self._stories.records.commit(Change(held.within(host=0)))
