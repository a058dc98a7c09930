"""How long requests will wait, by what the workers measure: their turns played forward in time."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field

from worker.contract import Turn, WorkerLoad
from worker.turns import Turns

PLAYED = 200
"""So many requests are played forward; what waits behind them is extrapolated."""


@dataclass
class _Worker:
    load: WorkerLoad
    running: dict[str, Turn] = field(default_factory=dict)

    @property
    def free(self) -> int:
        return self.load.slots - sum(turn.takes for turn in self.running.values())


def waiting_times(queue: Sequence[Turn], loads: Sequence[WorkerLoad]) -> dict[str, float]:
    """Seconds until each queued request begins; empty without a worker. The queue is in the order of arrival."""
    if not loads:
        return {}
    turns = Turns(max(load.slots for load in loads))
    workers = [_Worker(load) for load in loads]
    ends: list[tuple[float, int, str]] = []
    for number, worker in enumerate(workers):
        for left in worker.load.running:
            worker.running[left.job] = left
            heapq.heappush(ends, (left.words / worker.load.words_per_s, number, left.job))
    waiting = {turn.job: turn for turn in queue[:PLAYED]}
    begins: dict[str, float] = {}
    now = 0.0
    while waiting:
        _begin_all(waiting, workers, turns, ends, begins, now)
        if not ends:
            break
        now, number, job = heapq.heappop(ends)
        workers[number].running.pop(job, None)
    last = max(begins.values(), default=0.0)
    for place, turn in enumerate(queue[PLAYED:], start=PLAYED):
        begins[turn.job] = last * place / PLAYED
    return begins


def _begin_all(
    waiting: dict[str, Turn],
    workers: Sequence[_Worker],
    turns: Turns,
    ends: list[tuple[float, int, str]],
    begins: dict[str, float],
    now: float,
) -> None:
    """Give every free slot to a request."""
    for number, worker in enumerate(workers):
        while worker.free > 0 and waiting:
            chosen = turns.choose(waiting.values(), worker.running.values())
            if chosen is None:
                break
            del waiting[chosen.job]
            begins[chosen.job] = now
            worker.running[chosen.job] = chosen
            heapq.heappush(ends, (now + chosen.words / worker.load.words_per_s, number, chosen.job))
