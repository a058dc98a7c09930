"""`/model`: which model versions there are, and which one writes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands

from bot.buttons import Button
from bot.errors import Refusal
from bot.figures import GREEN
from bot.replies import Interaction, drop_button, pressing, replying
from bot.rights import require_manager
from bot.speaking import language_here, language_of_member
from bot.text import escape, fitting, fitting_lines
from bot.words import commands
from bot.words import training as say
from bot.words.controls import PROMOTE
from bot.words.language import Language, joined, language_of
from bot.words.refusals import TO_CHOOSE_MODEL
from bot.words.stories import COMMA
from worker.errors import BadVersionName, UnknownVersion, VersionError
from worker.versions import Version

CHOICES = 25
LISTED = 20
NAMED = 2
"""Books named one by one in the list."""
NAME_CHARS, PROBLEM_CHARS = 60, 300
"""How much the list says of a book's file name, and of what is wrong with a version."""
LIST_CHARS = 4000
"""Of the list; Discord takes 4,096 with the line about the rest."""


class PromoteButton(
    discord.ui.DynamicItem[Button], template=r"greenbeard:promote:(?P<version>[a-z0-9][a-z0-9._-]{0,39})"
):
    """Makes a trained model live."""

    def __init__(self, version: str, language: Language) -> None:
        super().__init__(
            discord.ui.Button(
                label=PROMOTE.to(language),
                emoji="⭐",
                style=discord.ButtonStyle.success,
                custom_id=f"greenbeard:promote:{version}",
            )
        )
        self.version = version

    @classmethod
    async def from_custom_id(cls, interaction: Any, item: Any, match: re.Match[str], /) -> PromoteButton:
        """The button that a member pressed."""
        return cls(match["version"], language_of(interaction.locale))

    async def callback(self, interaction: Any) -> None:
        """Pressed."""
        await press_promote(interaction, self.version)


def version_line(version: Version, language: Language) -> str:
    """One version in a list."""
    marks = [mark for mark, holds in ((say.LIVE, version.live), (say.CAME_WITH_ME, version.shipped)) if holds]
    name = f"**{escape(version.name)}**"
    if marks:
        name += say.MARKS.of(marks=joined(COMMA, marks)).to(language)
    if version.info is None:
        sentence = escape(fitting(version.problem, PROBLEM_CHARS)) if version.problem else say.UNREADABLE
        return say.DAMAGED.of(name=name, sentence=sentence).to(language)
    files = [escape(fitting(file.name, NAME_CHARS)) for file in version.info.corpus]
    corpus = ", ".join(files) if len(files) <= NAMED else say.AND_MORE_BOOKS.of(file=files[0], count=len(files) - 1)
    score = say.BITS.of(value=version.info.metrics.valid_bits_per_char)
    return say.TRAINED_ON.of(name=name, score=score, corpus=corpus).to(language)


def models_embed(found: Sequence[Version], language: Language) -> discord.Embed:
    """As many versions as one message takes, and how many more there are."""
    lines = fitting_lines([version_line(version, language) for version in found[:LISTED]], LIST_CHARS)
    more = [say.MORE_MODELS.of(count=len(found) - len(lines)).to(language)] if len(found) > len(lines) else []
    embed = discord.Embed(title=say.MODELS.to(language), description="\n".join([*lines, *more]), colour=GREEN)
    embed.set_footer(text=say.MODELS_FOOTER.to(language))
    return embed


async def promote(interaction: Interaction, version: str) -> None:
    """Make a version live. Raises Refusal."""
    require_manager(interaction, TO_CHOOSE_MODEL)
    try:
        await asyncio.to_thread(interaction.client.queue.versions.use, version)
    except (BadVersionName, UnknownVersion) as error:
        raise Refusal(say.NO_MODEL.of(name=escape(fitting(version, 60)))) from error
    except VersionError as error:
        raise Refusal(say.CANNOT_BE_USED.of(name=escape(version))) from error
    live = say.IS_LIVE.of(name=escape(version)).to(await language_here(interaction))
    await interaction.response.send_message(live)


async def press_promote(interaction: Interaction, version: str) -> None:
    """Like `/model promote`; the button goes."""
    async with pressing(interaction):
        await promote(interaction, version)
        await drop_button(interaction)


class ModelCommands(app_commands.Group):
    """`/model`."""

    def __init__(self) -> None:
        super().__init__(name="model", description=commands.MODEL.label)

    @app_commands.command(name="promote", description=commands.MODEL_PROMOTE.label)
    @app_commands.describe(version=commands.MODEL_PROMOTE_VERSION.label)
    async def promote(self, interaction: Interaction, version: str) -> None:
        """`/model promote`."""
        async with replying(interaction):
            await promote(interaction, version.strip().lower())

    @promote.autocomplete("version")
    async def versions(self, interaction: Interaction, part: str) -> list[app_commands.Choice[str]]:
        """Usable versions whose names contain what was typed."""
        found = await asyncio.to_thread(interaction.client.queue.versions.list)
        names = [version.name for version in found if version.info is not None and part.lower() in version.name]
        return [app_commands.Choice(name=name, value=name) for name in names[:CHOICES]]

    @app_commands.command(name="list", description=commands.MODEL_LIST.label)
    async def list(self, interaction: Interaction) -> None:
        """`/model list`."""
        async with replying(interaction):
            found = await asyncio.to_thread(interaction.client.queue.versions.list)
            embed = models_embed(found, language_of_member(interaction))
            await interaction.response.send_message(embed=embed, ephemeral=True)


def setup(tree: app_commands.CommandTree[Any]) -> None:
    """Add the commands."""
    tree.add_command(ModelCommands())
