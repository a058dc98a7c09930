"""`/train`: a model of the community's own books, for members who may manage the server."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import discord
from discord import app_commands

from bot.books import STORIES_NAME, bound, checked_book
from bot.errors import Refusal
from bot.figures import GREEN, progress_embed
from bot.gates import require_trainer
from bot.ledger import Owed
from bot.limits import checked_budget, checked_name, duration
from bot.replies import Interaction, replying, tell
from bot.rights import require_place
from bot.shared_words import Shared, shared_words
from bot.speaking import language_here, language_of_member
from bot.text import escape
from bot.words import commands, limits
from bot.words import training as say
from bot.words.language import Language
from bot.words.refusals import TO_STOP_TRAINING, TO_TRAIN
from bot.words.waiting import NO_TRAINER
from worker.contract import TrainRequest, new_job_id
from worker.errors import PerhapsBegun, TrainingRuns, WorkerError


class TrainCommands(app_commands.Group):
    """`/train`."""

    def __init__(self) -> None:
        super().__init__(name="train", description=commands.TRAIN.label)

    @app_commands.command(name="start", description=commands.TRAIN_START.label)
    @app_commands.describe(
        name=commands.TRAIN_NAME.label,
        books=commands.TRAIN_BOOKS.label,
        budget=commands.TRAIN_BUDGET.label,
        stories=commands.TRAIN_STORIES.label,
    )
    @app_commands.choices(
        stories=[
            app_commands.Choice(name=commands.YES.label, value="yes"),
            app_commands.Choice(name=commands.NO.label, value="no"),
        ]
    )
    async def start(
        self,
        interaction: Interaction,
        name: str,
        books: discord.Attachment | None = None,
        budget: str | None = None,
        stories: str = "no",
    ) -> None:
        """`/train start`; `books` may be left out where there are stories, or to be told what a book is."""
        options = interaction.client.options
        async with replying(interaction):
            await require_trainer(interaction, TO_TRAIN)
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
            stopped = await interaction.client.queue.stop_training()
            if stopped is None:
                raise Refusal(say.NOTHING_TO_STOP)
            await tell(interaction, say.ENDS_NOW if stopped == "ends" else say.NEVER_BEGAN)


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
        raise Refusal(limits.NO_BOOK)
    if books is not None and books.size > most:
        raise Refusal(limits.BOOK_LARGE.of(file=escape(books.filename), most=most >> 20))
    await interaction.response.defer(ephemeral=True, thinking=True)
    shared = await shared_words(interaction) if stories else None
    if books is None:
        data = (shared.text if shared else "").encode()
        return Texts(STORIES_NAME, await asyncio.to_thread(checked_book, STORIES_NAME, data), shared)
    try:
        data = await books.read()
    except discord.HTTPException as error:
        raise Refusal(limits.BOOK_NOT_GIVEN.of(file=escape(books.filename))) from error
    data = await asyncio.to_thread(checked_book, books.filename, data)
    if shared is None:
        return Texts(books.filename, data, None)
    return Texts(*await asyncio.to_thread(bound, books.filename, data, shared.text), shared)


async def begin(interaction: Interaction, channel: int, request: TrainRequest, texts: Texts) -> None:
    """Note the training down and enqueue it. Raises Refusal or RedisDown, and then nothing is kept.

    Raises PerhapsBegun and keeps the record where it is not known whether the queue took it: delivery finds out.
    """
    bot = interaction.client
    _, train = await bot.queue.queues()
    language = await language_here(interaction)
    await bot.ledger.enter(Owed(channel=channel, request=request, submitted=True, language=language))
    try:
        await bot.queue.start_training(request, texts.data)
    except PerhapsBegun:
        raise
    except WorkerError as error:
        await bot.ledger.settle(request.job)
        if isinstance(error, TrainingRuns):
            raise Refusal(say.RUNS_ALREADY.of(name=escape(error.name))) from error
        raise
    line = say.REPORT_HERE if train.workers else NO_TRAINER
    takes = say.TAKES_TIME.of(name=escape(request.name), time=duration(request.budget_s), line=line)
    yours = language_of_member(interaction)
    embeds = [shared_embed(texts.shared, yours)] if texts.shared else []
    await interaction.followup.send(takes.to(yours), ephemeral=True, embeds=embeds)


def shared_embed(shared: Shared, language: Language) -> discord.Embed:
    """How much of the stories a training learns from."""
    learned = say.SHARED_WORDS.of(words=shared.words, count=shared.members)
    return discord.Embed(title=say.SHARED.to(language), description=learned.to(language), colour=GREEN)


def setup(tree: app_commands.CommandTree[Any]) -> None:
    """Add the commands."""
    tree.add_command(TrainCommands())
