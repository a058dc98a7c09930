"""`/book export`, `/book write`, and the button that stops the writing."""

from __future__ import annotations

import secrets
from typing import Any, get_args

import discord
import structlog
from discord import app_commands

from bot.asking import open_here, take_back
from bot.book.files import BookFormat
from bot.book_display import progress
from bot.book_runs import BookRun
from bot.errors import Refusal
from bot.gates import spend
from bot.ledger import Owed
from bot.limits import checked_chapters, checked_words
from bot.notices import waiting_line
from bot.posting import Attached, view_of
from bot.publishing import SHELF_NAMES, Published, publish
from bot.replies import Interaction, answered, pressing, replying, thinking
from bot.rights import require_place
from bot.speaking import language_here
from bot.tree import Story
from bot.words import commands as say
from bot.words.language import Language
from bot.words.refusals import BOOK_RUNS, EMPTY_BOOK
from bot.words.waiting import KEPT, TAKEN_BACK
from worker.contract import GenerateRequest, new_job_id
from worker.errors import RedisDown

log = structlog.get_logger(__name__)

FORMATS = [app_commands.Choice(name=SHELF_NAMES[form].label, value=form) for form in get_args(BookFormat)]


class BookCommands(app_commands.Group):
    """`/book`."""

    def __init__(self) -> None:
        super().__init__(name="book", description=say.BOOK.label)

    @app_commands.command(name="export", description=say.BOOK_EXPORT.label)
    @app_commands.rename(form="format")
    @app_commands.describe(form=say.BOOK_FORMAT.label)
    @app_commands.choices(form=FORMATS)
    async def export(self, interaction: Interaction, form: app_commands.Choice[str] | None = None) -> None:
        """`/book export`."""
        async with replying(interaction):
            bot = interaction.client
            channel = require_place(interaction)
            story = await bot.stories.here(bot.options.consumer, channel)
            if story.tip is None:
                raise Refusal(EMPTY_BOOK)
            async with thinking(interaction):
                published = await publish(bot, story, channel, chosen(form), interaction.filesize_limit)
                language = await language_here(interaction)
                await send_file(interaction, published, 0, language)
            for index in range(1, len(published.files)):
                await send_file(interaction, published, index, language)

    @app_commands.command(name="write", description=say.BOOK_WRITE.label)
    @app_commands.rename(form="format")
    @app_commands.describe(
        chapters=say.BOOK_WRITE_CHAPTERS.label,
        words=say.BOOK_WRITE_WORDS.label,
        form=say.BOOK_FORMAT.label,
    )
    @app_commands.choices(form=FORMATS)
    async def write(
        self,
        interaction: Interaction,
        chapters: int,
        words: int | None = None,
        form: app_commands.Choice[str] | None = None,
    ) -> None:
        """`/book write`."""
        options = interaction.client.options
        async with replying(interaction):
            count = checked_chapters(chapters, options.book_chapters_max)
            length = checked_words(words, options.chapter_words, options.chapter_words_max)
            story = await open_here(interaction)
            await require_no_other(interaction, story)
            rules = await spend(interaction, count)
            await begin(
                interaction, story, requests_for(interaction, story, count, length, rules.blocked), chosen(form)
            )


async def send_file(interaction: Interaction, published: Published, index: int, language: Language) -> None:
    """Show a file of a book to everybody."""
    file = published.files[index]
    await interaction.followup.send(published.line(index, language), file=Attached(file.name, file.data).open())


def chosen(form: app_commands.Choice[str] | None) -> BookFormat:
    """The format that a member chose."""
    return next((known for known in get_args(BookFormat) if form and form.value == known), "epub")


async def require_no_other(interaction: Interaction, story: Story) -> None:
    """Raises Refusal while another run writes in the story; forgets one whose chapters have all gone."""
    bot = interaction.client
    run = await bot.book_runs.of_story(story.id)
    if run is None:
        return
    for job in run.jobs:
        if await bot.ledger.find(job) is not None:
            raise Refusal(BOOK_RUNS)
    await bot.book_runs.settle(run.id)


