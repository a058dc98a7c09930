"""The simulated Discord of `greenbeard play`: one server with channels and members, whose time follows the wall clock.

simcord numbers things by its own clock, which begins at the same instant every time. The server, its channels and its
first members are therefore made at a fixed instant, so that they have the same ids at every start and stories are
found again; what came later is put back from memory, and then the clock is set to now, so that everything new gets ids
of its own.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import discord
import simcord
import structlog
from simcord import ChannelHandle, GuildHandle, MemberActor, RoleHandle, UserHandle
from simcord.backend.access import can_access_channel
from simcord.backend.models import Message

from greenbeard.errors import BadScript, NotSent
from greenbeard.play.memory import Memory

SERVER = "The Writing Room"
CHANNELS = ("the-sixth-book", "tavern-tales")
MEMBERS = ("alice", "bob", "lin")
LANGUAGES = {"lin": discord.Locale.chinese.value}
"""Member → the language of their Discord, where it is not English."""
ADMIN = "admin"
MESSAGE_MENU = discord.AppCommandType.message.value
FOUNDED = timedelta(hours=1)
"""On simcord's clock; commands that the bot syncs before that do not move the ids."""
SETTLE_S = 15.0
"""Longest that the bot may take over one event."""

log = structlog.get_logger(__name__)


