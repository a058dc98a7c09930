"""What may be run: our two functions, and nothing else that somebody could write into Redis."""

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
import rq
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker

from worker.contract import GENERATE_FUNCTION, GENERATE_QUEUE, TRAIN_FUNCTION, Event
from worker.generation import GenerationWorker
from worker.queue import Queue, fetch_job, open_queue


def foreign_queue(connection: redis.Redis) -> rq.Queue:
    """The queue as a stranger with access to Redis would open it."""
    return rq.Queue(GENERATE_QUEUE, connection=connection, serializer=JSONSerializer)


@pytest.mark.parametrize("function", ["os.system", "worker.generation.load", "builtins.exec", TRAIN_FUNCTION])
def test_other_functions_are_refused(
    warm_worker: GenerationWorker, connection: redis.Redis, tmp_path: Path, function: str
) -> None:
    mark = tmp_path / "mark"
    job = foreign_queue(connection).enqueue(function, f"touch {mark}", retry=rq.Retry(max=3))
    warm_worker.work(burst=True)
    assert not mark.exists()
    assert fetch_job(job.id, connection).get_status() == "failed"
    assert fetch_job(job.id, connection).worker_name == warm_worker.name


@pytest.mark.parametrize("callback", ["on_success", "on_failure", "on_stopped"])
def test_callbacks_are_refused_before_anything_runs(
    warm_worker: GenerationWorker,
    connection: redis.Redis,
    make_request: Callable[..., object],
    events: Callable[[str], list[Event]],
    callback: str,
) -> None:
    request = make_request()
    job = foreign_queue(connection).enqueue_call(
        GENERATE_FUNCTION,
        args=(request.model_dump(mode="json"),),
        job_id=request.job,
        **{callback: rq.Callback("os.abort")},
    )
    warm_worker.work(burst=True)
    assert fetch_job(job.id, connection).get_status() == "failed"
    assert events(request.job) == []


def test_callbacks_of_abandoned_jobs_are_refused(warm_worker: GenerationWorker, connection: redis.Redis) -> None:
    queue = foreign_queue(connection)
    job = queue.enqueue_call(GENERATE_FUNCTION, on_failure=rq.Callback("os.abort"))
    killed = SimpleWorker([queue], connection=connection, serializer=JSONSerializer)
    killed.prepare_execution(job)
    killed.prepare_job_execution(job)
    connection.delete(queue.key)
    connection.zadd(StartedJobRegistry(queue=queue).key, dict.fromkeys(members(connection, queue), 1))
    warm_worker.run_maintenance_tasks()
    assert fetch_job(job.id, connection).get_status() == "failed"


def members(connection: redis.Redis, queue: rq.Queue) -> list[bytes]:
    return connection.zrange(StartedJobRegistry(queue=queue).key, 0, -1)


class Bomb:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str, str]]:
        return open, (str(self.mark), "w")


def test_pickles_are_not_opened(warm_worker: GenerationWorker, connection: redis.Redis, tmp_path: Path) -> None:
    job = foreign_queue(connection).enqueue(GENERATE_FUNCTION, {})
    bomb = pickle.dumps(Bomb(tmp_path / "mark"))
    connection.hset(job.key, mapping={"data": bomb, "meta": bomb, "result": bomb})
    warm_worker.work(burst=True)
    assert not (tmp_path / "mark").exists()
    assert fetch_job(job.id, connection).get_status() == "failed"


def test_requests_that_do_not_fit_the_contract_fail_without_a_retry(
    warm_worker: GenerationWorker, connection: redis.Redis, make_request: Callable[..., object]
) -> None:
    request = make_request().model_dump(mode="json") | {"words": -5}
    job = foreign_queue(connection).enqueue(GENERATE_FUNCTION, request, retry=rq.Retry(max=3))
    warm_worker.work(burst=True)
    assert fetch_job(job.id, connection).get_status() == "failed"
    assert len(fetch_job(job.id, connection).results()) == 1


def test_the_maintenance_lock_of_a_killed_worker_expires_soon(connection: redis.Redis) -> None:
    queue: Queue = open_queue(GENERATE_QUEUE, connection)
    assert queue.acquire_maintenance_lock()
    assert not queue.acquire_maintenance_lock()
    assert 0 < connection.ttl(queue.registry_cleaning_key) <= 30
