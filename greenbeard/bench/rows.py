"""What a benchmark of the command line reports, and how loops are timed side by side."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

import torch

ROUND_S = 0.6
ROUNDS = 5


@dataclass(frozen=True)
class Row:
    """One measurement; `peer` is None for ours, `ratio` is ours over the peer's."""

    what: str
    shape: str
    precision: str
    batch: int
    peer: str | None
    tokens_per_s: float
    ratio: float | None
    bound_fraction: float | None
    seconds: float | None = None
    """The time that the row is about, if it is about one."""
    bytes: int | None = None
    """The memory that the row is about, if it is about some."""


def as_json(row: Row) -> dict[str, object]:
    """A row as it is printed: time and memory only where it is about them."""
    return {name: value for name, value in asdict(row).items() if name not in ("seconds", "bytes") or value is not None}


@dataclass(frozen=True)
class Loop:
    """What is called again and again, and how many tokens one call reads or writes."""

    call: Callable[[], object]
    tokens: int


def measure(loops: Mapping[str | None, Loop], device: str, rounds: int) -> dict[str | None, float]:
    """Median tokens a second of each loop; they take turns, so that a noisy moment hits all."""
    found: dict[str | None, list[float]] = {name: [] for name in loops}
    for loop in loops.values():
        loop.call()
    for _ in range(rounds):
        for name, loop in loops.items():
            wait_for(device)
            began, calls = time.perf_counter(), 0
            while time.perf_counter() - began < ROUND_S:
                loop.call()
                calls += 1
            wait_for(device)
            found[name].append(calls * loop.tokens / (time.perf_counter() - began))
    return {name: statistics.median(values) for name, values in found.items()}


def wait_for(device: str) -> None:
    """Until the device has done what it was told."""
    if device != "cpu":
        torch.cuda.synchronize()
