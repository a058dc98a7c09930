"""The Redis user that docs/operations.md advises can do what Greenbeard does, and nothing that harms its neighbours."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from redis.exceptions import NoPermissionError

from greenbeard.doctor import check_redis_and_queues
from greenbeard.health import bot_trouble, worker_trouble
from greenbeard.settings import Settings
from worker.client import Client
from worker.contract import GENERATE_QUEUE, GenerateRequest, Keys, TrainRequest
from worker.options import WorkerOptions
from worker.status import read_queue
from worker.versions import VersionStore

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"


@pytest.fixture
def user_url(connection: redis.Redis, redis_url: str) -> Iterator[str]:
    """URL of the server for the user of the documentation's ACL line."""
    (line,) = re.findall(r"ACL SETUSER greenbeard .*", OPERATIONS.read_text(encoding="utf-8"))
    connection.execute_command(*line.split())  # type: ignore[no-untyped-call]
    connection.acl_log_reset()
    yield redis_url.replace("unix://", "unix://greenbeard:PASSWORD@")
    connection.acl_deluser("greenbeard")


async def test_a_passage_a_training_and_the_looks_at_them(
    user_url: str,
    connection: redis.Redis,
    options: WorkerOptions,
    start_worker: Callable[..., subprocess.Popen[bytes]],
    make_request: Callable[..., GenerateRequest],
    make_training: Callable[..., TrainRequest],
    kinds: Callable[[str], list[str]],
    until: Callable[..., None],
    tiny_book_text: str,
) -> None:
    client = Client(user_url, VersionStore(options.models, options.shipped))
    early = make_request()
    await client.submit(early)
    assert await client.take_back(early)
    worker = start_worker("generate", user_url)
    trainer = start_worker("train", user_url)
    until(lambda: read_queue(GENERATE_QUEUE, connection).workers)
    request, training = make_request(), make_training(budget_s=10)
    await client.submit(request)
    received = await anext(client.events(request.reply_to))
    await client.acknowledge(request.reply_to, received)
    await client.start_training(training, tiny_book_text.encode())
    until(lambda: kinds(request.job)[-1:] == ["ended"])
    until(lambda: "progressed" in kinds(training.job), 60)
    assert await client.stop_training()
    until(lambda: kinds(training.job)[-1:] == ["trained"], 60)
    assert (await client.waits(request)).keys() == {request.job}
    assert await client.passage(request.passages[0]) is not None
    assert (await client.status()).speed is not None
    await client.close()
    with redis.Redis.from_url(user_url) as looking:
        host = read_queue(GENERATE_QUEUE, looking).workers[0].removeprefix("generate-").rsplit("-", 2)[0]
        assert worker_trouble(looking, GENERATE_QUEUE, host) is None
        assert bot_trouble(looking, request.reply_to) is None
    checks = check_redis_and_queues(Settings(redis_url=user_url))
    assert [check.name for check in checks if check.ok] == ["redis", "queues", "workers"]
    for process in (worker, trainer):
        process.terminate()
        assert process.wait(20) == 0
    assert connection.acl_log() == []


def test_nothing_else(user_url: str) -> None:
    with redis.Redis.from_url(user_url) as user:
        for forbidden in (
            user.flushall,
            user.shutdown,
            user.config_get,
            user.acl_list,
            lambda: user.get("neighbour"),
            lambda: user.set("neighbour", "mine"),
            lambda: user.eval("return redis.call('DEL', 'neighbour')", 0),
            lambda: user.publish(Keys.states(), "text"),
        ):
            with pytest.raises((NoPermissionError, redis.ResponseError), match=r"(?i)permission|NOPERM|ACL"):
                forbidden()
