"""The simulated Discord of `greenbeard play`: one server with channels and members, whose time follows the wall clock.

simcord numbers things by its own clock, which begins at the same instant every time. The server, its channels and its
first members are therefore made at a fixed instant, so that they have the same ids at every start and stories are
found again; then the clock is set to now, so that everything later gets ids of its own (DISCORD.md, "simcord repeats
itself").
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
import simcord
import structlog
from simcord import ChannelHandle, GuildHandle, InteractionResult, MemberActor

from greenbeard.errors import BadScript

SERVER = "The Writing Room"
CHANNELS = ("the-sixth-book", "tavern-tales")
MEMBERS = ("alice", "bob")
ADMIN = "admin"
FOUNDED = timedelta(hours=1)
"""On simcord's clock; commands that the bot syncs before that do not move the ids."""
SETTLE_S = 15.0
"""Longest that the bot may take over one event."""

log = structlog.get_logger(__name__)


class World:
    """One server, one bot. Whoever acts in it holds `turn`: simcord takes one action at a time."""

    def __init__(self, bot: discord.Client) -> None:
        self.env = simcord.Env(bot, check_errors=False, settle_timeout=SETTLE_S)
        self.env.backend.bot_user.name = "Greenbeard"
        self.turn = asyncio.Lock()
        self.edits: Counter[int] = Counter()
        """Message id → how often it was edited."""
        self.channels: dict[str, ChannelHandle] = {}
        self.members: dict[str, MemberActor] = {}
        self._guild: GuildHandle
        self._happened = 0

    async def open(self) -> None:
        """Log the bot in, found the server, and set the clock to now."""
        await self.env.start()
        self.env.backend.subscribers.append(self._hear)
        await self.env.advance_time(FOUNDED.total_seconds())
        self._guild = self.env.create_guild(SERVER)
        for name in CHANNELS:
            self.channels[name] = self._guild.create_text_channel(name)
        for name in MEMBERS:
            self.member(name)
        manages = self._guild.create_role("keeper", permissions=discord.Permissions(manage_guild=True))
        self.members[ADMIN] = self._guild.add_member(self.env.create_user(ADMIN), roles=[manages])
        await self.follow_clock()

    async def close(self) -> None:
        """Log the bot out."""
        async with self.turn:
            await self.env.shutdown()

    async def follow_clock(self) -> None:
        """Let simulated time catch up with real time."""
        async with self.turn:
            behind = (datetime.now(UTC) - self.env.now()).total_seconds()
            await self.env.advance_time(max(0.0, behind))

    @property
    def happened(self) -> int:
        """Grows with everything that may have changed what a member sees."""
        return self._happened + len(self.env.http_requests)

    def member(self, name: str) -> MemberActor:
        """A member by name; somebody new joins the server."""
        if name not in self.members:
            self.members[name] = self._guild.add_member(self.env.create_user(name))
        return self.members[name]

    def channel(self, name: str) -> ChannelHandle:
        """A channel by name. Raises BadScript."""
        if name not in self.channels:
            known = ", ".join(f"#{channel}" for channel in self.channels)
            raise BadScript(f"There is no channel #{name}; there are {known}.")
        return self.channels[name]

    def messages(self) -> Iterator[tuple[str, discord.Message]]:
        """Every message that some member sees, with its channel's name, oldest first in each channel."""
        for name, channel in self.channels.items():
            seen = {message.id: message for actor in self.members.values() for message in channel.history(viewer=actor)}
            for id in sorted(seen):
                yield name, seen[id]

    async def command(
        self, member: MemberActor, channel: ChannelHandle, name: str, options: dict[str, Any]
    ) -> InteractionResult:
        """A slash command. Raises simcord's SetupError for what Discord would not let the member do."""
        async with self.turn:
            return await member.slash(channel, name, **options)

    async def click(self, member: MemberActor, channel: ChannelHandle, label: str) -> InteractionResult:
        """Press the newest button with this label that the member sees. Raises BadScript if there is none."""
        wanted = label.casefold()
        labels: list[str] = []
        for message in reversed(channel.history(viewer=member)):
            for button in buttons(message):
                if button.disabled or button.label is None:
                    continue
                labels.append(button.label)
                if button.label.casefold() == wanted:
                    async with self.turn:
                        return await member.click(message, custom_id=button.custom_id)
        there = ", ".join(dict.fromkeys(labels)) or "no buttons"
        raise BadScript(f"{member.name} sees no button {label!r} in #{channel.name}; there are {there}.")

    async def say(self, member: MemberActor, channel: ChannelHandle, text: str) -> None:
        """An ordinary message."""
        async with self.turn:
            await member.send(channel, text)

    async def restart_bot(self, bot: discord.Client) -> None:
        """The bot logs out, and another one logs in."""
        async with self.turn:
            await self.env.restart_bot(bot)

    def _hear(self, event: str, payload: Any) -> None:
        self._happened += 1
        if event == "MESSAGE_UPDATE":
            self.edits[int(payload["id"])] += 1


def buttons(message: discord.Message) -> list[discord.Button]:
    """The buttons below a message, in reading order."""
    rows = [row.children for row in message.components if isinstance(row, discord.ActionRow)]
    return [item for row in rows for item in row if isinstance(item, discord.Button)]


@asynccontextmanager
async def open_world(bot: discord.Client) -> AsyncIterator[World]:
    """A world for the time of the block; what the bot could not cope with goes to the log."""
    world = World(bot)
    with world.env.time_context():
        await world.open()
        try:
            yield world
        finally:
            await world.close()
