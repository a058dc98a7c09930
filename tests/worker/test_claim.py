"""One training holds the trainer, whatever becomes of the answers of Redis."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
import redis

from tests.worker.wire import Wire
from worker import claim
from worker.client import Client
from worker.contract import TRAIN_QUEUE, UPLOAD_TTL, UPLOADING_TTL, Keys, TrainRequest
from worker.errors import PerhapsBegun, TrainingRuns
from worker.queue import open_queue

MakeTraining = Callable[..., TrainRequest]


@pytest.fixture
async def wire(redis_url: str) -> AsyncIterator[Wire]:
    wire = Wire(redis_url)
    await wire.open()
    yield wire
    await wire.close()


@pytest.fixture
async def far(wire: Wire, client: Client) -> AsyncIterator[Client]:
    """A client at the other end of the wire."""
    far = Client(wire.url, client.versions)
    yield far
    await far.close()


async def test_a_claim_whose_answer_is_lost_is_no_other_training(
    far: Client, wire: Wire, connection: redis.Redis, make_training: MakeTraining
) -> None:
    request = make_training()
    wire.loses = "one answer"
    await far.start_training(request, b"text")
    assert connection.lrange(open_queue(TRAIN_QUEUE, connection).key, 0, -1) == [request.job.encode()]
    assert connection.get(Keys.training()) == request.job.encode()
    assert wire.claims == 1


async def test_a_claim_that_never_arrives_is_given_up(
    far: Client, wire: Wire, connection: redis.Redis, make_training: MakeTraining
) -> None:
    request = make_training()
    wire.loses = "every claim"
    with pytest.raises(PerhapsBegun):
        await far.start_training(request, b"text")
    assert wire.claims == claim.ROUNDS
    await asyncio.sleep(0.5)
    assert wire.claims == claim.ROUNDS
    assert not connection.exists(Keys.training())
    assert 0 < connection.ttl(Keys.upload(request.job)) <= UPLOADING_TTL
    wire.loses = "nothing"
    await far.start_training(request, b"text")


async def test_books_may_take_their_time_on_the_way(
    far: Client, wire: Wire, connection: redis.Redis, make_training: MakeTraining
) -> None:
    request, data = make_training(), b"It rained. " * (2 << 20)
    wire.slow_s = 1.5
    await far.start_training(request, data)
    assert connection.get(Keys.upload(request.job)) == data
    assert UPLOADING_TTL < connection.ttl(Keys.upload(request.job)) <= UPLOAD_TTL


async def test_books_of_a_training_that_came_second_do_not_stay(
    client: Client, connection: redis.Redis, make_training: MakeTraining
) -> None:
    await client.start_training(make_training(), b"text")
    second = make_training(name="other")
    claim.send_books(connection, second.job, b"text")
    with pytest.raises(TrainingRuns, match="mine"):
        claim.claim_and_enqueue(connection, second)
    assert not connection.exists(Keys.upload(second.job))