def requests_for(
    interaction: Interaction, story: Story, count: int, words: int, blocked: tuple[str, ...]
) -> list[GenerateRequest]:
    """One request a chapter."""
    options = interaction.client.options
    return [
        GenerateRequest(
            job=job,
            story=story.id,
            kind="chapter",
            words=words,
            note=story.note,
            blocked=blocked,
            sampling=story.sampling or options.sampling,
            seed=secrets.randbelow(2**31),
            reply_to=options.consumer,
            member=str(interaction.user.id),
            server=str(interaction.guild_id or interaction.channel_id),
            time_limit_s=options.time_limit_s,
        )
        for job in sorted(new_job_id() for _ in range(count))
    ]


async def begin(interaction: Interaction, story: Story, requests: list[GenerateRequest], form: BookFormat) -> None:
    """Keep all requests, answer with the message that shows how far they are, and let the first one go."""
    bot = interaction.client
    jobs = tuple(request.job for request in requests)
    run = BookRun(id=new_job_id(), story=story.id, channel=story.channel, form=form, jobs=jobs, wanted=len(jobs))
    language = story.language
    owed = [Owed(channel=story.channel, request=request, book=run.id, language=language) for request in requests]
    ahead = await bot.ledger.passages_ahead()
    generate, _ = await bot.queue.queues()
    await bot.book_runs.admit(run, owed, requests)
    line = waiting_line(ahead, len(generate.workers)).to(language)
    face = progress(run, jobs[0], "", requests[0].words, language, line)
    try:
        message = await answered(interaction, face.content or "", view_of(*face.controls))
    except discord.HTTPException:
        await _forget(interaction, run, jobs)
        raise
    try:
        if message is not None:
            await bot.book_runs.show(run.id, message)
            for job in jobs:
                await bot.ledger.add_message(job, message)
        await bot.stories.submit_next(story.id)
    except RedisDown:
        log.warning("Redis went away between request and submission", run=run.id)
        await interaction.edit_original_response(content=KEPT.to(language))


async def stop_book(interaction: Interaction, id: str) -> None:
    """Any member may stop the writing: the chapter that is being written ends, the file follows."""
    async with pressing(interaction):
        bot = interaction.client
        run, fallen = await bot.book_runs.stop(id)
        if run is None:
            await interaction.response.defer()
            return
        await _forget_jobs(interaction, fallen)
        last = await bot.ledger.find(run.jobs[-1])
        if last is None or not isinstance(last.request, GenerateRequest):
            await interaction.response.defer()
            return
        nothing_written = len(run.jobs) == 1 and await take_back(bot, last, last.request)
        if nothing_written:
            await bot.book_runs.settle(run.id)
        else:
            await bot.queue.cancel(last.job)
            await bot.queue.take_back(last.request)
        await interaction.response.defer()
        async with bot.book_runs.showing(run.id):
            if nothing_written:
                await interaction.edit_original_response(content=TAKEN_BACK.to(last.language), view=None)
            elif await bot.book_runs.find(run.id) is not None:  # or else its end is shown already
                text = await bot.queue.text(last.job)
                face = progress(run, last.job, text, last.request.words, last.language)
                await interaction.edit_original_response(content=face.content, view=None)
        if nothing_written:
            await bot.screen.dress(await bot.stories.story(run.story))


async def _forget_jobs(interaction: Interaction, jobs: tuple[str, ...]) -> None:
    """Take requests out of the line, the last first, so that none of them gets its turn."""
    bot = interaction.client
    for job in reversed(jobs):
        owed = await bot.ledger.find(job)
        if owed is not None and isinstance(owed.request, GenerateRequest):
            await take_back(bot, owed, owed.request)


async def _forget(interaction: Interaction, run: BookRun, jobs: tuple[str, ...]) -> None:
    await _forget_jobs(interaction, jobs)
    await interaction.client.book_runs.settle(run.id)


def setup(tree: app_commands.CommandTree[Any]) -> None:
    """Add the commands and what the button does."""
    tree.add_command(BookCommands())
    tree.client.presses |= {"stopbook": stop_book}
