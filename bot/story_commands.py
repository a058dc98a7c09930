"""`/story`: everything about a story that is not writing it."""

from __future__ import annotations

import time
from typing import Any, Literal

import discord
from discord import app_commands

from bot.branching import branch
from bot.cards import TITLE_CHARS, passages, settings_embed, title_of
from bot.errors import Refusal
from bot.gates import require_storyteller, rules_here
from bot.limits import checked_line, checked_note, checked_words
from bot.notices import ENDED, NO_STORY, NOT_ENDED
from bot.places import Roof, RoofOption, open_story
from bot.reading import PAGES, PASSAGES_A_PAGE
from bot.replies import Interaction, replying
from bot.rights import require_host
from bot.rules import require_words
from bot.style import PRESETS, with_numbers
from bot.tree import Story
from bot.turns import command_redo, command_undo, told_here


async def existing(interaction: Interaction) -> Story:
    """The story of this channel. Raises Refusal where there is none."""
    story = await told_here(interaction)
    if not story.channel:
        raise Refusal(NO_STORY)
    return story


async def show_page(interaction: Interaction, what: str, page: int) -> None:
    """The first look at something that has pages."""
    async with replying(interaction):
        embed, view = await PAGES[what](interaction, page, 0)
        await interaction.response.send_message(embed=embed, view=view or discord.utils.MISSING, ephemeral=True)


