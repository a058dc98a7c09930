"""What Discord shows of a story: its passages in their messages, and the buttons below the newest one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import discord
import structlog

from bot.buttons import PassageButton, Tip, first_controls, tip_controls
from bot.errors import Undeliverable
from bot.locks import Locks
from bot.moves import Moves
from bot.options import BotOptions
from bot.pages import Copy, copy_of, pages
from bot.posting import Attached, Face, Poster
from bot.records import Records
from bot.text import MESSAGE_LIMIT, escape, fitting, title_of, utf16_length
from bot.tree import ROOT, Node, Story, place_of
from bot.words.language import Language
from bot.words.stories import COPIED, SOUNDS_LIKE, WHERE
from bot.words.waiting import UNDONE_BY, UNDONE_BY_SOMEONE
from worker.client import Client
from worker.contract import Passage

log = structlog.get_logger(__name__)

NAME_CHARS = 40
WHERE_CHARS = 60
"""How much the line below a passage says of a file or chapter."""
SIGNATURE_CHARS = 40
"""Room that is kept for who wrote a member's own passage."""


class Screen:
    """Draws for one bot. Methods may raise RedisDown; what Discord refuses is logged, a lost message is replaced.

    Members move a story at the same time: whatever a method is told, it draws the story as it stands when its turn
    comes.
    """

    def __init__(self, poster: Poster, records: Records, moves: Moves, client: Client, options: BotOptions) -> None:
        self._poster = poster
        self._records = records
        self._moves = moves
        self._client = client
        self._options = options
        self._drawing = Locks()

    @asynccontextmanager
    async def _drawn(self, told: Story) -> AsyncIterator[Story]:
        """One after the other: a story as it stands by now."""
        async with self._drawing.of(told.id):
            story = await self._records.story(told.id)
            yield story.within(channel=told.channel, language=told.language)

    async def controls(self, story: Story, words: int | None = None) -> Sequence[discord.ui.Item[Any]]:
        """The buttons where a story goes on: below its newest passage, or below its card."""
        if story.ended is not None:
            return ()
        if story.tip is None:
            return first_controls(words or story.words or self._options.continue_words, story.language)
        found = await self._moves.takes(story)
        node = await self._records.tip(story)
        passage = await self._client.passage(node.passage)
        return tip_controls(
            Tip(
                node=node.id,
                words=words or story.words or self._options.continue_words,
                at=place_of(found, node),
                takes=len(found),
                by_model=passage is not None and passage.kind != "written",
            ),
            story.language,
        )

    async def dress(self, story: Story) -> None:
        """Put the buttons below the newest passage, or below the card of a story that has none."""
        async with self._drawn(story) as now:
            await self._set(now, now.tip or ROOT, await self.controls(now))

    async def undress(self, story: Story, node: str | None) -> None:
        """Take the buttons away below a passage, unless it is the newest of a story that goes on.

        None stands for the card.
        """
        async with self._drawn(story) as now:
            await self._set(now, node or ROOT, await self.controls(now) if (node or ROOT) == (now.tip or ROOT) else ())

    async def wait(self, story: Story, node: str, stop: discord.ui.Item[Any]) -> None:
        """While another take is being written, the old one stays until the first words come."""
        async with self._drawn(story) as now:
            await self._set(now, node, (stop,))

    async def _set(self, story: Story, node: str, controls: Sequence[discord.ui.Item[Any]]) -> None:
        messages = await self._records.messages(story.id, node)
        if messages:
            await self._poster.dress(story.channel, messages[-1], controls)

    async def show(self, story: Story, node: Node, *, post: bool = True) -> bool:
        """Show what counts of a passage now, in the messages that showed it, with buttons if it is the newest.

        Where messages are gone or too few, further ones are posted, unless `post` says no. What was taken back
        meanwhile is left to whoever took it back. False where something has to wait: Discord cannot be reached.
        """
        async with self._drawn(story) as now:
            node = await self._records.node(now.id, node.id)
            passage = await self._client.passage(node.passage) if node.wordings else None
            if passage is None or not await self._records.is_on_path(now.id, node):
                return True
            controls = await self.controls(now) if node.id == now.tip else ()
            messages = await self._records.messages(now.id, node.id)
            painted = with_controls(faces(passage, now.language), controls)
            shown, is_whole = await self._paint(now.channel, messages, painted, post=post)
            await self._records.show(now, node.id, shown)
        return is_whole

    async def refresh(self, story: Story, node: Node) -> bool:
        """Show a passage anew where messages show it, be it part of the story now or taken back; False as by `show`."""
        messages = await self._records.messages(story.id, node.id)
        if not messages or await self._records.shown_in(story.channel, messages[-1]) != node.id:
            return True
        is_shown = await self.show(story, node, post=False)
        return await self.hide(story, node, 0) and is_shown

    async def show_waiting(self, story: Story, passage: Passage) -> bool:
        """Show anew what a member wrote and what waits for its turn, in the messages that show it."""
        async with self._drawn(story) as now:
            messages = await self._records.messages(now.id, passage.id)
            shown, is_whole = await self._paint(now.channel, messages, faces(passage, now.language), post=False)
            await self._records.show(now, passage.id, shown)
        return is_whole

    async def take_over(self, story: Story, before: str, node: Node) -> None:
        """Show a take in the messages of the take before it."""
        await self._records.show(story, node.id, await self._records.messages(story.id, before))
        await self.show(story, node)

    async def hide(self, story: Story, node: Node, member: int) -> bool:
        """Show that a member took a passage back (0: nobody is named); the newest can be brought back by a button.

        What was brought back meanwhile stays. False as by `show`.
        """
        async with self._drawn(story) as now:
            messages = await self._records.messages(now.id, node.id)
            if not messages or await self._records.is_on_path(now.id, node):
                return True
            redo = (await self._records.tip(now)).chosen == node.id
            controls = (PassageButton("redo", node.id, now.language),) if redo else ()
            undone = (UNDONE_BY.of(member=f"<@{member}>") if member else UNDONE_BY_SOMEONE).to(now.language)
            face = Face(undone, controls=controls, bare=True)
            shown, is_whole = await self._paint(now.channel, messages, [face], post=False)
            await self._records.show(now, node.id, shown)
        return is_whole

    async def repaint(self, channel: int, message: int, face: Face) -> bool:
        """Let a message show something else, if it is still there."""
        _, is_whole = await self._paint(channel, [message], [face], post=False)
        return is_whole

    async def _paint(
        self, channel: int, messages: list[int], found: list[Face], *, post: bool = True
    ) -> tuple[list[int], bool]:
        """Let messages show faces; where one is gone or too few are there, further ones are posted.

        Which messages do, and whether nothing of it has to wait.
        """
        shown: list[int] = []
        is_whole = True
        for index, face in enumerate(found):
            message = messages[index] if index < len(messages) else None
            try:
                if message is not None:
                    is_whole &= await self._poster.try_edit(channel, message, face)
                    shown.append(message)
                    continue
            except Undeliverable as refusal:
                log.info("a message is gone", channel=channel, message=message, reason=str(refusal))
            if post:
                try:
                    posted = await self._poster.try_post(channel, face)
                except Undeliverable as refusal:
                    log.warning("undeliverable", channel=channel, reason=str(refusal))
                    return shown, is_whole
                is_whole &= posted is not None
                shown += [] if posted is None else [posted]
        for message in messages[len(found) :]:
            try:
                await self._poster.delete(channel, message)
            except Undeliverable:
                log.info("a message was gone already", channel=channel, message=message)
        return shown, is_whole


