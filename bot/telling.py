"""What a story tells now: the passages along its path, in reading order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from bot.stories import Stories
from bot.tree import Story
from worker.client import Client
from worker.contract import Passage

AT_ONCE = 250
"""How many records are read in one go, so that neither Redis nor the bot is held up."""


@dataclass(frozen=True)
class Telling:
    """A story's passages, and what its edited ones read before."""

    passages: tuple[Passage, ...]
    earlier: Mapping[str, tuple[Passage, ...]]
    """By the id of an edited passage: the wordings that it replaced, oldest first."""

    @property
    def all(self) -> Iterator[Passage]:
        """Every passage and wording."""
        return chain(self.passages, chain.from_iterable(self.earlier.values()))


async def told(stories: Stories, client: Client, story: Story) -> Telling:
    """The whole of a story. Passages that are gone are left out. Raises RedisDown."""
    path = await stories.records.path(story.id)
    passages: list[Passage] = []
    earlier: dict[str, tuple[Passage, ...]] = {}
    for start in range(0, len(path), AT_ONCE):
        nodes = await stories.records.nodes(story.id, path[start : start + AT_ONCE])
        wordings = [[wording.passage for wording in node.wordings[: node.shown + 1]] for node in nodes]
        found = await _passages(client, list(chain.from_iterable(wordings)))
        for *before, shown in wordings:
            if shown in found:
                passages.append(found[shown])
                if before:
                    earlier[shown] = tuple(found[id] for id in before if id in found)
    return Telling(tuple(passages), earlier)


async def _passages(client: Client, ids: Sequence[str]) -> dict[str, Passage]:
    return {passage.id: passage for passage in await client.passages(ids) if passage is not None}