class StoryCommands(app_commands.Group):
    """`/story`."""

    def __init__(self) -> None:
        super().__init__(name="story", description="Begin a story, find one, read it, and steer it.")

    @app_commands.command(name="start", description="Begin a new story in a thread of its own.")
    @app_commands.describe(title="What it is called.", place="The channel or forum it is told in.")
    async def start(
        self,
        interaction: Interaction,
        title: str | None = None,
        place: app_commands.Transform[Roof | None, RoofOption] = None,
    ) -> None:
        """`/story start`."""
        async with replying(interaction):
            rules = await require_storyteller(interaction)
            require_words(rules.blocked, title)
            name = checked_line(title, "title", TITLE_CHARS) or f"A story by {interaction.user.display_name}"
            await open_story(interaction, name[:TITLE_CHARS], place)

    @app_commands.command(name="list", description="Show the stories of this server.")
    async def list(self, interaction: Interaction) -> None:
        """`/story list`."""
        await show_page(interaction, "list", 0)

    @app_commands.command(name="read", description="Read this story from its beginning, or from a passage on.")
    @app_commands.describe(passage="The number of the passage to begin with.")
    async def read(self, interaction: Interaction, passage: app_commands.Range[int, 1] = 1) -> None:
        """`/story read`."""
        await show_page(interaction, "read", min((passage - 1) // PASSAGES_A_PAGE, 10**5))

    @app_commands.command(name="history", description="Show who wrote which passage of this story, when and how.")
    async def history(self, interaction: Interaction) -> None:
        """`/story history`."""
        await show_page(interaction, "history", 0)

    @app_commands.command(name="rename", description="Give this story another title.")
    @app_commands.describe(title="What it is called from now on.")
    async def rename(self, interaction: Interaction, title: str) -> None:
        """`/story rename`."""
        async with replying(interaction):
            story = await existing(interaction)
            require_host(interaction, story.host)
            name = checked_line(title, "title", TITLE_CHARS) or ""
            require_words((await rules_here(interaction)).blocked, name)
            story = await interaction.client.stories.change(story.id, title=name)
            await interaction.response.send_message(f"📖 This story is now called **{title_of(story)}**.")
            await _rename_thread(interaction, name)

    @app_commands.command(name="end", description="End this story. It can be reopened.")
    async def end(self, interaction: Interaction) -> None:
        """`/story end`."""
        async with replying(interaction):
            bot = interaction.client
            story = await existing(interaction)
            require_host(interaction, story.host)
            if story.ended is not None:
                raise Refusal(ENDED)
            await bot.stories.change(story.id, ended=time.time())
            await interaction.response.send_message(
                f"📕 The end of **{title_of(story)}**, after {passages(story.passages)}. "
                "`/story read` shows it, `/story reopen` goes on with it."
            )
            await bot.screen.undress(story, story.tip)

    @app_commands.command(name="reopen", description="Go on with a story that has ended.")
    async def reopen(self, interaction: Interaction) -> None:
        """`/story reopen`."""
        async with replying(interaction):
            bot = interaction.client
            story = await existing(interaction)
            require_host(interaction, story.host)
            if story.ended is None:
                raise Refusal(NOT_ENDED)
            story = await bot.stories.change(story.id, ended=None)
            await interaction.response.send_message(f"📖 **{title_of(story)}** goes on.")
            await bot.screen.dress(story)

    @app_commands.command(name="settings", description="Show how this story is written, or change it.")
    @app_commands.describe(
        style="How freely I write: calm, balanced or wild.",
        words="About how many words each passage has.",
        mode="Whether members vote on each passage.",
        minutes="How long a vote runs at most, 1 to 1440 minutes.",
        quorum="How many voices end a vote before.",
        note="A hint for me that is not shown in the story; a hyphen (-) takes it away.",
        temperature="For those who want numbers: 0.1 to 2.",
        top_p="For those who want numbers: 0.05 to 1.",
        top_k="For those who want numbers: 0 (off) to 1000.",
        min_p="For those who want numbers: 0 (off) to 0.9.",
        repetition="For those who want numbers: 1 (off) to 2.",
    )
    async def settings(
        self,
        interaction: Interaction,
        style: Literal["calm", "balanced", "wild"] | None = None,
        words: int | None = None,
        mode: Literal["free", "vote"] | None = None,
        minutes: app_commands.Range[int, 1, 1440] | None = None,
        quorum: app_commands.Range[int, 1, 1000] | None = None,
        note: str | None = None,
        temperature: app_commands.Range[float, 0.1, 2.0] | None = None,
        top_p: app_commands.Range[float, 0.05, 1.0] | None = None,
        top_k: app_commands.Range[int, 0, 1000] | None = None,
        min_p: app_commands.Range[float, 0.0, 0.9] | None = None,
        repetition: app_commands.Range[float, 1.0, 2.0] | None = None,
    ) -> None:
        """`/story settings`."""
        async with replying(interaction):
            options = interaction.client.options
            story = await existing(interaction)
            numbers = {
                "temperature": temperature,
                "top_p": top_p,
                "top_k": top_k,
                "min_p": min_p,
                "repetition": repetition,
            }
            changes: dict[str, Any] = {}
            if style or any(value is not None for value in numbers.values()):
                base = PRESETS[style] if style else story.sampling or options.sampling
                changes["sampling"] = with_numbers(base, **numbers)
            if words is not None:
                changes["words"] = checked_words(words, words, options.continue_words_max)
            given = {"mode": mode, "minutes": minutes, "quorum": quorum}
            changes |= {name: value for name, value in given.items() if value is not None}
            if note is not None:
                changes["note"] = "" if note.strip() == "-" else checked_note(note)
            require_words((await rules_here(interaction)).blocked, note)
            if changes:
                require_host(interaction, story.host)
                story = await interaction.client.stories.change(story.id, **changes)
            embed = settings_embed(story, story.sampling or options.sampling, story.words or options.continue_words)
            await interaction.response.send_message(embed=embed, ephemeral=not changes)

    @app_commands.command(name="undo", description="Take the newest passage back. Nothing is lost.")
    async def undo(self, interaction: Interaction) -> None:
        """`/story undo`."""
        await command_undo(interaction)

    @app_commands.command(name="redo", description="Bring back what was taken back last.")
    async def redo(self, interaction: Interaction) -> None:
        """`/story redo`."""
        await command_redo(interaction)

    @app_commands.command(name="branch", description="Go on from a passage of this story in a new thread.")
    @app_commands.describe(passage="The passage's number; the newest if left out.", title="What the branch is called.")
    async def branch(
        self,
        interaction: Interaction,
        passage: app_commands.Range[int, 1] | None = None,
        title: str | None = None,
    ) -> None:
        """`/story branch`."""
        async with replying(interaction):
            story = await existing(interaction)
            name = checked_line(title, "title", TITLE_CHARS)
            require_words((await rules_here(interaction)).blocked, name)
            number = min(passage or story.passages, story.passages)
            ids = await interaction.client.stories.records.path(story.id, number - 1, number - 1) if number else []
            if not ids:
                raise Refusal(NO_STORY)
            await branch(interaction, story, ids[0], name)


async def _rename_thread(interaction: Interaction, name: str) -> None:
    """A story's thread has its name, where Discord lets the bot."""
    thread = interaction.channel
    if isinstance(thread, discord.Thread) and interaction.guild and thread.owner_id == interaction.guild.me.id:
        await thread.edit(name=name)


def setup(tree: app_commands.CommandTree[Any]) -> None:
    """Add the commands."""
    tree.add_command(StoryCommands())