def faces(passage: Passage, language: Language) -> list[Face]:
    """The messages of a finished passage, without buttons."""
    copy = copy_of(passage.text, prompt=passage.prompt, chapter=passage.kind == "chapter")
    if passage.kind == "written":
        *others, last = pages(replace(copy, prompt=0), MESSAGE_LIMIT - SIGNATURE_CHARS)
        signature = f"\n-# ✍️ <@{passage.author}>" if int(passage.author) else ""
        return [*map(Face, others), Face(f"{last}{signature}")]
    found = [Face(page, bare=True) for page in footed(pages(copy), origin_line(passage, language))]
    if passage.kind == "chapter" and found:
        found[-1] = replace(found[-1], attached=Attached(file_name(copy), markdown(copy).encode()))
    return found


def footed(found: list[str], line: str) -> list[str]:
    """Pages with a small line below the last one, on a page of its own where there is no room."""
    if not line or not found:
        return found
    whole = f"{found[-1]}\n-# {line}"
    return [*found[:-1], whole] if utf16_length(whole) <= MESSAGE_LIMIT else [*found, f"-# {line}"]


def origin_line(passage: Passage, language: Language) -> str:
    """What a passage has of the books: its longest common run and the book that it sounds like, "" for neither."""
    parts = [copied_line(passage, language)]
    if passage.likeness is not None:
        parts.append(SOUNDS_LIKE.of(book=shown_place(title_of(passage.likeness.file))).to(language))
    return " · ".join(part for part in parts if part)


def copied_line(passage: Passage, language: Language) -> str:
    """The longest run of words that a passage has in common with the books, "" where none is known."""
    copied = passage.copied
    if copied is None or not copied.words:
        return ""
    parts = (shown_place(part) for part in (title_of(copied.file), copied.chapter) if part)
    return COPIED.of(count=copied.words, where=WHERE.to(language).join(parts)).to(language)


def shown_place(name: str) -> str:
    """The name of a book or a chapter below a passage."""
    return escape(fitting(name, WHERE_CHARS))


def with_controls(found: list[Face], controls: Sequence[discord.ui.Item[Any]]) -> list[Face]:
    """The same messages with buttons below the last one."""
    return [*found[:-1], replace(found[-1], controls=tuple(controls))] if found else []


def markdown(copy: Copy) -> str:
    """A chapter as a Markdown file."""
    heading = " – ".join(line.strip() for line in copy.text[: copy.heading].split("\n"))
    return f"# {heading}\n\n{copy.text[copy.heading :].strip()}\n"


def file_name(copy: Copy) -> str:
    """A chapter's file name, made of its heading."""
    words = "".join(char if char.isalnum() else " " for char in copy.text[: copy.heading].lower()).split()
    return f"{'-'.join(words)[:NAME_CHARS].strip('-') or 'chapter'}.md"
