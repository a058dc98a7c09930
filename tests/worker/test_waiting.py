"""How long requests wait, as plain arithmetic."""

import time

import pytest

from worker.contract import Turn, WorkerLoad
from worker.waiting import waiting_times


def turns(count: int, words: int = 100) -> list[Turn]:
    return [Turn(job=str(number), server="a", member="1", words=words) for number in range(count)]


def load(slots: int, running: int = 0, left: int = 50, words_per_s: float = 10) -> WorkerLoad:
    held = tuple(Turn(job=f"r{number}", words=left) for number in range(running))
    return WorkerLoad(slots=slots, words_per_s=words_per_s, running=held, version="tiny")


def test_without_a_worker_nothing_is_promised() -> None:
    assert waiting_times(turns(3), []) == {}


def test_free_slots_mean_no_waiting() -> None:
    assert waiting_times(turns(2), [load(4, running=2)]) == {"0": 0, "1": 0}


def test_who_finds_no_slot_waits_for_the_next_one() -> None:
    times = waiting_times(turns(3), [load(1, running=1)])
    assert times == pytest.approx({"0": 5, "1": 15, "2": 25})


def test_two_workers_halve_the_waiting() -> None:
    one = waiting_times(turns(20), [load(2)])
    two = waiting_times(turns(20), [load(2), load(2)])
    assert one["19"] == pytest.approx(90)
    assert two["19"] == pytest.approx(40)


def test_a_long_queue_is_answered_quickly() -> None:
    began = time.perf_counter()
    times = waiting_times(turns(1000), [load(32, running=32)])
    assert len(times) == 1000
    assert times["999"] >= times["199"] > 0
    assert time.perf_counter() - began < 2
