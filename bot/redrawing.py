"""Lets messages show what is kept by now, one after the other, where `Forgetting` noted down that they do not.

Runs beside the delivery for as long as it takes: Discord takes about one edit a second in a channel.
"""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import discord
import structlog

from bot.base import BaseBot
from bot.cards import card, names_somebody
from bot.errors import Refusal
from bot.posting import Face, passes
from bot.stories import Written
from bot.text import decoded
from bot.tree import ROOT, Story
from bot.voting import refresh_ballots
from bot.words.stories import UNTITLED
from bot.written import written_passage
from worker.client import answering
from worker.contract import Keys
from worker.errors import RedisDown

log = structlog.get_logger(__name__)


class Redrawing:
    """Redraws for one bot, and goes on forgetting what could not be forgotten at once.

    `run` may be cancelled and begun anew at any time.
    """

    def __init__(self, bot: BaseBot) -> None:
        self._bot = bot
        self._redis = bot.queue.redis
        self._key = Keys.redraws(bot.options.consumer)
        self._broken: set[bytes] = set()
        """What failed as nobody expected: it is left to the next start."""

    async def run(self) -> None:
        """Redraw until cancelled."""
        while True:
            for step in (self._bot.forgetting.go_on, self._work_off):
                try:
                    await step()
                except RedisDown:
                    log.debug("Redis does not answer; forgetting waits")  # who reads events beside it has told so
                except Exception:
                    log.exception("forgetting broke off; it is taken up again")
            await asyncio.sleep(self._bot.options.waiting_interval_s)

    async def _work_off(self) -> None:
        """Try each note that is there once. One goes when Discord has taken the edit, else it comes last."""
        async with answering():
            count = await self._redis.llen(self._key)
        for _ in range(count):
            async with answering():
                note: Any = await self._redis.lindex(self._key, 0)
            if note is None:
                return
            done = False
            if note not in self._broken:
                try:
                    done = await self._redraw(note)
                except RedisDown:
                    raise
                except Exception:
                    log.exception("a message cannot be redrawn before the next start", note=decoded(note))
                    self._broken.add(note)
            async with answering(), self._redis.pipeline(transaction=True) as pipe:
                pipe.lrem(self._key, 1, note)
                if not done:
                    pipe.rpush(self._key, note)
                await pipe.execute()

    async def _redraw(self, note: bytes) -> bool:
        """Whether messages show a node as it is kept."""
        id, _, node = decoded(note).rpartition(" ")
        story = await self._bot.stories.story(id)
        if node == ROOT:
            return await self._retitle(story)
        taken = True
        if await self._bot.stories.records.messages(id, node):
            taken = await self._show(story, node)
            await asyncio.sleep(self._bot.options.edit_interval_s)
        return await refresh_ballots(self._bot, {node}) and taken

    async def _show(self, story: Story, node: str) -> bool:
        taken = await self._show_waiting(story, node)
        try:
            place = await self._bot.stories.records.node(story.id, node)
        except Refusal:  # it waits for its turn, or never became story
            return taken
        return await self._bot.screen.refresh(story, place)

    async def _show_waiting(self, story: Story, job: str) -> bool:
        for waits in await self._bot.stories.waiting(story.id):
            if isinstance(waits, Written) and waits.job == job:
                passage = written_passage(job, story.id, waits.member, waits.text, None)
                return await self._bot.screen.show_waiting(story, passage)
        return True

    async def _retitle(self, story: Story) -> bool:
        """The card of a story and its thread no longer have the name of who began it."""
        taken = True
        messages = await self._bot.stories.records.messages(story.id, ROOT)
        if messages:
            controls = await self._bot.screen.controls(story) if story.tip is None else ()
            face = Face(embed=card(story), controls=tuple(controls))
            taken = await self._bot.screen.repaint(story.channel, messages[-1], face)
            await self._bot.screen.undress(story, None)  # if it has a passage by now
        return await self._rename(story) and taken

    async def _rename(self, story: Story) -> bool:
        bot = self._bot
        try:
            place = bot.get_channel(story.channel) or await bot.fetch_channel(story.channel)
            is_own = bot.user is not None and getattr(place, "owner_id", None) == bot.user.id
            if isinstance(place, discord.Thread) and is_own and names_somebody(place.name):
                was_archived = place.archived
                if was_archived:
                    await place.edit(archived=False)
                await place.edit(name=story.title or UNTITLED.to(story.language), archived=was_archived)
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.info("a thread keeps its name", channel=story.channel, reason=str(error))
            return not passes(error)
        return True
