"""What serving costs: requests through Redis beside the engine alone, first words, long stories, and growing load."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from greenbeard.bench.crowd import House, crowd, opened, percentile, request, tokens_per_s
from greenbeard.bench.load_plot import Load, draw_load
from greenbeard.bench.rows import Row
from greenbeard.settings import Settings
from model.ask import Done
from model.device import pick_device, share_cores
from model.engine import Engine
from model.writer import Writer, load
from worker.contract import REBUILD_WORDS, GenerateRequest, Keys, Link, Passage, chain_hash
from worker.drafts import to_ask
from worker.options import WorkerOptions
from worker.story import Place

AT_ONCE = 64
FIRST_TEXT_USERS = 16
WORDS = 120
LOAD_WORDS = 60
DEEP = 10_000
"""Passages of the long story."""
DEEP_TRIES = 9
USERS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
WORKERS = (1, 2)


class _Reporter:
    """Makes rows of one model."""

    def __init__(self, writer: Writer) -> None:
        self._shape = writer.info.shape.label

    def row(
        self,
        what: str,
        batch: int,
        tokens_per_s: float,
        *,
        seconds: float | None = None,
        peer: str | None = None,
        ratio: float | None = None,
        bytes: int | None = None,
    ) -> Row:
        """One row."""
        return Row(what, self._shape, "as served", batch, peer, tokens_per_s, ratio, None, seconds, bytes)


def bench_serving(settings: Settings, most_users: int, rounds: int, plot: Path | None) -> Iterator[Row]:
    """Measure one worker, then load on one and two; `plot` gets the picture."""
    share_cores()
    writer = load(settings.shipped, pick_device(settings.device))
    reporter = _Reporter(writer)
    with opened(settings) as house:
        house.employ(1)
        house.ask(crowd(4, WORDS, 0))
        yield from _beside_the_engine(house, writer, reporter, min(AT_ONCE, most_users), rounds)
        yield from _first_text(house, reporter, min(FIRST_TEXT_USERS, most_users), rounds)
        yield from _long_story(house, reporter)
        loads: list[Load] = []
        for workers in WORKERS:
            house.employ(workers)
            for users in (users for users in USERS if users <= most_users):
                point = _load(house, users, workers, rounds)
                loads.append(point)
                yield reporter.row(
                    f"load, {workers} worker{'s' if workers > 1 else ''}",
                    users,
                    point.tokens_per_s,
                    seconds=point.first_text_s,
                )
    if plot is not None:
        plot.write_bytes(draw_load(loads))


def _beside_the_engine(house: House, writer: Writer, reporter: _Reporter, users: int, rounds: int) -> Iterator[Row]:
    """The same requests through Redis and straight into an engine, in turn."""
    served, alone = [], []
    for number in range(rounds):
        requests = crowd(users, WORDS, 1000 * number)
        alone.append(_engine_tokens_per_s(writer, requests))
        served.append(tokens_per_s(house.ask(requests)))
    mine, engine = statistics.median(served), statistics.median(alone)
    ratio = statistics.median(through / direct for through, direct in zip(served, alone, strict=True))
    what = f"{users} requests at once"
    yield reporter.row(what, users, mine)
    yield reporter.row(what, users, engine, peer="engine alone", ratio=ratio)


def _engine_tokens_per_s(writer: Writer, requests: Sequence[GenerateRequest]) -> float:
    engine = Engine(writer, WorkerOptions.slots)
    began = time.perf_counter()
    for one in requests:
        engine.submit(to_ask(one.job, one, Place(), writer.info.headings, WorkerOptions.copy_limit))
    tokens = 0
    while engine.running or engine.waiting:
        tokens += sum(output.end.tokens for output in engine.step() if isinstance(output, Done))
    return tokens / (time.perf_counter() - began)


def _first_text(house: House, reporter: _Reporter, users: int, rounds: int) -> Iterator[Row]:
    found = [house.ask(crowd(users, WORDS, 5000 + 100 * number)) for number in range(rounds)]
    p95 = percentile([answer.first_text_s for answers in found for answer in answers], 95)
    speed = statistics.median(tokens_per_s(answers) for answers in found)
    yield reporter.row("first text, 95 of 100", users, speed, seconds=p95)


def _long_story(house: House, reporter: _Reporter) -> Iterator[Row]:
    """The next passage of a fresh story, of one with ten thousand passages, and of that one without any state."""
    before = house.memory()
    path = _grow(house, DEEP)
    per_passage = (house.memory() - before) / DEEP
    fresh, cached, missed = [], [], []
    house.ask([_next(path, 0)])
    for number in range(1, DEEP_TRIES + 1):
        fresh.append(_timed(house, request(words=WORDS, seed=number)))
        cached.append(_timed(house, _next(path, number)))
        _forget_states(house)
        missed.append(_timed(house, _next(path, number)))
    first, deep, rebuilt = (statistics.median(seconds for seconds, _ in times) for times in (fresh, cached, missed))
    speeds = [statistics.median(speed for _, speed in times) for times in (fresh, cached, missed)]
    yield reporter.row("passage 1", 1, speeds[0], seconds=first)
    yield reporter.row("passage 10,000", 1, speeds[1], seconds=deep, bytes=round(per_passage))
    yield reporter.row("passage 10,000", 1, speeds[0], peer="passage 1", seconds=first, ratio=deep / first)
    yield reporter.row("passage 10,000, state gone", 1, speeds[2], seconds=rebuilt)
    house.redis.delete(*[Keys.passage(f"deep-{number}") for number in range(DEEP)])


def _grow(house: House, count: int) -> tuple[Link, ...]:
    """A story of so many passages of about WORDS words, made of what the model writes: the end of its path."""
    samples = [answer.passage for answer in house.ask(crowd(16, WORDS, 9000))]
    path: tuple[Link, ...] = ()
    chain = ""
    with house.redis.pipeline(transaction=False) as pipe:
        for number in range(count):
            sample = samples[number % len(samples)]
            text = f" {sample.text.strip()}"
            chain = chain_hash(chain, text)
            parent = path[-1].passage if path else None
            changes = {"id": f"deep-{number}", "story": "deep", "parent": parent, "text": text, "chain": chain}
            passage: Passage = sample.model_copy(update=changes)
            pipe.set(Keys.passage(passage.id), passage.model_dump_json())
            path = (*path, Link(passage=passage.id, chain=chain))[-REBUILD_WORDS // WORDS - 1 :]
            if number % 500 == 0:
                pipe.execute()
        pipe.execute()
    return path


def _next(path: tuple[Link, ...], seed: int) -> GenerateRequest:
    return request(words=WORDS, seed=seed).model_copy(update={"path": path, "whole": False})


def _timed(house: House, one: GenerateRequest) -> tuple[float, float]:
    """Seconds for WORDS words, from the request to its end, with the writing scaled to that length; tokens a second."""
    (answer,) = house.ask([one])
    writing, passage = answer.passage.seconds, answer.passage
    return answer.ended_s - writing + writing * WORDS / passage.words, passage.tokens / writing


def _forget_states(house: House) -> None:
    for key in list(house.redis.scan_iter(Keys.state("*", "*", True).replace(":whole", ":*"), count=1000)):
        house.redis.delete(key)


def _load(house: House, users: int, workers: int, rounds: int) -> Load:
    """So many users ask at once, in some rounds."""
    found = [house.ask(crowd(users, LOAD_WORDS, users + 1000 * number)) for number in range(rounds)]
    waits = [answer.first_text_s for answers in found for answer in answers]
    speed = statistics.median(tokens_per_s(answers) for answers in found)
    return Load(workers, users, speed, statistics.median(waits), percentile(waits, 95))
