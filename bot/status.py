"""`/status`: queue, workers, model and speed."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.figures import GREEN
from bot.replies import Interaction, replying
from bot.text import escape
from worker.status import QueueState, QueueStatus


def workers_line(state: QueueState) -> str:
    """How many workers a queue has, and what they do."""
    count = len(state.workers)
    if not count:
        return "none is running"
    return f"{count} running, {'busy' if state.running else 'free'}"


def model_line(status: QueueStatus) -> str:
    """The live version, and the one that wrote last where that is another."""
    live = escape(status.live)
    if status.speed is None or status.speed.version == status.live:
        return live
    return f"{live} (the last passage came from {escape(status.speed.version)})"


def status_embed(status: QueueStatus, refused: int) -> discord.Embed:
    """What `/status` shows; `refused` passages and trainings could not be posted."""
    embed = discord.Embed(title="Status", colour=GREEN)
    waiting = status.generate.waiting
    embed.add_field(name="Requests waiting", value=str(waiting) if waiting else "none")
    embed.add_field(name="Writing workers", value=workers_line(status.generate))
    embed.add_field(name="Training workers", value=workers_line(status.train))
    embed.add_field(name="Model", value=model_line(status))
    speed = f"{status.speed.words_per_s:,.0f} words per second" if status.speed else "nothing written yet today"
    embed.add_field(name="Speed", value=speed)
    if refused:
        embed.add_field(name="Not posted", value=f"{refused}: Discord did not let me. No passage is lost.")
    if not status.generate.workers:
        embed.set_footer(text="Requests are kept and written as soon as a worker starts.")
    return embed


@app_commands.command(name="status", description="Show the queue, the workers, the model and its speed.")
async def status(interaction: Interaction) -> None:
    """`/status`."""
    async with replying(interaction):
        bot = interaction.client
        embed = status_embed(await bot.queue.status(), len(await bot.ledger.undelivered()))
        await interaction.response.send_message(embed=embed, ephemeral=True)


def setup(tree: app_commands.CommandTree[Any]) -> None:
    """Add the command."""
    tree.add_command(status)
