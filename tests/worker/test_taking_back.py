"""Requests that are taken back before a worker began them: they leave nothing behind, and block nothing."""

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from greenbeard.play.valkey import EmbeddedValkey
from worker.client import Client, generate_options
from worker.contract import GENERATE_QUEUE, TRAIN_FUNCTION, TRAIN_QUEUE, GenerateRequest, Keys, TrainRequest
from worker.generation import GenerationWorker
from worker.queue import fetch_job, job_key, job_options, open_queue
from worker.versions import VersionStore

MakeRequest = Callable[..., GenerateRequest]
MakeTraining = Callable[..., TrainRequest]
STALL_S = 1.2
"""Longer than one try of the client, shorter than two."""


def kept(connection: redis.Redis, request: GenerateRequest | TrainRequest) -> list[bytes]:
    """The keys of rq's that hold or name a job."""
    found = [key for key in connection.scan_iter("rq:*") if request.job.encode() in key]
    for key in connection.scan_iter("rq:*", _type="zset"):
        if connection.zscore(key, request.job) is not None:
            found.append(key)
    return found


async def test_a_request_that_is_taken_back_leaves_nothing(
    client: Client, connection: redis.Redis, make_request: MakeRequest
) -> None:
    first, second = make_request(prompt="A secret."), make_request()
    for request in (first, second):
        await client.submit(request)
    assert await client.take_back(first)
    assert kept(connection, first) == []
    assert not await client.alive(first.job)
    assert connection.lrange(open_queue(GENERATE_QUEUE, connection).key, 0, -1) == [second.job.encode()]
    assert await client.alive(second.job)


async def test_a_training_that_is_taken_back_leaves_nothing(
    client: Client, connection: redis.Redis, make_training: MakeTraining
) -> None:
    request = make_training()
    await client.start_training(request, b"text")
    assert await client.stop_training() == "taken back"
    assert kept(connection, request) == []
    assert not connection.exists(Keys.upload(request.job), Keys.training())


async def test_to_take_back_again_says_the_same(client: Client, make_request: MakeRequest) -> None:
    request = make_request()
    await client.submit(request)
    assert [await client.take_back(request) for _ in range(2)] == [True, True]


async def test_a_redis_that_stalls_still_takes_back(
    tmp_path: Path, tiny_version: Path, make_request: MakeRequest
) -> None:
    """It carries out the first try, of which the client never hears, and then the second."""
    server = EmbeddedValkey(tmp_path)
    server.start()
    client = Client(server.url, VersionStore(tmp_path / "models", tiny_version))
    before, request = make_request(), make_request()
    try:
        with redis.Redis.from_url(server.url) as connection:
            for one in (before, request):
                await client.submit(one)
            assert await client.take_back(before)  # so that Redis knows the script
            assert await client.alive(request.job)
            pid: int = connection.info("server")["process_id"]
            os.kill(pid, signal.SIGSTOP)
            threading.Timer(STALL_S, os.kill, (pid, signal.SIGCONT)).start()
            assert await client.take_back(request)
            assert not await client.alive(request.job)
            assert kept(connection, request) == []
    finally:
        await client.close()
        server.stop()


async def test_a_request_that_was_taken_out_of_the_queue_by_half_is_over(
    client: Client, connection: redis.Redis, make_request: MakeRequest
) -> None:
    request = make_request()
    await client.submit(request)
    connection.lrem(open_queue(GENERATE_QUEUE, connection).key, 1, request.job)
    assert not await client.alive(request.job)
    assert await client.take_back(request)
    assert kept(connection, request) == []


async def test_a_training_that_was_taken_out_of_the_queue_by_half_does_not_hold_the_trainer(
    client: Client, connection: redis.Redis, make_training: MakeTraining
) -> None:
    first, second = make_training(), make_training(name="other")
    await client.start_training(first, b"text")
    connection.lrem(open_queue(TRAIN_QUEUE, connection).key, 1, first.job)
    assert await client.training() is None
    assert await client.stop_training() is None
    await client.start_training(second, b"text")
    running = await client.training()
    assert running is not None
    assert running.request == second


@pytest.mark.parametrize("where", ["on its way", "begun", "on its way and begun"])
async def test_what_a_worker_has_is_not_taken_back(
    client: Client, connection: redis.Redis, warm_worker: GenerationWorker, make_request: MakeRequest, where: str
) -> None:
    request = make_request()
    await client.submit(request)
    queue = open_queue(GENERATE_QUEUE, connection)
    connection.lmove(queue.key, queue.intermediate_queue.key)
    if "begun" in where:
        warm_worker.prepare_execution(fetch_job(request.job, connection))
    if "on its way" not in where:
        queue.intermediate_queue.remove(request.job)
    assert await client.alive(request.job)
    assert not await client.take_back(request)
    assert connection.exists(job_key(request.job))


async def test_what_is_written_is_not_taken_back(
    client: Client, connection: redis.Redis, warm_worker: GenerationWorker, make_request: MakeRequest
) -> None:
    one, several = make_request(), make_request(takes=2)
    for request in (one, several):
        await client.submit(request)
    warm_worker.work(burst=True)
    for request in (one, several):
        assert not await client.take_back(request)
        connection.delete(job_key(request.job))  # as rq does a day later
        assert not await client.take_back(request)


@pytest.mark.parametrize("name", [GENERATE_QUEUE, TRAIN_QUEUE])
def test_a_worker_deletes_what_was_cancelled_before(
    connection: redis.Redis,
    start_worker: Callable[..., object],
    make_request: MakeRequest,
    make_training: MakeTraining,
    until: Callable[..., None],
    name: str,
) -> None:
    queue = open_queue(name, connection)
    requests = [make_request() if name == GENERATE_QUEUE else make_training() for _ in range(3)]
    for request in requests:
        if isinstance(request, GenerateRequest):
            options = generate_options(request)
        else:
            options = job_options(request.job, TRAIN_FUNCTION, [request.model_dump(mode="json")], 10)
        queue.enqueue_call(**options).cancel()
        assert connection.ttl(job_key(request.job)) == -1
    start_worker(name)
    until(lambda: not connection.exists(queue.canceled_job_registry.key))
    assert not any(connection.exists(job_key(request.job)) for request in requests)
