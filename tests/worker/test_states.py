"""States in Redis: bounded, and never used where they do not belong."""

import time

import pytest
import redis
import torch

from model.errors import BadModel
from model.lstm import State
from worker import states
from worker.contract import STATE_TTL, Keys
from worker.states import StateCache, sealed, unsealed
from worker.warm import WarmModel


def put(cache: StateCache, connection: redis.Redis, warm: WarmModel, key: str, value: float = 1.0) -> State:
    start = warm.held.writer.model.start(1)
    state = State(start.hidden + value, start.cell - value)
    with connection.pipeline() as pipe:
        cache.store(warm.held.writer, key, state, pipe)
        pipe.execute()
    return state


def test_a_state_comes_back_as_it_was(connection: redis.Redis, warm: WarmModel) -> None:
    cache = StateCache(connection, 1 << 20)
    key = cache.key(warm.held.writer, "c", True)
    state = put(cache, connection, warm, key, 0.5)
    found = cache.load(warm.held.writer, key)
    assert found is not None
    assert torch.equal(found.hidden, state.hidden)
    assert torch.equal(found.cell, state.cell)
    assert 0 < connection.ttl(key) <= STATE_TTL


def test_a_state_under_another_key_is_not_used(connection: redis.Redis, warm: WarmModel) -> None:
    cache = StateCache(connection, 1 << 20)
    right, wrong = (cache.key(warm.held.writer, chain, True) for chain in ("right", "wrong"))
    put(cache, connection, warm, right)
    connection.copy(right, wrong)
    assert cache.load(warm.held.writer, wrong) is None
    assert not connection.exists(wrong)


def test_a_flipped_bit_is_seen(connection: redis.Redis, warm: WarmModel) -> None:
    cache = StateCache(connection, 1 << 20)
    key = cache.key(warm.held.writer, "c", True)
    put(cache, connection, warm, key)
    data = bytearray(connection.get(key) or b"")
    data[-1] ^= 1
    connection.set(key, bytes(data))
    assert cache.load(warm.held.writer, key) is None


def test_whole_and_tail_have_keys_of_their_own(connection: redis.Redis, warm: WarmModel) -> None:
    cache = StateCache(connection, 1 << 20)
    assert cache.key(warm.held.writer, "c", True) != cache.key(warm.held.writer, "c", False)


def test_those_used_longest_ago_go_first(
    connection: redis.Redis, warm: WarmModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(states, "TRIM_EVERY", 1)
    writer = warm.held.writer
    size = len(writer.state_to_bytes(writer.model.start(1))) + states.DIGEST_BYTES
    cache = StateCache(connection, 3 * size)
    keys = [cache.key(writer, str(number), True) for number in range(5)]
    for age, key in enumerate(keys):
        put(cache, connection, warm, key)
        connection.zadd(Keys.states(), {key: time.time() - 100 + age})
    assert cache.load(writer, keys[0]) is not None
    cache.trim(writer)
    assert [connection.exists(key) for key in keys] == [1, 0, 0, 1, 1]
    assert connection.zcard(Keys.states()) == 3


def test_a_seal_holds_only_for_its_key() -> None:
    value = sealed("key", b"data")
    assert unsealed("key", value) == b"data"
    with pytest.raises(BadModel):
        unsealed("other", value)
    with pytest.raises(BadModel):
        unsealed("key", b"")
