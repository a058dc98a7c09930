"""The engine: many passages written side by side, each of which comes and goes at any token.

`submit` takes an ask, `step` advances every running take by a token and tells what there is to tell, `cancel` ends an
ask's takes at their next whole word. A take's text depends on its ask alone, never on its neighbours. One thread drives
an engine.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from model.ask import Ask, Broke, Done, Grew, NewChapter, Opened, Output, Rebuilt
from model.writer import Writer


class Engine:
    """Writes passages, at most `slots` takes at once; the others wait."""

    def __init__(self, writer: Writer, slots: int = 32) -> None:
        self._writer = writer
        self._slots = slots
        self._waiting: list[tuple[Ask, int, float]] = []
        self._running: dict[tuple[str, int], Iterator[list[Output]]] = {}
        self._cancelled: set[str] = set()

    @property
    def running(self) -> int:
        """Takes that are read or written now."""
        return len(self._running)

    @property
    def waiting(self) -> int:
        """Takes that wait for a slot."""
        return len(self._waiting)

    @property
    def free(self) -> int:
        """Takes that could begin at once."""
        return max(0, self._slots - len(self._running) - len(self._waiting))

    def submit(self, ask: Ask) -> None:
        """Take an ask on. Cheap: nothing is read before the next step."""
        self._waiting += [(ask, take, time.monotonic()) for take in range(ask.takes)]

    def cancel(self, id: str) -> None:
        """End an ask's takes at their next whole word, keeping what is written; an unknown id is ignored."""
        self._cancelled.add(id)

    def step(self) -> list[Output]:
        """Advance every running take by one token."""
        while self._waiting and len(self._running) < self._slots:
            ask, take, began = self._waiting.pop(0)
            self._running[ask.id, take] = self._write(ask, take, began)
        outputs: list[Output] = []
        for key, writing in list(self._running.items()):
            try:
                told = next(writing)
            except Exception as error:
                told = [Broke(*key, error)]
            outputs += told
            if any(isinstance(output, Done | Broke) for output in told):
                del self._running[key]
        self._cancelled &= {id for id, _ in self._running} | {ask.id for ask, _, _ in self._waiting}
        return outputs

    def _write(self, ask: Ask, take: int, began: float) -> Iterator[list[Output]]:
        writer, state = self._writer, ask.state
        sampling = replace(ask.sampling, seed=ask.sampling.seed + take)
        after = ask.after
        if ask.before:
            state = writer.read(ask.before, state)
            yield [Rebuilt(ask.id, state)]
        if ask.opening is not None:
            wish: NewChapter = ask.opening
            opened = writer.open_chapter(state, wish.number, wish.title or None, wish.pov or None, sampling)
            state, after = opened.state, opened.text
            yield [Opened(ask.id, take, opened.text, opened.heading)]
        state = writer.read(ask.read, state)
        word = ""
        for piece in writer.write(
            state,
            sampling,
            ask.words,
            until="sentence" if ask.until == "sentence" else "chapter",
            after=ask.read or after,
            should_stop=lambda: ask.id in self._cancelled or time.monotonic() - began > ask.time_limit_s,
        ):
            word += piece.text
            cut = len(word) if piece.end else max(word.rfind(" "), word.rfind("\n"))
            told: list[Output] = [Grew(ask.id, take, word[:cut])] if cut > 0 else []
            word = word[max(cut, 0) :]
            if piece.end is not None:
                told.append(Done(ask.id, take, piece.end))
            yield told
