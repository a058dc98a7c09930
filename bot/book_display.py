"""Shows all chapters of `/book write` in one message while they are written, and posts the book at the end."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from functools import partial
from typing import Any

import discord
import structlog

from bot.base import BaseBot
from bot.book.files import DISCORD_BYTES
from bot.book_runs import BookRun
from bot.buttons import Button, ContinueButton
from bot.errors import Refusal, Undeliverable
from bot.ledger import Owed
from bot.notices import trouble
from bot.pages import copy_of
from bot.posting import Attached, Face, Poster, carries, moment_before
from bot.publishing import publish
from bot.text import escape, fitting
from bot.tree import Story, node_of
from bot.words import book as say
from bot.words.controls import STOP
from bot.words.language import Language, language_of
from bot.words.waiting import FAILED, LOST, TAKEN_BACK
from worker.contract import Event, GenerateRequest
from worker.errors import RedisDown
from worker.separator import count_words

log = structlog.get_logger(__name__)

BAR = 12
TAIL_CHARS = 300
"""How much of the newest text the message shows."""
OTHERS_S = 30.0
"""How long the last chapter waits for one before it to be noted down."""


def stop_book_id(run: str) -> str:
    """By which a run's Stop button is known."""
    return f"greenbeard:stopbook:{run}"


class StopBookButton(discord.ui.DynamicItem[Button], template=r"greenbeard:stopbook:(?P<run>[0-9a-f]{20})"):
    """Ends the writing of a book and keeps what is there."""

    def __init__(self, run: str, language: Language) -> None:
        super().__init__(discord.ui.Button(label=STOP.to(language), emoji="⏹️", custom_id=stop_book_id(run)))
        self.run = run

    @classmethod
    async def from_custom_id(cls, interaction: Any, item: Any, match: re.Match[str], /) -> StopBookButton:
        """The button that a member pressed."""
        return cls(match["run"], language_of(interaction.locale))

    async def callback(self, interaction: Any) -> None:
        """Pressed."""
        await interaction.client.presses["stopbook"](interaction, self.run)


class BookDisplay:
    """One chapter of a run. All chapters share the run's message; the last one posts the file."""

    def __init__(self, request: GenerateRequest, run: str, *, bot: BaseBot, poster: Poster, look: bool) -> None:
        self._request = request
        self._id = run
        self._bot = bot
        self._runs = bot.book_runs
        self._poster = poster
        self._look = look
        self._shown = ""

    async def notice(self, owed: Owed, line: str) -> None:
        """Say how the first chapter that is not written waits."""
        async with self._runs.showing(self._id):
            run = await self._runs.find(self._id)
            if run is None:
                return
            if not owed.messages:
                run = await self._attach(owed, run, line)
            if run.current == owed.job and not run.stopped:
                await self._show(run, progress(run, owed.job, "", self._request.words, owed.language, line))

    async def grow(self, owed: Owed, event: Event) -> None:
        """Show how far the chapter is, and its newest lines."""
        async with self._runs.showing(self._id):
            run = await self._runs.find(self._id)
            if run is not None and owed.job in run.jobs:
                text = await self._bot.queue.text(owed.job)
                await self._show(run, progress(run, owed.job, text, self._request.words, owed.language))

    async def keep(self, owed: Owed, event: Event) -> None:
        """Bring the story up to date; Discord has no part in this."""
        stories = self._bot.stories
        passage = await self._bot.queue.passage(owed.job)
        if passage is not None:
            await stories.append([passage])
        else:
            await stories.withdraw(self._request.story, owed.job)
        why = "" if passage is not None else trouble(event).to(owed.language)
        await self._runs.end(self._id, owed.job, why)

    async def end(self, owed: Owed, event: Event) -> None:
        """Post the book if this was the last chapter. Raises Undeliverable."""
        passage = await self._bot.queue.passage(owed.job)
        if passage is not None:
            await self._bot.screen.undress(await self._bot.stories.story(passage.story), node_of(passage.parent))
        run = await self._runs.find(self._id)
        if run is not None and run.jobs[-1] == owed.job:
            await self._finish(owed, await self._when_all_ended(run))

    async def _when_all_ended(self, run: BookRun) -> BookRun:
        """The run once every chapter of it is noted down; the others are always about to be."""
        with suppress(TimeoutError):
            async with asyncio.timeout(OTHERS_S):
                while run.current is not None:
                    await asyncio.sleep(0.1)
                    run = await self._runs.find(run.id) or run
        return run

    async def _finish(self, owed: Owed, run: BookRun) -> None:
        found = await self._bot.queue.passages(run.jobs)
        written = sum(passage is not None for passage in found)
        why = "" if run.stopped else run.trouble
        if written:
            try:
                await self._post(owed, run)
            except Undeliverable:
                await self._runs.settle(run.id)
                raise
            except Refusal as refusal:
                why = refusal.phrase.to(owed.language)
            except (RedisDown, asyncio.CancelledError):
                raise
            except Exception:
                log.exception("a book could not be made", run=run.id)
                why = say.NO_FILE.to(owed.language)
        async with self._runs.showing(run.id):
            if run.message is not None:
                with suppress(Undeliverable):
                    line = last_line(run, written, why, owed.language)
                    await self._poster.edit(owed.channel, run.message, Face(fitting(line)))
            await self._runs.settle(run.id)

    async def _post(self, owed: Owed, run: BookRun) -> None:
        story = await self._bot.stories.story(run.story)
        guild = self._bot.get_guild(story.server)
        limit = guild.filesize_limit if guild else DISCORD_BYTES
        published = await publish(self._bot, story, run.channel, run.form, limit)
        last = len(published.files) - 1
        for index, file in enumerate(published.files):
            face = Face(
                published.line(index, owed.language),
                attached=Attached(file.name, file.data),
                controls=self._controls(story) if index == last else (),
            )
            await self._poster.send(
                owed.channel,
                face,
                f"{run.id}-{index}",
                after=run.message or moment_before(owed.created),
                look=self._look,
                mine=partial(_holds, name=file.name),
            )

    def _controls(self, story: Story) -> tuple[discord.ui.Item[Any], ...]:
        words = story.words or self._bot.options.continue_words
        return (ContinueButton(words, story.tip, story.language),) if story.tip and story.ended is None else ()

    async def _attach(self, owed: Owed, run: BookRun, line: str) -> BookRun:
        """Give the chapter the run's message, a new one where there is none."""
        message = run.message
        if message is None:
            face = progress(run, owed.job, "", self._request.words, owed.language, line)
            message = await self._poster.send(
                owed.channel,
                face,
                run.id,
                after=moment_before(owed.created),
                look=True,
                mine=lambda message: carries(message, stop_book_id(run.id)),
            )
            await self._runs.show(run.id, message)
        await self._bot.ledger.add_message(owed.job, message)
        return run.model_copy(update={"message": message})

    async def _show(self, run: BookRun, face: Face) -> None:
        if run.message is None or face.content == self._shown:
            return
        if await self._poster.try_edit(run.channel, run.message, face):
            self._shown = face.content or ""


