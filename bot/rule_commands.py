"""`/rules`: what a server decides about writing, for members who may manage it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import discord
from discord import app_commands

from bot.errors import Refusal
from bot.figures import GREEN
from bot.gates import rules_here
from bot.replies import Interaction, replying
from bot.rights import require_manager
from bot.rules import MAX_BLOCKED, MAX_BLOCKED_CHARS, Rules, folded
from bot.speaking import language_of_member
from bot.text import clean, escape, fitting_lines
from bot.words import commands
from bot.words import server as say
from bot.words.language import Language
from bot.words.refusals import ALL_BLOCKED, BAD_WORD, NOT_BLOCKED, TO_CHANGE_RULES

LANGUAGES = {"en": say.ENGLISH, "zh": say.CHINESE}
WORDS_SHOWN = 1000
"""Characters of the blocked words; Discord takes 1,024 in a field."""


def rules_embed(rules: Rules, language: Language) -> discord.Embed:
    """The rules of a server."""
    embed = discord.Embed(title=say.RULES.to(language), colour=GREEN)
    roles = (
        (say.MAY_WRITE, rules.writers, say.EVERYONE),
        (say.MAY_BEGIN, rules.hosts, say.EVERYONE),
        (say.MAY_TRAIN, rules.trainers, say.MANAGERS),
    )
    for what, role, otherwise in roles:
        embed.add_field(name=what.to(language), value=f"<@&{role}>" if role else otherwise.to(language))
    limits = say.AN_HOUR_LIMITS.of(member=rules.member_hour, server=rules.server_hour)
    embed.add_field(name=say.AN_HOUR.to(language), value=limits.to(language))
    spoken = LANGUAGES[rules.language] if rules.language else commands.AS_THE_SERVER
    embed.add_field(name=say.LANGUAGE.to(language), value=spoken.to(language))
    if rules.blocked:
        words = fitting_lines([f"||{escape(word)}||," for word in rules.blocked], WORDS_SHOWN)
        more = " …" if len(words) < len(rules.blocked) else ""
        embed.add_field(name=say.BLOCKED.to(language), value=" ".join(words).rstrip(",") + more, inline=False)
    return embed


def checked_word(raw: str) -> str:
    """A word to block. Raises Refusal."""
    word = " ".join(clean(raw).split())
    if not any(char.isalnum() for char in word) or len(word) > MAX_BLOCKED_CHARS:
        raise Refusal(BAD_WORD)
    return word


async def change(interaction: Interaction, **changes: object) -> None:
    """Decide something and show all rules; without changes only show them."""
    require_manager(interaction, TO_CHANGE_RULES)
    book, server = interaction.client.rule_book, interaction.guild_id or 0
    rules = await book.change(server, lambda _: changes) if changes else await book.of(server)
    await show_rules(interaction, rules)


async def change_blocked(interaction: Interaction, blocked: Callable[[tuple[str, ...]], tuple[str, ...]]) -> None:
    """Decide which words never appear, by those that do not so far, and show all rules. `blocked` may refuse."""
    require_manager(interaction, TO_CHANGE_RULES)
    book, server = interaction.client.rule_book, interaction.guild_id or 0
    await show_rules(interaction, await book.change(server, lambda rules: {"blocked": blocked(rules.blocked)}))


def with_word(blocked: tuple[str, ...], word: str) -> tuple[str, ...]:
    """Blocked words and one more. Raises Refusal."""
    if len(blocked) >= MAX_BLOCKED:
        raise Refusal(ALL_BLOCKED)
    return tuple(dict.fromkeys([*blocked, word]))


def without_word(blocked: tuple[str, ...], word: str) -> tuple[str, ...]:
    """Blocked words without one. Raises Refusal."""
    left = tuple(one for one in blocked if folded(one) != folded(word))
    if left == blocked:
        raise Refusal(NOT_BLOCKED)
    return left


async def show_rules(interaction: Interaction, rules: Rules) -> None:
    """Only to the member who asks."""
    embed = rules_embed(rules, language_of_member(interaction))
    await interaction.response.send_message(embed=embed, ephemeral=True)


class RuleCommands(app_commands.Group):
    """`/rules`."""

    def __init__(self) -> None:
        super().__init__(name="rules", description=commands.RULES.label, guild_only=True)

    @app_commands.command(name="show", description=commands.RULES_SHOW.label)
    async def show(self, interaction: Interaction) -> None:
        """`/rules show`."""
        async with replying(interaction):
            await show_rules(interaction, await rules_here(interaction))

    @app_commands.command(name="roles", description=commands.RULES_ROLES.label)
    @app_commands.describe(
        writers=commands.RULES_WRITERS.label,
        hosts=commands.RULES_HOSTS.label,
        trainers=commands.RULES_TRAINERS.label,
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

    @app_commands.command(name="limits", description=commands.RULES_LIMITS.label)
    @app_commands.describe(member=commands.RULES_LIMITS_MEMBER.label, server=commands.RULES_LIMITS_SERVER.label)
    async def limits(
        self,
        interaction: Interaction,
        member: app_commands.Range[int, 1, 100_000] | None = None,
        server: app_commands.Range[int, 1, 1_000_000] | None = None,
    ) -> None:
        """`/rules limits`."""
        async with replying(interaction):
            given = {"member_hour": member, "server_hour": server}
            await change(interaction, **{name: limit for name, limit in given.items() if limit is not None})

    @app_commands.command(name="language", description=commands.RULES_LANGUAGE.label)
    @app_commands.describe(language=commands.RULES_LANGUAGE_CHOICE.label)
    @app_commands.choices(
        language=[
            app_commands.Choice(name=say.CHINESE.label, value="zh"),
            app_commands.Choice(name=say.ENGLISH.label, value="en"),
            app_commands.Choice(name=commands.AS_THE_SERVER.label, value="server"),
        ]
    )
    async def language(self, interaction: Interaction, language: str) -> None:
        """`/rules language`."""
        async with replying(interaction):
            await change(interaction, language=language if language in LANGUAGES else None)

    @app_commands.command(name="block", description=commands.RULES_BLOCK.label)
    @app_commands.describe(word=commands.RULES_BLOCK_WORD.label)
    async def block(self, interaction: Interaction, word: str) -> None:
        """`/rules block`."""
        async with replying(interaction):
            require_manager(interaction, TO_CHANGE_RULES)
            checked = checked_word(word)
            await change_blocked(interaction, lambda blocked: with_word(blocked, checked))

    @app_commands.command(name="unblock", description=commands.RULES_UNBLOCK.label)
    @app_commands.describe(word=commands.RULES_UNBLOCK_WORD.label)
    async def unblock(self, interaction: Interaction, word: str) -> None:
        """`/rules unblock`."""
        async with replying(interaction):
            await change_blocked(interaction, lambda blocked: without_word(blocked, word.strip()))


def setup(tree: app_commands.CommandTree[Any]) -> None:
    """Add the commands."""
    tree.add_command(RuleCommands())
