"""`/continue`, `/chapter`, and the buttons Stop and Continue."""

from __future__ import annotations

import re
import secrets
from typing import Any

import discord
import structlog
from discord import app_commands

from bot.base import BaseBot
from bot.errors import Refusal
from bot.ledger import Owed
from bot.limits import MAX_POV_CHARS, MAX_TITLE_CHARS, checked_line, checked_prompt, checked_words
from bot.notices import KEPT, NOT_YOURS, TAKEN_BACK, waiting_line
from bot.posting import view_of
from bot.replies import Button, Interaction, drop_button, once, pressing, replying
from bot.returned import giving_back
from bot.rights import may_clear, require_place
from bot.stories import story_id
from worker.contract import GenerateRequest, new_job_id
from worker.errors import RedisDown

log = structlog.get_logger(__name__)


class StopButton(discord.ui.DynamicItem[Button], template=r"greenbeard:stop:(?P<job>[0-9a-f]{20})"):
    """Ends the writing and keeps what is there."""

    def __init__(self, job: str) -> None:
        super().__init__(discord.ui.Button(label="Stop", emoji="⏹️", custom_id=f"greenbeard:stop:{job}"))
        self.job = job

    @classmethod
    async def from_custom_id(cls, interaction: Any, item: Any, match: re.Match[str], /) -> StopButton:
        """The button that a member pressed."""
        return cls(match["job"])

    async def callback(self, interaction: Any) -> None:
        """Pressed."""
        await stop(interaction, self.job)


class ContinueButton(discord.ui.DynamicItem[Button], template=r"greenbeard:continue:(?P<words>[0-9]{1,4})"):
    """Goes on with the story."""

    def __init__(self, words: int) -> None:
        button: Button = discord.ui.Button(
            label="Continue", emoji="▶️", style=discord.ButtonStyle.primary, custom_id=f"greenbeard:continue:{words}"
        )
        super().__init__(button)
        self.words = words

    @classmethod
    async def from_custom_id(cls, interaction: Any, item: Any, match: re.Match[str], /) -> ContinueButton:
        """The button that a member pressed."""
        return cls(int(match["words"]))

    async def callback(self, interaction: Any) -> None:
        """Pressed."""
        await go_on(interaction, self.words)


@app_commands.command(name="continue", description="Go on with the story of this channel.")
@app_commands.describe(
    prompt="Your own next words; they become part of the story.",
    words="About how many words I add.",
)
async def continue_(interaction: Interaction, prompt: str | None = None, words: int | None = None) -> None:
    """`/continue`."""
    options = interaction.client.options
    async with replying(interaction, prompt):
        await ask(
            interaction,
            prompt=checked_prompt(prompt),
            words=checked_words(words, options.continue_words, options.continue_words_max),
        )


@app_commands.command(name="chapter", description="Write the next chapter of this channel's story.")
@app_commands.describe(
    title="The chapter's title; I make one up if you leave it out.",
    pov="Whose chapter it is: the name of a character.",
    words="About how many words the chapter has at most.",
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
            title=checked_line(title, "title", MAX_TITLE_CHARS),
            pov=checked_line(pov, "pov", MAX_POV_CHARS),
            words=checked_words(words, options.chapter_words, options.chapter_words_max),
        )


async def go_on(interaction: Interaction, words: int) -> None:
    """Like `/continue` without a prompt; the button moves on to the new passage."""
    async with pressing(interaction):
        async with once(interaction):
            await ask(interaction, words=min(max(words, 1), interaction.client.options.continue_words_max))
        await drop_button(interaction)


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
        if await take_back(bot, owed, request):
            face = giving_back(TAKEN_BACK, request.prompt)
            files = [face.attached.open()] if face.attached else []
            await interaction.response.edit_message(
                content=face.content, embed=face.embed, attachments=files, view=None
            )
        else:
            await interaction.response.defer()


def require_own_words(interaction: Interaction, request: GenerateRequest) -> None:
    """Raises Refusal where a request that waits has a prompt of somebody else's."""
    if request.prompt and request.member != str(interaction.user.id) and not may_clear(interaction):
        raise Refusal(NOT_YOURS)


async def ask(interaction: Interaction, **wishes: Any) -> None:
    """Keep a request, answer with the message that will hold the passage, and give the request to the queue.

    Raises Refusal or RedisDown before anything was kept.
    """
    bot = interaction.client
    channel = require_place(interaction)
    request = GenerateRequest(
        job=new_job_id(),
        story=story_id(bot.options.consumer, channel),
        sampling=bot.options.sampling,
        seed=secrets.randbelow(2**31),
        reply_to=bot.options.consumer,
        member=str(interaction.user.id),
        server=str(interaction.guild_id or channel),
        time_limit_s=bot.options.time_limit_s,
        **wishes,
    )
    ahead = await bot.ledger.passages_ahead()
    generate, _ = await bot.queue.queues()
    await bot.stories.admit(Owed(channel=channel, request=request), request)
    try:
        posted = await interaction.response.send_message(
            waiting_line(ahead, len(generate.workers)), view=view_of(StopButton(request.job))
        )
    except discord.HTTPException:
        await bot.ledger.settle(request.job)
        await bot.stories.withdraw(request.story, request.job)
        raise
    await _pass_on(interaction, request, posted.message_id)


async def take_back(bot: BaseBot, owed: Owed, request: GenerateRequest) -> bool:
    """Stop a job; True if nothing of it was begun, so that the request is gone. Raises RedisDown."""
    await bot.queue.cancel(owed.job)
    if owed.submitted and not await bot.queue.take_back(owed.job):
        return False
    await bot.ledger.settle(owed.job)
    await bot.stories.withdraw(request.story, owed.job)
    return True


async def _pass_on(interaction: Interaction, request: GenerateRequest, message: int | None) -> None:
    """Note the message down and submit; where Redis went away just now, delivery does both when it is back."""
    bot = interaction.client
    try:
        if message is not None:
            await bot.ledger.add_message(request.job, message)
        await bot.stories.submit_next(request.story)
    except RedisDown:
        log.warning("Redis went away between request and submission", job=request.job)
        await interaction.edit_original_response(content=KEPT, view=None)


def setup(tree: app_commands.CommandTree[Any]) -> None:
    """Add the commands."""
    tree.add_command(continue_)
    tree.add_command(chapter)
