"""`/continue`, `/chapter`, and the buttons Stop, Continue and Another take."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from discord import app_commands

from bot.asking import ask, require_own_words, take_back
from bot.errors import Refusal
from bot.limits import MAX_POV_CHARS, MAX_TITLE_CHARS, checked_line, checked_note, checked_prompt, checked_words
from bot.replies import Interaction, drop_button, once, pressing, replying
from bot.returned import giving_back
from bot.tree import ROOT, Story
from bot.words import commands as say
from bot.words.limits import POV, TITLE
from bot.words.refusals import GONE_ON
from bot.words.waiting import TAKEN_BACK
from worker.contract import GenerateRequest
from worker.errors import RedisDown
from worker.separator import count_words

CHOICES, CHOICE_CHARS = 25, 100
"""How many Discord offers, and how long each may be."""


@app_commands.command(name="continue", description=say.CONTINUE.label)
@app_commands.describe(
    prompt=say.CONTINUE_PROMPT.label,
    words=say.CONTINUE_WORDS.label,
    note=say.CONTINUE_NOTE.label,
)
async def continue_(
    interaction: Interaction, prompt: str | None = None, words: int | None = None, note: str | None = None
) -> None:
    """`/continue`."""
    options = interaction.client.options
    async with replying(interaction, prompt):
        await ask(
            interaction,
            prompt=checked_prompt(prompt),
            words=None if words is None else checked_words(words, words, options.continue_words_max),
            note=checked_note(note),
        )


@app_commands.command(name="chapter", description=say.CHAPTER.label)
@app_commands.describe(
    title=say.CHAPTER_TITLE.label,
    pov=say.CHAPTER_POV.label,
    words=say.CHAPTER_WORDS.label,
)
async def chapter(
    interaction: Interaction, title: str | None = None, pov: str | None = None, words: int | None = None
) -> None:
    """`/chapter`."""
    options = interaction.client.options
    async with replying(interaction):
        await ask(
            interaction,
            kind="chapter",
            title=checked_line(title, TITLE, MAX_TITLE_CHARS),
            pov=checked_line(pov, POV, MAX_POV_CHARS),
            words=checked_words(words, options.chapter_words, options.chapter_words_max),
        )


@chapter.autocomplete("pov")
async def people(interaction: Interaction, part: str) -> list[app_commands.Choice[str]]:
    """Names that head chapters in the corpus of the live model, and in this story."""
    names = await asyncio.to_thread(interaction.client.queue.versions.live_people)
    return choices([*names, *await used_titles(interaction)], part)


@chapter.autocomplete("title")
async def titles(interaction: Interaction, part: str) -> list[app_commands.Choice[str]]:
    """Titles that chapters of this story have."""
    return choices(await used_titles(interaction), part)


async def used_titles(interaction: Interaction) -> list[str]:
    """Titles that chapters of this story have; none while Redis is away, of which the command itself tells."""
    stories = interaction.client.stories
    try:
        story = await stories.here(interaction.client.options.consumer, interaction.channel_id or 0)
        return await stories.titles(story.id)
    except RedisDown:
        return []


def choices(names: Iterable[str], part: str) -> list[app_commands.Choice[str]]:
    """What Discord offers while a member types `part`: those that begin so first."""
    wanted = part.casefold().strip()
    found = [name for name in dict.fromkeys(names) if wanted in name.casefold() and len(name) <= CHOICE_CHARS]
    found.sort(key=lambda name: not name.casefold().startswith(wanted))
    return [app_commands.Choice(name=name, value=name) for name in found[:CHOICES]]


async def go_on(interaction: Interaction, words: int, node: str | None) -> None:
    """Like `/continue` without a prompt, where the story still ends with `node`; the buttons move on."""
    async with pressing(interaction):
        async with once(interaction, lasting=node is None):
            if node is not None:
                await require_tip(interaction, node)
            await ask(interaction, words=min(max(words, 1), interaction.client.options.continue_words_max))
        await drop_button(interaction)


async def another(interaction: Interaction, node: str) -> None:
    """Another take of the newest passage: the same wishes, other words."""
    async with pressing(interaction), once(interaction, lasting=False):
        story = await require_tip(interaction, node)
        await ask(interaction, again=node, **await wishes_of(interaction, story, node))


async def require_tip(interaction: Interaction, node: str) -> Story:
    """The story told here. Raises Refusal unless it ends with `node` and nothing is being written."""
    bot = interaction.client
    story = await bot.stories.here(bot.options.consumer, interaction.channel_id or 0)
    if (story.tip or ROOT) != node:
        raise Refusal(GONE_ON)
    await bot.stories.require_rest(story.id)
    return story


async def wishes_of(interaction: Interaction, story: Story, node: str) -> dict[str, Any]:
    """What was wished for when the passage of a node was asked for, as far as the passage tells."""
    bot = interaction.client
    place = await bot.stories.records.node(story.id, node)
    first = await bot.queue.passage(place.wordings[0].passage)
    if first is None or first.kind == "written":
        raise Refusal(GONE_ON)
    wishes: dict[str, Any] = {"note": story.note or first.note}
    if first.kind == "continue":
        words = first.asked or max(first.words - count_words(first.prompt), 1)
        by = first.prompter if first.prompt and first.prompter != str(interaction.user.id) else ""
        return wishes | {"prompt": first.prompt, "prompted_by": by, "words": min(words, bot.options.continue_words_max)}
    *number, name = (first.heading or "").split("\n")
    words = min(first.asked or bot.options.chapter_words, bot.options.chapter_words_max)
    return wishes | {"kind": "chapter", "title": name if number else None, "words": words}


async def stop(interaction: Interaction, job: str) -> None:
    """Any member may stop the writing: what is there stays. A request that waits is taken back with its prompt."""
    async with pressing(interaction):
        bot = interaction.client
        owed = await bot.ledger.find(job)
        if owed is None or not isinstance(owed.request, GenerateRequest):
            await interaction.response.defer()
            return
        request = owed.request
        if not await bot.queue.text(job):
            require_own_words(interaction, request)
        taken_back = await take_back(bot, owed, request)
        await interaction.response.defer()
        if not taken_back:
            return
        story = await bot.stories.story(request.story)
        async with bot.ledger.showing(job):  # which a notice of how it waits may hold
            if owed.again:
                await bot.screen.show(story, await bot.stories.records.tip(story))
                return
            face = giving_back(TAKEN_BACK.to(owed.language), request.prompt, owed.language)
            files = [face.attached.open()] if face.attached else []
            await interaction.edit_original_response(
                content=face.content, embed=face.embed, attachments=files, view=None
            )
        await bot.screen.dress(story)


def setup(tree: app_commands.CommandTree[Any]) -> None:
    """Add the commands and what the buttons do."""
    tree.add_command(continue_)
    tree.add_command(chapter)
    tree.client.presses |= {"continue": go_on, "stop": stop, "another": another}
