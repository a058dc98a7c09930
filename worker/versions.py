"""The model versions on disk and which of them is live.

`<models>/live.json` holds `{"live": name, "history": [earlier names]}`, written beside and renamed; without it, or
where it cannot be read, the shipped version is live. Everything is in files, so the command line and a bot without
Redis see the same.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from model.errors import BadModel
from model.version import (
    CHECKPOINT_FILE,
    VERSION_FILE,
    VersionInfo,
    check_folder,
    has_checkpoint,
    read_info,
    work_folder,
    write_json,
)
from worker.contract import valid_name
from worker.errors import (
    BadVersionName,
    DamagedVersion,
    NoEarlierVersion,
    UnknownVersion,
    VersionError,
    VersionInUse,
)

log = structlog.get_logger(__name__)

LIVE_FILE = "live.json"


class _Live(BaseModel):
    model_config = ConfigDict(frozen=True)

    live: str
    history: tuple[str, ...] = ()
    """Versions that were live before, the latest last."""


@dataclass(frozen=True)
class Version:
    """One version folder."""

    name: str
    folder: Path
    info: VersionInfo | None
    """None if the folder is damaged; `problem` then says how."""
    problem: str | None
    live: bool
    shipped: bool


@dataclass(frozen=True)
class LiveMark:
    """What tells cheaply whether `live.json` was replaced."""

    modified_ns: int
    inode: int


class VersionStore:
    """The versions under one folder, and the shipped one."""

    def __init__(self, models: Path, shipped: Path) -> None:
        self.models = models
        self.shipped = shipped

    def list(self) -> tuple[Version, ...]:
        """All versions, the shipped one first, then by name; damaged ones are included and say so."""
        folders = [self.shipped]
        if self.models.is_dir():
            folders += sorted(path for path in self.models.iterdir() if _is_version(path))
        live = self.live()
        versions = {folder.name: self._version(folder, live) for folder in reversed(folders)}
        return tuple(reversed(versions.values()))

    def folder(self, name: str) -> Path:
        """Folder of a version. Raises UnknownVersion."""
        self.check_name(name)
        if name == self.shipped.name:
            return self.shipped
        folder = self.models / name
        if not folder.is_dir():
            raise UnknownVersion(
                f"There is no model version {name!r}; `greenbeard models list` shows the versions there are."
            )
        return folder

    def info(self, name: str) -> VersionInfo:
        """Record of a version. Raises UnknownVersion or DamagedVersion."""
        folder = self.folder(name)
        try:
            return _checked(folder)
        except BadModel as error:
            raise DamagedVersion(f"Model version {name!r} cannot be used: {error}") from error

    def live(self) -> str:
        """Name of the live version."""
        return self._read().live

    def live_people(self) -> tuple[str, ...]:
        """Names that head chapters in the corpus of the live version; none where its record cannot be read.

        Nothing but that record is read: a member's Discord asks with every letter they type.
        """
        try:
            return read_info(self.folder(self.live())).headings.people
        except (VersionError, BadModel):
            return ()

    def candidates(self) -> tuple[str, ...]:
        """What to write with, the best first: the live version, those live before from the latest on, the shipped."""
        state = self._read()
        return tuple(dict.fromkeys((state.live, *reversed(state.history), self.shipped.name)))

    def live_mark(self) -> LiveMark | None:
        """Changes whenever a version is made live; None as long as none ever was."""
        try:
            stat = (self.models / LIVE_FILE).stat()
        except OSError:
            return None
        return LiveMark(stat.st_mtime_ns, stat.st_ino)

    def use(self, name: str) -> None:
        """Make a version live. Raises UnknownVersion or DamagedVersion, and then leaves the live one as it is."""
        self.info(name)
        state = self._read()
        history = state.history if name == state.live else (*state.history, state.live)
        self._write(_Live(live=name, history=history))

    def rollback(self) -> str:
        """Make the version live again that was live before, and return its name. Raises NoEarlierVersion."""
        state = self._read()
        history, live = state.history, state.live
        while history:
            *rest, name = history
            history = tuple(rest)
            if name == live:
                continue
            try:
                self.info(name)
            except (UnknownVersion, DamagedVersion):
                continue
            self._write(_Live(live=name, history=history))
            return name
        raise NoEarlierVersion("No other model version was live before; name one to use instead.")

    def remove(self, name: str) -> None:
        """Delete a version. Raises UnknownVersion, and VersionInUse for the live and the shipped one."""
        folder = self.folder(name)
        if folder == self.shipped:
            raise VersionInUse(f"Model version {name!r} ships with Greenbeard and stays.")
        if name == self.live():
            raise VersionInUse(f"Model version {name!r} is live; make another one live before removing it.")
        doomed = folder.with_name(f".{name}.removed")
        shutil.rmtree(doomed, ignore_errors=True)
        folder.rename(doomed)
        shutil.rmtree(doomed)

    def new_name(self, name: str) -> str:
        """`name`, or `name-2`, `name-3` … where it is taken. Raises BadVersionName."""
        self.check_name(name)
        candidate, number = name, 2
        while self.is_taken(candidate):
            candidate = f"{name[:36]}-{number}"
            number += 1
        return candidate

    def is_taken(self, name: str) -> bool:
        """Whether there is something under this name already, be it damaged or a training that was broken off."""
        return self.is_finished(name) or self.is_broken_off(name)

    def is_finished(self, name: str) -> bool:
        """Whether there is a version of this name, be it damaged."""
        return name == self.shipped.name or (self.models / name).exists()

    def is_broken_off(self, name: str) -> bool:
        """Whether a training of this name has a checkpoint from which it can go on."""
        return not self.is_finished(name) and has_checkpoint(work_folder(self.models / name))

    def broken_off(self, name: str) -> str | None:
        """The training of this name that was broken off; else the last of those that `new_name` numbered."""
        if self.is_broken_off(name):
            return name
        numbered = re.compile(rf"{re.escape(name[:36])}-\d+")
        found: dict[str, float] = {}
        for checkpoint in self.models.glob(f".*.training/{CHECKPOINT_FILE}"):
            other = checkpoint.parent.name.removeprefix(".").removesuffix(".training")
            if numbered.fullmatch(other) and self.is_broken_off(other):
                found[other] = checkpoint.stat().st_mtime
        return max(found, key=found.__getitem__, default=None)

    def check_name(self, name: str) -> None:
        """Refuse what cannot name a version: it is also the name of a folder. Raises BadVersionName."""
        if not valid_name(name):
            raise BadVersionName(
                f"{name!r} cannot name a model version; use up to 40 small letters, digits, '.', '_' and '-', "
                "beginning with a letter or digit and not ending in '.json'."
            )

    def _version(self, folder: Path, live: str) -> Version:
        info, problem = None, None
        try:
            info = _checked(folder)
        except BadModel as error:
            problem = str(error)
        return Version(folder.name, folder, info, problem, folder.name == live, folder == self.shipped)

    def _read(self) -> _Live:
        path = self.models / LIVE_FILE
        try:
            return _Live.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            pass
        except (OSError, ValidationError) as error:
            log.warning("unreadable, so the shipped version counts as live", path=str(path), reason=str(error))
        return _Live(live=self.shipped.name)

    def _write(self, live: _Live) -> None:
        path = self.models / LIVE_FILE
        self.models.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            moved = path.rename(self.models / self.new_name("live"))
            log.warning("a folder stood in the place of a file; it was renamed", path=str(path), now=moved.name)
        write_json(path, live.model_dump())


def _checked(folder: Path) -> VersionInfo:
    """The record of a version whose files are whole. Raises BadModel.

    Fingerprints and voices are looked at where there is numpy to read them with: not beside a bot.
    """
    info = check_folder(folder)
    if find_spec("numpy") is not None:
        from model.copies import check_copies
        from model.voices import load_voices

        check_copies(folder)
        load_voices(folder, info)
    return info


def _is_version(path: Path) -> bool:
    return path.is_dir() and valid_name(path.name) and (path / VERSION_FILE).exists()
