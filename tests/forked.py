"""Processes of ours, forked from a process that has torch and our modules imported and has done nothing else yet.

They are as real as those of `python -m greenbeard …`, with a pid, signals and an exit code of their own, and begin
within milliseconds instead of the seconds that imports take. What is imported at all is tested with fresh interpreters.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

IMPORTED = ["worker.generation", "model.training", "greenbeard.cli", "greenbeard.play.session", "tests.forked"]

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(IMPORTED)


class Forked:
    """What tests use of `subprocess.Popen`, for a function in a process of its own."""

    def __init__(self, output: Path, errors: Path, run: Callable[..., object], *arguments: Any) -> None:
        self._process = _FORKS.Process(target=_begin, args=(output, errors, run, arguments), daemon=True)
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once it has ended. Raises subprocess.TimeoutExpired."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(str(self._process), timeout or 0)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """A signal, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


def _begin(output: Path, errors: Path, run: Callable[..., object], arguments: tuple[Any, ...]) -> None:
    """In the new process: write to these files, as a process does whose streams were redirected, and run."""
    for stream, path in ((sys.stdout, output), (sys.stderr, errors)):
        with path.open("ab") as file:
            os.dup2(file.fileno(), stream.fileno())
    run(*arguments)


def finished(
    folder: Path, seconds: float, run: Callable[..., object], *arguments: Any
) -> subprocess.CompletedProcess[str]:
    """A function in a process of its own, run to its end; `folder` keeps what it says. Raises TimeoutExpired."""
    output, errors = folder / "stdout", folder / "stderr"
    for path in (output, errors):
        path.write_bytes(b"")
    process = Forked(output, errors, run, *arguments)
    try:
        code = process.wait(seconds)
    finally:
        process.kill()
    return subprocess.CompletedProcess(arguments, code, output.read_text(), errors.read_text())


def command_line(folder: Path, environment: Mapping[str, str], arguments: tuple[str, ...]) -> None:
    """`greenbeard …` in this process."""
    from greenbeard.cli import main

    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["greenbeard", *arguments]
    main()
