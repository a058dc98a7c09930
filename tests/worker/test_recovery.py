"""Workers as processes: what signals, kills and a restarted Redis do to a job."""

import asyncio
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from greenbeard.play.valkey import EmbeddedValkey
from tests.forked import Forked
from worker.client import Client
from worker.contract import EVENT, GENERATE_QUEUE, Event, GenerateRequest, Keys
from worker.errors import RedisRefuses
from worker.options import WorkerOptions
from worker.queue import MAX_RETRIES, fetch_job, open_queue
from worker.status import read_queue
from worker.versions import VersionStore

MakeRequest = Callable[..., GenerateRequest]
StartWorker = Callable[..., Forked]
Until = Callable[..., None]
Kinds = Callable[[str], list[str]]


async def test_a_worker_shows_itself_answers_quickly_and_leaves_when_asked(
    client: Client,
    connection: redis.Redis,
    start_worker: StartWorker,
    make_request: MakeRequest,
    kinds: Kinds,
    until: Until,
) -> None:
    worker = start_worker("generate")
    until(lambda: read_queue(GENERATE_QUEUE, connection).workers)
    request = make_request(words=3000, kind="chapter", takes=8, time_limit_s=4)
    began = time.monotonic()
    await client.submit(request)
    until(lambda: connection.exists(Keys.text(request.job)))
    assert time.monotonic() - began < 1
    status = await client.status()
    assert (status.generate.waiting, status.generate.running, len(status.generate.workers)) == (0, 1, 1)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(10) == 0
    assert kinds(request.job)[-1] == "ended"
    assert fetch_job(request.job, connection).is_finished
    assert read_queue(GENERATE_QUEUE, connection).workers == ()


async def test_a_killed_workers_job_runs_again(
    client: Client,
    connection: redis.Redis,
    start_worker: StartWorker,
    make_request: MakeRequest,
    events: Callable[[str], list[Event]],
    until: Until,
) -> None:
    request = make_request(words=3000, kind="chapter", time_limit_s=2)
    await client.submit(request)
    first = start_worker("generate")
    until(lambda: connection.exists(Keys.text(request.job)))
    first.kill()
    killed = time.monotonic()
    start_worker("generate")
    until(lambda: fetch_job(request.job, connection).is_finished)
    assert time.monotonic() - killed < 20
    attempts = [event.attempt for event in events(request.job)]
    assert len(set(attempts)) == 2
    assert attempts == sorted(attempts, key=attempts.index)
    assert events(request.job)[-1].kind == "ended"


async def test_when_one_of_two_workers_is_killed_the_other_goes_on_with_its_jobs(
    client: Client,
    connection: redis.Redis,
    start_worker: StartWorker,
    make_request: MakeRequest,
    events: Callable[[str], list[Event]],
    until: Until,
) -> None:
    processes = [start_worker("generate") for _ in range(2)]
    until(lambda: len(read_queue(GENERATE_QUEUE, connection).workers) == 2, 60)
    requests = [
        make_request(words=3000, kind="chapter", takes=3, time_limit_s=60, story=str(number)) for number in range(8)
    ]
    for request in requests:
        await client.submit(request)
    until(lambda: all(connection.exists(Keys.text(request.job)) for request in requests))
    workers = {request.job: str(fetch_job(request.job, connection).worker_name) for request in requests}
    doomed = next(process for process in processes if f"-{process.pid}-" in workers[requests[0].job])
    doomed.kill()
    killed = time.monotonic()
    cut_off = [job for job, worker in workers.items() if f"-{doomed.pid}-" in worker]
    until(lambda: all(len({event.attempt for event in events(job)}) == 2 for job in cut_off))
    assert time.monotonic() - killed < 10
    until(lambda: all(count_attempts_with_text(events(job)) == 2 for job in cut_off))
    for request in requests:
        await client.cancel(request.job)
        until(lambda job=request.job: fetch_job(job, connection).is_finished)
        assert [event.kind for event in events(request.job)].count("ended") == 1


async def test_a_job_caught_between_queue_and_registry_is_found(
    client: Client,
    connection: redis.Redis,
    start_worker: StartWorker,
    make_request: MakeRequest,
    until: Until,
) -> None:
    request = make_request()
    await client.submit(request)
    queue = open_queue(GENERATE_QUEUE, connection)
    connection.lmove(queue.key, queue.intermediate_queue.key)
    start_worker("generate")
    began = time.monotonic()
    until(lambda: connection.exists(Keys.passage(request.job)))
    assert time.monotonic() - began < 20


async def test_a_worker_that_slept_too_long_does_not_finish_what_another_has_by_now(
    client: Client,
    connection: redis.Redis,
    start_worker: StartWorker,
    make_request: MakeRequest,
    events: Callable[[str], list[Event]],
    until: Until,
    tmp_path: Path,
) -> None:
    request = make_request(words=3000, kind="chapter", time_limit_s=20)
    sleeper = start_worker("generate")
    await client.submit(request)
    until(lambda: connection.exists(Keys.text(request.job)))
    sleeper.send_signal(signal.SIGSTOP)
    start_worker("generate")
    until(lambda: count_attempts_with_text(events(request.job)) == 2)
    await client.cancel(request.job)
    until(lambda: connection.exists(Keys.passage(request.job)))
    until(lambda: fetch_job(request.job, connection).is_finished)
    sleeper.send_signal(signal.SIGCONT)
    until(lambda: "another worker has this job by now" in (tmp_path / "generate.log").read_text())
    await asyncio.sleep(1)
    assert [event.kind for event in events(request.job)].count("ended") == 1


