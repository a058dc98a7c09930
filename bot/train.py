"""`/train`: a model of the community's own books, for members who may manage the server."""

from __future__ import annotations

import asyncio
from typing import Any

import discord
from discord import app_commands

from bot.books import checked_book
from bot.errors import Refusal
from bot.figures import progress_embed
from bot.gates import require_trainer
from bot.ledger import Owed
from bot.limits import checked_budget, checked_name, duration
from bot.replies import Interaction, replying, tell
from bot.rights import require_place
from bot.speaking import language_here, language_of_member
from bot.text import escape
from bot.words import commands, limits
from bot.words import training as say
from bot.words.refusals import TO_STOP_TRAINING, TO_TRAIN
from bot.words.waiting import NO_TRAINER
from worker.contract import TrainRequest, new_job_id
from worker.errors import TrainingRuns, WorkerError


class TrainCommands(app_commands.Group):
    """`/train`."""

    def __init__(self) -> None:
        super().__init__(name="train", description=commands.TRAIN.label)

    @app_commands.command(name="start", description=commands.TRAIN_START.label)
    @app_commands.describe(
        name=commands.TRAIN_NAME.label,
        books=commands.TRAIN_BOOKS.label,
        budget=commands.TRAIN_BUDGET.label,
    )
    async def start(
        self,
        interaction: Interaction,
        name: str,
        books: discord.Attachment | None = None,
        budget: str | None = None,
    ) -> None:
        """`/train start`; `books` may be left out so that the answer can say what a book is."""
        options = interaction.client.options
        async with replying(interaction):
            await require_trainer(interaction, TO_TRAIN)
            channel = require_place(interaction)
            version = checked_name(name)
            seconds = checked_budget(budget, options.train_budget_s, options.train_budget_max_s)
            data = await read_books(interaction, books, options.upload_bytes_max)
            request = TrainRequest(
                job=new_job_id(),
                name=version,
                filename=books.filename if books else "",
                budget_s=seconds,
                reply_to=options.consumer,
                member=str(interaction.user.id),
            )
            await begin(interaction, channel, request, data)

    @app_commands.command(name="status", description=commands.TRAIN_STATUS.label)
    async def status(self, interaction: Interaction) -> None:
        """`/train status`."""
        async with replying(interaction):
            running = await interaction.client.queue.training()
            if running is None:
                raise Refusal(say.NONE_RUNS)
            if running.waits:
                _, train = await interaction.client.queue.queues()
                line = say.IN_A_MOMENT if train.workers else NO_TRAINER
                raise Refusal(say.NOT_BEGUN.of(name=escape(running.request.name), line=line))
            embed = progress_embed(running.request, running.progress, language_of_member(interaction))
            await interaction.response.send_message(embed=embed, ephemeral=True)

    @app_commands.command(name="stop", description=commands.TRAIN_STOP.label)
    async def stop(self, interaction: Interaction) -> None:
        """`/train stop`."""
        async with replying(interaction):
            await require_trainer(interaction, TO_STOP_TRAINING)
            if not await interaction.client.queue.stop_training():
                raise Refusal(say.NOTHING_TO_STOP)
            await tell(interaction, say.ENDS_NOW)


async def read_books(interaction: Interaction, books: discord.Attachment | None, most: int) -> bytes:
    """The attached books. Raises Refusal; answers the interaction with "thinking" first, as reading takes time."""
    if books is None:
        raise Refusal(limits.NO_BOOK)
    if books.size > most:
        raise Refusal(limits.BOOK_LARGE.of(file=escape(books.filename), most=most >> 20))
    await interaction.response.defer(ephemeral=True, thinking=True)
    try:
        data = await books.read()
    except discord.HTTPException as error:
        raise Refusal(limits.BOOK_NOT_GIVEN.of(file=escape(books.filename))) from error
    return await asyncio.to_thread(checked_book, books.filename, data)


async def begin(interaction: Interaction, channel: int, request: TrainRequest, data: bytes) -> None:
    """Note the training down and enqueue it. Raises Refusal or RedisDown, and then nothing is kept."""
    bot = interaction.client
    _, train = await bot.queue.queues()
    language = await language_here(interaction)
    await bot.ledger.enter(Owed(channel=channel, request=request, submitted=True, language=language))
    try:
        await bot.queue.start_training(request, data)
    except WorkerError as error:
        await bot.ledger.settle(request.job)
        if isinstance(error, TrainingRuns):
            raise Refusal(say.RUNS_ALREADY.of(name=escape(error.name))) from error
        raise
    line = say.REPORT_HERE if train.workers else NO_TRAINER
    await tell(interaction, say.TAKES_TIME.of(name=escape(request.name), time=duration(request.budget_s), line=line))


def setup(tree: app_commands.CommandTree[Any]) -> None:
    """Add the commands."""
    tree.add_command(TrainCommands())
