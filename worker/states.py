"""Hidden states in Redis, by content: what a version remembers after exactly this text.

Each value begins with a digest of its key and its bytes, so that a damaged or misplaced one is never used. A sorted set
holds all keys by their last use: beyond the bound the oldest go.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence

import structlog
from redis import Redis
from redis.client import Pipeline

from model.errors import BadModel
from model.lstm import State
from model.writer import Writer
from worker.contract import STATE_TTL, Keys
from worker.scripts import TRIM

log = structlog.get_logger(__name__)

DIGEST_BYTES = 16
TRIM_EVERY = 64
"""So many states are stored between two looks at the bound."""


class StateCache:
    """All states of all versions. At most `most_bytes` of them stay."""

    def __init__(self, redis: Redis, most_bytes: int) -> None:
        self._redis = redis
        self._most_bytes = most_bytes
        self._trim = redis.register_script(TRIM)
        self._stored = 0

    def key(self, writer: Writer, chain: str, whole: bool) -> str:
        """Where a version keeps its state after a story; another training under the same name has other keys."""
        return Keys.state(f"{writer.info.name}@{writer.info.created}", chain, whole)

    def first_there(self, keys: Sequence[str]) -> int | None:
        """The index of the first of these keys that has a state."""
        with self._redis.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.exists(key)
            found = pipe.execute()
        return next((index for index, there in enumerate(found) if there), None)

    def load(self, writer: Writer, key: str) -> State | None:
        """A stored state, None where there is none that can be used."""
        data = self._redis.get(key)
        if not isinstance(data, bytes):
            return None
        try:
            state = writer.state_from_bytes(unsealed(key, data))
        except BadModel:
            log.exception("a stored state is damaged; reading the story again", key=key)
            self._redis.delete(key)
            return None
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.zadd(Keys.states(), {key: time.time()}, xx=True)
            pipe.expire(key, STATE_TTL)
            pipe.execute()
        return state

    def store(self, writer: Writer, key: str, state: State, pipe: Pipeline) -> None:
        """Keep a state, as part of a pipeline."""
        pipe.set(key, sealed(key, writer.state_to_bytes(state)), ex=STATE_TTL)
        pipe.zadd(Keys.states(), {key: time.time()})
        self._stored += 1

    def trim(self, writer: Writer) -> None:
        """Drop what is too much, once in a while; a state's size is that of `writer`'s."""
        if self._stored < TRIM_EVERY:
            return
        self._stored = 0
        size = len(writer.state_to_bytes(writer.model.start(1))) + DIGEST_BYTES
        self._trim(keys=[Keys.states()], args=[max(1, self._most_bytes // size), time.time() - STATE_TTL])


def sealed(key: str, data: bytes) -> bytes:
    """A state's bytes behind the digest that ties them to their key."""
    return _digest(key, data) + data


def unsealed(key: str, value: bytes) -> bytes:
    """A state's bytes. Raises BadModel where they are not those stored under this key."""
    digest, data = value[:DIGEST_BYTES], value[DIGEST_BYTES:]
    if digest != _digest(key, data):
        raise BadModel("A stored state is damaged.")
    return data


def _digest(key: str, data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=DIGEST_BYTES, key=hashlib.sha256(key.encode()).digest()).digest()
