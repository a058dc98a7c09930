"""`/help`, and the first words in a new server."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.figures import GREEN
from bot.replies import Interaction
from bot.speaking import language_of_member
from bot.words import commands
from bot.words import help as say
from bot.words.language import Language

PARTS = (
    (say.WRITE, say.WRITE_HOW),
    (say.STEER, say.STEER_HOW),
    (say.STORIES, say.STORIES_HOW),
    (say.MAKE_A_BOOK, say.MAKE_A_BOOK_HOW),
    (say.MANAGE, say.MANAGE_HOW),
    (say.LOOK, say.LOOK_HOW),
)


def help_embed(language: Language) -> discord.Embed:
    """Everything that members can do, on one page."""
    embed = discord.Embed(title=say.TITLE.to(language), description=say.INTRODUCTION.to(language), colour=GREEN)
    for name, how in PARTS:
        embed.add_field(name=name.to(language), value=how.to(language), inline=False)
    embed.set_footer(text=say.FOOTER.to(language))
    return embed


@app_commands.command(name="help", description=commands.HELP.label)
async def help_(interaction: Interaction) -> None:
    """`/help`."""
    await interaction.response.send_message(embed=help_embed(language_of_member(interaction)), ephemeral=True)


def place_for_hello(guild: discord.Guild) -> discord.TextChannel | None:
    """Where to greet: the system channel, else the first channel that the bot may write in."""
    candidates = [guild.system_channel, *guild.text_channels]
    for channel in candidates:
        if channel is not None:
            held = channel.permissions_for(guild.me)
            if held.view_channel and held.send_messages:
                return channel
    return None


def setup(tree: app_commands.CommandTree[Any]) -> None:
    """Add the command."""
    tree.add_command(help_)
