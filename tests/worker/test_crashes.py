"""An engine that breaks down as a whole, jobs whose workers die again and again, and an engine that hangs."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
import redis
import torch

from model.ask import Ask, Output
from model.engine import Engine
from model.writer import Writer
from worker import generation
from worker.client import Client
from worker.contract import GENERATE_QUEUE, Event, GenerateRequest
from worker.engine_room import EngineRoom
from worker.generation import CUT_OFF_OFTEN, GenerationWorker
from worker.options import WorkerOptions
from worker.pace import WARM_UP
from worker.queue import MAX_RETRIES, fetch_job, open_queue
from worker.warm import WarmModel

MakeRequest = Callable[..., GenerateRequest]
Events = Callable[[str], list[Event]]


class Fragile(Engine):
    """Breaks down, neighbours and all, as soon as it has a poisoned ask."""

    def submit(self, ask: Ask) -> None:
        self.poisoned = getattr(self, "poisoned", False) or "poison" in ask.read
        super().submit(ask)

    def step(self) -> list[Output]:
        if self.poisoned:
            raise RuntimeError("the whole batch is gone")
        return super().step()


@pytest.fixture
def fragile_worker(options: WorkerOptions, warm: WarmModel, kept_signals: None) -> Iterator[GenerationWorker]:
    worker = GenerationWorker(options, warm, EngineRoom(options.slots, Fragile))
    yield worker
    worker.connection.close()


async def test_what_breaks_the_engine_is_found_and_the_others_are_written(
    client: Client, fragile_worker: GenerationWorker, make_request: MakeRequest, events: Events
) -> None:
    good = [make_request(words=30, story=str(number), member=str(number)) for number in range(6)]
    bad = make_request(prompt="poison", member="99")
    for request in (*good[:3], bad, *good[3:]):
        await client.submit(request)
    fragile_worker.work(burst=True)
    assert all(await client.passages([request.job for request in good]))
    assert events(bad.job)[-1].kind == "failed"
    assert await client.passage(bad.job) is None
    for request in good:
        told = events(request.job)
        assert told[-1].kind == "ended"
        attempts = [event.attempt for event in told]
        assert attempts == sorted(attempts, key=attempts.index)
    assert not fragile_worker.executions


async def test_crashes_cost_the_innocent_no_retry(
    client: Client, fragile_worker: GenerationWorker, make_request: MakeRequest, connection: redis.Redis
) -> None:
    good, bad = make_request(), make_request(prompt="poison")
    for request in (good, bad):
        await client.submit(request)
    fragile_worker.work(burst=True)
    job = fetch_job(good.job, connection)
    assert job.is_finished
    assert job.retries_left == MAX_RETRIES


async def test_jobs_that_were_cut_off_often_are_written_alone(
    client: Client, options: WorkerOptions, warm: WarmModel, make_request: MakeRequest, kept_signals: None
) -> None:
    most: list[int] = []

    class Counting(Engine):
        def submit(self, ask: Ask) -> None:
            if ask.id != WARM_UP:
                most.append(self.running + self.waiting)
            super().submit(ask)

    worker = GenerationWorker(options, warm, EngineRoom(options.slots, Counting))
    requests = [make_request(words=30, story=str(number)) for number in range(4)]
    for request in requests:
        await client.submit(request)
        job = fetch_job(request.job, worker.connection)
        worker.connection.hset(job.key, "retries_left", MAX_RETRIES - CUT_OFF_OFTEN)
    worker.work(burst=True)
    worker.connection.close()
    assert all(await client.passages([request.job for request in requests]))
    assert most == [0, 0, 0, 0]


async def test_too_many_takes_are_refused_in_a_sentence(
    client: Client,
    options: WorkerOptions,
    warm: WarmModel,
    make_request: MakeRequest,
    events: Events,
    kept_signals: None,
) -> None:
    small = WorkerOptions(options.redis_url, options.home, options.shipped, "cpu", slots=2)
    worker = GenerationWorker(small, warm)
    request = make_request(takes=4)
    await client.submit(request)
    worker.work(burst=True)
    worker.connection.close()
    last = events(request.job)[-1]
    assert last.kind == "failed"
    assert "4 takes" in last.message


async def test_an_engine_that_cannot_be_made_fails_its_request_only(
    client: Client,
    options: WorkerOptions,
    warm: WarmModel,
    make_request: MakeRequest,
    events: Events,
    kept_signals: None,
) -> None:
    made: list[bool] = []

    def make(writer: Writer, slots: int) -> Engine:
        made.append(len(made) >= 2)
        if not made[-1]:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return Engine(writer, slots)

    worker = GenerationWorker(options, warm, EngineRoom(options.slots, make))
    first, second = make_request(), make_request()
    for request in (first, second):
        await client.submit(request)
    worker.work(burst=True)
    worker.connection.close()
    assert made == [False, False, True]
    assert events(first.job)[-1].kind == "failed"
    assert await client.passage(second.job) is not None


async def test_a_worker_whose_engine_hangs_gives_no_sign_of_life(
    client: Client,
    options: WorkerOptions,
    warm: WarmModel,
    make_request: MakeRequest,
    connection: redis.Redis,
    kept_signals: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(generation, "HANG_S", 1.0)
    released = threading.Event()

    class Hanging(Engine):
        def submit(self, ask: Ask) -> None:
            self.hangs = ask.id != WARM_UP
            super().submit(ask)

        def step(self) -> list[Output]:
            if self.hangs:
                released.wait(60)
            return super().step()

    await client.submit(make_request())
    worker = GenerationWorker(options, warm, EngineRoom(options.slots, Hanging))
    scores: list[float] = []

    def watch() -> None:
        key = open_queue(GENERATE_QUEUE, connection).started_job_registry.key
        while not (found := connection.zrange(key, 0, -1, withscores=True)):
            time.sleep(0.01)
        for _ in range(2):
            time.sleep(2.5)
            found = connection.zrange(key, 0, -1, withscores=True)
            scores.extend(score for _, score in found)
        released.set()

    watching = threading.Thread(target=watch)
    watching.start()
    worker.work(burst=True)
    watching.join()
    worker.connection.close()
    assert len(scores) == 2
    assert scores[0] == scores[1]
