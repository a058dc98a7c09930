"""`/train`: a model of the community's own books, for members who may manage the server."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Literal

import discord
from discord import app_commands

from bot.books import STORIES_NAME, bound, checked_book
from bot.errors import Refusal
from bot.figures import GREEN, progress_embed
from bot.gates import require_trainer
from bot.ledger import Owed
from bot.limits import checked_budget, checked_name, duration
from bot.notices import NO_TRAINER, TRAINING_STOPPED, shared_line
from bot.replies import Interaction, replying
from bot.rights import require_place
from bot.shared_words import Shared, shared_words
from bot.text import escape
from worker.contract import TrainRequest, new_job_id
from worker.errors import WorkerError

WHAT = "train a model"


class TrainCommands(app_commands.Group):
    """`/train`."""

    def __init__(self) -> None:
        super().__init__(name="train", description="Train a model on your own books (needs Manage Server).")

    @app_commands.command(name="start", description="Train a model on your books, and on your stories if you like.")
    @app_commands.describe(
        name="What to call the model, for example dragons-1.",
        books="Your book as .txt or .md, or several in a .zip. Only use texts that you may use.",
        budget="How long to train: 10m, 600s, 1h.",
        stories="Whether to learn from this server's stories too: the words of members who agreed, nobody else's.",
    )
    async def start(
        self,
        interaction: Interaction,
        name: str,
        books: discord.Attachment | None = None,
        budget: str | None = None,
        stories: Literal["yes", "no"] = "no",
    ) -> None:
        """`/train start`; `books` may be left out where there are stories, or to be told what a book is."""
        options = interaction.client.options
        async with replying(interaction):
            await require_trainer(interaction, WHAT)
            channel = require_place(interaction)
            version = checked_name(name)
            seconds = checked_budget(budget, options.train_budget_s, options.train_budget_max_s)
            texts = await read_texts(interaction, books, options.upload_bytes_max, stories=stories == "yes")
            request = TrainRequest(
                job=new_job_id(),
                name=version,
                filename=texts.name,
                budget_s=seconds,
                reply_to=options.consumer,
                member=str(interaction.user.id),
            )
            await begin(interaction, channel, request, texts)

    @app_commands.command(name="status", description="Show how far the training is.")
    async def status(self, interaction: Interaction) -> None:
        """`/train status`."""
        async with replying(interaction):
            running = await interaction.client.queue.training()
            if running is None:
                raise Refusal("No training is running. `/train start` begins one.")
            if running.waits:
                _, train = await interaction.client.queue.queues()
                line = "It begins in a moment." if train.workers else NO_TRAINER
                raise Refusal(f"The training of **{escape(running.request.name)}** has not begun yet. {line}")
            await interaction.response.send_message(
                embed=progress_embed(running.request, running.progress), ephemeral=True
            )

    @app_commands.command(name="stop", description="End the training early and keep what was learned.")
    async def stop(self, interaction: Interaction) -> None:
        """`/train stop`."""
        async with replying(interaction):
            await require_trainer(interaction, "stop a training")
            stopped = await interaction.client.queue.stop_training()
            if stopped is None:
                raise Refusal("No training is running, so there is nothing to stop.")
            await interaction.response.send_message(TRAINING_STOPPED[stopped], ephemeral=True)


@dataclass(frozen=True)
class Texts:
    """What a training learns from: a text or a zip of texts."""

    name: str
    data: bytes
    shared: Shared | None
    """What of it members wrote in stories."""


async def read_texts(interaction: Interaction, books: discord.Attachment | None, most: int, *, stories: bool) -> Texts:
    """The attached books and, where wanted, words from stories. Raises Refusal.

    It answers the interaction with "thinking" first, as reading takes time.
    """
    if books is None and not stories:
        raise Refusal("Attach your book with the option `books`: a .txt or .md file, or several in a .zip.")
    if books is not None and books.size > most:
        raise Refusal(
            f"{escape(books.filename)} is larger than {most >> 20} MiB. Attach fewer books, or pack them as a .zip."
        )
    await interaction.response.defer(ephemeral=True, thinking=True)
    shared = await shared_words(interaction) if stories else None
    if books is None:
        data = (shared.text if shared else "").encode()
        return Texts(STORIES_NAME, await asyncio.to_thread(checked_book, STORIES_NAME, data), shared)
    try:
        data = await books.read()
    except discord.HTTPException as error:
        raise Refusal(f"Discord did not give me {escape(books.filename)}. Attach it once more.") from error
    data = await asyncio.to_thread(checked_book, books.filename, data)
    if shared is None:
        return Texts(books.filename, data, None)
    return Texts(*await asyncio.to_thread(bound, books.filename, data, shared.text), shared)


async def begin(interaction: Interaction, channel: int, request: TrainRequest, texts: Texts) -> None:
    """Note the training down and enqueue it. Raises TrainingRuns or RedisDown, and then nothing is kept."""
    bot = interaction.client
    _, train = await bot.queue.queues()
    await bot.ledger.enter(Owed(channel=channel, request=request, submitted=True))
    try:
        await bot.queue.start_training(request, texts.data)
    except WorkerError:
        await bot.ledger.settle(request.job)
        raise
    line = "I report in this channel." if train.workers else NO_TRAINER
    await interaction.followup.send(
        f"The training of **{escape(request.name)}** takes {duration(request.budget_s)}. {line}",
        ephemeral=True,
        embeds=[shared_embed(texts.shared)] if texts.shared else [],
    )


def shared_embed(shared: Shared) -> discord.Embed:
    """How much of the stories a training learns from."""
    return discord.Embed(
        title="Learning from stories", description=shared_line(shared.words, shared.members), colour=GREEN
    )


def setup(tree: app_commands.CommandTree[Any]) -> None:
    """Add the commands."""
    tree.add_command(TrainCommands())
