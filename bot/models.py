"""`/model`: which model versions there are, and which one writes."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import discord
from discord import app_commands

from bot.buttons import Button
from bot.errors import Refusal
from bot.figures import GREEN
from bot.replies import Interaction, drop_button, pressing, replying
from bot.rights import require_manager
from bot.text import escape, fitting
from worker.errors import BadVersionName, UnknownVersion
from worker.versions import Version

CHOICES = 25
LISTED = 20
NAMED = 2
"""Books named one by one in the list."""


class PromoteButton(
    discord.ui.DynamicItem[Button], template=r"greenbeard:promote:(?P<version>[a-z0-9][a-z0-9._-]{0,39})"
):
    """Makes a trained model live."""

    def __init__(self, version: str) -> None:
        super().__init__(
            discord.ui.Button(
                label="Promote",
                emoji="⭐",
                style=discord.ButtonStyle.success,
                custom_id=f"greenbeard:promote:{version}",
            )
        )
        self.version = version

    @classmethod
    async def from_custom_id(cls, interaction: Any, item: Any, match: re.Match[str], /) -> PromoteButton:
        """The button that a member pressed."""
        return cls(match["version"])

    async def callback(self, interaction: Any) -> None:
        """Pressed."""
        await press_promote(interaction, self.version)


def version_line(version: Version) -> str:
    """One version in a list."""
    marks = [mark for mark, holds in (("live", version.live), ("came with me", version.shipped)) if holds]
    name = f"**{escape(version.name)}**" + (f" ({', '.join(marks)})" if marks else "")
    if version.info is None:
        return f"• {name} – damaged: {escape(version.problem or 'it cannot be read')}"
    files = [file.name for file in version.info.corpus]
    corpus = ", ".join(files) if len(files) <= NAMED else f"{files[0]} and {len(files) - 1} more"
    score = f"{version.info.metrics.valid_bits_per_char:.3f} bits per character"
    return f"• {name} – {score}, trained on {escape(corpus)}"


async def promote(interaction: Interaction, version: str) -> None:
    """Make a version live. Raises Refusal or VersionError."""
    require_manager(interaction, "choose the model")
    try:
        await asyncio.to_thread(interaction.client.queue.versions.use, version)
    except (BadVersionName, UnknownVersion) as error:
        raise Refusal(
            f"There is no model **{escape(fitting(version, 60))}**. `/model list` shows those there are."
        ) from error
    await interaction.response.send_message(
        f"⭐ **{escape(version)}** is live: I write with it from the next passage on. "
        "`/model promote` brings any other model back."
    )


async def press_promote(interaction: Interaction, version: str) -> None:
    """Like `/model promote`; the button goes."""
    async with pressing(interaction):
        await promote(interaction, version)
        await drop_button(interaction)


class ModelCommands(app_commands.Group):
    """`/model`."""

    def __init__(self) -> None:
        super().__init__(name="model", description="Which models there are, and which one writes.")

    @app_commands.command(name="promote", description="Let another model write from now on.")
    @app_commands.describe(version="The model's name.")
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

    @app_commands.command(name="list", description="Show the models and which one writes.")
    async def list(self, interaction: Interaction) -> None:
        """`/model list`."""
        async with replying(interaction):
            found = await asyncio.to_thread(interaction.client.queue.versions.list)
            lines = [version_line(version) for version in found[:LISTED]]
            if len(found) > LISTED:
                lines.append(f"… and {len(found) - LISTED} more")
            embed = discord.Embed(title="Models", description="\n".join(lines), colour=GREEN)
            embed.set_footer(text="Fewer bits per character are better.")
            await interaction.response.send_message(embed=embed, ephemeral=True)


def setup(tree: app_commands.CommandTree[Any]) -> None:
    """Add the commands."""
    tree.add_command(ModelCommands())
