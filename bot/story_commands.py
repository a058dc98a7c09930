"""`/story`: everything about a story that is not writing it."""

from __future__ import annotations

import time
from typing import Any

import aiohttp
import discord
import structlog
from discord import app_commands

from bot.branching import branch
from bot.cards import TITLE_CHARS, passages, settings_embed, title_of
from bot.errors import Refusal
from bot.gates import require_storyteller, rules_here
from bot.limits import checked_line, checked_note, checked_words
from bot.places import Chosen, RoofOption, open_story
from bot.reading import PAGES, PASSAGES_A_PAGE
from bot.replies import Interaction, replying, tell
from bot.rights import require_host
from bot.rules import require_words
from bot.speaking import language_here, language_of_member
from bot.style import NAMES, PRESETS, with_numbers
from bot.tree import Story
from bot.turns import command_redo, command_undo, told_here
from bot.words import commands
from bot.words import stories as say
from bot.words.limits import TITLE
from bot.words.refusals import ENDED, NO_STORY, NOT_ENDED

log = structlog.get_logger(__name__)


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
        super().__init__(name="story", description=commands.STORY.label)

    @app_commands.command(name="start", description=commands.STORY_START.label)
    @app_commands.describe(title=commands.STORY_START_TITLE.label, place=commands.STORY_START_PLACE.label)
    async def start(
        self,
        interaction: Interaction,
        title: str | None = None,
        place: app_commands.Transform[Chosen | None, RoofOption] = None,
    ) -> None:
        """`/story start`."""
        async with replying(interaction):
            rules = await require_storyteller(interaction)
            require_words(rules.blocked, title)
            unnamed = say.A_STORY_BY.of(name=interaction.user.display_name).to(await language_here(interaction))
            name = checked_line(title, TITLE, TITLE_CHARS)
            await open_story(interaction, (name or unnamed)[:TITLE_CHARS], place, by_name=not name)

    @app_commands.command(name="list", description=commands.STORY_LIST.label)
    async def list(self, interaction: Interaction) -> None:
        """`/story list`."""
        await show_page(interaction, "list", 0)

    @app_commands.command(name="read", description=commands.STORY_READ.label)
    @app_commands.describe(passage=commands.STORY_READ_PASSAGE.label)
    async def read(self, interaction: Interaction, passage: app_commands.Range[int, 1] = 1) -> None:
        """`/story read`."""
        await show_page(interaction, "read", min((passage - 1) // PASSAGES_A_PAGE, 10**5))

    @app_commands.command(name="history", description=commands.STORY_HISTORY.label)
    async def history(self, interaction: Interaction) -> None:
        """`/story history`."""
        await show_page(interaction, "history", 0)

    @app_commands.command(name="rename", description=commands.STORY_RENAME.label)
    @app_commands.describe(title=commands.STORY_RENAME_TITLE.label)
    async def rename(self, interaction: Interaction, title: str) -> None:
        """`/story rename`."""
        async with replying(interaction):
            story = await existing(interaction)
            require_host(interaction, story.host)
            name = checked_line(title, TITLE, TITLE_CHARS) or ""
            require_words((await rules_here(interaction)).blocked, name)
            story = await interaction.client.stories.change(story.id, title=name, named_after=0)
            language = await language_here(interaction)
            renamed = say.RENAMED.of(title=title_of(story, language))
            await interaction.response.send_message(renamed.to(language))
            await _rename_thread(interaction, name)

    @app_commands.command(name="end", description=commands.STORY_END.label)
    async def end(self, interaction: Interaction) -> None:
        """`/story end`."""
        async with replying(interaction):
            bot = interaction.client
            story = await existing(interaction)
            require_host(interaction, story.host)
            if story.ended is not None:
                raise Refusal(ENDED)
            await bot.stories.change(story.id, ended=time.time())
            language = await language_here(interaction)
            end = say.THE_END.of(title=title_of(story, language), passages=passages(story.passages))
            await interaction.response.send_message(end.to(language))
            await bot.screen.undress(story, story.tip)

    @app_commands.command(name="reopen", description=commands.STORY_REOPEN.label)
    async def reopen(self, interaction: Interaction) -> None:
        """`/story reopen`."""
        async with replying(interaction):
            bot = interaction.client
            story = await existing(interaction)
            require_host(interaction, story.host)
            if story.ended is None:
                raise Refusal(NOT_ENDED)
            story = await bot.stories.change(story.id, ended=None)
            language = await language_here(interaction)
            goes_on = say.GOES_ON.of(title=title_of(story, language))
            await interaction.response.send_message(goes_on.to(language))
            await bot.screen.dress(story)

    @app_commands.command(name="settings", description=commands.STORY_SETTINGS.label)
    @app_commands.describe(
        style=commands.SETTINGS_STYLE.label,
        words=commands.SETTINGS_WORDS.label,
        mode=commands.SETTINGS_MODE.label,
        minutes=commands.SETTINGS_MINUTES.label,
        quorum=commands.SETTINGS_QUORUM.label,
        note=commands.SETTINGS_NOTE.label,
        temperature=commands.SETTINGS_TEMPERATURE.label,
        top_p=commands.SETTINGS_TOP_P.label,
        top_k=commands.SETTINGS_TOP_K.label,
        min_p=commands.SETTINGS_MIN_P.label,
        repetition=commands.SETTINGS_REPETITION.label,
        commonness=commands.SETTINGS_COMMONNESS.label,
    )
    @app_commands.choices(
        style=[app_commands.Choice(name=name.label, value=value) for value, name in NAMES.items()],
        mode=[
            app_commands.Choice(name=commands.FREE.label, value="free"),
            app_commands.Choice(name=commands.VOTE.label, value="vote"),
        ],
    )
    async def settings(
        self,
        interaction: Interaction,
        style: str | None = None,
        words: int | None = None,
        mode: str | None = None,
        minutes: app_commands.Range[int, 1, 1440] | None = None,
        quorum: app_commands.Range[int, 1, 1000] | None = None,
        note: str | None = None,
        temperature: app_commands.Range[float, 0.1, 2.0] | None = None,
        top_p: app_commands.Range[float, 0.05, 1.0] | None = None,
        top_k: app_commands.Range[int, 0, 1000] | None = None,
        min_p: app_commands.Range[float, 0.0, 0.9] | None = None,
        repetition: app_commands.Range[float, 1.0, 2.0] | None = None,
        commonness: app_commands.Range[float, 0.0, 1.0] | None = None,
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
                "commonness": commonness,
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
            language = await language_here(interaction) if changes else language_of_member(interaction)
            words = story.words or options.continue_words
            embed = settings_embed(story, story.sampling or options.sampling, words, language)
            await interaction.response.send_message(embed=embed, ephemeral=not changes)

    @app_commands.command(name="undo", description=commands.STORY_UNDO.label)
    async def undo(self, interaction: Interaction) -> None:
        """`/story undo`."""
        await command_undo(interaction)

    @app_commands.command(name="redo", description=commands.STORY_REDO.label)
    async def redo(self, interaction: Interaction) -> None:
        """`/story redo`."""
        await command_redo(interaction)

    @app_commands.command(name="branch", description=commands.STORY_BRANCH.label)
    @app_commands.describe(passage=commands.STORY_BRANCH_PASSAGE.label, title=commands.STORY_BRANCH_TITLE.label)
    async def branch(
        self,
        interaction: Interaction,
        passage: app_commands.Range[int, 1] | None = None,
        title: str | None = None,
    ) -> None:
        """`/story branch`."""
        async with replying(interaction):
            story = await existing(interaction)
            name = checked_line(title, TITLE, TITLE_CHARS)
            require_words((await rules_here(interaction)).blocked, name)
            number = min(passage or story.passages, story.passages)
            ids = await interaction.client.stories.records.path(story.id, number - 1, number - 1) if number else []
            if not ids:
                raise Refusal(NO_STORY)
            await branch(interaction, story, ids[0], name)


async def _rename_thread(interaction: Interaction, name: str) -> None:
    """A story's thread has its name, where Discord lets the bot; else the member is told that it keeps its own."""
    thread = interaction.channel
    if isinstance(thread, discord.Thread) and interaction.guild and thread.owner_id == interaction.guild.me.id:
        try:
            await thread.edit(name=name)
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.info("a thread keeps its name", thread=thread.id, reason=str(error))
            await tell(interaction, say.THREAD_KEEPS_NAME)


def setup(tree: app_commands.CommandTree[Any]) -> None:
    """Add the commands."""
    tree.add_command(StoryCommands())
