"""Brings what workers made to Discord: reads the event stream, edits messages, acknowledges once Discord has taken it.

Two loops feed one follower per job, and only the follower touches the job's messages; a button that must, waits for it
(`Ledger.showing`). The reader hands out events as they come. The review looks at everything that is owed every few
seconds: it says how requests wait, submits what was left behind, and finds ends whose events never came, so that a new
start picks up wherever the last one broke off.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterable

import structlog

from bot.base import BaseBot
from bot.book_display import BookDisplay
from bot.follower import Display, Follower
from bot.ledger import Owed
from bot.notices import training_line, waiting_line
from bot.options import BotOptions
from bot.own_display import OwnDisplay
from bot.passages import PassageDisplay
from bot.posting import Poster
from bot.redrawing import Redrawing
from bot.replay import ReplayDisplay
from bot.stories import Stories
from bot.trainings import TrainingDisplay
from bot.words.language import Phrase
from bot.words.waiting import AFTER_VOTE
from bot.written import Written
from worker.client import Client
from worker.contract import Ended, Failed, GenerateRequest, Grew, TrainRequest
from worker.errors import RedisDown
from worker.events import Received
from worker.status import QueueState

log = structlog.get_logger(__name__)

UNANSWERED_S = 10.0
"""From this age on, a passage without a message will get none as the answer to its command, which Discord takes for 3 s
only. One of an earlier run of the bot will get none at any age."""
ORPHAN_S = 30.0
"""From this age on, a training that the queue does not hold was lost on its way there."""
NEAR = 10
"""So many requests at the head of the line hear at each review how they wait."""
REVIEW = "review"
"""The attempt named by events that the review makes up."""


class Delivery:
    """Delivers for one bot. `run` may be cancelled and begun anew at any time."""

    def __init__(self, bot: BaseBot, client: Client, stories: Stories, options: BotOptions) -> None:
        self._bot = bot
        self._client = client
        self._stories = stories
        self._options = options
        self._ledger = bot.ledger
        self._poster = Poster(bot)
        self._screen = bot.screen
        self._votes = bot.votes
        self._followers: dict[str, Follower] = {}
        self._lost: set[str] = set()
        self._since = 0.0
        self._reviews = itertools.count()

    async def run(self) -> None:
        """Deliver until cancelled."""
        self._since = time.time()
        self._lost.clear()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._review_for_ever(tasks))
            tasks.create_task(Redrawing(self._bot).run())
            async for received in self._client.events(self._options.consumer):
                self._follower(received.event.job, tasks).hear(received)

    def _follower(self, job: str, tasks: asyncio.TaskGroup) -> Follower:
        follower = self._followers.get(job)
        if follower is None:
            follower = Follower(job, self._ledger, self._display, self._acknowledge, self._options.edit_interval_s)
            self._followers[job] = follower
            tasks.create_task(self._follow(follower))
        return follower

    async def _follow(self, follower: Follower) -> None:
        try:
            await follower.run()
        except Exception:
            log.exception("a delivery broke off; the review takes it up again", job=follower.job)
        finally:
            del self._followers[follower.job]

    def _display(self, owed: Owed) -> Display:
        if isinstance(owed.request, TrainRequest):
            return TrainingDisplay(owed.request, poster=self._poster, ledger=self._ledger, client=self._client)
        if isinstance(owed.request, Written):
            return OwnDisplay(owed.request, bot=self._bot, look=True)
        if owed.token:
            return ReplayDisplay(owed.request, bot=self._bot)
        if owed.book:
            look = owed.created < self._since
            return BookDisplay(owed.request, owed.book, bot=self._bot, poster=self._poster, look=look)
        return PassageDisplay(
            owed.request,
            poster=self._poster,
            ledger=self._ledger,
            stories=self._stories,
            client=self._client,
            screen=self._screen,
            votes=self._votes,
            look=owed.created < self._since,
        )

    async def _acknowledge(self, received: Received) -> None:
        if received.id:
            await self._client.acknowledge(self._options.consumer, received)

    async def _review_for_ever(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            try:
                await self._review(tasks)
            except RedisDown:
                log.debug("Redis does not answer; the review waits")  # who reads events beside it has told so
            except Exception:
                log.exception("the review broke off; it begins anew")
            await asyncio.sleep(self._options.waiting_interval_s)

    async def _review(self, tasks: asyncio.TaskGroup) -> None:
        await self._votes.close_due()
        owed = await self._ledger.owed(self._options.consumer)
        self._let_go(owed)
        if not owed:
            return
        generate, train = await self._client.queues()
        waits, voted = await self._client.waits(), await self._votes.stories()
        number, ahead = next(self._reviews), 0
        for record in owed:
            if isinstance(record.request, GenerateRequest):
                wait = waits.get(record.job)
                line = waiting_line(ahead, len(generate.workers), wait) if is_told(ahead, number) else None
                if record.request.story in voted and not record.submitted:
                    line = AFTER_VOTE
                await self._review_passage(record, record.request, line, tasks)
                ahead += 1
            elif isinstance(record.request, Written):
                await self._review_own(record, record.request, tasks)
            else:
                await self._review_training(record, record.request, train, tasks)

    def _let_go(self, owed: Iterable[Owed]) -> None:
        """Followers of what is owed no more end: of a request that was taken back no event ever tells."""
        jobs = {record.job for record in owed}
        for job, follower in self._followers.items():
            if job not in jobs:
                follower.wake()

    async def _review_passage(
        self, owed: Owed, request: GenerateRequest, line: Phrase | None, tasks: asyncio.TaskGroup
    ) -> None:
        if self._is_being_answered(owed):
            return
        if not owed.submitted:
            self._say(owed, line, tasks)
            await self._stories.submit_next(request.story)
        elif not await self._ended_unheard(owed, tasks):
            if await self._client.text(owed.job):
                self._follower(owed.job, tasks).hear(_made_up(Grew(job=owed.job, attempt=REVIEW, number=0)))
            else:
                self._say(owed, line, tasks)

    def _is_being_answered(self, owed: Owed) -> bool:
        """Whether the first message may still come as the answer to a command."""
        return not owed.messages and self._since <= owed.created > time.time() - UNANSWERED_S

    async def _review_own(self, owed: Owed, written: Written, tasks: asyncio.TaskGroup) -> None:
        """A member's own passage that waits, or whose way into the story or into Discord broke off."""
        if self._is_being_answered(owed):
            return
        await self._stories.submit_next(written.story)
        if await self._stories.is_at_hand(written):
            end = Ended(job=owed.job, attempt=REVIEW, number=0)
            self._follower(owed.job, tasks).hear(_made_up(end))
        else:
            self._follower(owed.job, tasks).say("")

    def _say(self, owed: Owed, line: Phrase | None, tasks: asyncio.TaskGroup) -> None:
        if line is not None:
            self._follower(owed.job, tasks).say(line.to(owed.language))

    async def _review_training(
        self, owed: Owed, request: TrainRequest, train: QueueState, tasks: asyncio.TaskGroup
    ) -> None:
        running = await self._client.training()
        if running is not None and running.job == owed.job:
            if running.waits:
                self._follower(owed.job, tasks).say(training_line(request.name, len(train.workers)).to(owed.language))
        elif time.time() - owed.created > ORPHAN_S:
            await self._ended_unheard(owed, tasks)

    async def _ended_unheard(self, owed: Owed, tasks: asyncio.TaskGroup) -> bool:
        """Whether the queue has done with a job; found so twice in a row, its end is made up for the event missed."""
        if await self._client.alive(owed.job):
            self._lost.discard(owed.job)
            return False
        if owed.job not in self._lost:
            self._lost.add(owed.job)
            return True
        self._lost.discard(owed.job)
        if await self._client.passage(owed.job) is not None or (owed.token and await self._client.text(owed.job)):
            end: Ended | Failed = Ended(job=owed.job, attempt=REVIEW, number=0)
        else:
            end = Failed(job=owed.job, attempt=REVIEW, number=0, message="The queue has lost the job.", why="lost")
        self._follower(owed.job, tasks).hear(_made_up(end))
        return True


def is_told(ahead: int, review: int) -> bool:
    """Whether the review of this number, from 0, says how a request waits behind `ahead` others.

    The further back, the rarer: a long line must not spend the edits that Discord allows on telling its length.
    """
    return review % (1 + ahead // NEAR) == 0


def _made_up(event: Grew | Ended | Failed) -> Received:
    """An event that is in no stream."""
    return Received("", event)
