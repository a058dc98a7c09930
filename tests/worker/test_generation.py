"""Requests that a warm worker in this process turns into passages."""

import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import redis

from model.voices import Voices
from worker.client import Client
from worker.contract import (
    MAX_WORDS,
    Ended,
    Event,
    Failed,
    GenerateRequest,
    Keys,
    Link,
    Passage,
    WorkerSpeed,
    chain_hash,
)
from worker.generation import GenerationWorker
from worker.live_text import SHOW_EVERY_S
from worker.options import WorkerOptions
from worker.queue import fetch_job
from worker.versions import VersionStore
from worker.warm import WarmModel

MakeRequest = Callable[..., GenerateRequest]
Kinds = Callable[[str], list[str]]


async def written(client: Client, worker: GenerationWorker, request: GenerateRequest) -> Passage:
    """Submit, let the worker work, and return the passage."""
    await client.submit(request)
    worker.work(burst=True)
    passage = await client.passage(request.job)
    assert passage is not None
    return passage


async def test_a_request_becomes_a_passage_with_streamed_text(
    client: Client, warm_worker: GenerationWorker, make_request: MakeRequest, events: Callable[[str], list[Event]]
) -> None:
    request = make_request(words=1500)
    passage = await written(client, warm_worker, request)
    assert passage.text == passage.text.lstrip() != ""
    assert passage.words >= 750
    assert passage.ended in ("sentence", "length", "chapter")
    assert passage.chain == chain_hash("", passage.text)
    assert await client.text(request.job) == passage.text
    told = events(request.job)
    assert [event.kind for event in told][:2] == ["started", "grew"]
    assert [event.number for event in told] == list(range(1, len(told) + 1))
    assert isinstance(told[-1], Ended)
    assert len({event.attempt for event in told}) == 1
    assert len(told) <= 4 + passage.seconds / SHOW_EVERY_S


async def test_the_speed_is_known_afterwards(
    client: Client, warm_worker: GenerationWorker, make_request: MakeRequest, connection: redis.Redis
) -> None:
    passage = await written(client, warm_worker, make_request())
    speed = (await client.status()).speed
    assert isinstance(speed, WorkerSpeed)
    assert speed.version == passage.model == "tiny"
    assert speed.tokens_per_s == pytest.approx(passage.tokens / passage.seconds)


async def test_the_same_seed_writes_the_same_text(
    client: Client, warm_worker: GenerationWorker, make_request: MakeRequest
) -> None:
    one, same, other = [
        (await written(client, warm_worker, make_request(prompt="The tower", seed=seed))).text for seed in (3, 3, 4)
    ]
    assert one == same != other


async def test_a_prompt_is_part_of_the_story(
    client: Client, warm_worker: GenerationWorker, make_request: MakeRequest
) -> None:
    first = await written(client, warm_worker, make_request())
    second = await written(client, warm_worker, make_request(first, prompt="  Then it rained  "))
    joint = "\n\n" if first.ended == "chapter" else " "
    assert second.text.startswith(joint + "Then it rained")
    assert second.prompt == "Then it rained"
    assert second.chain == chain_hash(first.chain, second.text)


async def test_a_lost_state_is_rebuilt_from_the_text(
    client: Client, warm_worker: GenerationWorker, make_request: MakeRequest, connection: redis.Redis
) -> None:
    first = await written(client, warm_worker, make_request(words=40))
    second = await written(client, warm_worker, make_request(first, words=40))
    for key in connection.keys(Keys.state("*", "*", True)):
        connection.delete(key)
    third = await written(client, warm_worker, make_request(first, second))
    assert third.text.strip()
    states = connection.keys(Keys.state("*", second.chain, True)) + connection.keys(Keys.state("*", third.chain, True))
    assert len(states) == 2


async def test_a_damaged_state_is_rebuilt(
    client: Client, warm_worker: GenerationWorker, make_request: MakeRequest, connection: redis.Redis
) -> None:
    first = await written(client, warm_worker, make_request())
    (key,) = connection.keys(Keys.state("*", first.chain, True))
    connection.set(key, b"garbage")
    assert (await written(client, warm_worker, make_request(first))).text.strip()


async def test_a_chapter_opens_with_its_heading(
    client: Client, warm_worker: GenerationWorker, make_request: MakeRequest
) -> None:
    first = await written(client, warm_worker, make_request())
    request = make_request(first, kind="chapter", chapter=9, title="The Flood", words=40)
    passage = await written(client, warm_worker, request)
    assert passage.heading is not None
    assert "the flood" in passage.heading.casefold()
    assert passage.text.startswith(f"\n\n\n{passage.heading}\n\n")
    alone = await written(client, warm_worker, make_request(kind="chapter", title="The Flood"))
    assert alone.text.startswith(f"{alone.heading}\n\n")


@pytest.mark.parametrize(
    "prompt", ["🙂🙂🙂", "\u200b\u200b", "þ ǿ ༄ 𝔊", "@everyone ```x``` **b**", "word " * 800, "下雨了。", "a\x00b\x07c"]
)
async def test_strange_prompts_are_kept_as_they_are(
    client: Client, warm_worker: GenerationWorker, make_request: MakeRequest, prompt: str
) -> None:
    passage = await written(client, warm_worker, make_request(prompt=prompt))
    assert passage.prompt == prompt.strip()
    assert passage.text.startswith(passage.prompt)
    assert len(passage.text) > len(passage.prompt)


async def test_two_requests_are_answered_in_order(
    client: Client, warm_worker: GenerationWorker, make_request: MakeRequest
) -> None:
    first, second = make_request(), make_request()
    await client.submit(first)
    await client.submit(second)
    assert (await client.status()).generate.waiting == 2
    warm_worker.work(burst=True)
    one, two = await client.passages([first.job, second.job])
    assert one is not None
    assert two is not None
    assert one.created < two.created


