"""Members' own passages: `/write`, the button Write, and the message menu "Add to the story"."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.asking import open_here
from bot.errors import Refusal
from bot.gates import rules_here
from bot.limits import checked_own
from bot.replies import Interaction, pressing, replying
from bot.rules import require_words
from bot.screen import faces
from bot.speaking import language_of_member
from bot.stories import Written
from bot.tree import Story
from bot.words import commands
from bot.words.controls import TEXT, WRITE_SHEET
from bot.words.language import Language
from bot.words.refusals import NOT_YOUR_MESSAGE
from bot.written import written_passage
from worker.contract import MAX_PROMPT_CHARS, new_job_id


class WriteModal(discord.ui.Modal):
    """A sheet of paper."""

    def __init__(self, language: Language) -> None:
        super().__init__(title=WRITE_SHEET.to(language))
        self.text: discord.ui.TextInput[Any] = discord.ui.TextInput(
            label=TEXT.to(language),
            style=discord.TextStyle.paragraph,
            max_length=MAX_PROMPT_CHARS,
            custom_id="text",
        )
        self.add_item(self.text)

    async def on_submit(self, interaction: Any) -> None:
        """Handed in."""
        async with pressing(interaction, self.text.value):
            await add(interaction, self.text.value)


@app_commands.command(name="write", description=commands.WRITE.label)
async def write(interaction: Interaction) -> None:
    """`/write`."""
    async with replying(interaction):
        await open_here(interaction)
        await interaction.response.send_modal(WriteModal(language_of_member(interaction)))


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
        await open_here(interaction)
        await interaction.response.send_modal(WriteModal(language_of_member(interaction)))


async def add(interaction: Interaction, raw: str) -> None:
    """Show a member's passage and put it into the line of the story. Raises Refusal or RedisDown before it is kept."""
    bot = interaction.client
    text = checked_own(raw)
    story = await open_here(interaction)
    require_words((await rules_here(interaction)).blocked, text)
    written = Written(job=new_job_id(), story=story.id, member=str(interaction.user.id), text=text)
    await bot.stories.admit_written(written)
    try:
        messages = await _post(interaction, written, story)
    except discord.HTTPException:
        await bot.stories.withdraw(story.id, written.job)
        raise
    await bot.stories.records.show(story, written.job, messages)
    await bot.stories.submit_next(story.id)
    await move_buttons(interaction, story)


async def _post(interaction: Interaction, written: Written, story: Story) -> list[int]:
    """The messages that show a member's passage."""
    passage = written_passage(written.job, written.story, written.member, written.text, None)
    first, *others = faces(passage, story.language)
    posted = await interaction.response.send_message(first.content)
    messages = [] if posted.message_id is None else [posted.message_id]
    for face in others:
        further = await interaction.followup.send(face.content or "", wait=True)
        messages.append(further.id)
    return messages


async def move_buttons(interaction: Interaction, before: Story) -> None:
    """The buttons stand below the newest passage only."""
    bot = interaction.client
    story = await bot.stories.story(before.id)
    if story.tip == before.tip:
        return
    await bot.screen.undress(before, before.tip)
    if not await bot.stories.waiting(story.id):
        await bot.screen.dress(story)


def setup(tree: app_commands.CommandTree[Any]) -> None:
    """Add the commands and what the button does."""
    tree.add_command(write)
    tree.add_command(add_message)
    tree.client.presses["write"] = press_write
