"""Why the page of `play` does not get its port."""

from __future__ import annotations

import errno

import pytest

from greenbeard.play.page import why_refused


@pytest.mark.parametrize(
    ("port", "number", "told"),
    [
        (8000, errno.EADDRINUSE, "Port 8000 cannot be used: another program has it; name another one with --port."),
        (80, errno.EACCES, "Port 80 cannot be used: this user may not listen there; name one from 1024 up"),
        (8000, errno.EADDRNOTAVAIL, "Port 8000 cannot be used: no such address; name another one with --port."),
        (None, errno.EADDRINUSE, "No port from 8686 to 8705 can be used: other programs have them all; name another"),
    ],
)
def test_the_reason_is_the_systems(port: int | None, number: int, told: str) -> None:
    assert why_refused(port, OSError(number, "no such address")).startswith(told)
