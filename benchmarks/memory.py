"""`python -m benchmarks.memory [--json] [--smoke]`: resident memory of the bot and of a generation worker at work.

Real Valkey, a real worker with the shipped model, the real bot on discord.py's own HTTP and gateway towards a stand-in
for Discord on 127.0.0.1. A member asks for passages; memory is read when the last one stands in the channel.
"""

from __future__ import annotations

import asyncio
import functools
import os
import re
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.report import Arguments, Figure, finish, read_arguments
from greenbeard.play.valkey import EmbeddedValkey
from tests.discord.double import DiscordDouble, labels
from tests.discord.interactions import Interaction

PASSAGES, WORDS = 20, 120
SMOKE_PASSAGES, SMOKE_WORDS = 1, 20
START_LIMIT_S, PASSAGE_LIMIT_S = 30, 30
BOT_MB, WORKER_MB = 130, 450


def resident_mb(pid: int) -> float:
    """Resident set of a process, in MB (10⁶ bytes)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(r"^VmRSS:\s+(\d+) kB", status, re.M)
    if found is None:
        raise RuntimeError(f"process {pid} has ended")
    return int(found.group(1)) * 1024 / 1e6


def maps_torch(pid: int) -> bool:
    """Whether a process has torch's libraries in memory."""
    return "libtorch" in Path(f"/proc/{pid}/maps").read_text(encoding="utf-8", errors="replace")


class NotStarted(Exception):
    """A process of the benchmark did not do its part."""


def start(stack: ExitStack, log: Path, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
    """A Python process that ends with the stack; what it says goes to `log`."""
    output = stack.enter_context(log.open("wb"))
    command = [sys.executable, "-m", *arguments]
    process = subprocess.Popen(command, stdout=output, stderr=output, env={**os.environ, **environment})
    stack.callback(process.wait)
    stack.callback(process.terminate)
    return process


def last_words(home: Path) -> str:
    """The ends of all logs."""
    return "\n".join(path.read_text(encoding="utf-8", errors="replace")[-2000:] for path in home.glob("*.log"))


async def write_passages(double: DiscordDouble, passages: int, words: int) -> None:
    """The member uses `/continue` again and again, each time waiting for the finished passage."""
    for _ in range(passages):
        used = double.slash("continue", words=words)
        await double.until(functools.partial(is_written, double, used), PASSAGE_LIMIT_S)


def is_written(double: DiscordDouble, used: Interaction) -> bool:
    """Whether the passage that a command asked for is finished: buttons stand below the newest one."""
    return used.answered.is_set() and "Continue" in labels(double.world.shown()[-1])


async def measure(arguments: Arguments, stack: ExitStack) -> list[Figure]:
    """Start everything, write, look."""
    home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="greenbeard-")))
    valkey = EmbeddedValkey(home)
    valkey.start()
    stack.callback(valkey.stop)
    double = DiscordDouble()
    await double.start()
    try:
        settings = {"REDIS_URL": valkey.url, "GREENBEARD_HOME": str(home), "GREENBEARD_DEVICE": "cpu"}
        worker = start(stack, home / "worker.log", "greenbeard", "worker", **settings)
        bot = start(stack, home / "bot.log", "tests.discord.bot_process", double.url, valkey.url, str(home))
        passages, words = (SMOKE_PASSAGES, SMOKE_WORDS) if arguments.smoke else (PASSAGES, WORDS)
        try:
            async with asyncio.timeout(START_LIMIT_S):
                await double.gateway.ready.wait()
            await write_passages(double, passages, words)
        except TimeoutError as error:
            raise NotStarted(f"bot or worker did not do their part; they said:\n{last_words(home)}") from error
        return [
            Figure("bot process on Discord's path", resident_mb(bot.pid), "MB", BOT_MB),
            Figure("torch in the bot process", float(maps_torch(bot.pid)), "libraries", 0),
            Figure("generation worker with the shipped model", resident_mb(worker.pid), "MB", WORKER_MB),
        ]
    finally:
        await double.stop()


def main() -> None:
    """Measure and tell."""
    arguments = read_arguments(__doc__)
    with ExitStack() as stack:
        figures = asyncio.run(measure(arguments, stack))
    finish("memory", figures, arguments)


if __name__ == "__main__":
    main()
