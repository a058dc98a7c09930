"""Finds the hidden state from which a story goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from redis import Redis

from model.errors import BadModel
from model.lstm import State
from model.writer import Writer
from worker.contract import STATE_TTL, GenerateRequest, Keys, Link, Passage, chain_hash

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Place:
    """Where a passage begins."""

    parent: Passage | None
    """The newest passage on the path that is still there."""
    state: State | None
    """None at the start of a story."""
    whole: bool
    """Whether the state covers the whole story."""
    exact: bool
    """False where the text of the path could not be read as its chain says: then no state of it may be stored."""


@dataclass(frozen=True)
class _Found:
    """The state after the first `links` passages of a path; None and 0 where none is stored."""

    state: State | None
    links: int
    whole: bool


class StoryReader:
    """Passages and states in Redis, for one writer."""

    def __init__(self, redis: Redis, writer: Writer) -> None:
        self._redis = redis
        self._writer = writer
        self._version = f"{writer.info.name}@{writer.info.created}"

    def state_key(self, chain: str, whole: bool) -> str:
        """Where this version keeps its state after a story; another training under the same name has other keys."""
        return Keys.state(self._version, chain, whole)

    def find(self, request: GenerateRequest, beat: Callable[[], None]) -> Place:
        """The place after a request's path; what no stored state covers is read again, calling `beat` in between."""
        if not request.path:
            return Place(None, None, whole=True, exact=True)
        found = self._nearest(request.path, request.whole)
        passages = self._passages(request.path)
        links, exact = request.path, True
        if found.links < len(links):
            exact = _as_written(links, passages, max(found.links, 0 if request.whole else 1))
        state = found.state
        for passage in passages[found.links :]:
            if passage is not None:
                beat()
                state = self._writer.read(passage.text if state else passage.text.lstrip("\n"), state)
        if exact and state is not None and found.links < len(links):
            key = self.state_key(request.chain, found.whole)
            self._redis.set(key, self._writer.state_to_bytes(state), ex=STATE_TTL)
        parent = next((passage for passage in reversed(passages) if passage is not None), None)
        if not exact:
            log.warning("passages are gone or changed; going on from what is left", job=request.job)
        return Place(parent, state, found.whole, exact)

    def _passages(self, path: Sequence[Link]) -> list[Passage | None]:
        values = self._redis.mget([Keys.passage(link.passage) for link in path])
        return [Passage.model_validate_json(value) if isinstance(value, bytes) else None for value in values]

    def _nearest(self, path: Sequence[Link], whole: bool) -> _Found:
        """The stored state that covers most of a path; one of a tail only where the path is no more than that."""
        coverages = (True,) if whole else (True, False)
        for links in range(len(path), 0, -1):
            for covers_whole in coverages:
                state = self._stored(path[links - 1].chain, covers_whole)
                if state is not None:
                    return _Found(state, links, covers_whole)
        return _Found(None, 0, whole)

    def _stored(self, chain: str, whole: bool) -> State | None:
        data = self._redis.get(self.state_key(chain, whole))
        if not isinstance(data, bytes):
            return None
        try:
            return self._writer.state_from_bytes(data)
        except BadModel:
            log.exception("a stored state is damaged; reading the story again", chain=chain)
            return None


def _as_written(path: Sequence[Link], passages: Sequence[Passage | None], first: int) -> bool:
    """Whether the passages from index `first` on are there with the text that their chains stand for."""
    return all(
        passage is not None and chain_hash(path[index - 1].chain if index else "", passage.text) == path[index].chain
        for index, passage in enumerate(passages)
        if index >= first
    )
