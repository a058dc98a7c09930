"""A bot in the simulated Discord with its delivery beside it, and hands that do what a worker does."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import discord
import redis
from simcord.builders import ChannelHandle
from simcord.env import Env

from bot.app import GreenbeardBot
from bot.delivery import Delivery
from bot.options import BotOptions
from bot.tree import Story
from tests.discord.schema import check_requests
from worker.client import Client
from worker.contract import (
    GenerateRequest,
    Keys,
    Passage,
    TrainRequest,
    chain_hash,
)
from worker.events import Publisher
from worker.versions import VersionStore


class House:
    """One guild with one channel, a member and an administrator, one bot."""

    def __init__(self, options: BotOptions) -> None:
        self.options = options
        self.client = Client(options.redis_url, VersionStore(options.home / "models", options.shipped))
        self.bot = GreenbeardBot(options, self.client)
        self.redis = redis.Redis.from_url(options.redis_url)
        self.env = Env(self.bot, settle_timeout=15.0)
        self.expected_errors = False
        self.locales: dict[str, str] = {}
        """Name of a member → the language of their Discord, where it is not English."""
        self._delivering: asyncio.Task[None] | None = None

    async def open(self) -> None:
        await self.env.start()
        self.env.backend.subscribers.insert(0, self._hear)
        self.guild = self.env.create_guild()
        self.channel = self.guild.create_text_channel("the-sixth-book")
        self.alice = self.guild.add_member(self.env.create_user("alice"))
        managers = self.guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
        self.bob = self.guild.add_member(self.env.create_user("bob"))
        self.admin = self.guild.add_member(self.env.create_user("admin"), roles=[managers])
        self.start_delivery()

    def _hear(self, event: str, payload: Any) -> None:
        """Before the bot hears of it: simcord gives everybody's Discord the same language."""
        if event == "INTERACTION_CREATE":
            user = payload["member"]["user"] if "member" in payload else payload["user"]
            payload["locale"] = self.locales.get(user["username"], payload["locale"])

    async def close(self) -> None:
        await self.stop_delivery()
        await self.env.shutdown()
        await self.client.close()
        self.redis.close()
        assert self.expected_errors or self.env.errors == []
        check_requests(self.env.http_requests)

    def start_delivery(self) -> None:
        delivery = Delivery(self.bot, self.client, self.bot.stories, self.options)
        self._delivering = asyncio.create_task(delivery.run())

    async def stop_delivery(self) -> None:
        if self._delivering is not None:
            self._delivering.cancel()
            with suppress(asyncio.CancelledError):
                await self._delivering

    async def restart_bot(self) -> None:
        await self.stop_delivery()
        await self.client.close()
        self.client = Client(self.options.redis_url, self.client.versions)
        self.bot = GreenbeardBot(self.options, self.client)
        await self.env.restart_bot(self.bot)
        self.start_delivery()

    async def until(self, holds: Callable[[], Any], seconds: float = 10.0) -> Any:
        """Wait in real time for something that delivery or a worker does."""
        deadline = time.perf_counter() + seconds
        while not (found := holds()):
            assert time.perf_counter() < deadline, f"it never came to be; the channel shows {self.texts()}"
            await asyncio.sleep(0.02)
        return found

    def open_thread(self, name: str) -> ChannelHandle:
        thread = self.env.backend.create_thread(self.channel.id, name, owner_id=self.alice.id)
        return ChannelHandle(self.env, self.guild, thread)

    def stored(self, channel: Any = None) -> list[Any]:
        """The channel's public messages as simcord keeps them."""
        messages = self.env.backend.messages[(channel or self.channel).id].values()
        return [message for message in messages if not message.is_ephemeral]

    def texts(self, channel: Any = None) -> list[str]:
        return [message.content for message in self.stored(channel)]

    def message(self, index: int = -1) -> discord.Message:
        return self.channel.history()[index]

    def buttons(self, index: int = -1, channel: Any = None) -> list[str]:
        stored = self.stored(channel)
        rows = stored[index].components if stored else []
        return [button["label"] for row in rows for button in row["components"]]

    def requests(self) -> list[GenerateRequest]:
        """What the queue got, oldest first."""
        jobs: Any = self.redis.lrange("rq:queue:generate", 0, -1)
        return [self._request(job.decode()) for job in jobs]

    def take(self) -> GenerateRequest:
        """Take the oldest job out of the queue, as a worker does."""
        job: Any = self.redis.lpop("rq:queue:generate")
        self.redis.hset(f"rq:job:{job.decode()}", "status", "started")
        return self._request(job.decode())

    def _request(self, job: str) -> GenerateRequest:
        from worker.queue import fetch_job

        return GenerateRequest.model_validate(fetch_job(job, self.redis).args[0])

    async def told(self, text: str, actor: Any = None, **options: Any) -> Passage:
        """A passage, asked for and written."""
        await (actor or self.alice).slash(self.channel, "continue", **options)
        return await self.written(text)

    async def written(self, text: str) -> Passage:
        """What was asked for is written, and shown with its buttons."""
        passage = self.end(self.take(), text)
        await self.until(lambda: not self.redis.hexists(Keys.deliveries(), passage.id) and self.pending() == 0)
        return passage

    async def story(self) -> Story:
        """The story of the channel."""
        return await self.bot.stories.here(self.options.consumer, self.channel.id)

    async def told_texts(self) -> list[str]:
        """The texts that the story reads as."""
        records = self.bot.stories.records
        story = await self.story()
        nodes = await records.nodes(story.id, await records.path(story.id))
        return [passage.text for passage in await self.client.passages(node.passage for node in nodes) if passage]

    def publisher(self, request: GenerateRequest | TrainRequest, attempt: str = "1") -> Publisher:
        return Publisher(self.redis, request.reply_to, request.job, attempt)

    def grow(self, request: GenerateRequest, text: str) -> None:
        self.redis.set(Keys.text(request.job), text)
        self.publisher(request).grew()

    def store(self, request: GenerateRequest, text: str, heading: str | None = None) -> Passage:
        passage = Passage(
            id=request.job,
            story=request.story,
            parent=request.parent,
            kind=request.kind,
            text=text,
            prompt=request.prompt,
            heading=heading,
            author=request.member,
            prompted_by=request.prompted_by,
            model="tiny",
            seed=request.seed,
            sampling=request.sampling,
            words=len(text.split()),
            asked=request.words,
            note=request.note,
            tokens=1,
            seconds=0.1,
            ended="sentence",
            created=time.time(),
            chain=chain_hash("", text),
        )
        self.redis.set(Keys.passage(passage.id), passage.model_dump_json())
        return passage

    def end_takes(self, request: GenerateRequest, *texts: str) -> list[str]:
        """Every take of a request is written; the ids of their passages."""
        assert len(texts) == request.takes
        for take, text in enumerate(texts):
            made = self.store(request, text).model_copy(update={"id": request.passages[take], "take": take})
            self.redis.set(Keys.passage(made.id), made.model_dump_json())
        self.redis.delete(Keys.passage(request.job))
        self.publisher(request).ended(request.passages)
        self.redis.hset(f"rq:job:{request.job}", "status", "finished")
        return list(request.passages)

    def end(self, request: GenerateRequest, text: str, heading: str | None = None) -> Passage:
        passage = self.store(request, text, heading)
        self.publisher(request).ended(request.passages)
        self.redis.hset(f"rq:job:{request.job}", "status", "finished")
        return passage

    def pending(self) -> int:
        """Events that were read and not acknowledged."""
        summary: Any = self.redis.xpending(Keys.events(self.options.consumer), "delivery")
        return int(summary["pending"])

    def owed(self) -> int:
        return int(self.redis.hlen(Keys.deliveries()))

    def bodies(self, method: str, part: str) -> list[Any]:
        return [r.json for r in self.env.http_requests if r.method == method and part in r.path]


def with_changes(options: BotOptions, **changes: Any) -> BotOptions:
    return dataclasses.replace(options, **changes)
