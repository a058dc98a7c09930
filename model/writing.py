"""The takes that are being written now, each in its row of the batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from model.ask import Grew
from model.batch import Batch, Drawn
from model.errors import BadModel
from model.lstm import State
from model.take import Passage, Take, Verdict

FAR = 128
"""Tokens behind a mark from which on another is set, however unlikely it is that a piece must be taken back."""
Then = Callable[[Take, State | Exception], None]
"""What to do with a take when it has ended (with the state before its last token) or cannot be written."""


@dataclass
class _Found:
    """What going through a burst has found, by row."""

    marks: list[tuple[int, int]] = field(default_factory=list)
    backs: list[int] = field(default_factory=list)
    ended: dict[int, State | Exception] = field(default_factory=dict)


class Writing:
    """Rows come and go between two bursts."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self.takes: list[Take] = []
        self._thens: list[Then] = []
        self._changed = False

    @property
    def burst(self) -> int:
        """Tokens of each row that are drawn in one go."""
        return self._batch.burst

    def add(self, take: Take, state: State, then: Then) -> None:
        """Begin to write a take."""
        self._batch.put(len(self.takes), state)
        self.takes.append(take)
        self._thens.append(then)
        self._changed = True

    def advance(self) -> tuple[list[Grew], list[Callable[[], None]]]:
        """Draw a burst of tokens for every take: what is to be told, and what is to be done as some have ended."""
        if self._changed:
            self._batch.set_sampling([take.ask.sampling for take in self.takes])
            self._changed = False
        drawn, found = self._batch.draw(self.takes), _Found()
        for row, take in enumerate(self.takes):
            try:
                self._follow(row, take, drawn, found)
            except Exception as error:
                found.ended[row] = error
        self._batch.mark(found.marks)
        self._batch.advance()
        for row in found.backs:
            self._batch.back(row, self.takes[row].tokens, self.takes[row].marked)
        told = [
            Grew(take.ask.id, take.number, text)
            for take in self.takes
            if isinstance(take, Passage) and (text := take.news())
        ]
        return told, self._remove(found.ended)

    def _follow(self, row: int, take: Take, drawn: Drawn, found: _Found) -> None:
        """Let a take judge its tokens of a burst, up to where it ends or goes back."""
        mark: int | None = None
        for step, (tokens, chapter_ends) in enumerate(zip(drawn.tokens, drawn.chapter_ends, strict=True)):
            if tokens[row] < 0:
                raise BadModel(
                    "The model finds no word to write here: its numbers are out of range, or every word is ruled out. "
                    "Train it on more text, or use another version."
                )
            verdict = take.judge(tokens[row], chapter_ends[row])
            if verdict is Verdict.ENDS:
                found.ended[row] = self._batch.state(row, step)
                return
            if verdict is Verdict.BACK:
                found.backs.append(row)
                break
            if verdict is Verdict.BEGINS and take.watch is not None:
                behind = len(take.tokens) - 1
                if take.watch.wary or behind - take.marked >= FAR:
                    mark, take.marked = step, behind
        if mark is not None:
            found.marks.append((row, mark))

    def _remove(self, ended: dict[int, State | Exception]) -> list[Callable[[], None]]:
        """Take rows out of the batch; the last ones move into their places."""
        todo: list[Callable[[], None]] = []
        for row in sorted(ended, reverse=True):
            todo.append(partial(self._thens[row], self.takes[row], ended[row]))
            take, then = self.takes.pop(), self._thens.pop()
            if row < len(self.takes):
                self._batch.move(len(self.takes), row)
                self.takes[row], self._thens[row] = take, then
            self._changed = True
        return todo[::-1]
