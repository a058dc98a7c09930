"""Our bot and its delivery in this process, on the wire to the double, and hands that do what a worker does."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import redis

from bot.app import GreenbeardBot, connect
from bot.delivery import Delivery
from bot.ledger import Owed
from bot.options import BotOptions
from bot.stories import Story
from tests.bot.house import House
from tests.discord.double import DiscordDouble, labels
from tests.discord.interactions import Interaction
from tests.discord.objects import CHANNEL_ID, TOKEN, Json
from worker.client import Client
from worker.contract import GenerateRequest, Keys
from worker.versions import VersionStore

ANSWER_LIMIT_S = 20.0


class Wired(House):
    """A `House` whose Discord is the double."""

    def __init__(self, options: BotOptions, double: DiscordDouble) -> None:
        self.options = options
        self.double = double
        self.world = double.world
        self.redis = redis.Redis.from_url(options.redis_url)
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        self.client = Client(self.options.redis_url, VersionStore(self.options.home / "models", self.options.shipped))
        self.bot = GreenbeardBot(self.options, self.client)
        self.double.gateway.ready.clear()
        await self.bot.login(TOKEN)
        self._tasks = [asyncio.create_task(connect(self.bot))]
        await asyncio.wait_for(self.double.gateway.ready.wait(), 10)
        self.start_delivery()

    def start_delivery(self) -> None:
        delivery = Delivery(self.bot, self.client, self.bot.stories, self.options)
        self._tasks.append(asyncio.create_task(delivery.run()))

    async def close(self) -> None:
        """End the bot; nothing is put in order before, as when it is killed."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        await self.bot.close()
        await self.client.close()

    async def restart_bot(self) -> None:
        await self.close()
        await self.open()

    def texts(self, channel: Any = CHANNEL_ID) -> list[str]:
        return self.double.texts(channel)

    def buttons(self, index: int = -1) -> list[str]:
        shown = self.world.shown()
        return labels(shown[index]) if shown else []

    async def ask(self, command: str = "continue", channel: str = CHANNEL_ID, **options: Any) -> Interaction:
        """A member uses a command, and sees the answer."""
        used = self.double.slash(command, channel=channel, **options)
        await asyncio.wait_for(used.answered.wait(), ANSWER_LIMIT_S)
        return used

    async def asked(self, command: str = "continue", channel: str = CHANNEL_ID, **options: Any) -> GenerateRequest:
        """The same, and a worker takes the request."""
        await self.ask(command, channel, **options)
        await self.until(self.requests)
        request = self.take()
        await self.until(lambda: self.record(request).submitted)
        return request

    def record(self, request: GenerateRequest) -> Owed:
        """What the bot has noted down about a request."""
        value: Any = self.redis.hget(Keys.deliveries(), request.job)
        return Owed.model_validate_json(value)

    async def press(self, label: str, channel: str = CHANNEL_ID) -> Interaction:
        """A member clicks a button below the newest message, as soon as it is there."""

        def newest() -> Json | None:
            shown = self.world.shown(channel)
            return shown[-1] if shown and label in labels(shown[-1]) else None

        used = self.double.click(await self.until(newest), label)
        await asyncio.wait_for(used.answered.wait(), ANSWER_LIMIT_S)
        return used

    async def fill_in(self, opened: Interaction, text: str) -> None:
        """A member writes this into each field of the modal just opened."""
        assert opened.answer is not None
        rows = opened.answer["data"]["components"]
        fields = [row.get("label") or row["components"][0]["label"] for row in rows]
        used = self.double.submit(opened, **dict.fromkeys(fields, text))
        await asyncio.wait_for(used.answered.wait(), ANSWER_LIMIT_S)

    async def settled(self) -> None:
        """Nothing is owed to Discord any more, and each event is acknowledged."""
        await self.until(lambda: self.owed() == 0 and self.pending() == 0, 20)

    def forget_messages(self, request: GenerateRequest, *messages: int) -> None:
        """As if the bot had been killed before it could note down more than these messages."""
        record = self.record(request).model_copy(update={"messages": messages})
        self.redis.hset(Keys.deliveries(), request.job, record.model_dump_json())

    def tip(self, channel: str = CHANNEL_ID) -> str | None:
        """The newest passage of a channel's story."""
        value: Any = self.redis.get(Keys.story(f"{self.options.consumer}:{channel}"))
        return Story.model_validate_json(value).tip if value else None
