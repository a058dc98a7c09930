"""Brings a member's own passage into the story and into Discord: at once, or later where something broke it off."""

from __future__ import annotations

from functools import partial

import discord

from bot.base import BaseBot
from bot.ledger import Owed
from bot.posting import Face, Poster, moment_before
from bot.screen import faces, with_controls
from bot.tree import Node, Story
from bot.words.language import Language
from bot.written import Written, written_passage
from worker.contract import Event


def own_pages(written: Written, language: Language) -> list[Face]:
    """The messages of a member's own passage; what joins it to the story is not shown."""
    return faces(written_passage(written.job, written.story, written.member, written.text, None), language)


class OwnDisplay:
    """One passage. Its first message is the answer to the command, or a message of its own where that was lost."""

    def __init__(self, written: Written, *, bot: BaseBot, look: bool) -> None:
        self._written = written
        self._bot = bot
        self._records = bot.stories.records
        self._poster = Poster(bot)
        self._look = look

    async def notice(self, owed: Owed, line: str) -> None:
        """It waits for a passage before it, and can be read meanwhile."""
        await self._post(owed)

    async def grow(self, owed: Owed, event: Event) -> None:
        """It is whole from the beginning."""

    async def keep(self, owed: Owed, event: Event) -> None:
        """Put it into the story, wherever its messages are."""
        await self._bot.stories.take_in(self._written)

    async def end(self, owed: Owed, event: Event) -> None:
        """Show it with its buttons; nothing where it was taken out again. Raises Undeliverable."""
        if await self._bot.queue.passage(owed.job) is not None:
            await self._finish(owed)

    async def show(self, owed: Owed) -> None:
        """For one who holds `Ledger.showing`: show it as far as the story has come, and settle what is owed then."""
        if await self._bot.queue.passage(owed.job) is None:
            await self._post(owed)
        else:
            await self._finish(owed)
            await self._bot.ledger.settle(owed.job)

    async def _finish(self, owed: Owed) -> None:
        messages = await self._post(owed)
        story, node = await self._place()
        if story.tip == node.id and not node.shown:
            controls = await self._bot.screen.controls(story)
            *_, last = with_controls(own_pages(self._written, owed.language), controls)
            await self._poster.edit(owed.channel, messages[-1], last)
        await self._bot.screen.undress(story, node.parent)
        now, place = await self._place()
        if now.tip != node.id or place.shown:
            await self._bot.screen.refresh(now, place)  # it was gone on from, taken back or edited meanwhile
            await self._bot.screen.dress(now)

    async def _place(self) -> tuple[Story, Node]:
        story = await self._bot.stories.story(self._written.story)
        return story, await self._records.node(story.id, self._written.job)

    async def _post(self, owed: Owed) -> list[int]:
        """Its messages: those that are missing are found where an earlier try posted them, or posted now."""
        story = await self._bot.stories.story(self._written.story)
        messages = list(owed.messages)
        await self._records.show(story, owed.job, messages)
        missing = own_pages(self._written, owed.language)[len(messages) :]
        others = await self._messages_of_others(story) if missing else set()
        for face in missing:
            message = await self._poster.send(
                owed.channel,
                face,
                f"{owed.job}-{len(messages)}",
                after=messages[-1] if messages else moment_before(owed.created),
                look=self._look,
                mine=partial(_shows, page=face.content, others=others),
            )
            await self._bot.ledger.add_message(owed.job, message)
            messages.append(message)
            await self._records.show(story, owed.job, messages)
        return messages

    async def _messages_of_others(self, story: Story) -> set[int]:
        """Messages that show other passages: a member may write the same words twice."""
        owed = await self._bot.ledger.owed(self._bot.options.consumer)
        waiting = {message for record in owed if record.job != self._written.job for message in record.messages}
        return waiting | await self._records.newest_messages(story.id, but=self._written.job)


def _shows(message: discord.Message, page: str | None, others: set[int]) -> bool:
    """Whether a message of the bot shows this page, and no other passage that reads the same."""
    return message.content == page and message.id not in others
