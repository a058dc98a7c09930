"""The worker processes of `greenbeard play`: started with it, restarted when they die, ended with it.

Each one leads a process group of its own, so that Ctrl-C reaches `play` alone, which then ends them in order. Where
the system can (Linux), a worker also ends when `play` is killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

import structlog

PR_SET_PDEATHSIG = 1
STOP_LIMIT_S = 30.0
"""Seconds that a worker has to end by itself: more than it takes to finish what it has in hand, or to hand it back."""
LOOK_EVERY_S = 0.5
ENDED_EVERY_S = 0.05
QUICK_DEATH_S = 10.0
MAX_DELAY_S = 30.0

LOG_END = 16 << 10
"""Bytes at the end of a log in which its last line is sought."""

log = structlog.get_logger(__name__)


def ends_with_parent() -> Callable[[], None] | None:
    """What a child runs before exec to get SIGTERM when its parent dies; None where the system has no such thing."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl

    def ask_for_signal() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    return ask_for_signal


def restart_delay(lived_s: float, delay_s: float) -> float:
    """Seconds to wait before the next start: doubled while a process dies soon after its start."""
    return min(max(delay_s, 0.5) * 2, MAX_DELAY_S) if lived_s < QUICK_DEATH_S else 0.0


def last_line(log_file: Path) -> str:
    """The last line of a log, for a sentence about a process that failed."""
    lines: list[str] = []
    if log_file.exists():
        with log_file.open("rb") as file:
            file.seek(max(0, log_file.stat().st_size - LOG_END))
            lines = file.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "(the log is empty)"


class Worker:
    """One worker process and its log file."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], log_file: Path) -> None:
        self.name = name
        self.log_file = log_file
        self._command = [sys.executable, "-m", "greenbeard", *command]
        self._environment = {**os.environ, **environment}
        self._process: subprocess.Popen[bytes] | None = None
        self._wanted = False
        self._started = 0.0
        self._delay = 0.0

    def start(self) -> None:
        """Start it; its output goes to the log file."""
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        with self.log_file.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=ends_with_parent(),
            )
        self._started = time.monotonic()
        self._wanted = True

    def alive(self) -> bool:
        """Whether it runs now."""
        return self._process is not None and self._process.poll() is None

    def ask_to_stop(self) -> None:
        """SIGTERM: finish what is in hand."""
        self._wanted = False
        if self._process is not None and self.alive():
            self._process.terminate()

    def kill(self) -> None:
        """End it and everything that it started, at once."""
        self._wanted = False
        if self._process is None:
            return
        if self.alive():
            log.warning("worker does not end, killing it", worker=self.name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    async def keep_alive(self) -> None:
        """Start it again whenever it dies by itself; runs until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if self._process is None or not self._wanted or self.alive():
                continue
            self._delay = restart_delay(time.monotonic() - self._started, self._delay)
            log.warning("worker died", worker=self.name, code=self._process.returncode, again_in_s=self._delay)
            await asyncio.sleep(self._delay)
            if self._wanted and not self.alive():
                self.start()


async def end(workers: Collection[Worker]) -> None:
    """End workers once they have finished what they have in hand, or after STOP_LIMIT_S; when cancelled, at once."""
    try:
        for worker in workers:
            worker.ask_to_stop()
        deadline = time.monotonic() + STOP_LIMIT_S
        while time.monotonic() < deadline:
            if not any(worker.alive() for worker in workers):
                break
            await asyncio.sleep(ENDED_EVERY_S)
    finally:
        for worker in workers:
            worker.kill()
