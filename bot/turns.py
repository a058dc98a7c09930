"""Undo, redo, looking through takes and editing: by button, by menu and by `/story undo` and `/story redo`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import discord
from discord import app_commands

from bot.errors import Refusal
from bot.gates import require_writer, rules_here
from bot.limits import MAX_EDITED_CHARS, checked_own, checked_text
from bot.moves import MOST_AT_ONCE
from bot.replies import Interaction, pressing, replying, tell
from bot.rights import is_host, require_hand, require_host
from bot.rules import require_words
from bot.sheets import Blank, open_sheet
from bot.speaking import language_here
from bot.text import clean, is_visible
from bot.tree import Node, Story
from bot.words import controls
from bot.words.commands import BACK_MENU, EDIT_MENU
from bot.words.refusals import (
    GONE_ON,
    NO_OLD_WORDS,
    NO_PASSAGE,
    NO_SUCH_WORDS,
    NOTHING_TO_REDO,
    NOTHING_TO_UNDO,
    UNCHANGED,
)
from bot.words.stories import EDITED, REDONE, UNDONE
from worker.contract import MAX_PROMPT_CHARS, Passage


async def told_here(interaction: Interaction) -> Story:
    """The story of this channel, which may have no passage yet."""
    bot = interaction.client
    story = await bot.stories.here(bot.options.consumer, interaction.channel_id or 0)
    return await bot.stories.speak(story, await language_here(interaction))


async def passage_at(interaction: Interaction, story: Story, node: str) -> tuple[Node, Passage]:
    """A place and what counts there. Raises Refusal where it is not of this story."""
    bot = interaction.client
    place = await bot.stories.records.node(story.id, node)
    passage = await bot.queue.passage(place.passage) if place.wordings else None
    if passage is None:
        raise Refusal(NO_PASSAGE)
    return place, passage


async def undo(interaction: Interaction, node: str | None) -> None:
    """Take the newest passage back. Raises Refusal."""
    bot = interaction.client
    story = await told_here(interaction)
    if story.tip is None:
        raise Refusal(NOTHING_TO_UNDO)
    place, passage = await passage_at(interaction, story, node or story.tip)
    require_hand(interaction, story.host, passage.author)
    await interaction.response.defer(ephemeral=node is None)
    story, taken = await bot.moves.undo(story.id, place.id, str(interaction.user.id))
    await bot.screen.hide(story, taken, interaction.user.id)
    await bot.screen.dress(story)


async def redo(interaction: Interaction, node: str | None) -> None:
    """Bring back what was taken back last: one's own, or as one who decides about the story. Raises Refusal."""
    bot = interaction.client
    await require_writer(interaction)
    story = await told_here(interaction)
    chosen = (await bot.stories.records.tip(story)).chosen
    if chosen is None or node not in (None, chosen):
        raise Refusal(NOTHING_TO_REDO if node is None else GONE_ON)
    place, passage = await passage_at(interaction, story, chosen)
    if place.barred:
        require_host(interaction, story.host)
    else:
        require_hand(interaction, story.host, passage.author)
    await interaction.response.defer(ephemeral=node is None)
    before = story.tip
    story, child = await bot.moves.redo(story.id, place.id)
    await bot.screen.show(story, child)
    await bot.screen.undress(story, before)


async def turn(interaction: Interaction, node: str, by: int) -> None:
    """Show another take of the newest passage, which counts from now on. Raises Refusal."""
    bot = interaction.client
    await require_writer(interaction)
    story = await told_here(interaction)
    await interaction.response.defer()
    story, shown = await bot.moves.turn(story.id, node, by, barred_too=is_host(interaction, story.host))
    await bot.screen.take_over(story, node, shown)


async def begin_edit(interaction: Interaction, node: str) -> None:
    """Open the sheet in which a passage is edited. Raises Refusal."""
    _, _, passage = await to_be_edited(interaction, node)
    await open_sheet(interaction, controls.EDIT_SHEET, "edit", node, *blanks_for(passage.text.strip()))


async def to_be_edited(interaction: Interaction, node: str) -> tuple[Story, Node, Passage]:
    """A passage that the member may edit, and its place. Raises Refusal."""
    await require_writer(interaction)
    story = await told_here(interaction)
    place, passage = await passage_at(interaction, story, node)
    require_hand(interaction, story.host, passage.author)
    return story, place, passage


def blanks_for(text: str) -> list[Blank]:
    """The passage to write over; of one that is too long for a sheet, the words to change and what they become."""
    if len(text) <= MAX_PROMPT_CHARS:
        return [Blank("text", controls.TEXT, text)]
    return [Blank("words", controls.OLD_WORDS), Blank("become", controls.NEW_WORDS, required=False)]


