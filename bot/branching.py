"""Branches: a story goes on from any of its passages in a new thread."""

from __future__ import annotations

import time
from typing import Any

import discord
from discord import app_commands

from bot.cards import TITLE_CHARS, title_of
from bot.errors import Refusal
from bot.gates import require_storyteller
from bot.places import is_adult, open_in, require_roof, roof_of
from bot.replies import Interaction, replying, thinking
from bot.speaking import language_here
from bot.stories import story_id
from bot.tree import Story
from bot.turns import passage_at, shown_by, told_here
from bot.words.commands import BRANCH_MENU
from bot.words.refusals import NO_THREADS, PRIVATE_STORY
from bot.words.stories import ANOTHER_WAY, BRANCH_GOES_ON, BRANCH_OF, UNTITLED


async def branch(interaction: Interaction, source: Story, node: str, title: str | None) -> Story:
    """Open a thread in which the story goes on from a passage; the story here stays as it is. Raises Refusal."""
    bot = interaction.client
    await require_storyteller(interaction)
    place, _ = await passage_at(interaction, source, node)
    if isinstance(interaction.channel, discord.Thread) and interaction.channel.is_private():
        raise Refusal(PRIVATE_STORY)
    roof = roof_of(interaction)
    if roof is None:
        raise Refusal(NO_THREADS)
    require_roof(interaction, roof)
    language = await language_here(interaction)
    name = (title or ANOTHER_WAY.of(title=source.title or UNTITLED).to(language))[:TITLE_CHARS]
    branched = BRANCH_OF.of(title=title_of(source, language), place=f"<#{source.channel}>", number=place.depth)
    async with thinking(interaction):
        channel, _ = await open_in(bot, roof, name, content=branched.to(language))
        new = Story(
            id=story_id(bot.options.consumer, channel),
            title=name,
            channel=channel,
            roof=roof.id,
            adult=is_adult(roof),
            server=interaction.guild_id or 0,
            host=interaction.user.id,
            named_after=0 if title else source.named_after,
            created=time.time(),
            language=language,
        )
        story = await bot.moves.branch(source, node, new)
        await bot.screen.show(story, await bot.stories.records.tip(story))
        goes_on = BRANCH_GOES_ON.of(title=discord.utils.escape_markdown(name), place=f"<#{channel}>")
        await interaction.followup.send(goes_on.to(language))
    return story


@app_commands.context_menu(name=BRANCH_MENU.label)
async def branch_from_message(interaction: Interaction, message: discord.Message) -> None:
    """Branch from the passage that a message shows."""
    async with replying(interaction):
        story = await told_here(interaction)
        await branch(interaction, story, await shown_by(interaction, message), None)


def setup(tree: app_commands.CommandTree[Any]) -> None:
    """Add the menu."""
    tree.add_command(branch_from_message)
