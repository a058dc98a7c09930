"""Members who write on and on while everything dies around them: bot, worker and Valkey by SIGKILL, Discord by faults.

What happens at which request is drawn from a seed; when exactly it hits is up to the machine.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from bot.rules import Rules
from greenbeard.play.processes import ends_with_parent
from greenbeard.play.valkey import EmbeddedValkey
from tests.discord.double import DiscordDouble
from tests.discord.faults import Fault
from tests.discord.interactions import MESSAGE, MODAL, Interaction, ephemeral
from tests.discord.objects import GUILD_ID, Json
from worker.contract import DELIVERY_GROUP, Keys

CONSUMER = "discord"
ROOT = Path(__file__).parents[2]
SHARES = {
    Fault.RATE_LIMIT: 0.03,
    Fault.SERVER_ERROR: 0.02,
    Fault.LOST_REQUEST: 0.03,
    Fault.LOST_ANSWER: 0.05,
    Fault.DONE_AND_ERROR: 0.02,
}
"""How often each fault meets a request."""
PATIENCE_S = 3.5
"""How long a member waits for an answer before asking once more."""
PAUSE_S = 0.4
"""The longest pause of a member between two requests, and of fate between a request and what it brings."""
LOOK_EVERY_S = 0.1


@dataclass(frozen=True)
class Wish:
    """What a member is going to ask for, or to write themselves."""

    kind: str
    words: int


@dataclass
class Try:
    """One use of a command; unmistakable by its mark, which is part of the passage that comes of it."""

    channel: str
    wish: Wish
    mark: str
    used: Interaction

    @property
    def answered(self) -> bool:
        """Whether the bot promised a passage."""
        answer, message = self.used.answer, self.used.message
        return answer is not None and answer["type"] == MESSAGE and message is not None and not ephemeral(message)


@dataclass(frozen=True)
class Plan:
    """What a seed makes of a number of requests."""

    wishes: tuple[tuple[Wish, ...], ...]
    """One row a channel."""
    blows: dict[int, str]
    """After so many answers, what happens."""


def drawn(seed: int, requests: int, channels: int) -> Plan:
    """Wishes, and blows spread over them: each kind at least once."""
    draw = random.Random(seed)
    wishes: list[list[Wish]] = [[] for _ in range(channels)]
    for number in range(requests):
        kind = draw.choices(("chapter", "continue", "write"), (3, 5, 2))[0]
        words = draw.choice((40, 150, 500)) if kind == "chapter" else draw.choice((5, 20, 60, 150))
        wishes[number % channels].append(Wish(kind, words))
    kills = ["bot"] * max(2, requests // 20) + ["worker"] * max(1, requests // 50) + ["valkey"] * max(2, requests // 25)
    blows = [*kills, "reconnect", "cut", "forget", "archive"] + ["reconnect", "cut", "archive"] * (requests // 50)
    draw.shuffle(blows)
    moments = draw.sample(range(2, requests - 2), len(blows))
    return Plan(tuple(map(tuple, wishes)), dict(zip(moments, blows, strict=True)))


class Program:
    """A process that is started again when it dies, as `restart: unless-stopped` does."""

    def __init__(self, log: Path, environment: dict[str, str], *command: str) -> None:
        self._log = log
        self._environment = {**os.environ, **environment}
        self._command = [sys.executable, "-m", *command]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; what it says is added to its log."""
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=self._environment,
                stdout=output,
                stderr=output,
                preexec_fn=ends_with_parent(),
            )

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    async def keep_alive(self) -> None:
        """Start it again whenever it is dead; runs until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if self._process is not None and self._process.poll() is not None:
                self.start()


class Storm:
    """Everything that runs, and the members."""

    def __init__(self, double: DiscordDouble, home: Path, shipped: Path, seed: int, plan: Plan) -> None:
        self.double = double
        self._home = home
        self.plan = plan
        self.tries: list[Try] = []
        self.struck: list[str] = []
        self.valkey = EmbeddedValkey(home)
        self._draw = random.Random(seed)
        self._answers = 0
        self._valkey_dies = asyncio.Lock()
        self._blows: set[asyncio.Task[None]] = set()
        first, *_ = self.channels = [double.world.add_channel(f"story-{n}") for n in range(len(plan.wishes) - 1)]
        self.thread = double.world.open_thread(first, {"name": "a story of its own"})["id"]
        self.channels.append(self.thread)
        settings = {"GREENBEARD_HOME": str(home), "GREENBEARD_SHIPPED": str(shipped), "GREENBEARD_DEVICE": "cpu"}
        settings |= {"REDIS_URL": self.valkey.url, "GREENBEARD_EDIT_INTERVAL_S": "0.2"}
        bot = ("tests.discord.bot_process", double.url, self.valkey.url, str(home))
        self._programs = {
            "bot": Program(home / "bot.log", settings, *bot),
            "worker": Program(home / "worker.log", settings, "greenbeard", "worker"),
        }
        double.faults.draw(seed, SHARES)

    async def run(self, seconds: float) -> None:
        """Let all members write all they want, and wait until nothing is owed any more. Raises TimeoutError."""
        await asyncio.to_thread(self.valkey.start)
        with redis.Redis.from_url(self.valkey.url) as client:
            client.set(Keys.rules(int(GUILD_ID)), Rules(member_hour=10**6, server_hour=10**6).model_dump_json())
        watches = [asyncio.create_task(program.keep_alive()) for program in self._programs.values()]
        try:
            for program in self._programs.values():
                program.start()
            async with asyncio.timeout(seconds):
                await self.double.gateway.ready.wait()
                await asyncio.gather(*map(self._write, self.channels, self.plan.wishes))
                await asyncio.gather(*self._blows)
                with redis.Redis.from_url(self.valkey.url) as client:
                    await self.double.until(lambda: not self._owes(client), seconds)
        finally:
            for watch in watches:
                watch.cancel()
            await asyncio.gather(*watches, return_exceptions=True)
            for program in self._programs.values():
                program.kill()

    def last_words(self) -> str:
        """The ends of all logs."""
        return "\n".join(path.read_text(errors="replace")[-6000:] for path in self._home.glob("*.log"))

    async def _write(self, channel: str, wishes: tuple[Wish, ...]) -> None:
        """A member asks for one passage after the other, and for each until the bot promises it."""
        for wish in wishes:
            answered = False
            while not answered:
                answered = await self._ask(channel, wish)
                await asyncio.sleep(0 if answered else LOOK_EVERY_S)
            self._answers += 1
            if (blow := self.plan.blows.get(self._answers)) is not None:
                self._blows.add(asyncio.create_task(self._strike(blow, self._draw.uniform(0, PAUSE_S))))
            await asyncio.sleep(self._draw.uniform(0, PAUSE_S))

    async def _ask(self, channel: str, wish: Wish) -> bool:
        await self.double.until(lambda: self.double.gateway.connected, 60)
        sheet = None
        if wish.kind == "write":
            sheet = self.double.slash("write", channel=channel)
            if (await self._answer_to(sheet) or {}).get("type") != MODAL:
                return False
        mark = f"Attempt {len(self.tries) + 1} of many"
        told = {"title": mark} if wish.kind == "chapter" else {"prompt": f"{mark}."}
        if sheet is not None:
            used = self.double.submit(sheet, Text=f"{mark}. " * wish.words)
        else:
            used = self.double.slash(wish.kind, channel=channel, words=wish.words, **told)
        tried = Try(channel, wish, mark, used)
        self.tries.append(tried)
        await self._answer_to(used)
        return tried.answered

    async def _answer_to(self, used: Interaction) -> Json | None:
        """What the bot called back with; None once the member has lost patience."""
        with suppress(TimeoutError):
            await asyncio.wait_for(used.answered.wait(), PATIENCE_S)
        return used.answer

    async def _strike(self, blow: str, after_s: float) -> None:
        await asyncio.sleep(after_s)
        self.struck.append(blow)
        gateway = self.double.gateway
        if blow == "valkey":
            await self._kill_valkey()
        elif blow in self._programs:
            self._programs[blow].kill()
        else:
            act: dict[str, Callable[[], None]] = {
                "reconnect": gateway.ask_to_reconnect,
                "cut": gateway.cut,
                "forget": gateway.forget,
                "archive": lambda: self.double.world.archive(self.thread),
            }
            act[blow]()

    async def _kill_valkey(self) -> None:
        async with self._valkey_dies:
            with redis.Redis.from_url(self.valkey.url) as client:
                info: Any = client.info("server")
            os.kill(info["process_id"], signal.SIGKILL)
            await self.double.until(lambda: not self.valkey.alive())
            await asyncio.sleep(self._draw.uniform(0, PAUSE_S))
            await asyncio.to_thread(self.valkey.start)

    def _owes(self, client: redis.Redis) -> bool:
        unread: Any = client.xpending(Keys.events(CONSUMER), DELIVERY_GROUP)
        return bool(client.hlen(Keys.deliveries()) or unread["pending"])
