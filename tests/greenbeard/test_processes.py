"""Worker processes are started again when they die, and leave nothing behind."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from greenbeard.play import processes, session
from greenbeard.play.processes import LOG_END, STOP_LIMIT_S, Worker, end, last_line, restart_delay
from greenbeard.play.session import FINISHING, Stage
from greenbeard.play.valkey import EmbeddedValkey
from greenbeard.settings import Settings
from worker.engine_room import CLOSE_S
from worker.generation import GRACE_S


async def until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    for _ in range(int(seconds / 0.02)):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came to be")


def pid_of(worker: Worker) -> int:
    assert worker._process is not None
    return worker._process.pid


def test_a_process_that_keeps_dying_is_started_ever_more_rarely() -> None:
    delays = [0.0]
    for _ in range(8):
        delays.append(restart_delay(0.1, delays[-1]))
    assert delays == sorted(delays)
    assert delays[-1] == processes.MAX_DELAY_S
    assert restart_delay(3600, delays[-1]) == 0


async def test_a_killed_worker_comes_back_and_stop_ends_it(
    valkey: EmbeddedValkey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(processes, "QUICK_DEATH_S", 0.0)
    environment = {"REDIS_URL": valkey.url, "GREENBEARD_HOME": str(tmp_path)}
    worker = Worker("train", ["worker", "--queue", "train"], environment, tmp_path / "train.log")
    worker.start()
    watch = asyncio.create_task(worker.keep_alive())
    try:
        first = pid_of(worker)
        os.kill(first, signal.SIGKILL)
        await until(lambda: pid_of(worker) != first and worker.alive())
        await until(lambda: "worker ready" in worker.log_file.read_text())
        second = pid_of(worker)
    finally:
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch
        await end([worker])
    assert not worker.alive()
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)


SLOW_TO_END = """
import signal, sys, time
def finish(*_):
    time.sleep(float(sys.argv[1]))
    print("finished", flush=True)
    sys.exit()
signal.signal(signal.SIGTERM, finish)
print("ready", flush=True)
time.sleep(600)
"""


async def busy_worker(log_file: Path, seconds: float) -> Worker:
    """A process that has so much in hand when it is asked to stop."""
    worker = Worker("generate", [], {}, log_file)
    worker._command = [sys.executable, "-c", SLOW_TO_END, str(seconds)]
    worker.start()
    await until(lambda: "ready" in log_file.read_text())
    return worker


async def test_workers_finish_what_they_have_in_hand_and_are_not_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(processes, "QUICK_DEATH_S", 0.0)
    workers = [await busy_worker(tmp_path / f"{seconds}.log", seconds) for seconds in (0.0, 0.5)]
    watches = [asyncio.create_task(worker.keep_alive()) for worker in workers]
    await end(workers)
    for watch in watches:
        watch.cancel()
    for worker in workers:
        assert not worker.alive()
        assert worker.log_file.read_text() == "ready\nfinished\n"


async def test_workers_end_at_once_when_the_wait_is_cut_short(tmp_path: Path) -> None:
    worker = await busy_worker(tmp_path / "a.log", 600)
    ending = asyncio.create_task(end([worker]))
    await asyncio.sleep(0)
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert not worker.alive()
    assert worker.log_file.read_text() == "ready\n"


def test_play_waits_longer_than_a_worker_needs_and_says_how_long() -> None:
    assert STOP_LIMIT_S > GRACE_S + CLOSE_S
    assert f"{GRACE_S:.0f} s at most" in FINISHING


def test_the_last_line_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    assert last_line(log) == "(the log is empty)"
    log.write_bytes(b"x" * 3 * LOG_END + b"\nthe \xff end\n\n")
    assert last_line(log) == "the \ufffd end"


async def test_a_worker_that_cannot_live_is_quoted(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(session, "WORKER_START_LIMIT_S", 0.3)
    monkeypatch.setenv("GREENBEARD_TOP_P", "7")
    stage = Stage(Settings(home=tmp_path, redis_url=redis_url, top_p=0.9))
    worker = stage.workers["generate"]
    worker.start()
    await until(lambda: not worker.alive())
    await stage.until_workers_serve()
    await stage.bot.queue.close()
    told = capsys.readouterr().err
    assert "The worker generate does not stay alive: greenbeard: GREENBEARD_TOP_P cannot be used" in told
    assert str(tmp_path / "logs") in told