def reworded(before: str, texts: Mapping[str, str]) -> str:
    """A passage as a member wants it, who filled in its blanks. Raises Refusal."""
    if "text" in texts:
        return checked_own(texts["text"])
    old, new = clean(texts["words"]), clean(texts["become"])
    if not is_visible(old):
        raise Refusal(NO_OLD_WORDS)
    if old not in before:
        raise Refusal(NO_SUCH_WORDS)
    return checked_text(before.replace(old, new, 1), max(MAX_EDITED_CHARS, len(before)))


async def hand_in_edit(interaction: Interaction, node: str, texts: Mapping[str, str]) -> None:
    """The sheet is handed in."""
    async with pressing(interaction, texts.get("text", texts.get("become"))):
        await edit(interaction, node, texts)


async def edit(interaction: Interaction, node: str, texts: Mapping[str, str]) -> None:
    """Give a passage another wording and show it. Raises Refusal."""
    bot = interaction.client
    story, place, passage = await to_be_edited(interaction, node)
    before = passage.text.strip()
    text = reworded(before, texts)
    if text == before:
        raise Refusal(UNCHANGED)
    require_words((await rules_here(interaction)).blocked, text)
    await interaction.response.defer(ephemeral=True, thinking=True)
    story, edited = await bot.moves.edit(story.id, place.id, text, str(interaction.user.id))
    if await bot.stories.records.is_on_path(story.id, edited):
        await bot.screen.show(story, edited)
    await tell(interaction, EDITED)


async def press_undo(interaction: Interaction, node: str) -> None:
    """The button Undo."""
    async with pressing(interaction):
        await undo(interaction, node)


async def press_redo(interaction: Interaction, node: str) -> None:
    """The button Redo."""
    async with pressing(interaction):
        await redo(interaction, node)


async def press_back(interaction: Interaction, node: str) -> None:
    """The button ◀."""
    async with pressing(interaction):
        await turn(interaction, node, -1)


async def press_forth(interaction: Interaction, node: str) -> None:
    """The button ▶."""
    async with pressing(interaction):
        await turn(interaction, node, 1)


async def press_edit(interaction: Interaction, node: str) -> None:
    """The button Edit."""
    async with pressing(interaction):
        await begin_edit(interaction, node)


async def shown_by(interaction: Interaction, message: discord.Message) -> str:
    """The node that a message shows. Raises Refusal."""
    bot = interaction.client
    node = await bot.stories.records.shown_in(interaction.channel_id or 0, message.id)
    if node is None:
        raise Refusal(NO_PASSAGE)
    return node


@app_commands.context_menu(name=EDIT_MENU.label)
async def edit_message(interaction: Interaction, message: discord.Message) -> None:
    """Edit any passage of the story."""
    async with replying(interaction):
        await begin_edit(interaction, await shown_by(interaction, message))


@app_commands.context_menu(name=BACK_MENU.label)
async def back_to_message(interaction: Interaction, message: discord.Message) -> None:
    """Take back all that follows a passage."""
    async with replying(interaction):
        bot = interaction.client
        node = await shown_by(interaction, message)
        story = await told_here(interaction)
        place = await bot.stories.records.node(story.id, node)
        following = await bot.stories.records.path(story.id, place.depth)
        for next_ in following[: MOST_AT_ONCE + 1]:
            require_hand(interaction, story.host, (await passage_at(interaction, story, next_))[1].author)
        if not following or not await bot.stories.records.is_on_path(story.id, place):
            raise Refusal(GONE_ON)
        await interaction.response.defer(ephemeral=True, thinking=True)
        story, taken = await bot.moves.back_to(story.id, node, str(interaction.user.id))
        for gone in taken:
            await bot.screen.hide(story, gone, interaction.user.id)
        await bot.screen.dress(story)
        await tell(interaction, UNDONE)


async def command_undo(interaction: Interaction) -> None:
    """`/story undo`."""
    async with replying(interaction):
        await undo(interaction, None)
        await tell(interaction, UNDONE)


async def command_redo(interaction: Interaction) -> None:
    """`/story redo`."""
    async with replying(interaction):
        await redo(interaction, None)
        await tell(interaction, REDONE)


def setup(tree: app_commands.CommandTree[Any]) -> None:
    """Add the menus and what the buttons do."""
    tree.add_command(edit_message)
    tree.add_command(back_to_message)
    tree.client.presses |= {
        "undo": press_undo,
        "redo": press_redo,
        "back": press_back,
        "forth": press_forth,
        "edit": press_edit,
    }
    tree.client.sheets["edit"] = hand_in_edit
