"""In which language to speak: to one member in theirs, to a whole channel in its server's."""

from __future__ import annotations

import discord

from bot.base import BaseBot
from bot.words.language import Language, language_of


def language_of_member(interaction: discord.Interaction[BaseBot]) -> Language:
    """For what only the member who speaks will see."""
    return language_of(interaction.locale)


async def language_here(interaction: discord.Interaction[BaseBot]) -> Language:
    """For what everybody sees: as `/rules language` says, else as the server's own setting does. Raises RedisDown.

    In a direct message it is the member's.
    """
    rules = await interaction.client.rule_book.of(interaction.guild_id or 0)
    return rules.language or language_of(interaction.guild_locale or interaction.locale)


async def language_of_server(bot: BaseBot, guild: discord.Guild) -> Language:
    """For what everybody on a server sees, where nobody has spoken. Raises RedisDown."""
    return (await bot.rule_book.of(guild.id)).language or language_of(guild.preferred_locale)
