"""`greenbeard play` from start to end: Valkey, workers, the bot in its world, then the page or a script."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import sys
import time
import webbrowser
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot.app import GreenbeardBot
from bot.delivery import Delivery
from bot.options import BotOptions
from greenbeard.errors import BadScript, NotReady
from greenbeard.logs import configure_logs
from greenbeard.play.page import keep_fresh, open_page
from greenbeard.play.processes import Worker, end, last_line
from greenbeard.play.runner import Runner
from greenbeard.play.script import Part
from greenbeard.play.source import script_lines
from greenbeard.play.valkey import EmbeddedValkey, answers
from greenbeard.play.world import World, open_world
from greenbeard.settings import Settings
from worker.client import Client
from worker.contract import GENERATE_QUEUE, TRAIN_QUEUE
from worker.errors import RedisDown

CONSUMER = "play"
EDIT_INTERVAL_S = 0.25
WORKER_START_LIMIT_S = 60.0
DELIVERY_PAUSE_S = 1.0
FINISHING = (
    "Waiting for the worker, which finishes what it is writing, for 20 s at most. Ctrl-C again ends it at once; "
    "the next `make play` writes the rest."
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class PlayChoices:
    """What the command line asked for."""

    script: Path | None
    as_json: bool
    port: int | None
    open: bool


def run(settings: Settings, choices: PlayChoices) -> int:
    """Play until Ctrl-C, the end of the page's session or of the script; returns the exit code."""
    lines = script_lines(choices.script) if choices.script is not None else None
    home = settings.home.resolve()
    (home / "logs").mkdir(parents=True, exist_ok=True)
    with _alone(home), (home / "logs" / "play.log").open("a", encoding="utf-8") as log_file:
        configure_logs(settings.log_level, settings.log_format, log_file)
        return asyncio.run(_until_signal(_play(settings, choices, lines)))


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Only one `play` per home: two would answer each other's members. Raises NotReady."""
    with (home / "play.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise NotReady(
                f"Another `greenbeard play` is running on {home}; end it, or set GREENBEARD_HOME to another folder."
            ) from error
        yield


async def _until_signal(playing: Coroutine[object, object, int]) -> int:
    """Run to the end, or until SIGINT or SIGTERM, which end it in order and are no failure."""
    task = asyncio.create_task(playing)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        return 0


async def _play(settings: Settings, choices: PlayChoices, script: Iterator[str] | None) -> int:
    async with _stage(settings) as stage:
        if script is not None:
            return await _perform(stage, script, settings.home.resolve() / "files", as_json=choices.as_json)
        async with (
            open_page(stage.world, settings.home.resolve(), choices.port) as (page, preview),
            _background(keep_fresh(stage.world, page)),
        ):
            _tell(f"Greenbeard is at {page.url}")
            _tell(f"Logs are in {settings.home.resolve() / 'logs'}. Ctrl-C ends it; the stories stay.")
            if choices.open:
                _open_browser(page.url)
            await preview.wait_closed()
    return 0


async def _perform(stage: Stage, script: Iterator[str], files: Path, *, as_json: bool) -> int:
    async with _background(keep_fresh(stage.world, None)):
        return 0 if await Runner(stage, files, as_json=as_json).run(script) else 1


