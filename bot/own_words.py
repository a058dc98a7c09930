"""Members' own passages: `/write`, the button Write, and the message menu "Add to the story"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import discord
import structlog
from discord import app_commands

from bot.asking import open_here
from bot.base import BaseBot
from bot.errors import Refusal, Undeliverable
from bot.gates import rules_here
from bot.ledger import Owed
from bot.limits import checked_own
from bot.own_display import OwnDisplay, own_pages
from bot.posting import Poster
from bot.replies import Interaction, answered, pressing, replying, tell_if_possible
from bot.rules import require_words
from bot.sheets import Blank, open_sheet
from bot.words import commands
from bot.words.controls import TEXT, WRITE_SHEET
from bot.words.refusals import NOT_YOUR_MESSAGE
from bot.words.waiting import OWN_KEPT
from bot.written import Written
from worker.contract import new_job_id
from worker.errors import RedisDown

log = structlog.get_logger(__name__)


async def open_paper(interaction: Interaction) -> None:
    """Open a sheet for a passage. Raises Refusal."""
    await open_here(interaction)
    await open_sheet(interaction, WRITE_SHEET, "write", None, Blank("text", TEXT))


async def hand_in_paper(interaction: Interaction, _: str | None, texts: Mapping[str, str]) -> None:
    """The sheet is handed in."""
    text = texts.get("text", "")
    async with pressing(interaction, text):
        await add(interaction, text)


@app_commands.command(name="write", description=commands.WRITE.label)
async def write(interaction: Interaction) -> None:
    """`/write`."""
    async with replying(interaction):
        await open_paper(interaction)


@app_commands.context_menu(name=commands.ADD_MENU.label)
async def add_message(interaction: Interaction, message: discord.Message) -> None:
    """A message of one's own becomes a passage."""
    async with replying(interaction, message.content):
        if message.author.id != interaction.user.id:
            raise Refusal(NOT_YOUR_MESSAGE)
        await add(interaction, message.content)


async def press_write(interaction: Interaction, _: str) -> None:
    """The button Write: valid below any passage, for the text goes where the story ends."""
    async with pressing(interaction):
        await open_paper(interaction)


async def add(interaction: Interaction, raw: str) -> None:
    """Show a member's passage and put it into the line of the story; what breaks off here, delivery finishes.

    Raises Refusal or RedisDown before it is kept, and discord.HTTPException where it was neither shown nor kept.
    """
    bot = interaction.client
    text = checked_own(raw)
    story = await open_here(interaction)
    require_words((await rules_here(interaction)).blocked, text)
    member = str(interaction.user.id)
    written = Written(job=new_job_id(), story=story.id, member=member, text=text, reply_to=bot.options.consumer)
    owed = Owed(channel=story.channel, request=written, language=story.language)
    await bot.stories.admit(owed, written)
    try:
        message = await _answer(interaction, owed, written)
        if message is not None:  # else Discord does not say whether it took it, and the review will look
            async with bot.ledger.showing(owed.job):
                await _bring_in(bot, owed, written, message)
    except RedisDown:
        log.warning("Redis went away while a member's passage was shown", job=owed.job)
        await tell_if_possible(interaction, OWN_KEPT)
    except Undeliverable as refusal:
        log.info("a member's passage is left to the review", job=owed.job, reason=str(refusal))


async def _answer(interaction: Interaction, owed: Owed, written: Written) -> int | None:
    """Answer with the passage. Raises discord.HTTPException where Discord refuses it, which is then not kept."""
    first, *_ = own_pages(written, owed.language)
    try:
        return await answered(interaction, first.content or "")
    except discord.HTTPException:
        if await interaction.client.stories.take_out(written):
            raise
        return None


async def _bring_in(bot: BaseBot, owed: Owed, written: Written, message: int) -> None:
    """For one who holds `Ledger.showing`: show and hang a passage whose answer Discord took."""
    known = await bot.ledger.find(owed.job)
    shown = known.messages if known else await bot.stories.records.messages(written.story, owed.job)
    if known is None or shown:  # Discord took so long that the review was faster
        if message not in shown:
            await Poster(bot).delete(owed.channel, message)
        return
    await bot.ledger.add_message(owed.job, message)
    await bot.stories.submit_next(written.story)
    await OwnDisplay(written, bot=bot, look=False).show(known.model_copy(update={"messages": (message,)}))


def setup(tree: app_commands.CommandTree[Any]) -> None:
    """Add the commands and what the button does."""
    tree.add_command(write)
    tree.add_command(add_message)
    tree.client.presses["write"] = press_write
    tree.client.sheets["write"] = hand_in_paper
