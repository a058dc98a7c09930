"""How fast a worker writes: what waiting times go by."""

from __future__ import annotations

import time

from model.ask import Ask, Broke, Done, Grew
from model.books import count_words
from model.sampling import Sampling
from worker.engine_room import Crashed, EngineRoom
from worker.warm import Loaded

WINDOW_S = 2.0
FIRST_PACE = 60.0
"""Words a second of one take, where not even the first measurement came to its end."""
WARM_UP = "warm-up"
"""Id of the first measurement's ask."""
WARM_UP_WORDS = 20
WARM_UP_S = 10.0
"""Seconds that the first measurement may take."""
TICK_S = 0.02


class Pace:
    """Measures how many words a second one take gets, among those that run beside it."""

    def __init__(self) -> None:
        self.words_per_s = FIRST_PACE
        self._since = self._looked = time.monotonic()
        self._words = 0
        self._row_seconds = 0.0

    def look(self, rows: int, words: int) -> None:
        """Take note that `words` came since the last look, at which `rows` takes were running."""
        now = time.monotonic()
        self._row_seconds += (now - self._looked) * rows
        self._looked = now
        self._words += words
        if now - self._since >= WINDOW_S:
            if self._words and self._row_seconds:
                self.words_per_s = self._words / self._row_seconds
            self._since, self._words, self._row_seconds = now, 0, 0.0


def warm_up(room: EngineRoom, version: Loaded, slots: int) -> float:
    """Write a little with all slots in use; returns the words a second of one take."""
    began = time.monotonic()
    room.submit(version, Ask(WARM_UP, Sampling(), WARM_UP_WORDS, takes=slots))
    words, left = 0, slots
    while left > 0 and time.monotonic() - began < WARM_UP_S:
        room.news.wait(TICK_S)
        for output in room.told():
            if isinstance(output, Grew):
                words += count_words(output.text)
            elif isinstance(output, Done | Broke):
                left -= 1
            elif isinstance(output, Crashed):
                return FIRST_PACE
    return words / slots / (time.monotonic() - began) or FIRST_PACE
