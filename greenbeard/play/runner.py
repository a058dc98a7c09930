"""Runs a script: does what each line says, waits until what it asked for has ended, and prints what members see."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import simcord
from simcord import ChannelHandle, InteractionResult, MemberActor

from bot.app import GreenbeardBot
from bot.ledger import Owed
from bot.notices import STOPPED
from greenbeard.errors import BadScript, NotSent
from greenbeard.output import write_json, write_line
from greenbeard.play.script import Click, Command, Line, Part, Restart, Say, Wait, read_command, read_line
from greenbeard.play.shown import Shown, changed, look, refusal
from greenbeard.play.typed import catalogue, typed_options
from greenbeard.play.world import World
from worker.contract import GenerateRequest
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
        known = await self._owed()
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
        fresh = [job for job in await self._owed() if job not in known]
        for job in fresh:
            self._asked[job].line = number
        if line is None or not line.background:
            await self._wait_for(fresh)
        await self._report(number)

    async def _do(self, line: Line) -> None:
        match line.action:
            case Wait(seconds):
                await asyncio.sleep(seconds)
            case Restart(part):
                await self._stage.restart(part)
            case deed:
                await self._act(line, self._stage.world.member(line.member), self._channel(line), deed)

    async def _act(self, line: Line, member: MemberActor, channel: ChannelHandle, deed: Command | Click | Say) -> None:
        world = self._stage.world
        match deed:
            case Say(text):
                await world.say(member, channel, text)
            case Click(label):
                self._check_answered(await world.click(member, channel, label), label)
            case Command(text):
                try:
                    await self._command(member, channel, text)
                except (NotSent, simcord.OptionError) as sentence:
                    await self._print(line.number, refusal(str(channel.name), str(sentence)))

    async def _command(self, member: MemberActor, channel: ChannelHandle, text: str) -> None:
        commands = catalogue(self._stage.bot.tree)
        names = {name: [p.display_name for p in command.parameters] for name, command in commands.items()}
        invocation = read_command(text, names)
        if invocation.command not in member.available_commands(channel):
            raise NotSent(f"Discord does not offer /{invocation.command} to {member.name} here.")
        options = typed_options(commands[invocation.command], invocation.options)
        result = await self._stage.world.command(member, channel, invocation.command, options)
        self._check_answered(result, f"/{invocation.command}")

    def _check_answered(self, result: InteractionResult, what: str) -> None:
        if not result.acknowledged:
            raise BadScript(f"The bot did not answer {what}.")

    def _channel(self, line: Line) -> ChannelHandle:
        world = self._stage.world
        return world.channel(line.channel) if line.channel else next(iter(world.channels.values()))

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
        if not isinstance(request, GenerateRequest) or await self._stage.bot.queue.passage(request.job) is not None:
            return
        shown = [message.content for id, message in look(self._stage.world).items() if id in asked.messages]
        if not any(STOPPED in content for content in shown):
            self._fail(asked.line, f"no passage was written: {' '.join(shown) or 'the request is gone.'}")

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
            path.write_bytes(await file.source.read())
            paths[file.name] = path
        return paths

    def _fail(self, number: int, sentence: str) -> None:
        self._failed = True
        sys.stderr.write(f"line {number}: {' '.join(sentence.split())}\n")
        sys.stderr.flush()


def _limit_s(owed: Owed) -> float:
    request = owed.request
    return PATIENCE_S + (request.time_limit_s if isinstance(request, GenerateRequest) else 2 * request.budget_s)
