"""The front of the page: why it does not get its port, what it changes in Preview's files, who gets its key."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
import simcord

from greenbeard.play import skin
from greenbeard.play.address import key_of, timezone_here, why_refused


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


@pytest.mark.parametrize("path", skin.CHANGES)
def test_every_change_finds_what_it_changes(path: str) -> None:
    static = Path(simcord.__file__).parent / "preview" / "static"
    text = (static / ("index.html" if path == "/" else path.removeprefix("/"))).read_text(encoding="utf-8")
    for old, new in skin.CHANGES[path]:
        assert text.count(old) == 1
        text = text.replace(old, new)
    assert skin.changed(path, (static / ("index.html" if path == "/" else path[1:])).read_bytes()) == text.encode()


@pytest.mark.parametrize("path", skin.ADDED)
def test_every_file_of_ours_is_there(path: str) -> None:
    assert skin.added(path)


def test_the_key_stays_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    assert len(key) > 30
    assert key_of(tmp_path) == key
    assert (tmp_path / "page.key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("named", "zone"), [("Europe/Paris", "Europe/Paris"), ("Nowhere/At all", "UTC"), (":/etc/localtime", "UTC")]
)
def test_times_are_shown_in_the_zone_of_the_machine(named: str, zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", named)
    assert timezone_here() == zone
