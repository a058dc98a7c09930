"""Signs of life of a worker that runs many jobs, in one pipeline for all of them."""

from __future__ import annotations

from collections.abc import Sequence

from rq.utils import now
from rq.worker import BaseWorker

from worker.contract import LOAD_TTL, Keys, WorkerLoad
from worker.running import Running


def beat(worker: BaseWorker, running: Sequence[Running], alive_s: int, load: WorkerLoad) -> list[Running]:
    """Show that the worker and its executions live, and what it has in hand. Returns the jobs lost to others."""
    with worker.connection.pipeline(transaction=False) as pipe:
        worker.heartbeat(alive_s, pipeline=pipe)
        for one in running:
            one.execution.heartbeat(one.queue.started_job_registry, alive_s, pipeline=pipe)
            one.job.heartbeat(now(), alive_s, pipeline=pipe, xx=True)
        pipe.set(Keys.load(worker.name), load.model_dump_json(), ex=LOAD_TTL)
        asked = len(pipe)
        for one in running:
            pipe.zscore(one.queue.started_job_registry.key, one.execution.composite_key)
        replies = pipe.execute()
    if replies[0] == 1:
        _appear_again(worker, alive_s)
    return [one for one, score in zip(running, replies[asked:], strict=True) if score is None]


def _appear_again(worker: BaseWorker, alive_s: int) -> None:
    """Restore the worker's record, which had expired while Redis or this process was away."""
    with worker.connection.pipeline() as pipe:
        pipe.hset(worker.key, mapping=worker.serialize())
        pipe.expire(worker.key, alive_s)
        pipe.execute()
