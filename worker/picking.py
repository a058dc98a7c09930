"""Takes chosen jobs out of rq's queue by rq's own protocol: into its intermediate queue, so that none gets lost."""

from __future__ import annotations

import json
from collections.abc import Sequence

from pydantic import ValidationError
from rq.utils import as_text

from worker.contract import Turn
from worker.queue import Queue, job_key
from worker.scripts import TAKE
from worker.turns import Turns

LOOK_AHEAD = 1000
"""So many of the oldest jobs have a chance."""


class Picker:
    """Looks at one queue and takes whose turn it is."""

    def __init__(self, queue: Queue, slots: int) -> None:
        self._queue = queue
        self._turns = Turns(slots)
        self._known: dict[str, Turn] = {}
        self._take = queue.connection.register_script(TAKE)

    def pick(self, free: int, ahead: int, running: Sequence[Turn]) -> list[str]:
        """Take jobs for `free` slots, and some to have at hand for the next `ahead` ones; ids in the order of turns.

        What is taken ahead was there at the last look already: a worker with a free slot would have taken it by now.
        """
        waiting = read_turns(self._queue, self._known)
        seen, self._known = self._known, dict(waiting)
        chosen: list[Turn] = []
        while (turn := self._turns.choose(waiting.values(), [*running, *chosen])) is not None:
            if free <= 0:
                waiting = {id: one for id, one in waiting.items() if id in seen}
                if free + ahead <= 0 or turn.job not in waiting:
                    break
            del waiting[turn.job]
            chosen.append(turn)
            free -= turn.takes
        return self._taken(chosen)

    def _taken(self, chosen: Sequence[Turn]) -> list[str]:
        """Those that no other worker was quicker to take."""
        if not chosen:
            return []
        keys = [self._queue.key, self._queue.intermediate_queue.key]
        with self._queue.connection.pipeline(transaction=False) as pipe:
            for turn in chosen:
                self._take(keys=keys, args=[turn.job], client=pipe)
            taken = pipe.execute()
        return [turn.job for turn, done in zip(chosen, taken, strict=True) if done]


def read_turns(queue: Queue, known: dict[str, Turn] | None = None) -> dict[str, Turn]:
    """What waits in a queue, oldest first. Those in `known` are not looked up again."""
    ids = [as_text(id) for id in queue.connection.lrange(queue.key, 0, LOOK_AHEAD - 1)]
    found = {id: known[id] for id in ids if known and id in known}
    missing = [id for id in ids if id not in found]
    if missing:
        with queue.connection.pipeline(transaction=False) as pipe:
            for id in missing:
                pipe.hget(job_key(id), "meta")
            found |= {id: parse_turn(id, meta) for id, meta in zip(missing, pipe.execute(), strict=True)}
    return {id: found[id] for id in ids}


def parse_turn(job: str, meta: object) -> Turn:
    """What stands beside a job; a plain turn where that is not ours."""
    try:
        return Turn.model_validate(json.loads(meta) | {"job": job}) if isinstance(meta, bytes) else Turn(job=job)
    except (ValueError, TypeError, ValidationError):
        return Turn(job=job)
