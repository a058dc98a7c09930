"""Keeps what came of a job: passages, states, and the news of it, as long as the job is still this worker's."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from redis import Redis

from model.ask import Done
from model.books import count_words
from worker.contract import DAY, EVENTS_MAXLEN, TEXT_TTL, Keys, Passage, WorkerSpeed
from worker.drafts import to_passage
from worker.errors import NothingWritten
from worker.running import Running
from worker.scripts import FINISH
from worker.states import StateCache

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Take:
    """A finished take with its record."""

    passage: Passage
    done: Done


class Finisher:
    """Finishes jobs whose executions may have been declared dead in the meantime."""

    def __init__(self, redis: Redis, states: StateCache, owned_s: int) -> None:
        self._redis = redis
        self._states = states
        self._owned_s = owned_s
        self._finish = redis.register_script(FINISH)

    def owns(self, one: Running) -> bool:
        """Whether the job is still this execution's; it then stays so for a while."""
        return self._store(one, [], "")

    def finish(self, one: Running) -> bool:
        """Store the takes (of a replay its text alone) and say so; False if another worker has the job by now.

        Raises what broke all its takes, or NothingWritten where no visible character came of them.
        """
        takes = _finished(one)
        if not takes:
            broken = next((draft.error for draft in one.drafts if draft.error), None)
            raise broken or NothingWritten("It ended before the first word; use /continue to write on.")
        if one.request.replay is not None:
            self._redis.set(Keys.text(one.request.job), takes[0].passage.text, ex=TEXT_TTL)
            return self._store(one, [], one.publisher.make_ended([]).model_dump_json())
        self._keep_beside(one, takes)
        passages = [take.passage for take in takes]
        event = one.publisher.make_ended([passage.id for passage in passages])
        return self._store(one, passages, event.model_dump_json())

    def _keep_beside(self, one: Running, takes: Sequence[_Take]) -> None:
        """Keep states, the whole text of the first take, and the speed."""
        writer = one.version.writer
        first = takes[0]
        seconds = max(first.done.end.seconds, 1e-9)
        speed = WorkerSpeed(
            tokens_per_s=first.done.end.tokens / seconds,
            words_per_s=count_words(one.drafts[first.passage.take].written) / seconds,
            version=first.passage.model,
            at=first.passage.created,
        )
        with self._redis.pipeline(transaction=False) as pipe:
            if one.place.exact:
                for take in takes:
                    if take.done.end.state is not None:
                        key = self._states.key(writer, take.passage.chain, one.place.whole)
                        self._states.store(writer, key, take.done.end.state, pipe)
            pipe.set(Keys.text(one.request.job), first.passage.text, ex=TEXT_TTL)
            pipe.set(Keys.speed(), speed.model_dump_json(), ex=DAY)
            pipe.execute()
        self._states.trim(writer)

    def _store(self, one: Running, passages: Sequence[Passage], event: str) -> bool:
        """Store all passages and the event, if the job is still ours; of two attempts the first one's stay."""
        keys = [one.queue.started_job_registry.key, one.publisher.stream]
        keys += [Keys.passage(passage.id) for passage in passages]
        until = time.time() + self._owned_s
        values = [passage.model_dump_json() for passage in passages]
        return bool(self._finish(keys=keys, args=[one.execution.composite_key, until, event, EVENTS_MAXLEN, *values]))


def _finished(one: Running) -> list[_Take]:
    """The takes in which something visible stands."""
    found = []
    for take, draft in enumerate(one.drafts):
        if draft.error is not None:
            log.error("a take broke", job=one.request.job, take=take, exc_info=draft.error)
        elif draft.done is not None and draft.text.strip():
            passage = to_passage(one.request, one.ask, take, draft, draft.done, one.version)
            found.append(_Take(passage, draft.done))
    return found
