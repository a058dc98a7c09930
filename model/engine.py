"""The engine: many passages written side by side, each of which comes and goes at any token.

`submit` takes an ask, `step` advances every running take and tells what there is to tell, `cancel` ends an ask's takes
at their next whole word. Texts that must be read come in parts between the steps, so that a long one stalls nobody. A
take's text depends on its ask alone, never on its neighbours. One thread drives an engine.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor

from model.ask import Ask, Broke, Done, End, Opened, Output, Rebuilt
from model.batch import Batch
from model.books import CHAPTER_BREAK, PARAGRAPH_BREAK, ends_in_word
from model.endings import EndReason
from model.errors import BadModel, BadSettings
from model.lstm import State
from model.take import Heading, Passage, Take
from model.watch import Rules
from model.writer import Writer
from model.writing import Writing

READ_A_STEP = 32
"""Tokens that are read between two steps while something is being written."""
READ_ALONE = 256
"""The same while nothing is."""
NOTE_CONTEXT = 400
"""Characters of the story that are read again behind an author's note, so that the text goes on from there."""


@dataclass(eq=False)
class _Running:
    """An ask whose takes are not all finished."""

    ask: Ask
    rules: Rules
    began: float
    left: int
    """Takes that are not finished."""
    stop: EndReason | None = None
    takes: list[Take] = field(default_factory=list)
    """What is or was being written for it."""


@dataclass(eq=False)
class _Reading:
    """A text on its way into a state, for one take of an ask or, before they part, for all of them."""

    running: _Running
    take: int | None
    tokens: Tensor
    state: State
    then: Callable[[State], None]
    needed: bool = False
    """Whether it is read even if the ask is stopped: its take is written."""


@dataclass(frozen=True)
class _Place:
    """Where the takes of an ask begin."""

    origin: State
    """After the story before, without what was read of a note."""
    opening: str = ""
    """The chapter's beginning, complete once its heading is."""
    drawn: int = 0
    """Tokens that were drawn for the heading."""


