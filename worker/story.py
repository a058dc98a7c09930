"""Finds the place where a story goes on: the nearest stored state, and the text since then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from redis import Redis

from model.lstm import State
from model.writer import Writer
from worker.contract import GenerateRequest, Keys, Link, Passage, chain_hash
from worker.states import StateCache

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Place:
    """Where a passage begins."""

    parent: Passage | None = None
    """The newest passage on the path that is still there."""
    state: State | None = None
    """None: nothing is read yet."""
    unread: str = ""
    """The story since `state`."""
    whole: bool = True
    """Whether state and unread text cover the whole story."""
    exact: bool = True
    """False where the text of the path is not there as its chains say: then no state of it may be stored."""

    @property
    def at_start(self) -> bool:
        """Whether nothing comes before the passage."""
        return self.parent is None


class StoryReader:
    """Passages and states in Redis."""

    def __init__(self, redis: Redis, states: StateCache) -> None:
        self._redis = redis
        self._states = states

    def find(self, request: GenerateRequest, writer: Writer) -> Place:
        """The place after a request's path."""
        if not request.path:
            return Place()
        place = self._at_stored_state(request, writer)
        return place or self._in_text(request, writer)

    def _at_stored_state(self, request: GenerateRequest, writer: Writer) -> Place | None:
        """The place where its very state is stored."""
        (parent,) = self._passages(request.path[-1:])
        if parent is None:
            return None
        for whole in _coverages(request.whole):
            state = self._states.load(writer, self._states.key(writer, request.chain, whole))
            if state is not None:
                return Place(parent, state, whole=whole)
        return None

    def _in_text(self, request: GenerateRequest, writer: Writer) -> Place:
        """The place whose text has to be read, from the nearest state on."""
        path = request.path
        state, covered, whole = self._nearest(request, writer)
        passages = self._passages(path)
        unread = "".join(passage.text for passage in passages[covered:] if passage is not None)
        parent = next((passage for passage in reversed(passages) if passage is not None), None)
        exact = _as_written(path, passages, covered if covered or request.whole else 1)
        if not exact:
            log.warning("passages are gone or changed; going on from what is left", job=request.job)
        return Place(parent, state, unread if state else unread.lstrip("\n"), whole, exact)

    def _passages(self, path: Sequence[Link]) -> list[Passage | None]:
        values = self._redis.mget([Keys.passage(link.passage) for link in path])
        return [Passage.model_validate_json(value) if isinstance(value, bytes) else None for value in values]

    def _nearest(self, request: GenerateRequest, writer: Writer) -> tuple[State | None, int, bool]:
        """The stored state that covers most of a path, how many of its passages, and whether all before them too."""
        choices = [(links, whole) for links in range(len(request.path), 0, -1) for whole in _coverages(request.whole)]
        keys = [self._states.key(writer, request.path[links - 1].chain, whole) for links, whole in choices]
        while (index := self._states.first_there(keys)) is not None:
            state = self._states.load(writer, keys[index])
            if state is not None:
                return state, *choices[index]
            del keys[: index + 1], choices[: index + 1]
        return None, 0, request.whole


def _coverages(whole: bool) -> tuple[bool, ...]:
    """What a stored state may cover; that of a tail is good enough only where the path is no more than a tail."""
    return (True,) if whole else (True, False)


def _as_written(path: Sequence[Link], passages: Sequence[Passage | None], first: int) -> bool:
    """Whether the passages from index `first` on are there with the text that their chains stand for."""
    return all(
        passage is not None and chain_hash(path[index - 1].chain if index else "", passage.text) == path[index].chain
        for index, passage in enumerate(passages)
        if index >= first
    )
