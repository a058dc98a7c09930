"""Finds the hidden state from which a story goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from redis import Redis

from model.books import count_words
from model.errors import BadModel
from model.lstm import State
from model.writer import Writer
from worker.contract import STATE_TTL, Keys, Passage

log = structlog.get_logger(__name__)

REBUILD_WORDS = 4000
"""How much of a story is read again where its state is gone."""


@dataclass(frozen=True)
class Place:
    """Where a passage begins."""

    parent: Passage | None
    state: State | None
    """None at the start of a story."""

    @property
    def chain(self) -> str:
        """Content address of the story so far."""
        return self.parent.chain if self.parent else ""


class StoryReader:
    """Passages and states in Redis, for one writer."""

    def __init__(self, redis: Redis, writer: Writer) -> None:
        self._redis = redis
        self._writer = writer
        self._version = f"{writer.info.name}@{writer.info.created}"

    def passage(self, id: str) -> Passage | None:
        """A stored passage."""
        value = self._redis.get(Keys.passage(id))
        return Passage.model_validate_json(value) if isinstance(value, bytes) else None

    def state_key(self, chain: str) -> str:
        """Where this version keeps its state after a story; another training under the same name has other keys."""
        return Keys.state(self._version, chain)

    def find(self, story: str, parent: str | None, beat: Callable[[], None]) -> Place:
        """The place after passage `parent`; a missing state is read again from the text, calling `beat` in between.

        Where the passage itself is gone, the place is after the newest passage that the story still has.
        """
        if parent is None:
            return Place(None, None)
        passage = self.passage(parent)
        if passage is None:
            passage = self._newest_left(story, beat)
            log.warning("a passage is gone; going on from what is left", gone=parent, left=passage and passage.id)
        if passage is None:
            return Place(None, None)
        state = self._stored(passage.chain)
        if state is None:
            state = self._rebuild(passage, beat)
        return Place(passage, state)

    def _newest_left(self, story: str, beat: Callable[[], None]) -> Passage | None:
        """The newest stored passage of a story, looked for among all passages: only the lost one named its parent."""
        newest: Passage | None = None
        for key in self._redis.scan_iter(Keys.passage("*"), count=1000):
            beat()
            passage = self.passage(key.decode().removeprefix(Keys.passage("")))
            if passage and passage.story == story and (newest is None or passage.created > newest.created):
                newest = passage
        return newest

    def _stored(self, chain: str) -> State | None:
        data = self._redis.get(self.state_key(chain))
        if not isinstance(data, bytes):
            return None
        try:
            return self._writer.state_from_bytes(data)
        except BadModel:
            log.exception("a stored state is damaged; reading the story again", chain=chain)
            return None

    def _rebuild(self, last: Passage, beat: Callable[[], None]) -> State:
        first, *rest = self._recent_texts(last)
        state = self._writer.read(first.lstrip("\n"))
        for text in rest:
            beat()
            state = self._writer.read(text, state)
        self._redis.set(self.state_key(last.chain), self._writer.state_to_bytes(state), ex=STATE_TTL)
        return state

    def _recent_texts(self, last: Passage) -> list[str]:
        """Texts of the passages that end with `last`, oldest first, REBUILD_WORDS in all or from the start."""
        texts, words = [last.text], count_words(last.text)
        passage: Passage | None = last
        while passage is not None and passage.parent is not None and words < REBUILD_WORDS:
            passage = self.passage(passage.parent)
            if passage is not None:
                texts.append(passage.text)
                words += count_words(passage.text)
        return texts[::-1]
