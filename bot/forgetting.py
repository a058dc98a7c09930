"""Forgetting a member: what they wrote, asked for and began, wherever the bot keeps it.

What is left to do stands in one record a member, so that it goes on after whatever broke it off. A passage changes in
one step with the stories that hold it, with the list of what a member wrote, and with the note that messages show
something else than is kept by now; those notes are worked off by `Redrawing`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import TypeVar

import structlog
from redis import Redis as SyncRedis
from redis.asyncio.client import Pipeline

from bot.ledger import Ledger, Request
from bot.locks import Locks
from bot.privacy import MARK, NOBODY, How, Privacy, forgotten, own_words
from bot.stories import WAITS, Stories, Written, teller_of
from bot.text import decoded
from bot.tree import ROOT, Change, Record, node_of, show_wording
from worker.client import Client, answering
from worker.contract import GenerateRequest, Keys, Passage
from worker.errors import RedisDown
from worker.separator import count_words

log = structlog.get_logger(__name__)

R = TypeVar("R", Request, GenerateRequest | Written)
T = TypeVar("T")

STORIES_AT_ONCE = 100
NODES_AT_ONCE = 500
"""How much is looked through in one go."""


class Leaving(Record):
    """What is left to do of forgetting a member."""

    how: How
    jobs: tuple[str, ...] = ()
    """Of theirs, not ended when they were forgotten: what comes of them is forgotten when it is there."""
    only_jobs: bool = False
    """Whether all else is forgotten."""


def without_member(request: R, member: str, how: How) -> R:
    """A request that tells nothing of a member; with `replace`, without their words. The same where it never did."""
    return request.model_copy(update=_changes(request, member, how))


def _changes(request: Request, member: str, how: How) -> dict[str, object]:
    mine = request.member == member
    changes: dict[str, object] = {"member": NOBODY} if mine else {}
    if isinstance(request, Written) and mine and how == "replace":
        changes["text"] = MARK
    if not isinstance(request, GenerateRequest):
        return changes
    if mine:
        changes["note"] = ""
        if how == "replace":
            changes |= {"title": None, "pov": None}
    if (request.prompted_by or request.member) == member:
        changes["prompted_by"] = NOBODY
        if how == "replace":
            changes["prompt"] = ""
    return changes


def note_redraw(pipe: Pipeline, story: str, node: str) -> None:
    """Put into a pipeline: messages show something else of this node than is kept."""
    pipe.rpush(Keys.redraws(teller_of(story)), f"{story} {node}")


def order(redis: SyncRedis, consumer: str, member: int, how: How) -> bool:
    """From another process: let a bot forget a member; False where it is at it already. Raises redis.RedisError."""
    return bool(redis.hsetnx(Keys.forgetting(consumer), str(member), Leaving(how=how).model_dump_json()))


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Some after the other."""
    return (items[first : first + size] for first in range(0, len(items), size))


