"""A passage that is written once more: the same text, and no passage of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest
import redis

from worker.client import Client
from worker.contract import Event, Failed, GenerateRequest, Keys, Passage, Replay
from worker.generation import GenerationWorker
from worker.options import WorkerOptions
from worker.versions import VersionStore
from worker.warm import WarmModel

MakeRequest = Callable[..., GenerateRequest]
Events = Callable[[str], list[Event]]
ASKED = {"words": 60, "note": "Rain.", "prompt": "The tower"}


async def written(client: Client, worker: GenerationWorker, request: GenerateRequest) -> Passage:
    await client.submit(request)
    worker.work(burst=True)
    passage = await client.passage(request.job)
    assert passage is not None
    return passage


def replay_of(make: MakeRequest, passage: Passage, *before: Passage, **fields: object) -> GenerateRequest:
    """A replay as the bot asks for it."""
    assert passage.recipe is not None
    recipe = passage.recipe
    known = {
        "kind": passage.kind,
        "prompt": passage.prompt,
        "title": recipe.title,
        "pov": recipe.pov,
        "chapter": recipe.chapter,
        "note": passage.note,
        "words": passage.asked,
        "sampling": passage.sampling,
        "seed": passage.seed,
        "replay": Replay(version=passage.model, forbidden=recipe.forbidden),
    }
    return make(*before, **(known | fields))


async def replayed(client: Client, worker: GenerationWorker, request: GenerateRequest) -> str:
    """Its text; "" where it failed."""
    await client.submit(request)
    worker.work(burst=True)
    assert await client.passage(request.job) is None
    return await client.text(request.job)


async def test_a_passage_is_written_again_letter_for_letter(
    client: Client,
    warm_worker: GenerationWorker,
    make_request: MakeRequest,
    events: Events,
    connection: redis.Redis,
) -> None:
    first = await written(client, warm_worker, make_request(words=40))
    second = await written(client, warm_worker, make_request(first, seed=3, blocked=("letter",), **ASKED))
    title = {"kind": "chapter", "title": "The Rain", "chapter": 2}
    third = await written(client, warm_worker, make_request(first, second, **{**ASKED, **title}))
    states = connection.zcard(Keys.states())
    replays = (
        (first, replay_of(make_request, first)),
        (second, replay_of(make_request, second, first, blocked=("letter",))),
        (third, replay_of(make_request, third, first, second)),
    )
    for passage, request in replays:
        assert await replayed(client, warm_worker, request) == passage.text
        assert [event.kind for event in events(request.job)] == ["started", "ended"]
    assert connection.zcard(Keys.states()) == states
    assert await replayed(client, warm_worker, replay_of(make_request, first, seed=first.seed + 1)) != first.text


async def test_a_take_of_several_is_written_again(
    client: Client, warm_worker: GenerationWorker, make_request: MakeRequest
) -> None:
    request = make_request(kind="chapter", words=40, takes=3)
    await client.submit(request)
    warm_worker.work(burst=True)
    third = await client.passage(request.passages[2])
    assert third is not None
    assert await replayed(client, warm_worker, replay_of(make_request, third)) == third.text


async def test_the_version_that_wrote_it_writes_it_again(
    client: Client, options: WorkerOptions, make_request: MakeRequest, kept_signals: None, events: Events
) -> None:
    store = VersionStore(options.models, options.shipped)
    shutil.copytree(options.shipped, options.models / "other")
    worker = GenerationWorker(options, WarmModel(store, "cpu"))
    old = await written(client, worker, make_request(words=40))
    store.use("other")
    new = await written(client, worker, make_request(words=40, story="new"))
    assert (old.model, new.model) == ("tiny", "other")
    assert await replayed(client, worker, replay_of(make_request, old)) == old.text
    assert (await written(client, worker, make_request(words=40, story="newer"))).model == "other"
    lost = replay_of(make_request, old, replay=Replay(version="gone", forbidden="0"))
    assert await replayed(client, worker, lost) == ""
    failed = events(lost.job)[-1]
    assert isinstance(failed, Failed) and "no model version 'gone'" in failed.message
    worker.connection.close()


@pytest.mark.parametrize("what", ["state", "blocked"])
async def test_what_cannot_be_written_again_says_why(
    what: str,
    client: Client,
    warm_worker: GenerationWorker,
    make_request: MakeRequest,
    events: Events,
    connection: redis.Redis,
) -> None:
    first = await written(client, warm_worker, make_request(words=40))
    second = await written(client, warm_worker, make_request(first, **ASKED))
    blocked: tuple[str, ...] = ()
    if what == "state":
        for key in connection.scan_iter("greenbeard:state:*"):
            connection.delete(key)
    else:
        blocked = ("tower",)
    request = replay_of(make_request, second, first, blocked=blocked)
    assert await replayed(client, warm_worker, request) == ""
    failed = events(request.job)[-1]
    assert isinstance(failed, Failed)
    assert ("no longer kept" if what == "state" else "blocked words") in failed.message
