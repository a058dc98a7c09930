"""A small bot that uses all of Discord that ours uses: what the double can do is tested with it."""

from __future__ import annotations

import io
from typing import Any

import discord
from discord import app_commands

Interaction = discord.Interaction[Any]


class Form(discord.ui.Modal, title="Your words"):
    """A modal with one long field."""

    words: discord.ui.TextInput[Form] = discord.ui.TextInput(label="Words", style=discord.TextStyle.paragraph)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(self.words.value)


class Parts(discord.ui.View):
    """Two buttons and a menu."""

    @discord.ui.button(label="Write", custom_id="write")
    async def write(self, interaction: Interaction, button: Any) -> None:
        await interaction.response.send_modal(Form())

    @discord.ui.button(label="Change", custom_id="change")
    async def change(self, interaction: Interaction, button: Any) -> None:
        await interaction.response.edit_message(content="changed")

    @discord.ui.select(
        custom_id="pick", options=[discord.SelectOption(label="One", value="1"), discord.SelectOption(label="Two")]
    )
    async def pick(self, interaction: Interaction, select: Any) -> None:
        await interaction.response.send_message(", ".join(select.values), ephemeral=True)


@app_commands.command()
async def parts(interaction: Interaction, name: str) -> None:
    """Show buttons and a menu."""
    await interaction.response.send_message(f"Hello {name}", view=Parts(timeout=None))


@parts.autocomplete("name")
async def names(interaction: Interaction, part: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=n, value=n) for n in ("Athos", "Aramis") if n.startswith(part)]


@app_commands.command()
async def later(interaction: Interaction) -> None:
    """Think first, then answer."""
    await interaction.response.defer(thinking=True)
    await interaction.followup.send("first", file=discord.File(io.BytesIO(b"bytes"), "a.txt"))
    await interaction.followup.send("second", ephemeral=True)


@app_commands.command()
async def ponder(interaction: Interaction) -> None:
    """Think, and leave the answer to others."""
    await interaction.response.defer(thinking=True)


class Books(app_commands.Group, name="book", description="Books of this server."):
    """A command in a group, with an attachment."""

    @app_commands.command()
    async def add(self, interaction: Interaction, book: discord.Attachment, pages: int = 1) -> None:
        """Add a book."""
        await interaction.response.send_message(f"{(await book.read()).decode()} {pages}")


class SmallBot(discord.Client):
    """Counts how often it resumed."""

    def __init__(self) -> None:
        super().__init__(
            intents=discord.Intents.default(),
            allowed_mentions=discord.AllowedMentions.none(),
            guild_ready_timeout=0.05,
        )
        self.tree = app_commands.CommandTree(self)
        self.resumes = 0
        for command in (parts, later, ponder, Books()):
            self.tree.add_command(command)

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def on_resumed(self) -> None:
        self.resumes += 1
