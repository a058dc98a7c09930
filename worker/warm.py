"""The live model version, loaded; follows `models use` and `/model promote` without a restart."""

from __future__ import annotations

import ctypes
import gc
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

import structlog

from model.device import pick_device
from model.errors import ModelError
from model.memory import is_refusal
from model.writer import Writer, load
from worker.errors import VersionError, VersionTooLarge
from worker.versions import VersionStore

log = structlog.get_logger(__name__)


def give_back_memory() -> None:
    """Give the system back what loading took on its way, and what a dropped version held; glibc would keep it."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


@dataclass(frozen=True)
class Loaded:
    """A version in memory."""

    name: str
    writer: Writer


class WarmModel:
    """Holds the live version, or an earlier one where the live one cannot be loaded.

    Before each request a look at one file tells whether another version was made live; it is loaded beside the work.
    """

    def __init__(self, versions: VersionStore, device: str) -> None:
        self._versions = versions
        self._device = pick_device(device)
        self._mark = versions.live_mark()
        self._held = self._first_usable()
        self._loading: Future[Loaded] | None = None
        self._beside: Future[Loaded] | None = None

    @property
    def held(self) -> Loaded:
        """What is in memory now."""
        return self._held

    def current(self) -> Loaded | None:
        """The live version, None while it is being loaded; the one before, if it cannot be loaded."""
        if self._loading is None:
            self._follow()
        if self._loading is None:
            return self._held
        if not self._loading.done():
            return None
        loading, self._loading = self._loading, None
        try:
            self._held = loading.result()
        except (VersionError, ModelError) as error:
            log.error("the live version cannot be loaded", staying_with=self._held.name, reason=str(error))
        return self.current()

    def beside(self, name: str) -> Loaded | None:
        """A version that may be another than the live one, for one use; None while it is being loaded.

        Raises VersionError or ModelError where it cannot be loaded.
        """
        if name == self._held.name:
            return self._held
        if self._beside is None:
            self._beside = self._begin_loading(name)
        if not self._beside.done():
            return None
        loading, self._beside = self._beside, None
        return loading.result()

    def _begin_loading(self, name: str) -> Future[Loaded]:
        loader = ThreadPoolExecutor(1, "loader")
        loading = loader.submit(self._load, name)
        loader.shutdown(wait=False)
        return loading

    def _follow(self) -> None:
        """Begin to load the live version if it is another one."""
        mark = self._versions.live_mark()
        if mark == self._mark:
            return
        self._mark = mark
        name = self._versions.live()
        if name != self._held.name:
            self._loading = self._begin_loading(name)

    def _first_usable(self) -> Loaded:
        """The live version, else the one before it that can be loaded. Raises what is wrong with the live one."""
        live, *others = self._versions.candidates()
        try:
            return self._load(live)
        except (VersionError, ModelError) as error:
            log.error("the live version cannot be loaded; looking for an earlier one", live=live, reason=str(error))
            for name in others:
                with suppress(VersionError, ModelError):
                    return self._load(name)
            raise

    def _load(self, name: str) -> Loaded:
        began = time.monotonic()
        self._versions.info(name)
        writer = self._opened(name)
        give_back_memory()
        if writer is None:
            raise VersionTooLarge(f"There is too little memory for model version {name!r}; use a smaller one.")
        log.info("model loaded", version=name, device=self._device, seconds=round(time.monotonic() - began, 2))
        return Loaded(name, writer)

    def _opened(self, name: str) -> Writer | None:
        """A version in memory; None where there is too little. The error is let go here: it holds what was loaded."""
        try:
            return load(self._versions.folder(name), self._device)
        except (MemoryError, RuntimeError) as error:
            if not is_refusal(error):
                raise
            log.warning("no memory for a version", version=name, device=self._device, reason=str(error))
        return None
