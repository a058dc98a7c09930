"""What a server's rules let a member do, asked before anything is done."""

from __future__ import annotations

import discord

from bot.errors import Refusal
from bot.replies import Interaction
from bot.rights import require_manager
from bot.rules import Rules, require_role
from bot.words.language import Phrase
from bot.words.refusals import MORE_THAN_AN_HOUR, TO_BEGIN_STORIES, TO_WRITE


async def rules_here(interaction: Interaction) -> Rules:
    """The rules of this server."""
    return await interaction.client.rule_book.of(interaction.guild_id or 0)


def roles_of(interaction: Interaction) -> list[int]:
    """The roles of the member who speaks."""
    return [role.id for role in interaction.user.roles] if isinstance(interaction.user, discord.Member) else []


async def require_writer(interaction: Interaction) -> Rules:
    """Raises Refusal unless the member may write here."""
    rules = await rules_here(interaction)
    require_role(rules.writers, roles_of(interaction), manages=interaction.permissions.manage_guild, what=TO_WRITE)
    return rules


async def require_storyteller(interaction: Interaction) -> Rules:
    """Raises Refusal unless the member may begin stories here."""
    rules = await require_writer(interaction)
    manages = interaction.permissions.manage_guild
    require_role(rules.hosts, roles_of(interaction), manages=manages, what=TO_BEGIN_STORIES)
    return rules


async def require_trainer(interaction: Interaction, what: Phrase) -> None:
    """Raises Refusal unless the member may train here."""
    rules = await rules_here(interaction)
    if not rules.trainers or interaction.guild_id is None:
        require_manager(interaction, what)
    else:
        manages = interaction.permissions.manage_guild
        require_role(rules.trainers, roles_of(interaction), manages=manages, what=what)


async def spend(interaction: Interaction, passages: int) -> Rules:
    """Count passages that a member asks for. Raises Refusal where that is too many in this hour."""
    rules = await rules_here(interaction)
    if passages > rules.member_hour:
        raise Refusal(MORE_THAN_AN_HOUR.of(limit=rules.member_hour))
    server = interaction.guild_id or 0
    await interaction.client.rule_book.spend(rules, server, interaction.user.id, passages)
    return rules