class Forgetting:
    """Every method may raise RedisDown; what is not done then is done by the next `go_on`."""

    def __init__(self, client: Client, consumer: str, ledger: Ledger, stories: Stories, privacy: Privacy) -> None:
        self._client = client
        self._redis = client.redis
        self._consumer = consumer
        self._ledger = ledger
        self._stories = stories
        self._privacy = privacy
        self._doing = Locks()

    async def begin(self, member: int, how: How) -> None:
        """From now on a member will be forgotten, whatever happens."""
        async with self._doing.of(str(member)):
            left = await self._left(str(member))
            await self._note(str(member), Leaving(how=how, jobs=left.jobs if left else ()))

    async def go_on(self) -> None:
        """Do for all members what is left to do, as far as that is possible now."""
        async with answering():
            members = await self._redis.hkeys(Keys.forgetting(self._consumer))
        for member in members:
            try:
                await self.forget(int(member))
            except RedisDown:
                raise
            except Exception:
                log.exception("a member cannot be forgotten just now; it is tried again")

    async def forget(self, member: int) -> None:
        """Do what is left to do for one: all but what comes of requests that have not ended yet."""
        id = str(member)
        async with self._doing.of(id):
            left = await self._left(id)
            if left is None:
                return
            if not left.only_jobs:
                left = await self._forget_all(id, left)
            await self._forget_ended(id, left)

    async def _left(self, member: str) -> Leaving | None:
        async with answering():
            value = await self._redis.hget(Keys.forgetting(self._consumer), member)
        return Leaving.model_validate_json(value) if value else None

    async def _note(self, member: str, left: Leaving) -> None:
        async with answering():
            await self._redis.hset(Keys.forgetting(self._consumer), member, left.model_dump_json())

    async def _forget_all(self, member: str, left: Leaving) -> Leaving:
        await self._privacy.agree(int(member), yes=False)
        left = await self._forget_requests(member, left)
        await self._forget_passages(member, left.how, await self._privacy.authored(int(member)))
        await self._forget_undelivered(member)
        await self._forget_heads(int(member))
        left = left.model_copy(update={"only_jobs": True})
        await self._note(member, left)
        return left

    async def _forget_ended(self, member: str, left: Leaving) -> None:
        """Forget what came of the requests that have ended by now; with the last of them all is done."""
        open_ = tuple([job for job in left.jobs if await self._ledger.find(job) is not None])
        ended = set(left.jobs) - set(open_)
        if ended:
            authored = await self._privacy.authored(int(member))
            came = [id for id in authored if node_of(id).partition(".")[0] in ended]
            await self._forget_passages(member, left.how, came)
            await self._forget_undelivered(member)
            await self._note_redraws(sorted(ended))
        if open_ and ended:
            await self._note(member, left.model_copy(update={"jobs": open_}))
        if open_:
            return
        async with answering():
            await self._redis.hdel(Keys.forgetting(self._consumer), member)

    async def _forget_requests(self, member: str, left: Leaving) -> Leaving:
        """Take the member out of what waits. What a worker has already comes with their name and words."""
        owed = [record for record in await self._ledger.all() if _changes(record.request, member, left.how)]
        jobs = dict.fromkeys((*left.jobs, *(record.job for record in owed)))
        left = left.model_copy(update={"jobs": tuple(jobs)})
        await self._note(member, left)
        for record in owed:
            await self._ledger.reword(record.job, without_member(record.request, member, left.how))
        for names in batches(await self._names(), STORIES_AT_ONCE):
            async with answering(), self._redis.pipeline(transaction=False) as pipe:
                for name in names:
                    pipe.lrange(Keys.waiting(name), 0, -1)
                lines = await pipe.execute()
            for name, line in zip(names, lines, strict=True):
                if any(_changes(WAITS.validate_json(value), member, left.how) for value in line):
                    await self._forget_line(name, member, left.how)
        return left

    async def _forget_undelivered(self, member: str) -> None:
        await self._ledger.drop_undelivered(lambda owed: bool(_changes(owed.request, member, "replace")))

    async def _forget_line(self, story: str, member: str, how: How) -> None:
        async with self._stories.writing(story):
            for index, waits in enumerate(await self._stories.waiting(story)):
                if not _changes(waits, member, how):
                    continue
                async with answering(), self._redis.pipeline(transaction=True) as pipe:
                    pipe.lset(Keys.waiting(story), index, without_member(waits, member, how).model_dump_json())
                    if isinstance(waits, Written):
                        note_redraw(pipe, story, waits.job)
                    await pipe.execute()

    async def _forget_passages(self, member: str, how: How, ids: Sequence[str]) -> None:
        places = await self._places(sorted({node_of(id) for id in ids}))
        for id in ids:
            await self._forget_passage(id, member, how, places.get(node_of(id), []))

    async def _forget_passage(self, id: str, member: str, how: How, stories: Sequence[str]) -> None:
        """Forget what a member has to do with a passage that these stories hold, in one step."""
        async with AsyncExitStack() as held:
            for story in sorted(stories):
                await held.enter_async_context(self._stories.writing(story))
            old = await self._client.passage(id)
            kept = await self._without(old, member, how) if old else []
            texts = {new.id: new.text for new in kept if old and (new.id != id or new.text != old.text)}
            changes = [await self._retold(story, node_of(id), texts) for story in stories if texts]
            async with answering(), self._redis.pipeline(transaction=True) as pipe:
                for new in kept:
                    pipe.set(Keys.passage(new.id), new.model_dump_json())
                    pipe.delete(Keys.text(new.id))
                for change in filter(None, changes):
                    self._stories.records.write(pipe, change)
                if texts or (old and old.kind == "written"):
                    for story in stories:
                        note_redraw(pipe, story, node_of(id))
                pipe.srem(Keys.authored(member), id)
                await pipe.execute()

    async def _note_redraws(self, nodes: Sequence[str]) -> None:
        """Messages may have been drawn with what was known before: who draws reads first and waits for Discord."""
        places = await self._places(nodes)
        async with answering(), self._redis.pipeline(transaction=True) as pipe:
            for node, stories in places.items():
                for story in stories:
                    note_redraw(pipe, story, node)
            await pipe.execute()

    async def _without(self, old: Passage, member: str, how: How) -> list[Passage]:
        """A passage and what others made of it by editing, without the member."""
        kept, number = [forgotten(old, member, how)], 1
        words = own_words(old, member) if how == "replace" else ""
        while words and (edit := await self._client.passage(f"{node_of(old.id)}+{number}")) is not None:
            number += 1
            if edit.id != old.id and words in edit.text:
                text, prompt = edit.text.replace(words, MARK), edit.prompt.replace(words, MARK)
                kept.append(edit.model_copy(update={"text": text, "prompt": prompt, "words": count_words(text)}))
        return kept

    async def _retold(self, id: str, node: str, texts: Mapping[str, str]) -> Change | None:
        """What else changes in a story with these texts: workers read anew what follows, when it is next needed."""
        records = self._stories.records
        story, place = await records.story(id), await records.node(id, node)
        if place.passage not in texts:
            return None
        parent = await records.node(id, place.parent or ROOT)
        return show_wording(story, parent, place, place.shown, texts[place.passage])

    async def _places(self, nodes: Sequence[str]) -> dict[str, list[str]]:
        """The stories that hold these nodes: a branch has those of the story that it left."""
        places: dict[str, list[str]] = {}
        for names in batches(await self._names() if nodes else [], STORIES_AT_ONCE):
            for some in batches(nodes, NODES_AT_ONCE):
                async with answering(), self._redis.pipeline(transaction=False) as pipe:
                    for name in names:
                        pipe.hmget(Keys.nodes(name), some)
                    found = await pipe.execute()
                for name, values in zip(names, found, strict=True):
                    for node, value in zip(some, values, strict=True):
                        if value is not None:
                            places.setdefault(node, []).append(name)
        return places

    async def _names(self) -> list[str]:
        """All stories."""
        async with answering():
            ids = await self._redis.smembers(Keys.stories())
        return sorted(map(decoded, ids))

    async def _forget_heads(self, member: int) -> None:
        """Stories that the member began have no host any more, and none is named after them."""
        for names in batches(await self._names(), STORIES_AT_ONCE):
            for story in await self._stories.records.stories(names):
                if member in (story.host, story.named_after):
                    await self._forget_head(story.id, member)

    async def _forget_head(self, id: str, member: int) -> None:
        async with self._stories.writing(id):
            story = await self._stories.story(id)
            named = story.named_after == member
            changes = {"title": "", "named_after": 0} if named else {}
            changes |= {"host": 0} if story.host == member else {}
            async with answering(), self._redis.pipeline(transaction=True) as pipe:
                self._stories.records.write(pipe, Change(story.within(**changes)))
                if named:
                    note_redraw(pipe, id, ROOT)
                await pipe.execute()
