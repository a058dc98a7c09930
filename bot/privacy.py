"""What the bot keeps of a member: showing it, taking it home, and whether models may learn from it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal

from redis.asyncio import Redis

from bot.book.files import packed
from bot.posting import Attached
from bot.text import decoded
from worker.client import Client, answering
from worker.contract import Keys, Passage
from worker.separator import count_words

NOBODY = "0"
"""The author of what nobody is named for."""
MARK = "[…]"
"""Stands where a member's words were."""

AT_ONCE = 500
"""Passages that are read in one go."""

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


def exported(member: int, passages: Sequence[Passage], agreed: bool, limit: int) -> list[Attached]:
    """Everything that is kept of a member, as JSON in files of at most `limit` bytes each. Takes seconds for much.

    What is too large is packed as a zip; what is too large even so comes in several.
    """
    volumes: list[Sequence[Passage]] = [passages]
    while True:
        numbers = range(1, len(volumes) + 1) if len(volumes) > 1 else (0,)
        files = [_file(member, volume, agreed, number, limit) for number, volume in zip(numbers, volumes, strict=True)]
        if all(len(file.data) <= limit for file in files) or all(len(volume) <= 1 for volume in volumes):
            return files
        halves = [(volume[: len(volume) // 2], volume[len(volume) // 2 :]) for volume in volumes]
        volumes = [half for pair in halves for half in pair if half]


def _file(member: int, passages: Sequence[Passage], agreed: bool, number: int, limit: int) -> Attached:
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
    data = json.dumps(record, ensure_ascii=False, indent=1).encode()
    name = f"greenbeard-and-you{f'-{number}' if number else ''}.json"
    return Attached(name, data) if len(data) <= limit else Attached(f"{name}.zip", packed(name, data))


class Privacy:
    """Every method may raise RedisDown."""

    def __init__(self, redis: Redis, client: Client) -> None:
        self._redis = redis
        self._client = client

    async def authored(self, member: int) -> list[str]:
        """Ids of the passages that a member wrote, edited or asked for, oldest first."""
        async with answering():
            found = await self._redis.smembers(Keys.authored(str(member)))
        return sorted(map(decoded, found))

    async def passages(self, member: int) -> list[Passage]:
        """What a member wrote, edited or asked for, oldest first."""
        ids = await self.authored(member)
        found: list[Passage | None] = []
        for first in range(0, len(ids), AT_ONCE):
            found += await self._client.passages(ids[first : first + AT_ONCE])
        return [passage for passage in found if passage is not None]

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
