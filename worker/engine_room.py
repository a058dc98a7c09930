"""Drives the engine in a thread of its own, so that waiting for Redis never holds up the writing.

Each loaded version has its own engine; they step in turn, and the one of an old version goes when its last sequence has
ended. What the engines tell is collected until the worker fetches it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue

import structlog

from model.ask import Ask, Broke, Done, Output
from model.engine import Engine
from worker.warm import Loaded, give_back_memory

log = structlog.get_logger(__name__)

IDLE_S = 0.5
"""Seconds between two signs of life of an engine without work."""
CLOSE_S = 5.0
"""Seconds that a closing room waits for the step in hand."""


@dataclass(frozen=True)
class Crashed:
    """An engine broke down, and everything that it was writing with it."""

    version: Loaded
    error: Exception


class EngineRoom:
    """Engines at work."""

    def __init__(self, slots: int, make_engine: Callable[..., Engine] = Engine) -> None:
        self._slots = slots
        self._make_engine = make_engine
        self._orders: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._told: deque[Output | Crashed] = deque()
        self._engines: dict[Loaded, Engine] = {}
        self._newest: Loaded | None = None
        self._open = False
        self._thread: threading.Thread | None = None
        self.news = threading.Event()
        """Set when something ended."""
        self.alive_at = time.monotonic()
        """When the engine last gave a sign of life (`time.monotonic`)."""

    def start(self) -> None:
        """Begin to drive."""
        self._open = True
        self._thread = threading.Thread(target=self._drive, name="engine", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop driving; what is being written is dropped."""
        self._orders.put(self._shut)
        if self._thread is not None:
            self._thread.join(CLOSE_S)

    def submit(self, version: Loaded, ask: Ask, *, passing: bool = False) -> None:
        """Let a version write; one that is `passing` does not take the place of the one that wrote last."""

        def take_on() -> None:
            try:
                if version not in self._engines:
                    self._engines[version] = self._make_engine(version.writer, self._slots)
                if not passing:
                    self._newest = version
                self._engines[version].submit(ask)
            except Exception as error:
                self._tell([Broke(ask.id, take, error) for take in range(ask.takes)])

        self._orders.put(take_on)

    def cancel(self, id: str) -> None:
        """End an ask, keeping what is written."""

        def end() -> None:
            for engine in self._engines.values():
                engine.cancel(id)

        self._orders.put(end)

    def told(self) -> list[Output | Crashed]:
        """What the engines told since the last call, in order."""
        self.news.clear()
        found: list[Output | Crashed] = []
        while self._told:
            found.append(self._told.popleft())
        return found

    def _shut(self) -> None:
        self._open = False

    def _drive(self) -> None:
        while self._open:
            self._follow_orders()
            self.alive_at = time.monotonic()
            for version, engine in list(self._engines.items()):
                if engine.running or engine.waiting:
                    self._step(version, engine)
            if self._drop_old():
                give_back_memory()

    def _drop_old(self) -> bool:
        """Let go of engines of old versions that have nothing left to write."""
        old = [
            version
            for version, engine in self._engines.items()
            if version is not self._newest and not engine.running and not engine.waiting
        ]
        for version in old:
            del self._engines[version]
        return bool(old)

    def _follow_orders(self) -> None:
        """Carry out what was asked for; wait for it where there is nothing to write."""
        busy = any(engine.running or engine.waiting for engine in self._engines.values())
        try:
            self._orders.get(block=not busy, timeout=None if busy else IDLE_S)()
            while True:
                self._orders.get_nowait()()
        except Empty:
            return

    def _step(self, version: Loaded, engine: Engine) -> None:
        outputs: Sequence[Output | Crashed]
        try:
            outputs = engine.step()
        except Exception as error:
            log.exception("the engine broke down", version=version.name)
            del self._engines[version]
            outputs = [Crashed(version, error)]
        self._tell(outputs)

    def _tell(self, outputs: Sequence[Output | Crashed]) -> None:
        self._told.extend(outputs)
        if any(isinstance(output, Done | Broke | Crashed) for output in outputs):
            self.news.set()