async def test_what_a_stopping_worker_cannot_finish_goes_back_at_no_retrys_cost(
    client: Client,
    connection: redis.Redis,
    start_worker: StartWorker,
    make_request: MakeRequest,
    until: Until,
) -> None:
    worker = start_worker("generate")
    request = make_request(words=3000, kind="chapter", takes=8, time_limit_s=60)
    await client.submit(request)
    until(lambda: connection.exists(Keys.text(request.job)))
    for _ in range(2):
        worker.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.5)  # two signals at once are one
    assert worker.wait(10) == 0
    job = fetch_job(request.job, connection)
    assert job.is_queued
    assert job.retries_left == MAX_RETRIES
    assert connection.lrange(open_queue(GENERATE_QUEUE, connection).key, 0, -1) == [request.job.encode()]


async def test_a_worker_waits_for_a_redis_that_restarts(
    tmp_path: Path, options: WorkerOptions, start_worker: StartWorker, make_request: MakeRequest, until: Until
) -> None:
    server = EmbeddedValkey(tmp_path / "own")
    worker = start_worker("generate", server.url)
    await asyncio.sleep(0.5)
    server.start()
    client = Client(server.url, VersionStore(options.models, options.shipped))
    connection = redis.Redis.from_url(server.url)

    def ended(job: str) -> bool:
        events = [EVENT.validate_json(fields[b"event"]) for _, fields in connection.xrange(Keys.events("tests"))]
        return any(event.job == job and event.kind == "ended" for event in events)

    try:
        during = make_request(words=3000, kind="chapter", time_limit_s=3)
        await client.submit(during)
        until(lambda: connection.exists(Keys.text(during.job)))
        server.stop()
        await asyncio.sleep(0.5)
        server.start()
        until(lambda: ended(during.job))
        server.stop()
        await asyncio.sleep(0.5)
        server.start()
        after = make_request()
        await client.submit(after)
        until(lambda: ended(after.job))
        server.stop()
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(15) == 0
    finally:
        await client.close()
        connection.close()
        server.stop()


def test_without_a_whole_model_the_start_ends(
    options: WorkerOptions, start_worker: StartWorker, tmp_path: Path
) -> None:
    shutil.copytree(options.shipped, options.models / "broken")
    weights = options.models / "broken" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    worker = start_worker("generate", shipped=options.models / "broken")
    assert worker.wait(30) == 1
    assert "damaged" in (tmp_path / "generate.log").read_text().splitlines()[-1]


@pytest.mark.parametrize("queue", ["generate", "train"])
def test_a_wrong_password_ends_the_start(
    options: WorkerOptions, start_worker: StartWorker, tmp_path: Path, queue: str
) -> None:
    worker = start_worker(queue, options.redis_url.replace("unix://", "unix://bot:secret@"))
    assert worker.wait(30) == 1
    log = (tmp_path / f"{queue}.log").read_text()
    assert "Redis refuses the password of REDIS_URL" in log.splitlines()[-1]
    assert "secret" not in log


async def test_a_worker_outlasts_a_redis_that_stores_nothing(
    tmp_path: Path, options: WorkerOptions, start_worker: StartWorker, make_request: MakeRequest, until: Until
) -> None:
    server = EmbeddedValkey(tmp_path / "own")
    server.start()
    client = Client(server.url, VersionStore(options.models, options.shipped))
    worker = start_worker("generate", server.url.replace("unix://", "unix://default:secret@"))
    try:
        with redis.Redis.from_url(server.url) as connection:
            request = make_request(words=3000, kind="chapter", takes=8, time_limit_s=30)
            await client.submit(request)
            until(lambda: connection.exists(Keys.text(request.job)))
            blocked = fail_saving(connection, server, until)
            with pytest.raises(RedisRefuses, match="tell the operator"):
                await client.submit(make_request())
            assert await client.alive(request.job)
            until(lambda: "stores nothing" in (tmp_path / "generate.log").read_text())
            assert not connection.exists(*map(Keys.passage, request.passages))
            blocked.rmdir()
            connection.bgsave()
            until(lambda: fetch_job(request.job, connection).is_finished)
            assert connection.exists(*map(Keys.passage, request.passages)) == len(request.passages)
            assert fetch_job(request.job, connection).retries_left == MAX_RETRIES
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(15) == 0
        log = (tmp_path / "generate.log").read_text()
        assert "stores nothing" in log
        assert "secret" not in log
    finally:
        await client.close()
        server.stop()


def count_attempts_with_text(events: list[Event]) -> int:
    """Attempts whose first words were shown: one that is stopped before them fails, as it should."""
    return len({event.attempt for event in events if event.kind == "grew"})


def fail_saving(connection: redis.Redis, server: EmbeddedValkey, until: Until) -> Path:
    """As when the disk is full: Redis stores nothing until the folder returned here is gone and it has saved again."""
    blocked = server.home / "valkey" / "dump.rdb"
    blocked.mkdir()
    connection.config_set("save", "3600 1")
    connection.bgsave()
    until(lambda: connection.info("persistence")["rdb_last_bgsave_status"] == "err")
    return blocked
