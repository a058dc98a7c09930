"""Runs a script: does what each line says, waits until what it asked for has ended, and prints what members see."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import simcord

from bot.app import GreenbeardBot
from bot.ledger import Owed
from bot.words.waiting import STOPPED
from greenbeard.errors import BadScript
from greenbeard.output import write_json, write_line
from greenbeard.play.deeds import Deeds
from greenbeard.play.script import Line, Part, Restart, Wait, read_line
from greenbeard.play.shown import Shown, changed, look
from greenbeard.play.world import World
from worker.contract import GenerateRequest, TrainRequest
from worker.errors import RedisDown, WorkerError

LOOK_EVERY_S = 0.05
PATIENCE_S = 300.0
"""Seconds that a request may take besides what it may take by itself."""


class Stage(Protocol):
    """The running house, as the script needs it."""

    world: World
    bot: GreenbeardBot

    async def restart(self, part: Part) -> None:
        """End one part and start it anew. Raises GreenbeardError."""


@dataclass
class Asked:
    """A request that a line of the script made."""

    line: int
    owed: Owed
    messages: set[int] = field(default_factory=set)


class Runner:
    """One run of one script."""

    def __init__(self, stage: Stage, files: Path, *, as_json: bool) -> None:
        self._stage = stage
        self._files = files
        self._as_json = as_json
        self._deeds = Deeds(stage.world)
        self._seen: dict[int, Shown] = look(stage.world)
        self._asked: dict[str, Asked] = {}
        self._failed = False

    async def run(self, lines: Iterable[str]) -> bool:
        """Run all lines; whether every command succeeded."""
        number = 0
        source = enumerate(lines, start=1)
        while (following := await asyncio.to_thread(next, source, None)) is not None:
            number, text = following
            await self._run_line(number, text)
        await self._wait_for(list(self._asked))
        await self._report(number)
        return not self._failed

    async def _run_line(self, number: int, text: str) -> None:
        cursor = self._stage.world.env.error_cursor
        known = set(await self._owed())
        try:
            line = read_line(number, text)
            if line is None:
                return
            await self._do(line)
        except (BadScript, WorkerError, simcord.SetupError, simcord.BackendError, TimeoutError) as error:
            self._fail(number, str(error))
            line = None
        for unexpected in self._stage.world.env.errors_since(cursor):
            self._fail(number, f"the bot failed: {unexpected}")
        fresh = await self._claim(number, known)
        while fresh and (line is None or not line.background):
            await self._wait_for(fresh)
            known |= fresh
            await asyncio.sleep(LOOK_EVERY_S)
            fresh = await self._claim(number, known)
        await self._report(number)

    async def _claim(self, number: int, known: Collection[str]) -> set[str]:
        """Requests that nobody knew of, as made by this line: one that ends may have asked for the next."""
        fresh = {job for job in await self._owed() if job not in known}
        for job in fresh:
            self._asked[job].line = number
        return fresh

    async def _do(self, line: Line) -> None:
        match line.action:
            case Wait(seconds):
                await asyncio.sleep(seconds)
            case Restart(part):
                await self._stage.restart(part)
            case deed:
                beside = await self._deeds.do(deed, line.member, line.channel, self._stage.bot.tree)
                if beside is not None:
                    await self._print(line.number, beside)

    async def _owed(self) -> dict[str, Owed]:
        """Requests whose end Discord does not have yet; none where Redis is away just now."""
        bot = self._stage.bot
        try:
            found = {owed.job: owed for owed in await bot.ledger.owed(bot.options.consumer)}
        except RedisDown:
            return {}
        for job, owed in found.items():
            self._asked.setdefault(job, Asked(0, owed)).messages.update(owed.messages)
        return found

    async def _wait_for(self, jobs: Iterable[str]) -> None:
        """Until Discord has the end of each, or it takes longer than anything may take."""
        waiting = {job: time.monotonic() + _limit_s(self._asked[job].owed) for job in jobs}
        while waiting:
            owed = await self._owed()
            away = not owed and not await self._redis_answers()
            for job in list(waiting):
                if job not in owed and not away:
                    del waiting[job]
                    await self._judge(self._asked[job])
                elif time.monotonic() > waiting[job]:
                    del waiting[job]
                    self._fail(self._asked[job].line, "what it asked for has not ended.")
            await asyncio.sleep(LOOK_EVERY_S if waiting else 0)

    async def _redis_answers(self) -> bool:
        try:
            await self._stage.bot.queue.queues()
        except RedisDown:
            return False
        return True

    async def _judge(self, asked: Asked) -> None:
        """A passage that was asked for and never written is a failure, unless a member took the request back."""
        request = asked.owed.request
        if not isinstance(request, GenerateRequest) or request.replay or await self._written(request.job):
            return
        shown = [message.content for id, message in look(self._stage.world).items() if id in asked.messages]
        if not any(STOPPED in content for content in shown):
            self._fail(asked.line, f"no passage was written: {' '.join(shown) or 'the request is gone.'}")

    async def _written(self, job: str) -> bool:
        """Whether a passage, or the first of several takes, came of a job."""
        passages = [await self._stage.bot.queue.passage(id) for id in (job, f"{job}.0")]
        return any(passage is not None for passage in passages)

    async def _report(self, number: int) -> None:
        """Print what changed, save for messages that are still being written."""
        running = await self._owed()
        now = look(self._stage.world)
        running |= await self._owed()
        held = {id for job in running for id in self._asked[job].messages}
        lines = {id: asked.line for asked in self._asked.values() for id in asked.messages if asked.line}
        for shown in changed(self._seen, now.values()):
            if shown.id not in held:
                is_new = shown.id not in self._seen
                self._seen[shown.id] = shown
                await self._print(lines.get(shown.id, number) if is_new else number, shown)

    async def _print(self, number: int, shown: Shown) -> None:
        paths = await self._save_files(shown)
        if self._as_json:
            write_json(shown.report(number, paths))
        else:
            for line in shown.lines(paths):
                write_line(line)

    async def _save_files(self, shown: Shown) -> Mapping[str, Path]:
        paths: dict[str, Path] = {}
        for file in shown.files:
            path = self._files / str(shown.id) / Path(file.name).name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self._stage.world.env.backend.cdn.get(file.url) or b"")
            paths[file.name] = path
        return paths

    def _fail(self, number: int, sentence: str) -> None:
        self._failed = True
        sys.stderr.write(f"line {number}: {' '.join(sentence.split())}\n")
        sys.stderr.flush()


def _limit_s(owed: Owed) -> float:
    match owed.request:
        case GenerateRequest(time_limit_s=seconds):
            return PATIENCE_S + seconds
        case TrainRequest(budget_s=seconds):
            return PATIENCE_S + 2 * seconds
        case _:  # a member's own passage takes no worker
            return PATIENCE_S
