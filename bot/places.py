"""Where a story is told: a thread, a post of a forum, or the channel itself; and who may see it."""

from __future__ import annotations

import time
from typing import Any, TypeAlias

import aiohttp
import discord
import structlog
from discord import app_commands

from bot.base import BaseBot
from bot.buttons import first_controls
from bot.cards import card
from bot.errors import Refusal
from bot.posting import view_of
from bot.replies import Interaction, thinking
from bot.rights import lacking_in, require_place
from bot.speaking import language_here
from bot.stories import story_id
from bot.tree import ROOT, Change, Story
from bot.words import refusals as say
from bot.words.language import Phrase, joined
from bot.words.stories import BEGINS_IN
from worker.contract import new_job_id

log = structlog.get_logger(__name__)

Roof: TypeAlias = discord.TextChannel | discord.ForumChannel
Chosen: TypeAlias = Roof | app_commands.AppCommandChannel
"""What a member chose; as Discord names it where the bot may not see it."""

TAG_REQUIRED, THREADS_FULL, NEWS_THREADS_FULL = 40067, 160006, 160007
"""Discord's codes for a thread that it does not take."""


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

    async def transform(self, interaction: Any, value: Any, /) -> Chosen:
        """The channel as the bot knows it."""
        found = value.resolve()
        return found if isinstance(found, discord.TextChannel | discord.ForumChannel) else value


def roof_of(interaction: Interaction) -> Roof | None:
    """Where threads are opened from here, if anywhere: this channel, or the one that this thread is in."""
    here: Any = interaction.channel
    above = here.parent if isinstance(here, discord.Thread) else here
    if interaction.guild is None or not isinstance(above, discord.TextChannel | discord.ForumChannel):
        return None
    return above


def require_roof(interaction: Interaction, roof: Chosen) -> Roof:
    """A place in which the bot may tell a story. Raises Refusal."""
    guild, place = interaction.guild, f"<#{roof.id}>"
    if guild is None or not isinstance(roof, discord.TextChannel | discord.ForumChannel):
        raise Refusal(say.MAY_NOT_OPEN_IN.of(place=place, rights=say.VIEW_CHANNEL))
    lacking = lacking_in(roof, roof.permissions_for(guild.me))
    if lacking:
        raise Refusal(say.MAY_NOT_OPEN_IN.of(place=place, rights=joined(say.AND, lacking)))
    return roof


def require_chosen(interaction: Interaction, chosen: Chosen) -> Roof:
    """A place that a member chose: they, too, may write or open threads there. Raises Refusal."""
    roof, member = require_roof(interaction, chosen), interaction.user
    if isinstance(member, discord.Member):
        held = roof.permissions_for(member)
        opens = held.create_public_threads and isinstance(roof, discord.TextChannel)
        if not held.view_channel or not (held.send_messages or opens):
            raise Refusal(say.NOT_YOUR_PLACE.of(place=f"<#{roof.id}>"))
    return roof


async def open_story(interaction: Interaction, title: str, chosen: Chosen | None, *, by_name: bool = False) -> Story:
    """Begin a story where there is room for it, with its card. Raises Refusal.

    `by_name`: nobody chose the title, so it holds the host's name.
    """
    roof = roof_of(interaction) if chosen is None else require_chosen(interaction, chosen)
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
    if roof is None or lacking_in(roof, roof.permissions_for(roof.guild.me)):
        return await _open_here(interaction, blank)
    async with thinking(interaction):
        story = await open_thread(interaction, roof, blank)
        begins = BEGINS_IN.of(title=discord.utils.escape_markdown(title), place=f"<#{story.channel}>")
        await interaction.followup.send(begins.to(story.language))
    return story


async def open_thread(interaction: Interaction, roof: Roof, blank: Story) -> Story:
    """Tell a story in a thread of its own. Raises Refusal."""
    bot = interaction.client
    view = view_of(*first_controls(blank.words or bot.options.continue_words, blank.language))
    channel, message = await open_in(bot, roof, blank.title, embed=card(blank), view=view)
    story = blank.within(
        id=story_id(bot.options.consumer, channel), channel=channel, roof=roof.id, adult=is_adult(roof)
    )
    await bot.stories.records.commit(Change(story))
    await bot.stories.records.show(story, ROOT, [message])
    return story


async def open_in(bot: BaseBot, roof: Roof, name: str, **opening: Any) -> tuple[int, int]:
    """Open a thread or post with a first message; the ids of both. Raises Refusal where Discord does not take it."""
    try:
        if isinstance(roof, discord.ForumChannel):
            posted = await roof.create_thread(name=name, applied_tags=tags_for(roof), **opening)
            return posted.thread.id, posted.message.id
        kind = discord.ChannelType.news_thread if roof.is_news() else discord.ChannelType.public_thread
        thread = await roof.create_thread(name=name, type=kind)
        return thread.id, (await bot.get_partial_messageable(thread.id).send(**opening)).id
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        log.warning("Discord does not take a thread", roof=roof.id, reason=str(error))
        raise Refusal(why_not(error).of(place=f"<#{roof.id}>")) from error


def tags_for(forum: discord.ForumChannel) -> list[discord.ForumTag]:
    """What a post is tagged with where its forum wants that: the first tag that the bot may use, if there is one."""
    if not forum.flags.require_tag:
        return []
    moderates = forum.permissions_for(forum.guild.me).manage_threads
    return [tag for tag in forum.available_tags if moderates or not tag.moderated][:1]


def why_not(error: Exception) -> Phrase:
    """Why a place has no new thread, as far as Discord tells, and what to do; wants `place`."""
    code = error.code if isinstance(error, discord.HTTPException) else 0
    if code == TAG_REQUIRED:
        return say.NO_TAG
    if code in (THREADS_FULL, NEWS_THREADS_FULL):
        return say.THREADS_FULL
    return say.THREAD_REFUSED if isinstance(error, discord.Forbidden | discord.NotFound) else say.NO_THREAD_NOW


async def _open_here(interaction: Interaction, blank: Story) -> Story:
    """Tell a story in the channel itself, unless it tells one."""
    bot = interaction.client
    channel = require_place(interaction)
    old = await bot.stories.here(bot.options.consumer, channel)
    if old.passages and old.ended is None:
        raise Refusal(say.TOLD_ALREADY)
    another = f"{story_id(bot.options.consumer, channel)}.{new_job_id()}"
    id = another if old.channel else old.id
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
