"""Where the page of `play` is to be found: its port, the key in its address, and the time zone that it shows."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

HOST = "127.0.0.1"
PORT = 8686
PORTS_TRIED = 20


def ports(wished: int | None) -> Sequence[int]:
    """Ports to try, in order: the wished one alone, or the first free one from PORT on."""
    return [wished] if wished is not None else range(PORT, PORT + PORTS_TRIED)


def why_refused(port: int | None, error: OSError) -> str:
    """Why the page got neither the wished port nor, without a wish, any of those tried."""
    which = f"Port {port}" if port is not None else f"No port from {PORT} to {PORT + PORTS_TRIED - 1}"
    reason, advice = error.strerror or str(error), "name another one with --port"
    if error.errno == errno.EADDRINUSE:
        reason = "another program has it" if port is not None else "other programs have them all"
    elif error.errno == errno.EACCES:
        reason, advice = "this user may not listen there", "name one from 1024 up with --port"
    return f"{which} {'cannot' if port is not None else 'can'} be used: {reason}; {advice}."


def key_of(home: Path) -> str:
    """The key of a home's page, made at its first start; only its owner can read it."""
    file = home / "page.key"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(32), encoding="utf-8")
    return file.read_text(encoding="utf-8").strip()


def timezone_here() -> str:
    """The zone of this machine as the browser knows it ("Europe/Paris"), or UTC where the system does not say."""
    named = os.environ.get("TZ") or str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2]
    try:
        return ZoneInfo(named).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "UTC"
