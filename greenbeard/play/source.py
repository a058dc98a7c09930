"""Where the lines of a script come from: a file, a pipe, or the standard input."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from greenbeard.errors import BadScript

STDIN = Path("-")


def script_lines(script: Path) -> Iterator[str]:
    """The script's lines; a file is read whole at once, stdin and pipes as they come. Raises BadScript."""
    if script == STDIN or script.is_fifo():
        return _streamed(script)
    with _explained(script):
        return io.StringIO(script.read_text(encoding="utf-8"))


def _streamed(script: Path) -> Iterator[str]:
    source = sys.stdin.fileno() if script == STDIN else script
    with _explained(script), open(source, encoding="utf-8", closefd=script != STDIN) as lines:
        yield from lines


@contextmanager
def _explained(script: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadScript(f"The script {script} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise BadScript(f"The script {script} is not UTF-8 text; save it as UTF-8.") from error
