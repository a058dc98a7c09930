"""A house of real workers with a real Valkey, and a crowd that asks it for passages and takes the time."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from greenbeard.errors import NotReady
from greenbeard.play.processes import Worker, end, last_line
from greenbeard.play.valkey import EmbeddedValkey
from greenbeard.settings import Settings
from worker.client import generate_options
from worker.contract import (
    EVENT,
    GENERATE_QUEUE,
    GenerateRequest,
    Keys,
    Link,
    Passage,
    new_job_id,
)
from worker.queue import open_queue
from worker.status import read_queue

CONSUMER = "bench"
PATIENCE_S = 300.0
BLOCK_MS = 2000


@dataclass(frozen=True)
class Answer:
    """What one user got, in seconds from the moment at which all had asked."""

    first_text_s: float
    ended_s: float
    passage: Passage


class House:
    """Valkey and workers in a folder of their own."""

    def __init__(self, home: Path, settings: Settings) -> None:
        self._home = home
        self._settings = settings
        self._valkey = EmbeddedValkey(home)
        self._workers: list[Worker] = []

    def open(self) -> None:
        """Start the server."""
        self._valkey.start()
        self.redis = redis.Redis.from_url(self._valkey.url)

    def close(self) -> None:
        """End everything."""
        asyncio.run(end(self._workers))
        self.redis.close()
        self._valkey.stop()

    def employ(self, workers: int) -> None:
        """Start workers until there are so many, and wait until they are ready. Raises NotReady."""
        environment = {
            "REDIS_URL": self._valkey.url,
            "GREENBEARD_HOME": str(self._home),
            "GREENBEARD_SHIPPED": str(self._settings.shipped.resolve()),
            "GREENBEARD_DEVICE": self._settings.device,
        }
        while len(self._workers) < workers:
            name = f"worker {len(self._workers) + 1}"
            worker = Worker(name, ["worker"], environment, self._home / "logs" / f"{name}.log")
            worker.start()
            self._workers.append(worker)
        deadline = time.monotonic() + PATIENCE_S
        while len(read_queue(GENERATE_QUEUE, self.redis).workers) < workers:
            for worker in self._workers:
                if not worker.alive():
                    raise NotReady(f"A worker of the benchmark did not start: {last_line(worker.log_file)}")
            if time.monotonic() > deadline:
                raise NotReady("The workers of the benchmark did not get ready; is the machine overloaded?")
            time.sleep(0.1)

    def ask(self, requests: Sequence[GenerateRequest]) -> list[Answer]:
        """Submit all at once and wait for every passage."""
        stream = Keys.events(CONSUMER)
        last = self._newest(stream)
        queue = open_queue(GENERATE_QUEUE, self.redis)
        began = time.perf_counter()
        for request in requests:
            queue.enqueue_call(**generate_options(request))
        first: dict[str, float] = {}
        ended: dict[str, float] = {}
        while len(ended) < len(requests):
            found: Any = self.redis.xread({stream: last}, block=BLOCK_MS, count=1000)
            clock = time.perf_counter() - began
            if clock > PATIENCE_S:
                raise NotReady("The workers of the benchmark do not answer; is the machine overloaded?")
            for id, fields in found[0][1] if found else ():
                last = id
                event = EVENT.validate_json(fields[b"event"])
                if event.kind == "failed":
                    raise NotReady(f"A request of the benchmark failed: {event.message}")
                if event.kind in ("grew", "ended"):
                    first.setdefault(event.job, clock)
                if event.kind == "ended":
                    ended[event.job] = clock
        values = self.redis.mget([Keys.passage(request.job) for request in requests])
        passages = [Passage.model_validate_json(value) for value in values if isinstance(value, bytes)]
        return [Answer(first[passage.id], ended[passage.id], passage) for passage in passages]

    def _newest(self, stream: str) -> bytes:
        found: Any = self.redis.xrevrange(stream, count=1)
        return bytes(found[0][0]) if found else b"0-0"

    def memory(self) -> int:
        """Bytes that Valkey uses."""
        return int(self.redis.info("memory")["used_memory"])


@contextmanager
def opened(settings: Settings) -> Iterator[House]:
    """A house in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="greenbeard-bench-") as folder:
        house = House(Path(folder), settings)
        house.open()
        try:
            yield house
        finally:
            house.close()


def crowd(users: int, words: int, seed: int) -> list[GenerateRequest]:
    """Requests of so many users, each with a story of its own."""
    return [request(words=words, seed=seed + user, member=str(user), server=str(user % 8)) for user in range(users)]


def request(path: Sequence[Link] = (), *, whole: bool = True, **fields: Any) -> GenerateRequest:
    """One request of the benchmark."""
    job = new_job_id()
    plain = {"job": job, "story": job, "member": "0", "reply_to": CONSUMER, "path": tuple(path), "whole": whole}
    return GenerateRequest(**(plain | fields))


def tokens_per_s(answers: Sequence[Answer]) -> float:
    """Tokens of all passages over the time until the last one ended."""
    return sum(answer.passage.tokens for answer in answers) / max(answer.ended_s for answer in answers)


def percentile(values: Sequence[float], percent: int) -> float:
    """A percentile of at least one value."""
    if len(values) == 1:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