async def test_a_job_submitted_twice_runs_once(
    client: Client, warm_worker: GenerationWorker, make_request: MakeRequest, kinds: Kinds
) -> None:
    request = make_request()
    await client.submit(request)
    await client.submit(request)
    warm_worker.work(burst=True)
    assert kinds(request.job).count("ended") == 1


async def test_a_passage_that_exists_is_only_announced_again(
    client: Client, warm_worker: GenerationWorker, make_request: MakeRequest, connection: redis.Redis, kinds: Kinds
) -> None:
    request = make_request()
    first = await written(client, warm_worker, request)
    fetch_job(request.job, connection).delete()
    assert await written(client, warm_worker, request.model_copy(update={"seed": 99})) == first
    assert kinds(request.job)[-2:] == ["started", "ended"]


async def test_stopping_keeps_what_is_there(
    client: Client,
    warm_worker: GenerationWorker,
    make_request: MakeRequest,
    connection: redis.Redis,
    kinds: Kinds,
) -> None:
    request = make_request(words=MAX_WORDS)

    def stop_once_there_is_text() -> None:
        while "grew" not in kinds(request.job):
            time.sleep(0.01)
        connection.set(Keys.cancel(request.job), 1)

    stop = threading.Thread(target=stop_once_there_is_text, daemon=True)
    stop.start()
    passage = await written(client, warm_worker, request)
    stop.join()
    assert passage.ended == "stopped"
    assert 0 < passage.words < MAX_WORDS


async def test_time_ends_the_writing(client: Client, warm_worker: GenerationWorker, make_request: MakeRequest) -> None:
    passage = await written(client, warm_worker, make_request(words=MAX_WORDS, time_limit_s=0.3))
    assert passage.ended == "time"
    assert 0 < passage.words < MAX_WORDS


async def test_stopped_before_the_first_word_there_is_no_passage(
    client: Client, warm_worker: GenerationWorker, make_request: MakeRequest, events: Callable[[str], list[Event]]
) -> None:
    request = make_request()
    await client.cancel(request.job)
    await client.submit(request)
    warm_worker.work(burst=True)
    assert await client.passage(request.job) is None
    last = events(request.job)[-1]
    assert isinstance(last, Failed)
    assert "/continue" in last.message


async def test_where_a_passage_is_lost_the_story_goes_on_from_what_is_left(
    client: Client, warm_worker: GenerationWorker, make_request: MakeRequest, connection: redis.Redis
) -> None:
    first = await written(client, warm_worker, make_request())
    await written(client, warm_worker, make_request(story="other"))
    lost = await written(client, warm_worker, make_request(first))
    connection.delete(Keys.passage(lost.id))
    after = await written(client, warm_worker, make_request(first, lost))
    assert after.parent == lost.id
    assert after.chain == chain_hash(lost.chain, after.text)
    assert after.text[0].isspace()


async def test_where_nothing_of_a_story_is_left_it_begins_anew(
    client: Client, warm_worker: GenerationWorker, make_request: MakeRequest, connection: redis.Redis
) -> None:
    await written(client, warm_worker, make_request(story="other"))
    passage = await written(client, warm_worker, make_request(path=(Link(passage="gone", chain="0"),)))
    assert passage.chain == chain_hash("0", passage.text)
    assert passage.text == passage.text.lstrip()
    assert not connection.keys(Keys.state("*", passage.chain, True))


async def test_an_abandoned_job_without_retries_tells_the_member(
    client: Client,
    warm_worker: GenerationWorker,
    make_request: MakeRequest,
    connection: redis.Redis,
    events: Callable[[str], list[Event]],
) -> None:
    request = make_request()
    await client.submit(request)
    job = fetch_job(request.job, connection)
    job.retries_left = 0
    job.save()
    warm_worker.prepare_execution(job)
    warm_worker.prepare_job_execution(job)
    connection.delete(warm_worker.queues[0].key)
    for member in connection.zrange(job.started_job_registry.key, 0, -1):
        connection.zadd(job.started_job_registry.key, {member: time.time() - 1})
    warm_worker.executions.clear()
    warm_worker.run_maintenance_tasks()
    assert [event.kind for event in events(request.job)] == ["failed"]


@pytest.fixture
def versions(options: WorkerOptions, tiny_version: Path) -> VersionStore:
    shutil.copytree(tiny_version, options.models / "second")
    return VersionStore(options.models, options.shipped)


@pytest.mark.usefixtures("kept_signals")
async def test_the_next_passage_comes_from_the_promoted_version(
    versions: VersionStore, client: Client, options: WorkerOptions, make_request: MakeRequest
) -> None:
    worker = GenerationWorker(options, WarmModel(versions, "cpu"))
    first = await written(client, worker, make_request())
    versions.use("second")
    second = await written(client, worker, make_request(first))
    worker.connection.close()
    assert (first.model, second.model) == ("tiny", "second")


async def test_a_passage_says_which_book_it_sounds_like(
    client: Client,
    warm: WarmModel,
    warm_worker: GenerationWorker,
    make_request: MakeRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With a table in which every token speaks for the second book; the prompt is not judged."""
    table = np.repeat(np.array([[-8], [8]], np.int8), warm.held.writer.tokenizer.vocab, axis=1)
    monkeypatch.setattr(warm.held.writer, "voices", Voices(("1.txt", "2.txt"), table))
    passage = await written(client, warm_worker, make_request(words=120))
    assert passage.likeness is not None
    assert passage.likeness.file == "2.txt" and passage.likeness.lead > 0
    short = await written(client, warm_worker, make_request(words=12, prompt="The king rode north. " * 30))
    assert short.likeness is None
