"""A stand-in for Discord on 127.0.0.1 (REST v10 and gateway v10) to which the real, unmodified discord.py connects.

It holds a bot to Discord's rules – bodies, 3 s, 15 min, nonces, archived threads – and lets go wrong what goes wrong on
the way: rate limits, errors, lost answers, broken sockets. simcord (tests/bot) knows more of Discord and has no wire.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.discord import objects
from tests.discord.faults import Faults
from tests.discord.gateway import Gateway
from tests.discord.interactions import Interaction, Interactions
from tests.discord.objects import CHANNEL_ID, MEMBER, Json
from tests.discord.rest import Rest
from tests.discord.world import World

LARGEST_BODY = 25 << 20
LOOK_EVERY_S = 0.02


class DiscordDouble:
    """One bot, one server."""

    def __init__(self) -> None:
        self.world = World(lambda event, data: self.gateway.publish(event, data))
        self.gateway = Gateway(self.world.guild, self.world.new_id)
        self.interactions = Interactions(self.world, self.gateway.publish)
        self.faults = Faults()
        self.rest = Rest(self.world, self.interactions, self.faults)
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen on a free port of 127.0.0.1."""
        app = web.Application(client_max_size=LARGEST_BODY)
        self.rest.routes(app)
        app.router.add_get("/gateway", self.gateway.handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.world.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.gateway.url = self.world.url.replace("http", "ws") + "/gateway"

    async def stop(self) -> None:
        """Hang up."""
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.world.url

    async def until(self, holds: Callable[[], Any], seconds: float = 20.0) -> Any:
        """Wait until something is true. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while not (found := holds()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"not so within {seconds} s; the channel shows {self.texts()}")
            await asyncio.sleep(LOOK_EVERY_S)
        return found

    def texts(self, channel: str = CHANNEL_ID) -> list[str]:
        """What the messages of a channel say."""
        return [message["content"] for message in self.world.shown(channel)]

    # What members do; `answered` of what they return is set once the bot has answered
    def slash(self, command: str, /, *, channel: str = CHANNEL_ID, who: Json = MEMBER, **options: Any) -> Interaction:
        """Use a command, named with its group: `train start`. An attachment is a pair of name and bytes."""
        return self.interactions.command(command, options, channel, who)

    def autocomplete(self, name: str, option: str, part: str, *, channel: str = CHANNEL_ID) -> Interaction:
        """Type `part` into an option of a command."""
        return self.interactions.command(name, {option: part}, channel, MEMBER, focused=option)

    def click(self, message: Json, label: str, who: Json = MEMBER) -> Interaction:
        """Click the button of a message that has this label."""
        button = next(item for item in objects.items(message) if item.get("label") == label)
        return self.interactions.press(message, button["custom_id"], who)

    def select(self, message: Json, *values: str, who: Json = MEMBER) -> Interaction:
        """Choose in the menu of a message."""
        menu = next(item for item in objects.items(message) if "options" in item)
        return self.interactions.press(message, menu["custom_id"], who, values)

    def submit(self, opened: Interaction, /, **fields: str) -> Interaction:
        """Fill in the modal with which the bot answered `opened`; texts by label."""
        return self.interactions.submit(opened, fields)


def labels(message: Json) -> list[str]:
    """The labels of a message's buttons."""
    return [item["label"] for item in objects.items(message) if "label" in item]
