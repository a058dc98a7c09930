"""What `/status` shows of queues and workers."""

from __future__ import annotations

from dataclasses import dataclass

from redis import Redis
from rq import worker_registration

from worker.contract import (
    GENERATE_QUEUE,
    TRAIN_QUEUE,
    Keys,
    TrainProgress,
    TrainRequest,
    Turn,
    WorkerLoad,
    WorkerSpeed,
)
from worker.picking import read_turns
from worker.queue import open_queue
from worker.versions import Version
from worker.waiting import waiting_times


@dataclass(frozen=True)
class QueueState:
    """One queue."""

    waiting: int
    running: int
    workers: tuple[str, ...]
    """Names of the live workers."""


@dataclass(frozen=True)
class QueueStatus:
    """Queues, workers, model versions and speed at one moment."""

    generate: QueueState
    train: QueueState
    live: str
    """Name of the live model version."""
    versions: tuple[Version, ...]
    speed: WorkerSpeed | None


@dataclass(frozen=True)
class TrainingStatus:
    """The training that holds the trainer."""

    job: str
    request: TrainRequest
    progress: TrainProgress | None
    """None until it reported for the first time."""
    waits: bool
    """True as long as no trainer has taken it."""


def read_queue(name: str, connection: Redis) -> QueueState:
    """Look at one queue."""
    queue = open_queue(name, connection)
    keys = worker_registration.get_keys(queue=queue)
    alive = sorted(key for key in keys if connection.exists(key) and not connection.hexists(key, "death"))
    return QueueState(
        waiting=queue.count,
        running=queue.started_job_registry.get_job_count(cleanup=False),
        workers=tuple(key.rpartition(":")[2] for key in alive),
    )


def read_queues(connection: Redis) -> tuple[QueueState, QueueState]:
    """The queues `generate` and `train`."""
    return read_queue(GENERATE_QUEUE, connection), read_queue(TRAIN_QUEUE, connection)


def read_waits(connection: Redis, last: Turn | None = None) -> dict[str, float]:
    """Seconds until each queued passage begins, and `last` if it came behind them; empty without a worker."""
    queue = open_queue(GENERATE_QUEUE, connection)
    keys = [Keys.load(worker) for worker in read_queue(GENERATE_QUEUE, connection).workers]
    values = connection.mget(keys) if keys else []
    loads = [WorkerLoad.model_validate_json(value) for value in values if isinstance(value, bytes)]
    waiting = [*read_turns(queue).values(), *([last] if last else [])]
    return waiting_times(waiting, loads)


def read_speed(connection: Redis) -> WorkerSpeed | None:
    """Speed of the last finished generation."""
    value = connection.get(Keys.speed())
    return WorkerSpeed.model_validate_json(value) if isinstance(value, bytes) else None
