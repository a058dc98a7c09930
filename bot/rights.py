"""Who may do what: rights that the bot needs, and rights that members need."""

from __future__ import annotations

import discord

from bot.errors import Refusal
from bot.replies import Interaction
from bot.words import refusals as say
from bot.words.language import Phrase, joined

NEEDED = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    embed_links=True,
    attach_files=True,
    read_message_history=True,
)
"""What the invite asks for."""

_NAMES = {
    "view_channel": say.VIEW_CHANNEL,
    "send_messages": say.SEND_MESSAGES,
    "send_messages_in_threads": say.SEND_IN_THREADS,
    "embed_links": say.EMBED_LINKS,
    "attach_files": say.ATTACH_FILES,
}


def invite_url(application: int) -> str:
    """Where an administrator adds the bot to a server."""
    return discord.utils.oauth_url(application, permissions=NEEDED, scopes=("bot", "applications.commands"))


def missing(held: discord.Permissions, *, thread: bool) -> list[Phrase]:
    """Names of the rights without which the bot cannot post here, as Discord's settings call them."""
    wanted = dict(_NAMES)
    del wanted["send_messages" if thread else "send_messages_in_threads"]
    return [name for right, name in wanted.items() if not getattr(held, right)]


def lacking_in(roof: discord.TextChannel | discord.ForumChannel, held: discord.Permissions) -> list[Phrase]:
    """Names of the rights without which the bot cannot tell a story in a thread or post of a channel."""
    if not held.view_channel:
        return [say.VIEW_CHANNEL]
    if isinstance(roof, discord.ForumChannel):
        opening = [] if held.send_messages else [say.CREATE_POSTS]
    else:
        opening = [] if held.create_public_threads else [say.CREATE_PUBLIC_THREADS]
    return [*opening, *missing(held, thread=True)]


def require_place(interaction: Interaction) -> int:
    """The channel to post in. Raises Refusal where the bot may not post."""
    if interaction.channel_id is None:
        raise Refusal(say.NO_CHANNEL)
    if interaction.guild_id is not None:
        thread = isinstance(interaction.channel, discord.Thread)
        lacking = missing(interaction.app_permissions, thread=thread)
        if lacking:
            raise Refusal(say.MAY_NOT_POST.of(rights=joined(say.AND, lacking)))
    return interaction.channel_id


def require_manager(interaction: Interaction, what: Phrase) -> None:
    """Raises Refusal unless the member may manage this server."""
    if interaction.guild_id is None:
        raise Refusal(say.ONLY_IN_SERVERS.of(what=what))
    if not interaction.permissions.manage_guild:
        raise Refusal(say.ONLY_MANAGERS.of(what=what))


def require_hand(interaction: Interaction, host: int, author: str) -> None:
    """Raises Refusal unless the member may alter a passage that somebody asked for or wrote."""
    if author != str(interaction.user.id) and not is_host(interaction, host):
        raise Refusal(say.NOT_YOUR_PASSAGE)


def require_host(interaction: Interaction, host: int) -> None:
    """Raises Refusal unless the member may decide about a story."""
    if not is_host(interaction, host):
        raise Refusal(say.NOT_HOST)


def is_host(interaction: Interaction, host: int) -> bool:
    """Whether the member may decide about a story; in a direct message they always may."""
    return interaction.guild_id is None or interaction.user.id == host or may_clear(interaction)


def may_clear(interaction: Interaction) -> bool:
    """Whether the member may take away what others wrote here."""
    return interaction.permissions.manage_messages or interaction.permissions.manage_guild