class Stage:
    """The running house: what a script may restart."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.valkey = EmbeddedValkey(settings.home) if settings.redis_url is None else None
        self.url = self.valkey.url if self.valkey else str(settings.redis_url)
        environment = {"REDIS_URL": self.url, "GREENBEARD_HOME": str(settings.home.resolve())}
        self.workers = {
            queue: Worker(queue, ["worker", "--queue", queue], environment, settings.home / "logs" / f"{queue}.log")
            for queue in (GENERATE_QUEUE, TRAIN_QUEUE)
        }
        self.options: BotOptions = settings.bot_options(self.url, consumer=CONSUMER, edit_interval_s=EDIT_INTERVAL_S)
        self.bot = self._new_bot()
        self.world: World
        self._delivery: asyncio.Task[None] | None = None

    def _new_bot(self) -> GreenbeardBot:
        return GreenbeardBot(self.options, Client(self.url, self._settings.versions()))

    def begin_delivery(self) -> None:
        """Start delivery beside the bot, never inside it: simcord waits until the bot's own tasks are idle."""
        self._delivery = asyncio.create_task(self._deliver())

    async def _deliver(self) -> None:
        delivery = Delivery(self.bot, self.bot.queue, self.bot.stories, self.options)
        while True:
            try:
                await delivery.run()
            except Exception:
                log.exception("delivery broke off; it begins anew")
                await asyncio.sleep(DELIVERY_PAUSE_S)

    async def end_delivery(self) -> None:
        """Stop delivery; what it had not finished it takes up again at its next start."""
        if self._delivery is None:
            return
        self._delivery.cancel()
        with suppress(asyncio.CancelledError):
            await self._delivery
        self._delivery = None

    async def restart(self, part: Part) -> None:
        """End one part and start it anew. Raises BadScript for a server that is not ours."""
        if part == "bot":
            await self.end_delivery()
            old, self.bot = self.bot, self._new_bot()
            await self.world.restart_bot(self.bot)
            await old.queue.close()
            self.begin_delivery()
        elif part == "worker":
            await end(self.workers.values())
            for worker in self.workers.values():
                worker.start()
            await self.until_workers_serve()
        elif self.valkey is None:
            raise BadScript("`restart redis` restarts the embedded Valkey; REDIS_URL names a server that is not ours.")
        else:
            await asyncio.to_thread(self.valkey.stop)
            await asyncio.to_thread(self.valkey.start)

    async def until_workers_serve(self) -> None:
        """Wait until both queues have a worker, or for a minute: requests wait in the queue anyway."""
        deadline = time.monotonic() + WORKER_START_LIMIT_S
        while time.monotonic() < deadline:
            with suppress(RedisDown):
                generate, train = await self.bot.queue.queues()
                if generate.workers and train.workers:
                    return
            await asyncio.sleep(0.1)
        for worker in self.workers.values():
            if not worker.alive():
                _tell(f"The worker {worker.name} does not stay alive: {last_line(worker.log_file)}", on_stderr=True)
        _tell(f"Not every queue has a worker yet; the logs are in {self.options.home / 'logs'}.", on_stderr=True)


@asynccontextmanager
async def _stage(settings: Settings) -> AsyncIterator[Stage]:
    """Everything that must run before anybody can write; ended in reverse order."""
    async with AsyncExitStack() as stack:
        stage = Stage(settings)
        if stage.valkey is not None:
            await asyncio.to_thread(stage.valkey.start)
            stack.callback(stage.valkey.stop)
            await stack.enter_async_context(_background(stage.valkey.keep_alive()))
        elif not await asyncio.to_thread(answers, stage.url):
            raise NotReady(
                "Redis does not answer at REDIS_URL; start it, or unset REDIS_URL to use the embedded Valkey."
            )
        stack.push_async_callback(lambda: stage.bot.queue.close())
        stack.push_async_callback(_end_workers, stage)
        for worker in stage.workers.values():
            worker.start()
            await stack.enter_async_context(_background(worker.keep_alive()))
        stage.world = await stack.enter_async_context(open_world(stage.bot, settings.home.resolve()))
        await _greet(stage)
        stage.begin_delivery()
        stack.push_async_callback(stage.end_delivery)
        await stage.until_workers_serve()
        yield stage


async def _greet(stage: Stage) -> None:
    """The bot's first words in a house where nobody has said anything yet."""
    first = next(iter(stage.world.channels.values()))
    if not first.history():
        await stage.bot.greet(stage.bot.guilds[0], first.id)


async def _end_workers(stage: Stage) -> None:
    """Let the workers finish what they have in hand and say so; at once where the end was asked for twice."""
    task = asyncio.current_task()
    try:
        if task is None or task.cancelling() < 2:
            with suppress(RedisDown):
                writing, _ = await stage.bot.queue.queues()
                if writing.running:
                    _tell(FINISHING, on_stderr=True)
            await end(stage.workers.values())
    finally:
        for worker in stage.workers.values():
            worker.kill()


@asynccontextmanager
async def _background(work: Coroutine[object, object, None]) -> AsyncIterator[None]:
    """A task for the time of the block."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _open_browser(url: str) -> None:
    """Open the page where there is a screen; the URL is printed in any case."""
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return
    with suppress(webbrowser.Error):
        webbrowser.open(url)


def _tell(sentence: str, *, on_stderr: bool = False) -> None:
    stream = sys.stderr if on_stderr else sys.stdout
    stream.write(sentence + "\n")
    stream.flush()
