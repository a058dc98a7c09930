"""`greenbeard play` as a process of its own, over a home of the test and with the tiny model."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHROMIUM_ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
READY = "#preview-app[aria-busy=false]"
"""The page when it has drawn what it knows, and takes an action."""
START_LIMIT_S, SCRIPT_LIMIT_S, STOP_LIMIT_S = 60, 120, 90


def free_port() -> int:
    """One that the system gives to no connection meanwhile, as it does with those from 32768 on."""
    while True:
        port = random.SystemRandom().randrange(10_000, 30_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@dataclass(frozen=True)
class Play:
    """What every `play` of a test has in common."""

    home: Path
    shipped: Path

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "greenbeard", "play", *arguments]

    @property
    def environment(self) -> dict[str, str]:
        ours = {"DISCORD_TOKEN", "REDIS_URL"}
        inherited = {k: v for k, v in os.environ.items() if k not in ours and not k.startswith("GREENBEARD_")}
        return {**inherited, "GREENBEARD_HOME": str(self.home), "GREENBEARD_SHIPPED": str(self.shipped)}

    def script(self, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a script from stdin to its end."""
        return subprocess.run(
            self.command("--script", "-", *arguments),
            cwd=self.home.parent,
            env=self.environment,
            input=text,
            capture_output=True,
            text=True,
            timeout=SCRIPT_LIMIT_S,
        )

    def messages(self, text: str) -> list[dict[str, Any]]:
        """Run a script in which nothing fails; the messages it printed."""
        done = self.script(text, "--json")
        assert (done.returncode, done.stderr) == (0, "")
        return [json.loads(line) for line in done.stdout.splitlines()]

    @contextmanager
    def begun(self, text: str) -> Iterator[subprocess.Popen[str]]:
        """A script that goes on after these lines, until it is killed."""
        process = subprocess.Popen(
            self.command("--script", "-", "--json"),
            cwd=self.home.parent,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        with process:
            assert process.stdin is not None
            process.stdin.write(text)
            process.stdin.flush()
            try:
                yield process
            finally:
                process.kill()

    @contextmanager
    def page(self, port: int | None = None, **settings: object) -> Iterator[tuple[str, subprocess.Popen[str]]]:
        """Open the page, not a browser: its URL and the process.

        On a port that no other `play` takes after it: a tab that is still open would ask a stranger. `settings` are
        those of `greenbeard.settings`.
        """
        process = subprocess.Popen(
            self.command("--no-open", "--port", str(port or free_port())),
            cwd=self.home.parent,
            env=self.environment | {f"GREENBEARD_{name.upper()}": str(value) for name, value in settings.items()},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found is not None
            yield found.group(), process
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=STOP_LIMIT_S)
        assert process.returncode == 0