class Engine:
    """Writes passages, at most `slots` takes at once; the others wait."""

    def __init__(self, writer: Writer, slots: int = 32, burst: int | None = None) -> None:
        self._writer = writer
        self._slots = slots
        self._writing = Writing(Batch(writer.stepper, writer.lexicon, slots, burst))
        self._waiting: deque[_Running] = deque()
        self._running: list[_Running] = []
        self._readings: deque[_Reading] = deque()
        self._outputs: list[Output] = []

    @property
    def running(self) -> int:
        """Takes that are read or written now."""
        return sum(running.left for running in self._running)

    @property
    def reading(self) -> int:
        """Texts that are being read."""
        return len(self._readings)

    @property
    def waiting(self) -> int:
        """Takes that wait for a slot."""
        return sum(running.left for running in self._waiting)

    @property
    def burst(self) -> int:
        """Tokens of each take that a step draws."""
        return self._writing.burst

    @property
    def free(self) -> int:
        """Takes that could begin at once."""
        return max(0, self._slots - self.running - self.waiting)

    def submit(self, ask: Ask) -> None:
        """Take an ask on; nothing is read before the next step.

        Raises BadSettings if it has too many takes, or a limit for copies that the version cannot hold.
        """
        if not 1 <= ask.takes <= self._slots:
            raise BadSettings(f"{ask.takes} takes at once cannot be written here; ask for 1 to {self._slots}.")
        rules = Rules.of(self._writer.copies, ask.copy_limit, ask.blocked)
        self._waiting.append(_Running(ask, rules, time.monotonic(), ask.takes))

    def cancel(self, id: str) -> None:
        """End an ask's takes at their next whole word, keeping what is written; an unknown id is ignored."""
        for running in (*self._waiting, *self._running):
            if running.ask.id == id:
                running.stop = "stopped"

    def step(self) -> list[Output]:
        """Begin what finds a slot, read a little, and advance every take that is being written."""
        self._stop_what_must()
        while self._waiting and self._waiting[0].left <= self._slots - self.running:
            running = self._waiting.popleft()
            self._running.append(running)
            self._guarded(running, None, partial(self._begin, running))
        self._read_some()
        if self._writing.takes:
            self._write_on()
        outputs, self._outputs = self._outputs, []
        return outputs

    def _guarded(self, running: _Running, take: int | None, act: Callable[[], None]) -> None:
        """Do something for a take (None: all of its ask); what goes wrong is theirs alone."""
        try:
            act()
        except Exception as error:
            for number in range(running.ask.takes) if take is None else (take,):
                self._outputs.append(Broke(running.ask.id, number, error))
                self._leave(running)

    def _leave(self, running: _Running) -> None:
        """One take of an ask is finished."""
        running.left -= 1
        if not running.left and running in self._running:
            self._running.remove(running)

    def _stop_what_must(self) -> None:
        """Notice time limits; end what is still to be read of stopped asks, and those that still wait."""
        now = time.monotonic()
        for running in (*self._running, *self._waiting):
            if running.stop is None and now - running.began > running.ask.time_limit_s:
                running.stop = "time"
            for take in running.takes:
                take.stop = running.stop
        for reading in [r for r in self._readings if r.running.stop and not r.needed]:
            self._readings.remove(reading)
            self._drop(reading.running, reading.take)
        for running in [r for r in self._waiting if r.stop]:
            self._waiting.remove(running)
            self._drop(running, None)

    def _drop(self, running: _Running, take: int | None) -> None:
        """End a take (None: all) of which nothing was written."""
        for number in range(running.ask.takes) if take is None else (take,):
            self._outputs.append(Done(running.ask.id, number, End(running.stop or "stopped", None, 0, 0.0)))
            self._leave(running)

    def _begin(self, running: _Running) -> None:
        """Read the story so far, where its state is missing."""
        ask, start = running.ask, self._writer.model.start(1)
        if ask.state is not None and ask.state.hidden.shape != start.hidden.shape:
            raise BadModel("A state belongs to another model.")
        if ask.state is not None and not bool(torch.isfinite(ask.state.hidden + ask.state.cell).all()):
            raise BadModel("A state is damaged: some of its numbers are none.")
        text = ask.before
        if ask.state is None and (ask.before or ask.opening is None):
            text = self._writer.first_words + ask.before

        def go_on(state: State) -> None:
            if ask.before:
                state = rounded(state)
                self._outputs.append(Rebuilt(ask.id, state))
            self._open(running, state)

        self._read(running, None, text, ask.state or start, go_on)

    def _open(self, running: _Running, state: State) -> None:
        """Read the author's note, the chapter's beginning as far as it is given, and the member's text."""
        ask, note, head = running.ask, "", ""
        if ask.note:
            note = PARAGRAPH_BREAK + ask.note + PARAGRAPH_BREAK
            note += "" if ask.opening else ask.after[-NOTE_CONTEXT:].lstrip()
        if ask.opening is not None:
            head, person = self._writer.heading(ask.opening)
            if not ask.opening.title and not person:
                self._read(running, None, note + CHAPTER_BREAK + head, state, partial(self._name, running, state, head))
                return
        opening = self._opening(running, head)
        place = _Place(state, opening)
        for take in range(ask.takes if ask.opening else 0):
            self._outputs.append(Opened(ask.id, take, opening, head))
        self._read(running, None, note + opening + ask.read, state, partial(self._write_all, running, place))

    def _opening(self, running: _Running, heading: str) -> str:
        """A chapter's whole beginning: break, heading, break, perhaps its first name."""
        wish = running.ask.opening
        if wish is None:
            return ""
        return CHAPTER_BREAK + heading + PARAGRAPH_BREAK + ("" if self._writer.info.headings.people else wish.pov)

    def _name(self, running: _Running, origin: State, head: str, state: State) -> None:
        """Let every take finish its heading."""

        def named(take: Take, state: State) -> None:
            heading = (head + take.text).rstrip()
            opening = self._opening(running, heading)
            place = _Place(origin, opening, take.place)
            self._outputs.append(Opened(take.ask.id, take.number, opening, heading))
            text = opening[len(CHAPTER_BREAK) + len(head) + len(take.text) :] + take.ask.read
            self._read(running, take.number, text, state, partial(self._write, running, take.number, place))

        for number in range(running.ask.takes):
            take = Heading(running.ask, number, self._writer.tokenizer, running.rules.watch(""), self._writer.titles)
            running.takes.append(take)
            self._writing.add(take, state, partial(self._end, running, named))

    def _write_all(self, running: _Running, place: _Place, state: State) -> None:
        for number in range(running.ask.takes):
            self._write(running, number, place, state)

    def _write(self, running: _Running, number: int, place: _Place, state: State) -> None:
        """Begin to write a take."""
        ask = running.ask
        before = ask.after + place.opening + ask.read
        take = Passage(ask, number, self._writer.tokenizer, running.rules.watch(before), joined=ends_in_word(before))

        def written(take: Take, state: State) -> None:
            if not ask.note:
                self._done(running, take, state)
                return
            text = place.opening + ask.read + take.text
            then = partial(self._done, running, take)
            self._read(running, number, text, place.origin, lambda state: then(rounded(state)), needed=True)

        take.place = place.drawn
        running.takes.append(take)
        self._writing.add(take, state, partial(self._end, running, written))

    def _done(self, running: _Running, take: Take, state: State) -> None:
        end = End(take.ending or "stopped", state, len(take.tokens), take.seconds)
        copied = take.watch.copied if take.watch is not None else None
        self._outputs.append(Done(take.ask.id, take.number, end, copied))
        self._leave(running)

    def _read(
        self,
        running: _Running,
        take: int | None,
        text: str,
        state: State,
        then: Callable[[State], None],
        *,
        needed: bool = False,
    ) -> None:
        """Read a text, perhaps over many steps, and then go on."""
        tokens = torch.from_numpy(self._writer.tokenizer.encode(text)).to(self._writer.device)
        self._readings.append(_Reading(running, take, tokens, state, then, needed))

    def _read_some(self) -> None:
        """Read parts of texts in turn, not much at once while something is being written."""
        stepper = self._writer.stepper
        left = READ_A_STEP if self._writing.takes else READ_ALONE
        while self._readings and left > 0:
            reading = self._readings.popleft()
            part = reading.tokens[: stepper.chunk or left]
            left -= len(part)
            self._guarded(reading.running, reading.take, partial(self._read_part, reading, part))

    def _read_part(self, reading: _Reading, part: Tensor) -> None:
        reading.tokens = reading.tokens[len(part) :]
        reading.state = self._writer.stepper.read(part, reading.state)
        if len(reading.tokens):
            self._readings.append(reading)
        else:
            reading.then(reading.state)

    def _write_on(self) -> None:
        """Advance what is being written, and go on with what has ended."""
        told, ended = self._writing.advance()
        self._outputs += told
        for end in ended:
            end()

    def _end(self, running: _Running, then: Callable[[Take, State], None], take: Take, end: State | Exception) -> None:
        def act() -> None:
            if isinstance(end, Exception):
                raise end
            then(take, end)

        self._guarded(running, take.number, act)


def rounded(state: State) -> State:
    """A state as it is when stored, in 16 bits a value."""
    return State(state.hidden.half().float(), state.cell.half().float())
