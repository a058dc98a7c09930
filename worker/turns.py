"""Whose turn it is: servers take turns, and members within a server; chapters leave room for short requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from worker.contract import Turn

LONG_WORDS = 300
"""From so many words on a request is long: it holds its slot for many seconds."""
KEPT_FREE = 4
"""One slot in so many is never given to long requests."""


def is_long(turn: Turn) -> bool:
    """Whether a request will hold its slots for long."""
    return turn.words >= LONG_WORDS


class Turns:
    """Chooses who comes next; remembers who came before."""

    def __init__(self, slots: int) -> None:
        self._room_for_long = slots - slots // KEPT_FREE
        self._count = 0
        self._served: dict[tuple[str, ...], int] = {}

    def choose(self, waiting: Iterable[Turn], running: Iterable[Turn]) -> Turn | None:
        """The next request to begin, None if none may begin now. Both are in the order in which they came.

        It is the oldest one of the member, and the member of the server, that has the fewest takes running; among
        equals the one whose last turn is the longest ago.
        """
        rows: Counter[tuple[str, ...]] = Counter()
        long_rows = 0
        for turn in running:
            rows[turn.server,] += turn.takes
            rows[turn.server, turn.member] += turn.takes
            long_rows += turn.takes if is_long(turn) else 0
        oldest: dict[tuple[str, str], Turn] = {}
        for turn in waiting:
            if not is_long(turn) or not long_rows or long_rows + turn.takes <= self._room_for_long:
                oldest.setdefault((turn.server, turn.member), turn)

        def share(turn: Turn) -> tuple[int, int, int, int]:
            server, member = (turn.server,), (turn.server, turn.member)
            return rows[server], self._served.get(server, -1), rows[member], self._served.get(member, -1)

        chosen = min(oldest.values(), key=share, default=None)
        if chosen is not None:
            self._served[chosen.server,] = self._served[chosen.server, chosen.member] = self._count
            self._count += 1
        return chosen
