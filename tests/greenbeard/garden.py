"""A small bot with one of everything that a script can touch: forms, menus, choices, threads, reactions."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

Interaction = discord.Interaction[Any]


class Form(discord.ui.Modal, title="Write a passage"):
    words: discord.ui.TextInput[Any] = discord.ui.TextInput(
        label="Your words", style=discord.TextStyle.long, max_length=40
    )
    heading: discord.ui.TextInput[Any] = discord.ui.TextInput(label="Title", default="Untitled", required=False)
    mood: discord.ui.Label[Any] = discord.ui.Label(
        text="Mood",
        component=discord.ui.Select(options=[discord.SelectOption(label=m, value=m[0]) for m in ("calm", "wild")]),
    )

    async def on_submit(self, interaction: Interaction) -> None:
        assert isinstance(self.mood.component, discord.ui.Select)
        await interaction.response.send_message(
            f"{self.heading.value}|{self.words.value}|{self.mood.component.values[0]}"
        )


class Panel(discord.ui.View):
    """A menu of texts, one of members, an emoji button, and a button that opens the form."""

    @discord.ui.select(
        placeholder="Choose takes…",
        max_values=2,
        options=[discord.SelectOption(label=f"Take {n}", value=str(n)) for n in range(1, 4)],
    )
    async def takes(self, interaction: Interaction, menu: discord.ui.Select[Any]) -> None:
        await interaction.response.send_message(f"takes {' and '.join(menu.values)}")

    @discord.ui.select(cls=discord.ui.UserSelect, placeholder="Whose turn?")
    async def turn(self, interaction: Interaction, menu: discord.ui.UserSelect[Any]) -> None:
        await interaction.response.send_message(f"{menu.values[0].name}'s turn")

    @discord.ui.button(emoji="▶")
    async def forward(self, interaction: Interaction, _: discord.ui.Button[Any]) -> None:
        await interaction.response.edit_message(content="the next take")

    @discord.ui.button(label="Edit")
    async def edit(self, interaction: Interaction, _: discord.ui.Button[Any]) -> None:
        await interaction.response.send_modal(Form())


class Card(discord.ui.LayoutView):
    """A message of Components V2."""

    text: discord.ui.TextDisplay[Any] = discord.ui.TextDisplay("## The Tower")
    row: discord.ui.ActionRow[Any] = discord.ui.ActionRow()

    @row.button(label="Join")
    async def join(self, interaction: Interaction, _: discord.ui.Button[Any]) -> None:
        await interaction.response.send_message("joined", ephemeral=True)


class Chinese(app_commands.Translator):
    """What a name brings along for those who read Chinese."""

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        return string.extras.get("chinese") if locale is discord.Locale.chinese else None


class Garden(discord.Client):
    """The bot."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents.default())
        self.tree = app_commands.CommandTree(self)
        for command in (write, panel, card, read, role, begin, add, change, hide, language):
            self.tree.add_command(command)

    async def setup_hook(self) -> None:
        await self.tree.set_translator(Chinese())
        await self.tree.sync()

    async def on_raw_reaction_add(self, reaction: discord.RawReactionActionEvent) -> None:
        await self.get_partial_messageable(reaction.channel_id).send(f"{reaction.emoji} seen")


@app_commands.command(description="Opens a form.")
async def write(interaction: Interaction) -> None:
    await interaction.response.send_modal(Form())


@app_commands.command(description="Posts menus and buttons.")
async def panel(interaction: Interaction) -> None:
    await interaction.response.send_message("a passage", view=Panel(timeout=None))


@app_commands.command(description="Posts a card.")
async def card(interaction: Interaction) -> None:
    await interaction.response.send_message(view=Card(timeout=None))


@app_commands.command(description="Reads a story.")
async def read(interaction: Interaction, shelf: str, story: str) -> None:
    await interaction.response.send_message(f"{shelf}: {story}")


@read.autocomplete("story")
async def stories(interaction: Interaction, part: str) -> list[app_commands.Choice[str]]:
    shelf = interaction.namespace["shelf"]
    found = {"The Duel": "id1", "The Letter": "id2"}
    return [app_commands.Choice(name=name, value=f"{shelf}-{id}") for name, id in found.items() if part in name]


@app_commands.command(description="Says which role.")
async def role(
    interaction: Interaction, role: discord.Role, member: discord.Member, place: discord.TextChannel
) -> None:
    await interaction.response.send_message(f"{role.name} {member.name} {place.name}")


@app_commands.command(description="Opens a thread.")
async def begin(interaction: Interaction, title: str, private: bool = False) -> None:
    assert isinstance(interaction.channel, discord.TextChannel)
    kind = discord.ChannelType.private_thread if private else discord.ChannelType.public_thread
    thread = await interaction.channel.create_thread(name=title, type=kind)
    await thread.add_user(interaction.user)
    await thread.send("once upon a time")
    await interaction.response.send_message(f"begun in {thread.mention}", ephemeral=True)


@app_commands.context_menu(name=app_commands.locale_str("Add to the story", chinese="加入故事"))
async def add(interaction: Interaction, message: discord.Message) -> None:
    await interaction.response.send_message(f"added {message.content!r}")


@app_commands.context_menu(name="Edit this passage")
async def change(interaction: Interaction, message: discord.Message) -> None:
    await interaction.response.send_modal(Form())


@app_commands.command(description="For those who manage the server.")
@app_commands.default_permissions(manage_guild=True)
async def hide(interaction: Interaction) -> None:
    await interaction.response.send_message("hidden")


@app_commands.command(description="Says which language the member reads.")
async def language(interaction: Interaction) -> None:
    await interaction.response.send_message(interaction.locale.value)
