"""`/status`: queue, workers, model and speed."""

from __future__ import annotations

import time
from typing import Any

import discord
from discord import app_commands

from bot.figures import GREEN
from bot.replies import Interaction, replying
from bot.speaking import language_of_member
from bot.text import escape
from bot.words import commands
from bot.words import server as say
from bot.words.language import Language, Phrase
from worker.contract import DAY
from worker.status import QueueState, QueueStatus

LATELY_S = 7 * DAY
"""For how long it is told that something could not be posted."""


def workers_line(state: QueueState) -> Phrase:
    """How many workers a queue has, and what they do."""
    count = len(state.workers)
    if not count:
        return say.NONE_RUNS
    return (say.RUN_BUSY if state.running else say.RUN_FREE).of(count=count)


def model_line(status: QueueStatus, language: Language) -> str:
    """The live version, and the one that wrote last where that is another."""
    live = escape(status.live)
    if status.speed is None or status.speed.version == status.live:
        return live
    return say.LAST_PASSAGE_FROM.of(live=live, version=escape(status.speed.version)).to(language)


def status_embed(status: QueueStatus, refused: int, language: Language) -> discord.Embed:
    """What `/status` shows; `refused` passages and trainings could not be posted lately."""
    embed = discord.Embed(title=say.STATUS.to(language), colour=GREEN)
    waiting = status.generate.waiting
    embed.add_field(name=say.WAITING.to(language), value=str(waiting) if waiting else say.NONE.to(language))
    embed.add_field(name=say.WRITING_WORKERS.to(language), value=workers_line(status.generate).to(language))
    embed.add_field(name=say.TRAINING_WORKERS.to(language), value=workers_line(status.train).to(language))
    embed.add_field(name=say.MODEL.to(language), value=model_line(status, language))
    speed = say.WORDS_PER_S.of(words=status.speed.words_per_s) if status.speed else say.NOTHING_WRITTEN
    embed.add_field(name=say.SPEED.to(language), value=speed.to(language))
    if refused:
        embed.add_field(name=say.NOT_POSTED.to(language), value=say.NOT_POSTED_WHY.of(count=refused).to(language))
    if not status.generate.workers:
        embed.set_footer(text=say.REQUESTS_KEPT.to(language))
    return embed


@app_commands.command(name="status", description=commands.STATUS.label)
async def status(interaction: Interaction) -> None:
    """`/status`."""
    async with replying(interaction):
        bot = interaction.client
        refused = await bot.ledger.undelivered_since(time.time() - LATELY_S)
        embed = status_embed(await bot.queue.status(), refused, language_of_member(interaction))
        await interaction.response.send_message(embed=embed, ephemeral=True)


def setup(tree: app_commands.CommandTree[Any]) -> None:
    """Add the command."""
    tree.add_command(status)
