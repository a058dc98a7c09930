"""Who may do what: rights that the bot needs, and rights that members need."""

from __future__ import annotations

import discord

from bot.errors import Refusal
from bot.notices import NOT_HOST, NOT_YOUR_PASSAGE
from bot.replies import Interaction

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
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "send_messages_in_threads": "Send Messages in Threads",
    "embed_links": "Embed Links",
    "attach_files": "Attach Files",
}


def invite_url(application: int) -> str:
    """Where an administrator adds the bot to a server."""
    return discord.utils.oauth_url(application, permissions=NEEDED, scopes=("bot", "applications.commands"))


def missing(held: discord.Permissions, *, thread: bool) -> list[str]:
    """Names of the rights without which the bot cannot post here, as Discord's settings call them."""
    wanted = dict(_NAMES)
    del wanted["send_messages" if thread else "send_messages_in_threads"]
    return [name for right, name in wanted.items() if not getattr(held, right)]


def require_place(interaction: Interaction) -> int:
    """The channel to post in. Raises Refusal where the bot may not post."""
    if interaction.channel_id is None:
        raise Refusal("I can only write in a channel. Use this command in one.")
    if interaction.guild_id is not None:
        thread = isinstance(interaction.channel, discord.Thread)
        lacking = missing(interaction.app_permissions, thread=thread)
        if lacking:
            raise Refusal(
                f"I may not post here: I lack {' and '.join(lacking)}. "
                "Ask someone who manages this server to give me that right, then try again."
            )
    return interaction.channel_id


def require_manager(interaction: Interaction, what: str) -> None:
    """Raises Refusal unless the member may manage this server."""
    if interaction.guild_id is None:
        raise Refusal(f"Here nobody can {what}: that belongs to a server. Use this command in a channel of one.")
    if not interaction.permissions.manage_guild:
        raise Refusal(f"Only members with the right Manage Server can {what}. Ask one of them.")


def require_hand(interaction: Interaction, host: int, author: str) -> None:
    """Raises Refusal unless the member may alter a passage that somebody asked for or wrote."""
    if author != str(interaction.user.id) and not is_host(interaction, host):
        raise Refusal(NOT_YOUR_PASSAGE)


def require_host(interaction: Interaction, host: int) -> None:
    """Raises Refusal unless the member may decide about a story."""
    if not is_host(interaction, host):
        raise Refusal(NOT_HOST)


def is_host(interaction: Interaction, host: int) -> bool:
    """Whether the member may decide about a story; in a direct message they always may."""
    return interaction.guild_id is None or interaction.user.id == host or may_clear(interaction)


def may_clear(interaction: Interaction) -> bool:
    """Whether the member may take away what others wrote here."""
    return interaction.permissions.manage_messages or interaction.permissions.manage_guild
