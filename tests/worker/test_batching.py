"""Many passages side by side in one worker process: what neighbours, stops and promotions do to each other."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis

from worker.client import Client
from worker.contract import (
    GENERATE_FUNCTION,
    GENERATE_QUEUE,
    MAX_WORDS,
    Ended,
    Event,
    GenerateRequest,
    Keys,
    Passage,
    WorkerLoad,
    new_job_id,
)
from worker.generation import GenerationWorker
from worker.options import WorkerOptions
from worker.queue import fetch_job, job_options, open_queue
from worker.versions import VersionStore
from worker.warm import WarmModel

MakeRequest = Callable[..., GenerateRequest]
Events = Callable[[str], list[Event]]
StartWorker = Callable[..., object]
Until = Callable[..., None]


async def written(client: Client, worker: GenerationWorker, *requests: GenerateRequest) -> list[Passage]:
    """Submit all, let the worker work, and return the first passage of each."""
    for request in requests:
        await client.submit(request)
    worker.work(burst=True)
    passages = await client.passages([request.passages[0] for request in requests])
    assert all(passages)
    return [passage for passage in passages if passage]


async def test_many_at_once_all_end(
    client: Client, warm_worker: GenerationWorker, make_request: MakeRequest, events: Events
) -> None:
    requests = [make_request(words=40, story=str(number), seed=number, server=str(number % 3)) for number in range(50)]
    passages = await written(client, warm_worker, *requests)
    assert len({passage.text for passage in passages}) > 40
    for request in requests:
        told = events(request.job)
        assert [event.kind for event in (told[0], told[-1])] == ["started", "ended"]
        assert [event.number for event in told] == list(range(1, len(told) + 1))
    assert not warm_worker.executions


async def test_neighbours_do_not_change_a_text(
    client: Client, warm_worker: GenerationWorker, make_request: MakeRequest
) -> None:
    fields = {"words": 60, "seed": 5, "prompt": "The tower"}
    (alone,) = await written(client, warm_worker, make_request(**fields))
    others = [make_request(words=30 + number, seed=number, story=str(number)) for number in range(20)]
    among = await written(client, warm_worker, *others[:10], make_request(**fields), *others[10:])
    assert among[10].text == alone.text


async def test_short_requests_pass_chapters(
    client: Client, options: WorkerOptions, warm: WarmModel, make_request: MakeRequest, kept_signals: None
) -> None:
    worker = GenerationWorker(WorkerOptions(options.redis_url, options.home, options.shipped, "cpu", slots=4), warm)
    chapters = [make_request(kind="chapter", words=900, story=str(number)) for number in range(8)]
    short = make_request(words=10)
    passages = await written(client, worker, *chapters, short)
    worker.connection.close()
    assert sum(passage.created < passages[-1].created for passage in passages) <= 3


async def test_takes_share_the_prompt_and_differ(
    client: Client, warm_worker: GenerationWorker, make_request: MakeRequest, events: Events
) -> None:
    (first,) = await written(client, warm_worker, make_request())
    request = make_request(first, prompt="The rain", takes=4, words=30)
    await written(client, warm_worker, request)
    takes = [take for take in await client.passages(request.passages) if take]
    assert [take.id for take in takes] == [f"{request.job}.{number}" for number in range(4)]
    assert [take.take for take in takes] == [0, 1, 2, 3]
    assert len({take.text for take in takes}) == 4
    assert {take.prompt for take in takes} == {"The rain"}
    assert {take.parent for take in takes} == {first.id}
    last = events(request.job)[-1]
    assert isinstance(last, Ended)
    assert last.passages == request.passages
    assert await client.text(request.job) == takes[0].text


async def test_a_take_can_be_replayed_alone(
    client: Client, warm_worker: GenerationWorker, make_request: MakeRequest
) -> None:
    request = make_request(takes=3, words=30, seed=11)
    await written(client, warm_worker, request)
    third = await client.passage(request.passages[2])
    assert third is not None
    (again,) = await written(client, warm_worker, make_request(words=30, seed=third.seed))
    assert again.text == third.text


async def test_a_bad_request_among_others_fails_alone(
    client: Client,
    warm_worker: GenerationWorker,
    make_request: MakeRequest,
    connection: redis.Redis,
    events: Events,
) -> None:
    job = new_job_id()
    good = [make_request(words=40, story=str(number)) for number in range(4)]
    open_queue(GENERATE_QUEUE, connection).enqueue_call(**job_options(job, GENERATE_FUNCTION, [{"nonsense": True}], 60))
    await written(client, warm_worker, *good)
    assert fetch_job(job, connection).is_failed
    assert events(job) == []


async def test_a_broken_take_fails_alone(
    client: Client,
    options: WorkerOptions,
    warm: WarmModel,
    make_request: MakeRequest,
    events: Events,
    kept_signals: None,
) -> None:
    worker = GenerationWorker(options, warm)
    tokenizer = warm.held.writer.tokenizer
    encode = tokenizer.encode

    def fail_on_poison(text: str) -> object:
        if "poison" in text:
            raise RuntimeError("this prompt breaks it")
        return encode(text)

    tokenizer.encode = fail_on_poison  # type: ignore[method-assign,assignment]
    bad, good = make_request(prompt="poison"), make_request(words=60, story="good")
    try:
        await client.submit(bad)
        await written(client, worker, good)
    finally:
        tokenizer.encode = encode  # type: ignore[method-assign]
        worker.connection.close()
    assert [event.kind for event in events(bad.job) if event.kind != "grew"] == ["started", "failed"]


async def test_a_promotion_does_not_touch_what_is_being_written(
    client: Client,
    options: WorkerOptions,
    tiny_version: Path,
    connection: redis.Redis,
    start_worker: StartWorker,
    make_request: MakeRequest,
    until: Until,
) -> None:
    shutil.copytree(tiny_version, options.models / "second")
    start_worker("generate")
    long = make_request(kind="chapter", words=MAX_WORDS, takes=8, time_limit_s=60)
    await client.submit(long)
    until(lambda: connection.exists(Keys.text(long.job)))
    VersionStore(options.models, options.shipped).use("second")
    short = make_request(words=20, story="other")
    await client.submit(short)
    until(lambda: connection.exists(Keys.passage(short.job)))
    await client.cancel(long.job)
    until(lambda: connection.exists(Keys.passage(long.passages[-1])))
    old, new = await client.passages([long.passages[-1], short.job])
    assert old is not None
    assert new is not None
    assert (old.model, new.model) == ("tiny", "second")
    assert new.created < old.created


async def test_stop_is_heard_within_a_fifth_of_a_second(
    client: Client, connection: redis.Redis, start_worker: StartWorker, make_request: MakeRequest, until: Until
) -> None:
    start_worker("generate")
    took = []
    for number in range(5):
        request = make_request(kind="chapter", words=MAX_WORDS, story=str(number), time_limit_s=30)
        await client.submit(request)
        until(lambda job=request.job: connection.exists(Keys.text(job)))
        began = time.monotonic()
        await client.cancel(request.job)
        until(lambda job=request.job: connection.exists(Keys.passage(job)))
        took.append(time.monotonic() - began)
    assert sorted(took)[2] < 0.2


async def test_waiting_times_are_told(
    client: Client, connection: redis.Redis, start_worker: StartWorker, make_request: MakeRequest, until: Until
) -> None:
    def loads() -> list[Any]:
        return [connection.get(key) for key in connection.keys(Keys.load("*"))]

    asked = make_request(words=300)
    assert await client.waits(asked) == {}
    start_worker("generate")
    until(loads)
    assert (await client.waits(asked))[asked.job] == 0
    for number in range(40):
        await client.submit(make_request(kind="chapter", words=MAX_WORDS, story=str(number), time_limit_s=5))
    until(lambda: connection.llen("rq:queue:generate") <= 16)
    until(lambda: any(load and len(WorkerLoad.model_validate_json(load).running) > 16 for load in loads()))
    waits = await client.waits(asked)
    assert len(waits) > 1
    assert all(seconds >= 0 for seconds in waits.values())
    assert max(waits.values()) > 0


@pytest.mark.parametrize("whole", [True, False])
async def test_a_story_is_read_from_the_nearest_state(
    client: Client, warm_worker: GenerationWorker, make_request: MakeRequest, connection: redis.Redis, whole: bool
) -> None:
    passages: list[Passage] = []
    for _ in range(4):
        passages += await written(client, warm_worker, make_request(*passages, words=20, whole=whole))
    chains = [link.chain for link in make_request(*passages).path]

    def there(chain: str) -> bool:
        return bool(connection.keys(Keys.state("*", chain, True)) or connection.keys(Keys.state("*", chain, False)))

    for chain in chains[2:]:
        for key in connection.keys(f"greenbeard:state:*{chain}*"):
            connection.delete(key)
    await written(client, warm_worker, make_request(*passages, whole=whole))
    assert [there(chain) for chain in chains] == [True, True, False, True]