def _holds(message: discord.Message, name: str) -> bool:
    """Whether a message that answers no command holds a file of this name."""
    return message.interaction_metadata is None and any(
        attachment.filename == name for attachment in message.attachments
    )


def progress(run: BookRun, job: str, text: str, words: int, language: Language, line: str = "") -> Face:
    """The message of a run while the chapter `job` has `text` of about `words`; `line` says how it waits."""
    number = run.jobs.index(job)
    done = (number + min(1.0, count_words(text) / max(1, words))) / run.wanted
    full = int(BAR * done)
    heading = say.CHAPTER_OF.of(number=number + 1, wanted=run.wanted).to(language)
    lines = [heading, "▰" * full + "▱" * (BAR - full)]
    if text.strip():
        copy = copy_of(text, chapter=True)
        name = " – ".join(filter(None, map(str.strip, copy.text[: copy.heading].split("\n"))))
        lines += [f"*{escape(name)}*", *_quoted(copy.text[copy.heading :])]
    elif line:
        lines.append(line)
    if run.stopped:
        lines.append(say.STOPPING.to(language))
    return Face(fitting("\n".join(lines)), controls=() if run.stopped else (StopBookButton(run.id, language),))


def _quoted(text: str) -> list[str]:
    """The end of a text, as a quotation."""
    whole = text.strip()
    tail = " ".join(whole[-TAIL_CHARS:].split())
    if not tail:
        return []
    if len(whole) > TAIL_CHARS:
        tail = f"… {tail.partition(' ')[2] or tail}"
    return [f"> {escape(tail)}"]


def last_line(run: BookRun, written: int, trouble: str, language: Language) -> str:
    """What the message of a run says in the end; `trouble` is "" where there was none."""
    if not written:
        ended = TAKEN_BACK if run.stopped else FAILED.of(sentence=trouble or LOST)
        return ended.to(language)
    count = say.THE_CHAPTER_IS_WRITTEN if run.wanted == 1 else say.WRITTEN.of(count=written, wanted=run.wanted)
    ended = say.CHAPTER_ENDED if run.wanted == 1 else say.RUN_ENDED.of(written=count)
    line = (say.RUN_STOPPED.of(written=count) if run.stopped else ended).to(language)
    return f"{line} {FAILED.of(sentence=trouble).to(language)}" if trouble else line
