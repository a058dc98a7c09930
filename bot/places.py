"""Where a story is told: a thread, a post of a forum, or the channel itself; and who may see it."""

from __future__ import annotations

import time
from typing import Any

import discord
import structlog
from discord import app_commands

from bot.buttons import first_controls
from bot.cards import card
from bot.errors import Refusal
from bot.posting import view_of
from bot.replies import Interaction
from bot.rights import require_place
from bot.speaking import language_here
from bot.stories import story_id
from bot.tree import ROOT, Change, Story
from bot.words.refusals import TOLD_ALREADY
from bot.words.stories import BEGINS_IN
from worker.contract import new_job_id

log = structlog.get_logger(__name__)

Roof = discord.TextChannel | discord.ForumChannel


class RoofOption(app_commands.Transformer):
    """
    An option of a command: a channel or forum in which threads can be opened."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        """A channel."""
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        """Those that Discord offers."""
        return [discord.ChannelType.text, discord.ChannelType.news, discord.ChannelType.forum]

    async def transform(self, interaction: Any, value: Any, /) -> Roof | None:
        """The channel as the bot knows it."""
        found = value.resolve()
        return found if isinstance(found, discord.TextChannel | discord.ForumChannel) else None


def roof_of(interaction: Interaction, chosen: Roof | None) -> Roof | None:
    """Where a thread can be opened: the chosen channel, this one, or the one that this thread is in."""
    here: Any = interaction.channel
    above = chosen or (here.parent if isinstance(here, discord.Thread) else here)
    if not isinstance(above, discord.TextChannel | discord.ForumChannel) or interaction.guild is None:
        return None
    held = above.permissions_for(interaction.guild.me)
    enough = held.send_messages if isinstance(above, discord.ForumChannel) else held.create_public_threads
    return above if held.view_channel and held.send_messages_in_threads and enough else None


async def open_story(interaction: Interaction, title: str, chosen: Roof | None, *, by_name: bool = False) -> Story:
    """Begin a story where there is room for it, with its card. Raises Refusal.

    `by_name`: nobody chose the title, so it holds the host's name.
    """
    roof = roof_of(interaction, chosen)
    blank = Story(
        id="",
        created=time.time(),
        title=title,
        server=interaction.guild_id or 0,
        host=interaction.user.id,
        named_after=interaction.user.id if by_name else 0,
        adult=is_adult(interaction.channel),
        language=await language_here(interaction),
    )
    if roof is None:
        return await _open_here(interaction, blank)
    await interaction.response.defer()
    story = await open_thread(interaction, roof, blank)
    begins = BEGINS_IN.of(title=discord.utils.escape_markdown(title), place=f"<#{story.channel}>")
    await interaction.followup.send(begins.to(story.language))
    return story


async def open_thread(interaction: Interaction, roof: Roof, blank: Story) -> Story:
    """Tell a story in a thread of its own."""
    bot = interaction.client
    view = view_of(*first_controls(blank.words or bot.options.continue_words, blank.language))
    if isinstance(roof, discord.ForumChannel):
        posted = await roof.create_thread(name=blank.title, embed=card(blank), view=view)
        channel, message = posted.thread.id, posted.message.id
    else:
        thread = await roof.create_thread(name=blank.title, type=discord.ChannelType.public_thread)
        channel = thread.id
    story = blank.within(
        id=story_id(bot.options.consumer, channel), channel=channel, roof=roof.id, adult=is_adult(roof)
    )
    await bot.stories.records.commit(Change(story))
    if not isinstance(roof, discord.ForumChannel):
        message = (await bot.get_partial_messageable(channel).send(embed=card(story), view=view)).id
    await bot.stories.records.show(story, ROOT, [message])
    return story


async def _open_here(interaction: Interaction, blank: Story) -> Story:
    """Tell a story in the channel itself, unless it tells one."""
    bot = interaction.client
    channel = require_place(interaction)
    old = await bot.stories.here(bot.options.consumer, channel)
    if old.passages and old.ended is None:
        raise Refusal(TOLD_ALREADY)
    id = f"{old.id}.{new_job_id()}" if old.channel else old.id
    story = blank.within(id=id, channel=channel)
    await bot.stories.records.commit(Change(story))
    await bot.stories.records.tell_here(bot.options.consumer, channel, id)
    controls = first_controls(story.words or bot.options.continue_words, story.language)
    answer = await interaction.response.send_message(embed=card(story), view=view_of(*controls))
    if answer.message_id is not None:
        await bot.stories.records.show(story, ROOT, [answer.message_id])
    return story


def is_adult(channel: Any) -> bool:
    """Whether a channel is age-restricted; a thread is what its channel is."""
    above = channel.parent if isinstance(channel, discord.Thread) else channel
    nsfw = getattr(above, "is_nsfw", None)
    return bool(nsfw()) if nsfw is not None else False


def may_see(interaction: Interaction, story: Story) -> bool:
    """Whether a member may know of a story: it must be in a place that they see, and fit the place where they ask.

    Stories of age-restricted channels show in such channels only. A thread that Discord has not told the bot about is
    archived: a public one is seen by whoever sees its channel; of others only those in it know.
    """
    if interaction.guild is None:
        return story.channel == interaction.channel_id
    if story.channel == interaction.channel_id:
        return True
    place = interaction.guild.get_channel_or_thread(story.channel)
    if (story.adult or is_adult(place)) and not is_adult(interaction.channel):
        return False
    member: Any = interaction.user
    if isinstance(place, discord.Thread) and place.is_private():
        inside = any(person.id == member.id for person in place.members)
        return inside or place.permissions_for(member).manage_threads
    if place is None and story.roof:
        place = interaction.guild.get_channel(story.roof)
    return place is not None and place.permissions_for(member).view_channel