class World:
    """One server, one bot. Whoever acts in it holds `turn`: simcord takes one action at a time."""

    def __init__(self, bot: discord.Client, memory: Memory) -> None:
        self._memory = memory
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
        """Log the bot in, found the server, remember what became of it, and set the clock to now."""
        await self.env.start()
        self.env.backend.subscribers.insert(0, self._hear)
        await self.env.advance_time(FOUNDED.total_seconds())
        self._guild = self.env.create_guild(SERVER)
        for name in CHANNELS:
            self.channels[name] = self._guild.create_text_channel(name)
        for name in MEMBERS:
            self.member(name)
        manages = self._guild.create_role("keeper", permissions=discord.Permissions(manage_guild=True))
        self.members[ADMIN] = self._guild.add_member(self.env.create_user(ADMIN), roles=[manages])
        for user in self._memory.users():
            self.env.backend.users[user.id] = user
            self.members[user.name] = self._guild.add_member(UserHandle(self.env, user))
        self._memory.recall(self.env.backend, self._guild.id)
        self._memory.follow(self.env.backend)
        await self.follow_clock()

    async def close(self) -> None:
        """Log the bot out."""
        async with self.turn:
            await self.env.shutdown()

    async def follow_clock(self) -> None:
        """Let simulated time catch up with real time."""
        async with self.turn:
            self._forget_records()
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

    def places(self) -> list[ChannelHandle]:
        """Channels, then threads, each in the order in which they were opened."""
        guild = self.env.backend.guilds[self._guild.id]
        threads = [self.env.backend.channels[id] for id in guild.thread_ids]
        return [*self.channels.values(), *(ChannelHandle(self.env, self._guild, thread) for thread in threads)]

    def visible(self, member: MemberActor) -> list[ChannelHandle]:
        """The places that a member can enter and read."""
        return [place for place in self.places() if can_access_channel(self.env, place.id, member, history=True)]

    def place(self, name: str) -> ChannelHandle:
        """A channel or thread by name; of threads with one name the newest. Raises BadScript."""
        for place in reversed(self.places()):
            if name == str(place.id) or _folded(name) == _folded(str(place.name)):
                return place
        known = ", ".join(f"#{place.name}" for place in self.places())
        raise BadScript(f"There is no channel or thread #{name}; there are {known}.")

    def usual_place(self, member: MemberActor) -> ChannelHandle:
        """Where a member speaks who names no place: in the thread opened last, else in the first channel."""
        threads = [place for place in self.visible(member) if place.is_thread]
        return threads[-1] if threads else next(iter(self.channels.values()))

    def find(self, kind: discord.AppCommandOptionType, name: str) -> MemberActor | RoleHandle | ChannelHandle:
        """Whom or what an option names, as in `@bob`, `@keeper` or `#tavern-tales`. Raises NotSent."""
        kinds, wanted = discord.AppCommandOptionType, name.lstrip("@#")
        if kind is kinds.channel:
            try:
                return self.place(wanted)
            except BadScript as error:
                raise NotSent(str(error)) from error
        if kind in (kinds.user, kinds.mentionable) and wanted in self.members:
            return self.members[wanted]
        if kind in (kinds.role, kinds.mentionable) and wanted in self._guild.roles:
            return self._guild.roles[wanted]
        there = [*(() if kind is kinds.role else self.members), *(() if kind is kinds.user else self._guild.roles)]
        raise NotSent(f"There is no {name}; there are {', '.join(there)}.")

    def parent(self, thread: ChannelHandle) -> int | None:
        """Id of the channel that a thread belongs to."""
        return self.env.backend.channels[thread.id].parent_id

    def archived(self, place: ChannelHandle) -> bool:
        """Whether a thread is archived."""
        about = self.env.backend.channels[place.id].thread_metadata
        return about is not None and about.archived

    def menu(self, member: MemberActor, place: ChannelHandle) -> dict[str, str]:
        """What the bot adds to the menu of a message there: how the member's Discord calls it → its name."""
        backend, language = self.env.backend, LANGUAGES.get(member.name)
        offered = backend.visible_commands(user_id=member.id, channel_id=place.id, type=MESSAGE_MENU)
        return {
            (entry.get("name_localizations") or {}).get(language, entry["name"]): entry["name"] for entry in offered
        }

    def wording(self, member: MemberActor, place: ChannelHandle) -> dict[str, str]:
        """What the bot's commands say of themselves there → how the member's Discord says it, if otherwise."""
        language, found = LANGUAGES.get(member.name), dict[str, str]()
        left = list(self.env.backend.visible_commands(user_id=member.id, channel_id=place.id)) if language else []
        while left:
            entry = left.pop()
            left += [*(entry.get("options") or ()), *(entry.get("choices") or ())]
            for said in ("name", "description"):
                if local := (entry.get(f"{said}_localizations") or {}).get(language):
                    found[entry[said]] = local
        return found

    def newest(self, place: ChannelHandle) -> int:
        """Id of the last message that everybody in a place sees, or 0."""
        stored = self.env.backend.messages.get(place.id, {}).values()
        return max((message.id for message in stored if not message.is_ephemeral), default=0)

    def messages(self) -> Iterator[tuple[str, Message]]:
        """Every message that some member sees, with the name of its place, oldest first in each place."""
        for place in self.places():
            stored = self.env.backend.messages.get(place.id, {})
            for id in sorted(stored):
                yield str(place.name), stored[id]

    def history(self, member: MemberActor, place: ChannelHandle) -> list[Message]:
        """What a member sees in a place, newest first."""
        stored = self.env.backend.messages.get(place.id, {})
        return [stored[id] for id in sorted(stored, reverse=True) if stored[id].visible_to(member.id)]

    async def restart_bot(self, bot: discord.Client) -> None:
        """The bot logs out, and another one logs in."""
        async with self.turn:
            await self.env.restart_bot(bot)

    def _forget_records(self) -> None:
        """Drop simcord's record of every event and request, which nobody reads here and which would grow for ever."""
        self._happened += len(self.env.http_requests)
        self.env.http_requests.clear()
        self.env.backend.transcript.clear()

    def _hear(self, event: str, payload: Any) -> None:
        """Before the bot hears of it: simcord gives everybody's Discord the same language."""
        self._happened += 1
        if event == "INTERACTION_CREATE":
            user = payload["member"]["user"] if "member" in payload else payload["user"]
            payload["locale"] = LANGUAGES.get(user["username"], payload["locale"])
        if event == "MESSAGE_UPDATE":
            self.edits[int(payload["id"])] += 1


def _folded(name: str) -> str:
    """A name as people type it: without regard to case, and with hyphens for spaces."""
    return re.sub(r"\s+", "-", name.strip().casefold())


@asynccontextmanager
async def open_world(bot: discord.Client, home: Path) -> AsyncIterator[World]:
    """The world of a home for the time of the block; what the bot could not cope with goes to the log."""
    with closing(Memory(home / "discord.sqlite")) as memory:
        world = World(bot, memory)
        with world.env.time_context():
            await world.open()
            try:
                yield world
            finally:
                await world.close()
