"""Two workers that are killed again and again under load: every request becomes its passages, none twice."""

import random
from collections.abc import Callable

import redis

from tests.forked import Forked
from worker.client import Client
from worker.contract import Ended, Event, GenerateRequest, Keys
from worker.queue import fetch_job, open_queue

KILLS = 4


async def test_no_request_is_lost_or_doubled(
    client: Client,
    connection: redis.Redis,
    start_worker: Callable[..., Forked],
    make_request: Callable[..., GenerateRequest],
    events: Callable[[str], list[Event]],
    until: Callable[..., None],
) -> None:
    chance = random.Random(5)
    requests = [
        make_request(
            words=chance.choice((20, 60, 250, 600)),
            story=str(number),
            member=str(number % 7),
            server=str(number % 3),
            seed=number,
            takes=chance.choice((1, 1, 3)),
        )
        for number in range(48)
    ]
    for request in requests:
        await client.submit(request)
    workers = [start_worker("generate") for _ in range(2)]
    for kill in range(KILLS):
        goal = (kill + 1) * len(requests) // (KILLS + 2)
        until(lambda goal=goal: len(connection.keys(Keys.passage("*"))) >= goal, 90)
        workers.pop(chance.randrange(2)).kill()
        workers.append(start_worker("generate"))
    until(lambda: all(fetch_job(request.job, connection).is_finished for request in requests), 120)
    for request in requests:
        assert all(await client.passages(request.passages))
        ends = [event for event in events(request.job) if isinstance(event, Ended)]
        assert {end.passages for end in ends} == {request.passages}
        assert all(event.kind != "failed" for event in events(request.job))
    until(lambda: not connection.zcard(open_queue("generate", connection).started_job_registry.key))
    until(lambda: not connection.keys("rq:execution:*"))  # those of killed workers expire a moment later
    assert not connection.llen("rq:queue:generate:intermediate")
