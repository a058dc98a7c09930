"""What a worker has in hand: requests that the engine writes, and suspects that wait to be written alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from model.ask import Rebuilt
from worker.contract import Turn
from worker.engine_room import Crashed, EngineRoom
from worker.pace import Pace
from worker.running import Running


@dataclass
class Heard:
    """What happened since the last time."""

    ended: list[Running] = field(default_factory=list)
    """Requests whose takes have all ended."""
    rebuilt: list[tuple[Running, Rebuilt]] = field(default_factory=list)
    """Stories that were read again."""
    culprits: list[tuple[Running, Exception]] = field(default_factory=list)
    """Requests that broke an engine while they were alone in it."""
    again: list[Running] = field(default_factory=list)
    """Requests that an engine took down with it; they are suspects now."""


class InHand:
    """All requests from admission to end. After a crash of the engine those it wrote are written one by one."""

    def __init__(self, room: EngineRoom) -> None:
        self._room = room
        self._all: dict[str, Running] = {}
        self._suspects: deque[Running] = deque()
        self.pace = Pace()

    def __iter__(self) -> Iterator[Running]:
        return iter(list(self._all.values()))

    def __len__(self) -> int:
        return len(self._all)

    @property
    def rows(self) -> int:
        """Slots that are taken."""
        return sum(one.rows for one in self)

    @property
    def turns(self) -> tuple[Turn, ...]:
        """What others need to know of them."""
        return tuple(one.turn for one in self)

    @property
    def has_suspects(self) -> bool:
        """Whether some wait to be written alone; nothing else may begin then."""
        return bool(self._suspects)

    def add(self, one: Running, *, alone: bool) -> None:
        """Take a request on."""
        self._all[one.ask.id] = one
        if alone:
            self._suspects.append(one)
        else:
            self._submit(one)

    def begin_suspect(self) -> None:
        """Let the next suspect begin if nothing else is being written."""
        if self._suspects and not any(one.submitted for one in self):
            self._submit(self._suspects.popleft())

    def cancel(self, one: Running) -> None:
        """End a request with what it has."""
        one.cancelled = True
        if one.submitted:
            self._room.cancel(one.ask.id)

    def forget(self, one: Running) -> bool:
        """Let go of a request; False if that was done before."""
        if self._all.pop(one.ask.id, None) is None:
            return False
        if not one.submitted:
            self._suspects.remove(one)
        elif not one.ended:
            self._room.cancel(one.ask.id)
        return True

    def hear(self) -> Heard:
        """Take in what the engines told."""
        heard = Heard()
        rows = sum(one.rows for one in self if one.submitted)
        words = 0
        for output in self._room.told():
            if isinstance(output, Crashed):
                self._find_culprit(output, heard)
            elif (one := self._all.get(output.id)) is not None:
                words += one.hear(output)
                if isinstance(output, Rebuilt):
                    heard.rebuilt.append((one, output))
        self.pace.look(rows, words)
        heard.ended = [one for one in self if one.ended]
        return heard

    def _submit(self, one: Running) -> None:
        one.submitted = True
        self._room.submit(one.version, one.ask, passing=one.request.replay is not None)
        if one.cancelled:
            self._room.cancel(one.ask.id)

    def _find_culprit(self, crash: Crashed, heard: Heard) -> None:
        hit = [one for one in self if one.submitted and one.version is crash.version]
        if len(hit) == 1:
            heard.culprits.append((hit[0], crash.error))
            return
        for one in hit:
            del self._all[one.ask.id]
            one.begin_anew(f"{one.execution.id}-alone")
            self.add(one, alone=True)
            heard.again.append(one)
