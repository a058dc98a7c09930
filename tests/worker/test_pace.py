"""What waiting times go by."""

import pytest

from model.ask import Output
from model.engine import Engine
from worker import pace
from worker.engine_room import EngineRoom
from worker.pace import FIRST_PACE, Pace, warm_up
from worker.warm import WarmModel


def test_the_pace_is_that_of_one_take(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 0.0
    monkeypatch.setattr(pace.time, "monotonic", lambda: clock)
    measured = Pace()
    for _ in range(3):
        clock += 1
        measured.look(rows=4, words=200)
    assert measured.words_per_s == pytest.approx(50)
    for _ in range(5):
        clock += 1
        measured.look(rows=0, words=0)
    assert measured.words_per_s == pytest.approx(50)


def test_a_worker_measures_before_its_first_request(warm: WarmModel) -> None:
    room = EngineRoom(8)
    room.start()
    try:
        assert warm_up(room, warm.held, 8) > 0
        assert room.told() == []
    finally:
        room.close()


def test_an_engine_that_breaks_down_promises_little(warm: WarmModel) -> None:
    class Broken(Engine):
        def step(self) -> list[Output]:
            raise RuntimeError("it does not work at all")

    room = EngineRoom(8, Broken)
    room.start()
    try:
        assert warm_up(room, warm.held, 8) == FIRST_PACE
    finally:
        room.close()
