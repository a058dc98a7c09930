"""Shows a text that grows and listens for the wish to stop, both a few times a second at most."""

from __future__ import annotations

import time
from collections.abc import Callable

from redis import Redis

from worker.contract import TEXT_TTL, Keys
from worker.events import Publisher

SHOW_EVERY_S = 0.125
LISTEN_EVERY_S = 0.15
BEAT_EVERY_S = 2.0


class LiveText:
    """The text of a running job so far: the first of it at once, then SHOW_EVERY_S apart."""

    def __init__(self, redis: Redis, job: str, publisher: Publisher) -> None:
        self._redis = redis
        self._key = Keys.text(job)
        self._publisher = publisher
        self._next = 0.0

    def show(self, text: str) -> None:
        """Store the text and say that it grew, unless that was just done."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + SHOW_EVERY_S
        self._redis.set(self._key, text, ex=TEXT_TTL)
        self._publisher.grew()


class Patrol:
    """Asked before every token: whether to stop, by wish or by time; gives signs of life on the way."""

    def __init__(self, redis: Redis, job: str, time_limit_s: float, beat: Callable[[], None]) -> None:
        self._redis = redis
        self._cancel = Keys.cancel(job)
        self._deadline = time.monotonic() + time_limit_s
        self._beat = beat
        self._next_listen = self._next_beat = 0.0
        self._cancelled = False
        self.timed_out = False

    def beat(self) -> None:
        """Give a sign of life, unless that was just done."""
        now = time.monotonic()
        if now >= self._next_beat:
            self._next_beat = now + BEAT_EVERY_S
            self._beat()

    def should_stop(self) -> bool:
        """Whether the writing is to end here."""
        now = time.monotonic()
        self.beat()
        if now >= self._deadline:
            self.timed_out = True
        elif now >= self._next_listen:
            self._next_listen = now + LISTEN_EVERY_S
            self._cancelled = bool(self._redis.exists(self._cancel))
        return self.timed_out or self._cancelled
