"""Votes among takes: plain decisions, the records in Redis, and the end of a vote."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import structlog
from redis.asyncio import Redis

from bot.errors import Refusal
from bot.locks import Locks
from bot.moves import Moves
from bot.screen import Screen
from bot.stories import Stories
from bot.text import decoded
from bot.tree import Record
from worker.client import answering
from worker.contract import VOTE_TTL, Keys

log = structlog.get_logger(__name__)

MINUTES = 10
"""How long a vote runs where its story does not say."""
QUORUM = 5
"""Votes that end it before its time."""
WINNER = "winner"
"""Field of the votes cast that holds who won; members are numbers."""


class Vote(Record):
    """One vote among the takes of a passage."""

    job: str
    story: str
    channel: int
    message: int
    candidates: tuple[str, ...]
    """Nodes."""
    ends: float
    """Unix seconds."""
    quorum: int


def tally(cast: Iterable[int], candidates: int) -> list[int]:
    """Votes for each candidate."""
    counted = Counter(cast)
    return [counted[index] for index in range(candidates)]


def winner(counted: Sequence[int]) -> int:
    """The candidate with the most votes; of equals, and where nobody voted, the one that was written first."""
    return max(range(len(counted)), key=lambda index: (counted[index], -index))


def is_over(vote: Vote, counted: Sequence[int], now: float) -> bool:
    """Whether a vote ends by itself."""
    return now >= vote.ends or sum(counted) >= vote.quorum


class Votes:
    """All votes of one bot. Every method may raise RedisDown, and may be repeated."""

    def __init__(self, redis: Redis, consumer: str, stories: Stories, moves: Moves, screen: Screen) -> None:
        self._redis = redis
        self._consumer = consumer
        self._stories = stories
        self._moves = moves
        self._screen = screen
        self._showing = Locks()

    def showing(self, job: str) -> asyncio.Lock:
        """Held by whoever shows how a vote stands, or that it is over, so that no older state covers a newer one."""
        return self._showing.of(job)

    async def open(self, vote: Vote) -> Vote:
        """Begin a vote; the one that was begun already, even if it is over, where there is one."""
        known = await self.find(vote.job)
        if known is None:
            async with answering(), self._redis.pipeline(transaction=True) as pipe:
                pipe.set(Keys.vote(vote.job), vote.model_dump_json())
                pipe.zadd(Keys.votes(self._consumer), {vote.job: vote.ends})
                await pipe.execute()
        return known or vote

    async def move(self, vote: Vote, message: int) -> None:
        """Another message shows the ballot from now on."""
        moved = vote.model_copy(update={"message": message})
        async with answering():
            await self._redis.set(Keys.vote(vote.job), moved.model_dump_json(), xx=True, keepttl=True)

    async def find(self, job: str) -> Vote | None:
        """The vote among the takes of a job, None where there is none any more."""
        async with answering():
            value = await self._redis.get(Keys.vote(job))
        return Vote.model_validate_json(value) if value else None

    async def runs(self, job: str) -> bool:
        """Whether nobody has won yet."""
        async with answering():
            return await self._redis.zscore(Keys.votes(self._consumer), job) is not None

    async def running(self) -> list[Vote]:
        """All that nobody has won yet."""
        async with answering():
            jobs: Any = await self._redis.zrange(Keys.votes(self._consumer), 0, -1)
        return [vote for job in jobs if (vote := await self.find(decoded(job))) is not None]

    async def stories(self) -> set[str]:
        """The stories whose next passage is being voted on."""
        return {vote.story for vote in await self.running()}

    async def cast_so_far(self, vote: Vote) -> list[int]:
        """The tally."""
        async with answering():
            found = await self._redis.hgetall(Keys.cast(vote.job))
        return tally((int(take) for member, take in found.items() if member != WINNER.encode()), len(vote.candidates))

    async def cast(self, vote: Vote, member: int, take: int) -> None:
        """Vote for a take, or move one's vote there."""
        async with answering():
            await self._redis.hset(Keys.cast(vote.job), str(member), str(take))

    async def close(self, vote: Vote) -> int:
        """End a vote: whoever leads now has won, and goes on in the story. Which one that is.

        One that is over already decides nothing more, for members may have moved on in the story; its end is shown if
        that was not possible before.
        """
        async with self.showing(vote.job):
            if await self.runs(vote.job):
                await self._end(vote)
            async with answering():
                is_left = await self._redis.sismember(Keys.votes_over(self._consumer), vote.job)
            if is_left:
                await self._settle(vote)
            return await self._won(vote)

    async def show_end(self, vote: Vote) -> None:
        """Show the end of a vote once more: its ballot came late and may cover it."""
        async with answering():
            await self._redis.sadd(Keys.votes_over(self._consumer), vote.job)
        await self.close(vote)

    async def _won(self, vote: Vote) -> int:
        """Who has won, or would if the vote ended now."""
        async with answering():
            value = await self._redis.hget(Keys.cast(vote.job), WINNER)
        return winner(await self.cast_so_far(vote)) if value is None else int(value)

    async def _end(self, vote: Vote) -> None:
        """Note who has won; from now on no vote counts."""
        won = await self._won(vote)
        story = await self._stories.story(vote.story)
        await self._stories.records.show(story, vote.candidates[won], [vote.message])
        async with answering(), self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(Keys.cast(vote.job), WINNER, str(won))
            pipe.zrem(Keys.votes(self._consumer), vote.job)
            pipe.sadd(Keys.votes_over(self._consumer), vote.job)
            await pipe.execute()

    async def _settle(self, vote: Vote) -> None:
        """The story goes on with the winner; what Discord cannot show just now is left to `close_due`."""
        node = vote.candidates[await self._won(vote)]
        story = await self._moves.decide(vote.story, vote.job, node)
        place = await self._stories.records.node(story.id, node)
        is_shown = await self._screen.show(story, place)
        if not await self._stories.records.is_on_path(story.id, place):
            is_shown = await self._screen.refresh(story, place)
        if is_shown:
            await self._screen.undress(story, place.parent)
            await self._forget(vote.job)

    async def _forget(self, job: str) -> None:
        async with answering(), self._redis.pipeline(transaction=True) as pipe:
            pipe.zrem(Keys.votes(self._consumer), job)
            pipe.srem(Keys.votes_over(self._consumer), job)
            pipe.expire(Keys.vote(job), VOTE_TTL)
            pipe.expire(Keys.cast(job), VOTE_TTL)
            await pipe.execute()

    async def close_due(self) -> None:
        """End the votes whose time is over, and show the end of those that could not be shown before."""
        async with answering(), self._redis.pipeline(transaction=False) as pipe:
            pipe.zrangebyscore(Keys.votes(self._consumer), 0, time.time())
            pipe.smembers(Keys.votes_over(self._consumer))
            due, over = await pipe.execute()
        for job in map(decoded, (*due, *over)):
            vote = await self.find(job)
            if vote is None:
                await self._forget(job)
                continue
            try:
                await self.close(vote)
            except Refusal as refusal:
                log.error("a vote cannot end", job=job, reason=str(refusal))
                await self._call_off(vote)

    async def _call_off(self, vote: Vote) -> None:
        """A vote that cannot end no longer holds up its story, which goes on as it is."""
        await self._stories.withdraw(vote.story, vote.job)
        await self._forget(vote.job)
        await self._screen.dress(await self._stories.story(vote.story))
