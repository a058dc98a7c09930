"""All stories of one bot: what waits to be written, and every move in their trees. The bot is their only writer.

What is asked for in one story is done in order: the oldest waiting request is with the queue, the next follows when its
passage hangs in the tree. A member's own passage waits in the same line, so that nothing overtakes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import structlog
from pydantic import ConfigDict, Field, TypeAdapter
from redis.asyncio.client import Pipeline
from redis.exceptions import WatchError

from bot.errors import Refusal
from bot.ledger import Ledger, Owed
from bot.locks import Locks
from bot.records import Records
from bot.text import decoded
from bot.tree import ROOT, Change, Leaf, Story, address, hang, node_of
from bot.words.language import Language
from bot.words.refusals import BUSY, GONE_ON, VOTING
from bot.written import Written, written_passage
from worker.client import Client, answering, keeping
from worker.contract import GenerateRequest, Keys, Link, Passage

__all__ = ["Stories", "Story", "Written", "story_id"]

log = structlog.get_logger(__name__)


Waits = GenerateRequest | Written
WAITS: TypeAdapter[Waits] = TypeAdapter(
    Annotated[Waits, Field(discriminator="kind")], config=ConfigDict(hide_input_in_errors=True)
)


@dataclass(frozen=True)
class Place:
    """Where a member speaks."""

    channel: int
    server: int
    """0 in a direct message."""
    member: int
    roof: int
    """The channel that a thread is in, 0 outside threads."""
    adult: bool
    name: str
    """What a story here is called, "" in a direct message."""
    language: Language
    """In which everybody here is spoken to."""


def leaf_of(passage: Passage) -> Leaf:
    """A passage for the tree."""
    return Leaf(passage.id, passage.text, passage.words, passage.kind == "chapter")


def note_author(pipe: Pipeline, passage: Passage, *, willing: bool) -> None:
    """Note down whose passage it is, and whether models may learn from it."""
    for member in {passage.author, passage.prompter}:
        pipe.sadd(Keys.authored(member), passage.id)
    if willing:
        pipe.sadd(Keys.agreed(), passage.id)


def story_id(consumer: str, channel: int) -> str:
    """The first story of a channel."""
    return f"{consumer}:{channel}"


def teller_of(story: str) -> str:
    """The consumer whose bot tells a story."""
    return story.rpartition(":")[0]


class Stories:
    """Every method may raise RedisDown; moves raise Refusal and then change nothing."""

    def __init__(self, client: Client, ledger: Ledger) -> None:
        self.records = Records(client.redis)
        self._client = client
        self._redis = client.redis
        self._ledger = ledger
        self._writing = Locks()

    def writing(self, id: str) -> asyncio.Lock:
        """Held by whoever changes a story."""
        return self._writing.of(id)

    async def story(self, id: str) -> Story:
        """A story's head; a fresh one for a story that has no passage yet."""
        return await self.records.story(id)

    async def here(self, consumer: str, channel: int) -> Story:
        """The story that a channel tells."""
        return await self.story(await self.records.told_here(consumer, channel) or story_id(consumer, channel))

    async def open(self, story: Story, place: Place) -> Story:
        """A story whose head knows where it is told, who began it, and who reads there now, in which language."""
        if story.channel:
            if (story.adult, story.language) == (place.adult, place.language):
                return story
            return await self.change(story.id, adult=place.adult, language=place.language)
        return await self.change(
            story.id,
            channel=place.channel,
            server=place.server,
            host=place.member,
            roof=place.roof,
            adult=place.adult,
            language=place.language,
            title=story.title or place.name,
        )

    async def speak(self, story: Story, language: Language) -> Story:
        """A story whose head, if it has one yet, knows which language is spoken in its channel now."""
        if not story.channel or story.language == language:
            return story
        return await self.change(story.id, language=language)

    async def change(self, id: str, **changes: object) -> Story:
        """Alter a story's head."""
        async with self.writing(id):
            story = (await self.records.story(id)).within(**changes)
            await self.records.commit(Change(story))
        return story

    async def titles(self, id: str) -> list[str]:
        """The titles that chapters of a story have, in alphabetical order."""
        async with answering():
            found = await self._redis.smembers(Keys.titles(id))
        return sorted(map(decoded, found))

    async def waiting(self, id: str) -> list[Waits]:
        """What is asked of a story and not yet part of it, oldest first; the first may be with the queue."""
        async with answering():
            values = await self._redis.lrange(Keys.waiting(id), 0, -1)
        return [WAITS.validate_json(value) for value in values]

    async def admit(self, owed: Owed, waits: Waits) -> None:
        """Keep a request, or a member's own passage, and its record, both or neither."""
        async with keeping(), self._redis.pipeline(transaction=True) as pipe:
            pipe.rpush(Keys.waiting(waits.story), waits.model_dump_json())
            pipe.hset(Keys.deliveries(), owed.job, owed.model_dump_json())
            await pipe.execute()

    async def submit_next(self, id: str) -> None:
        """Give the oldest waiting request to the queue, unless it has it or its first message is not posted yet.

        Members' own passages before it are hung; one without a message is still being answered, or the review's.
        """
        async with self.writing(id):
            while (waits := await self._first(id)) is not None:
                owed = await self._ledger.find(waits.job)
                if isinstance(waits, Written):
                    if owed is not None and not owed.messages:
                        return
                    await self._hang_written(waits)
                    continue
                if owed is None and not await self._is_voted_on(waits.job):
                    await self.remove(id, waits.job)
                    continue
                if owed is not None and not owed.submitted and owed.messages:
                    await self._client.submit(await self._placed(waits, owed.again))
                    await self._ledger.mark_submitted(waits.job)
                return

    async def _is_voted_on(self, job: str) -> bool:
        async with answering():
            return bool(await self._redis.exists(Keys.vote(job)))

    async def _first(self, id: str) -> Waits | None:
        async with answering():
            value = await self._redis.lindex(Keys.waiting(id), 0)
        return WAITS.validate_json(value) if value else None

    async def _placed(self, request: GenerateRequest, again: str | None) -> GenerateRequest:
        """A request that knows its way: after the tip, or before the node of which it is another take."""
        story = await self.story(request.story)
        place = await self.records.tip(story)
        if again is not None:
            taken = await self.records.node(story.id, again)
            if await self.records.is_on_path(story.id, taken):
                place = await self.records.node(story.id, taken.parent or ROOT)
        tail = await self.records.tail(story, place)
        return request.model_copy(
            update={
                "path": tuple(Link(passage=node.passage, chain=address(story, node)) for node in tail),
                "whole": len(tail) == place.depth,
                "chapter": place.chapters + 1,
            }
        )

    async def append(self, passages: Sequence[Passage]) -> None:
        """Hang what one request brought, the last of them counting, and let the next request follow; repeatable."""
        id = passages[0].story
        async with self.writing(id):
            for passage in passages:
                await self._hang(passage)
            await self.remove(id, passages[0].id.partition(".")[0])
        await self.submit_next(id)

    async def withdraw(self, id: str, job: str) -> None:
        """Forget a request that will have no passage, and let the next one follow."""
        async with self.writing(id):
            await self.remove(id, job)
        await self.submit_next(id)

    async def keep_beside(self, passages: Sequence[Passage]) -> None:
        """Hang takes beside the path: they wait for the vote, and so does every other request."""
        async with self.writing(passages[0].story):
            for passage in passages:
                await self._hang(passage, beside=True)

    async def _hang(self, passage: Passage, *, beside: bool = False) -> None:
        story = await self.story(passage.story)
        tip = await self.records.tip(story)
        try:
            parent = await self.records.node(story.id, node_of(passage.parent))
        except Refusal:
            log.warning("a passage names no place in its story; it follows the newest", passage=passage.id)
            parent = tip
        change = hang(story, parent, tip, leaf_of(passage), beside=beside)
        if change.nodes:
            willing = await self.are_willing(passage)
            async with answering(), self._redis.pipeline(transaction=True) as pipe:
                self.records.write(pipe, change)
                note_author(pipe, passage, willing=willing)
                if passage.heading:
                    pipe.sadd(Keys.titles(story.id), passage.heading.split("\n")[-1])
                await pipe.execute()

    async def _hang_written(self, written: Written) -> None:
        """Where an earlier try broke off half-way, the passage that it stored goes where it was to go."""
        passage = await self._client.passage(written.job)
        if passage is None:
            story = await self.story(written.story)
            tip = await self.records.tip(story)
            before = await self._client.passage(tip.passage) if story.tip else None
            passage = written_passage(written.job, story.id, written.member, written.text, before)
            await self.store(passage)
        await self._hang(passage)
        await self.remove(written.story, written.job)

    async def is_at_hand(self, written: Written) -> bool:
        """Whether nothing that waits comes before a member's own passage."""
        jobs = [waits.job for waits in await self.waiting(written.story)]
        return written.job not in jobs[1:]

    async def take_in(self, written: Written) -> None:
        """Hang a member's own passage whose turn has come, be it shown or not; repeatable."""
        async with self.writing(written.story):
            first = await self._first(written.story)
            if isinstance(first, Written) and first.job == written.job:
                await self._hang_written(first)
        await self.submit_next(written.story)

    async def take_out(self, written: Written) -> bool:
        """Forget a member's own passage that Discord refused; False where the review has brought it in already."""
        async with self._ledger.showing(written.job), self.writing(written.story):
            owed = await self._ledger.find(written.job)
            if owed is None or owed.messages or await self._client.passage(written.job) is not None:
                return False
            await self.remove(written.story, written.job)
            await self._ledger.settle(written.job)
        await self.submit_next(written.story)
        return True

    async def store(self, passage: Passage) -> bool:
        """Keep a passage of a member's own words, the first of its name; whether it is that one."""
        willing = await self.are_willing(passage)
        async with answering(), self._redis.pipeline(transaction=True) as pipe:
            pipe.set(Keys.passage(passage.id), passage.model_dump_json(), nx=True)
            note_author(pipe, passage, willing=willing)
            pipe.get(Keys.passage(passage.id))
            *_, kept = await pipe.execute()
        return Passage.model_validate_json(kept) == passage

    async def are_willing(self, passage: Passage) -> bool:
        """Whether models may learn from what members wrote of a passage: all of them must agree."""
        async with answering():
            found = await self._redis.smismember(Keys.willing(), [passage.author, passage.prompter])
        return all(found)

    async def remove(self, id: str, job: str) -> None:
        """For one who holds the lock: take a request out of the line."""
        async with answering():
            values = await self._redis.lrange(Keys.waiting(id), 0, -1)
            for value in values:
                if WAITS.validate_json(value).job == job:
                    await self._redis.lrem(Keys.waiting(id), 1, value)  # type: ignore[arg-type]

    async def admit_another(self, owed: Owed, request: GenerateRequest) -> None:
        """Like `admit`, for another take of the newest passage. Raises Refusal where the story has gone on, or will."""
        async with self.writing(request.story), answering(), self._redis.pipeline(transaction=True) as pipe:
            await pipe.watch(Keys.waiting(request.story))
            story = await self.at_rest(request.story)
            if story.tip != owed.again:
                raise Refusal(GONE_ON)
            pipe.multi()  # type: ignore[no-untyped-call]
            pipe.rpush(Keys.waiting(request.story), request.model_dump_json())
            pipe.hset(Keys.deliveries(), owed.job, owed.model_dump_json())
            try:
                async with keeping():
                    await pipe.execute()
            except WatchError as error:
                raise Refusal(BUSY) from error

    async def at_rest(self, id: str) -> Story:
        """For one who holds the lock: a story in which nothing is being written. Raises Refusal."""
        await self.require_rest(id)
        return await self.story(id)

    async def require_rest(self, id: str) -> None:
        """Raises Refusal while a passage of a story is being written or voted on."""
        first = await self._first(id)
        if first is not None:
            raise Refusal(VOTING if await self._is_voted_on(first.job) else BUSY)
