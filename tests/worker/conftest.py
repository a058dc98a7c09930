"""Real workers: in this process (burst), or as processes that can be stopped and killed."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
import redis

from tests.forked import Forked
from worker.client import Client
from worker.contract import (
    EVENT,
    Event,
    GenerateRequest,
    Keys,
    Link,
    Passage,
    TrainRequest,
    chain_hash,
    new_job_id,
)
from worker.generation import GenerationWorker, run_generation_worker
from worker.options import WorkerOptions
from worker.versions import VersionStore
from worker.warm import WarmModel

CONSUMER = "tests"
TRAINING_PROGRAM = """
import sys, logging
from pathlib import Path
from worker.options import WorkerOptions
from worker.training import run_training_worker
logging.basicConfig(level="INFO")
run_training_worker(WorkerOptions(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), "cpu"))
"""

MakeRequest = Callable[..., GenerateRequest]
MakeTraining = Callable[..., TrainRequest]
Process = subprocess.Popen[bytes] | Forked
StartWorker = Callable[..., Process]


@pytest.fixture
def options(redis_url: str, tmp_path: Path, tiny_version: Path) -> WorkerOptions:
    return WorkerOptions(redis_url, tmp_path / "home", tiny_version, "cpu")


@pytest.fixture
async def client(options: WorkerOptions) -> AsyncIterator[Client]:
    client = Client(options.redis_url, VersionStore(options.models, options.shipped))
    yield client
    await client.close()


@pytest.fixture
def connection(options: WorkerOptions) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(options.redis_url) as connection:
        yield connection


@pytest.fixture(scope="session")
def warm(tiny_version: Path, tmp_path_factory: pytest.TempPathFactory) -> WarmModel:
    return WarmModel(VersionStore(tmp_path_factory.mktemp("models"), tiny_version), "cpu")


@pytest.fixture
def kept_signals() -> Iterator[None]:
    """A worker in this process takes the signals for itself; give them back."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
    before = [signal.getsignal(number) for number in signals]
    yield
    for number, handler in zip(signals, before, strict=True):
        signal.signal(number, handler)


@pytest.fixture
def warm_worker(options: WorkerOptions, warm: WarmModel, kept_signals: None) -> Iterator[GenerationWorker]:
    """A generation worker in this process, for `work(burst=True)`."""
    worker = GenerationWorker(options, warm)
    yield worker
    worker.connection.close()


@pytest.fixture
def make_request() -> MakeRequest:
    """A request for a few words, after passages if there are any; every field can be given."""

    def make(*before: Passage, **fields: object) -> GenerateRequest:
        plain = {"job": new_job_id(), "story": "story", "seed": 7, "words": 12, "reply_to": CONSUMER, "member": "1"}
        links: list[Link] = []
        for passage in before:
            chain = chain_hash(links[-1].chain if links else "", passage.text)
            links.append(Link(passage=passage.id, chain=chain))
        return GenerateRequest.model_validate(plain | {"path": tuple(links)} | fields)

    return make


@pytest.fixture
def make_training() -> MakeTraining:
    def make(**fields: object) -> TrainRequest:
        plain = {"job": new_job_id(), "name": "mine", "filename": "book.txt", "reply_to": CONSUMER, "member": "1"}
        return TrainRequest.model_validate(plain | fields)

    return make


def generate(options: WorkerOptions) -> None:
    """What a process of a generation worker runs."""
    logging.basicConfig(level="INFO")
    run_generation_worker(options)


def start_training_worker(options: WorkerOptions, log: Path) -> subprocess.Popen[bytes]:
    """With a fresh interpreter: a training worker itself must not hold torch."""
    arguments = (options.redis_url, str(options.home), str(options.shipped))
    with log.open("ab") as output:
        return subprocess.Popen([sys.executable, "-c", TRAINING_PROGRAM, *arguments], stdout=output, stderr=output)


@pytest.fixture
def start_worker(options: WorkerOptions, tmp_path: Path) -> Iterator[StartWorker]:
    """Start worker processes, perhaps with another server or shipped model. All are killed at the end."""
    started: list[Process] = []

    def start(queue: str, url: str | None = None, shipped: Path | None = None) -> Process:
        used = replace(options, redis_url=url or options.redis_url, shipped=shipped or options.shipped)
        log = tmp_path / f"{queue}.log"
        process = Forked(log, log, generate, used) if queue == "generate" else start_training_worker(used, log)
        started.append(process)
        return process

    yield start
    for process in started:
        forked = children(process.pid)
        if process.poll() is None:
            process.kill()  # first, or it forks another
            for pid in forked:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        process.wait()


def children(pid: int) -> list[int]:
    """Processes that a process forked."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


@pytest.fixture
def find_children() -> Callable[[int], list[int]]:
    return children


@pytest.fixture
def events(connection: redis.Redis) -> Callable[[str], list[Event]]:
    """All events of a job so far, oldest first."""

    def read(job: str) -> list[Event]:
        entries = connection.xrange(Keys.events(CONSUMER))
        return [event for _, fields in entries if (event := EVENT.validate_json(fields[b"event"])).job == job]

    return read


@pytest.fixture
def kinds(events: Callable[[str], list[Event]]) -> Callable[[str], list[str]]:
    """Kinds of a job's events so far."""
    return lambda job: [event.kind for event in events(job)]


@pytest.fixture
def until() -> Callable[..., None]:
    """Wait until something holds, or fail."""

    def wait(condition: Callable[[], object], seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "did not happen in time"
            time.sleep(0.02)

    return wait


@pytest.fixture
def silent_server() -> Iterator[int]:
    """Port of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        yield port
