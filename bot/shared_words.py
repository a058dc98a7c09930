"""What members who agreed wrote in the stories of a server, as a text that a model may be trained on.

The model's own passages are never among it, nor are edits of them. A passage that several members reworded counts only
where all of them agreed. Stories of private threads and of age-restricted channels stay where they are.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import discord

from bot.base import BaseBot
from bot.errors import Refusal
from bot.places import is_adult, may_see
from bot.replies import Interaction
from bot.tree import Node, Story
from bot.words.refusals import NO_SHARED_WORDS
from worker.client import answering
from worker.contract import Keys, Passage
from worker.separator import count_words

AT_ONCE = 500
"""Nodes that are read in one go."""
MOST_STORIES = 10_000


@dataclass(frozen=True)
class Shared:
    """Words of members, parted by blank lines."""

    text: str
    words: int
    members: int


async def shared_words(interaction: Interaction) -> Shared:
    """The words of this server's stories that models may learn from. Raises Refusal where there are none."""
    bot = interaction.client
    stories, _ = await bot.stories.records.shelf(interaction.guild_id or 0, 0, MOST_STORIES)
    texts: dict[str, str] = {}
    members: set[str] = set()
    for story in sorted(stories, key=lambda story: story.created):
        found = [passage async for passage in agreed_passages(bot, story) if passage.id not in texts]
        if found and may_see(interaction, story) and await is_open(bot, story):
            texts |= {passage.id: members_part(passage) for passage in found}
            members |= {passage.prompter for passage in found}
    if not texts:
        raise Refusal(NO_SHARED_WORDS)
    text = "\n\n".join(texts.values())
    return Shared(text, count_words(text), len(members))


async def agreed_passages(bot: BaseBot, story: Story) -> AsyncIterator[Passage]:
    """Passages that a story reads as, with words of members who all agreed then and agree still."""
    records = bot.stories.records
    for first in range(0, story.passages, AT_ONCE):
        nodes = await records.nodes(story.id, await records.path(story.id, first, first + AT_ONCE - 1))
        agreed = await are_agreed(bot, nodes)
        for passage in await bot.queue.passages(node.passage for node in nodes if node.id in agreed):
            if passage is not None and members_part(passage):
                yield passage


async def are_agreed(bot: BaseBot, nodes: Sequence[Node]) -> set[str]:
    """Those nodes of which every wording up to the one that counts is by a member who agreed."""
    wordings = [(node.id, wording.passage) for node in nodes for wording in node.wordings[: node.shown + 1]]
    if not wordings:
        return set()
    async with answering():
        found = await bot.queue.redis.smismember(Keys.agreed(), [passage for _, passage in wordings])
    refused = {node for (node, _), yes in zip(wordings, found, strict=True) if not yes}
    return {node for node, _ in wordings} - refused


def members_part(passage: Passage) -> str:
    """What of a passage a member wrote alone; an edit of the model's words is both of theirs."""
    return (passage.text if passage.kind == "written" else passage.prompt).strip()


async def is_open(bot: BaseBot, story: Story) -> bool:
    """Whether a story is told neither in a private thread nor where only adults are. One that is gone is not open."""
    if story.adult:
        return False
    try:
        place = bot.get_channel(story.channel) or await bot.fetch_channel(story.channel)
    except discord.HTTPException:
        return False
    return not (is_adult(place) or (isinstance(place, discord.Thread) and place.is_private()))
