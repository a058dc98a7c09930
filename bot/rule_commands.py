"""`/rules`: what a server decides about writing, for members who may manage it."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.errors import Refusal
from bot.figures import GREEN
from bot.gates import rules_here
from bot.notices import ALL_BLOCKED, BAD_WORD, NOT_BLOCKED
from bot.replies import Interaction, replying
from bot.rights import require_manager
from bot.rules import MAX_BLOCKED, MAX_BLOCKED_CHARS, Rules, folded
from bot.text import clean, escape, fitting

WHAT = "change the rules"


def rules_embed(rules: Rules) -> discord.Embed:
    """The rules of a server."""
    embed = discord.Embed(title="Rules of this server", colour=GREEN)
    roles = {"Write": rules.writers, "Begin stories": rules.hosts, "Train": rules.trainers}
    for what, role in roles.items():
        everyone = "who may manage the server" if what == "Train" else "everyone"
        embed.add_field(name=what, value=f"<@&{role}>" if role else everyone)
    embed.add_field(name="Passages an hour", value=f"{rules.member_hour:,} a member, {rules.server_hour:,} in all")
    if rules.blocked:
        words = ", ".join(f"||{escape(word)}||" for word in rules.blocked)
        embed.add_field(name="Words that never appear", value=fitting(words, 1000), inline=False)
    return embed


def checked_word(raw: str) -> str:
    """A word to block. Raises Refusal."""
    word = " ".join(clean(raw).split())
    if not any(char.isalnum() for char in word) or len(word) > MAX_BLOCKED_CHARS:
        raise Refusal(BAD_WORD)
    return word


async def change(interaction: Interaction, **changes: object) -> None:
    """Decide what is given and show all rules."""
    require_manager(interaction, WHAT)
    given = {name: value for name, value in changes.items() if value is not None}
    book, server = interaction.client.rule_book, interaction.guild_id or 0
    rules = await book.change(server, **given) if given else await book.of(server)
    await interaction.response.send_message(embed=rules_embed(rules), ephemeral=True)


class RuleCommands(app_commands.Group):
    """`/rules`."""

    def __init__(self) -> None:
        super().__init__(name="rules", description="Who may do what here, and how much.", guild_only=True)

    @app_commands.command(name="show", description="Show the rules of this server.")
    async def show(self, interaction: Interaction) -> None:
        """`/rules show`."""
        async with replying(interaction):
            await interaction.response.send_message(embed=rules_embed(await rules_here(interaction)), ephemeral=True)

    @app_commands.command(name="roles", description="Say which role may write, begin stories or train.")
    @app_commands.describe(
        writers="May write; choose @everyone to let all.",
        hosts="May begin stories; choose @everyone to let all.",
        trainers="May train models; choose @everyone to leave it to those who may manage the server.",
    )
    async def roles(
        self,
        interaction: Interaction,
        writers: discord.Role | None = None,
        hosts: discord.Role | None = None,
        trainers: discord.Role | None = None,
    ) -> None:
        """`/rules roles`."""
        async with replying(interaction):
            chosen = {"writers": writers, "hosts": hosts, "trainers": trainers}
            roles = {name: 0 if role.is_default() else role.id for name, role in chosen.items() if role is not None}
            await change(interaction, **roles)

    @app_commands.command(name="limits", description="Say how many passages may be asked for within an hour.")
    @app_commands.describe(member="By one member.", server="By all members together.")
    async def limits(
        self,
        interaction: Interaction,
        member: app_commands.Range[int, 1, 100_000] | None = None,
        server: app_commands.Range[int, 1, 1_000_000] | None = None,
    ) -> None:
        """`/rules limits`."""
        async with replying(interaction):
            await change(interaction, member_hour=member, server_hour=server)

    @app_commands.command(name="block", description="Let a word never appear in stories.")
    @app_commands.describe(word="The word, or a phrase.")
    async def block(self, interaction: Interaction, word: str) -> None:
        """`/rules block`."""
        async with replying(interaction):
            require_manager(interaction, WHAT)
            blocked = (await rules_here(interaction)).blocked
            if len(blocked) >= MAX_BLOCKED:
                raise Refusal(ALL_BLOCKED)
            await change(interaction, blocked=tuple(dict.fromkeys([*blocked, checked_word(word)])))

    @app_commands.command(name="unblock", description="Let a blocked word appear again.")
    @app_commands.describe(word="The word, as it was blocked.")
    async def unblock(self, interaction: Interaction, word: str) -> None:
        """`/rules unblock`."""
        async with replying(interaction):
            require_manager(interaction, WHAT)
            blocked = (await rules_here(interaction)).blocked
            left = tuple(one for one in blocked if folded(one) != folded(word.strip()))
            if left == blocked:
                raise Refusal(NOT_BLOCKED)
            await change(interaction, blocked=left)


def setup(tree: app_commands.CommandTree[Any]) -> None:
    """Add the commands."""
    tree.add_command(RuleCommands())
