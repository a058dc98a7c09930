"""What the bot keeps of a member, and forgetting it."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Literal

from redis.asyncio import Redis

from bot.moves import Moves
from bot.stories import Stories
from bot.text import decoded
from bot.tree import Change, Node, Story, node_of
from worker.client import Client, answering
from worker.contract import Keys, Passage
from worker.separator import count_words

NOBODY = "0"
"""The author of what nobody is named for."""
MARK = "[…]"
"""Stands where a member's words were."""

AT_ONCE = 100
"""Stories that are looked through in one go."""

How = Literal["replace", "give"]


def own_words(passage: Passage, member: str) -> str:
    """What of a passage a member wrote."""
    if passage.kind == "written" or "+" in passage.id:
        return passage.text.strip() if passage.author == member else ""
    return passage.prompt if passage.prompter == member else ""


def forgotten(passage: Passage, member: str, how: How) -> Passage:
    """A passage of which nobody knows any more what a member had to do with it; with `replace`, without their words."""
    asked = {"author": NOBODY, "prompted_by": passage.prompter} if passage.author == member else {}
    prompted = {"prompted_by": NOBODY} if passage.prompter == member else {}
    changes: dict[str, object] = {"note": "", "recipe": None, **asked, **prompted}
    words = own_words(passage, member)
    if how == "replace" and words:
        text = passage.text.replace(words, MARK, 1)
        prompt = MARK if passage.prompt else ""
        changes |= {"text": text, "prompt": prompt, "words": count_words(text), "heading": None}
    return passage.model_copy(update=changes)


def exported(member: int, passages: Sequence[Passage], agreed: bool) -> bytes:
    """Everything that is kept of a member, as JSON."""
    kept = [
        {
            "passage": passage.id,
            "story": passage.story,
            "created": passage.created,
            "kind": passage.kind,
            "your_words": own_words(passage, str(member)),
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
        ids = sorted(map(decoded, found))
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
        """Forget a member; the places in stories and their branches that read, or are signed, differently now."""
        await self.agree(member, yes=False)
        reworded: set[str] = set()
        signed: set[str] = set()
        for passage in await self.passages(member):
            new = forgotten(passage, str(member), how)
            words = own_words(passage, str(member)) if how == "replace" else ""
            quoted = await self._forget_in_edits(passage, words) if words else False
            await self._replace(new)
            if quoted or new.text != passage.text:
                reworded.add(node_of(passage.id))
            elif passage.kind == "written":
                signed.add(node_of(passage.id))
        changed = await self._places(sorted(reworded | signed), reworded)
        await self._forget_hosting(member)
        async with answering():
            await self._redis.delete(Keys.authored(str(member)))
        return changed

    async def _forget_in_edits(self, passage: Passage, words: str) -> bool:
        """Leave a member's words out of what others made of their passage; whether they stood there."""
        changed, number = False, 1
        while (edit := await self._client.passage(f"{node_of(passage.id)}+{number}")) is not None:
            number += 1
            if edit.id != passage.id and words in edit.text:
                text = edit.text.replace(words, MARK)
                await self._replace(edit.model_copy(update={"text": text, "words": count_words(text)}))
                changed = True
        return changed

    async def _replace(self, passage: Passage) -> None:
        async with answering(), self._redis.pipeline(transaction=True) as pipe:
            pipe.set(Keys.passage(passage.id), passage.model_dump_json())
            pipe.delete(Keys.text(passage.id))
            await pipe.execute()

    async def _places(self, nodes: Sequence[str], reworded: Collection[str]) -> list[tuple[Story, Node]]:
        """Where these nodes stand: a branch has those of the story that it left. Workers read reworded ones anew."""
        places: list[tuple[Story, Node]] = []
        names = await self._names() if nodes else []
        for first in range(0, len(names), AT_ONCE):
            some = names[first : first + AT_ONCE]
            async with answering(), self._redis.pipeline(transaction=False) as pipe:
                for name in some:
                    pipe.hmget(Keys.nodes(name), nodes)
                found = await pipe.execute()
            for name, values in zip(some, found, strict=True):
                for node, value in zip(nodes, values, strict=True):
                    if value is not None:
                        places.append(await self._place(name, node, again=node in reworded))
        return places

    async def _place(self, story: str, node: str, *, again: bool) -> tuple[Story, Node]:
        if again:
            return await self._moves.retell(story, node)
        return await self._stories.story(story), await self._stories.records.node(story, node)

    async def _names(self) -> list[str]:
        """All stories."""
        async with answering():
            ids = await self._redis.smembers(Keys.stories())
        return sorted(map(decoded, ids))

    async def _forget_hosting(self, member: int) -> None:
        for story in await self._stories.records.stories(await self._names()):
            if story.host == member:
                async with self._stories.writing(story.id):
                    held = await self._stories.story(story.id)
                    await self._stories.records.commit(Change(held.within(host=0)))
