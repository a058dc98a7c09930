"""The rows that are written side by side, as tensors: their states, their sampling, and bursts of tokens drawn.

A burst draws some tokens of every row, one after the other, without asking anybody in between; the states before each
of them are kept, so that a row can go on, or end, from any place in the burst. On a CPU a burst is one token. On a GPU
it is several, captured as one graph, and the host hears of it once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model.lstm import State
from model.sampling import RECENT, ROUNDS, Knobs, Sampling, chances, count_less, discourage, draw
from model.step import Stepper
from model.take import Take

BURST_ON_GPU = 8
FORESEEN = 32
"""Tokens for which chances are computed in one go."""
FILLER = Sampling(top_p=1.0, min_p=0.0, commonness=1.0)
"""Of rows that nobody reads."""


@dataclass(frozen=True)
class Lexicon:
    """Tokens that drawing must know."""

    vocab: int
    chapter: int
    banned: Tensor
    """Never drawn: what the corpus does not have, and the chapter break, which comes as an event of its own."""
    joining: Tensor
    """Those that go on with the word before them."""
    words: Tensor
    """Whether a token has letters, [vocab]: others may recur as they like."""
    common: Tensor
    """What a token's logit has whatever stands before it: how common the token is, [vocab]."""


@dataclass(frozen=True)
class Drawn:
    """A burst, [burst][rows]."""

    tokens: list[list[int]]
    chapter_ends: list[list[bool]]


class Batch:
    """At most `width` rows.

    In int8 as many are computed as there are, for a row's values do not depend on how many; else always all of them,
    so that they cannot.
    """

    def __init__(self, stepper: Stepper, lexicon: Lexicon, width: int, burst: int | None = None) -> None:
        self._stepper, self._lexicon, self._width = stepper, lexicon, width
        self._device = stepper.device
        self._on_gpu = self._device != "cpu"
        self.burst = burst or (BURST_ON_GPU if self._on_gpu else 1)
        self._states = [stepper.rows(width) for _ in range(self.burst + 1)]
        self._marks = stepper.rows(width)
        self._refused = self._new(width, lexicon.vocab, dtype=torch.bool)
        self._refusing: set[int] = set()
        self._recent = self._new(width, RECENT, dtype=torch.int64).fill_(lexicon.chapter)
        self._counts = self._new(width, 1, dtype=torch.int64)
        self._uniform = self._new(width, self.burst, 1 + ROUNDS)
        self._tokens = self._new(self.burst, width, dtype=torch.int64)
        self._ends = self._new(self.burst, width, dtype=torch.bool)
        self._fate = Fate(width)
        self._knobs = Knobs.of([FILLER] * width, self._device, everything=self._on_gpu)
        self._graph: torch.cuda.CUDAGraph | None = None

    def _new(self, *shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
        return torch.zeros(*shape, dtype=dtype, device=self._device)

    def put(self, row: int, state: State) -> None:
        """Begin a row."""
        for rows in (self._states[0], self._marks):
            rows.put(row, state)
        self._recent[row] = self._lexicon.chapter
        self._counts[row] = 0

    def move(self, source: int, target: int) -> None:
        """Let a row stand in another's place."""
        kept = (self._recent, self._counts)
        for tensor in (*self._states[0].tensors, *self._marks.tensors, *kept):
            tensor[target] = tensor[source]

    def back(self, row: int, tokens: Sequence[int], marked: int) -> None:
        """Let a row go on behind `tokens`, those that it has left; its mark is behind the first `marked` of them."""
        state = State(*(kept[row].clone().view(self._stepper.layers, 1, -1) for kept in self._marks.tensors))
        left = self._counts.new_tensor(tokens)
        self._states[0].put(row, self._stepper.read(left[marked:], state))
        self._recent[row] = self._lexicon.chapter
        words = left[self._lexicon.words[left]][-RECENT:]
        self._recent[row, : len(words)] = words
        self._counts[row] = len(words)

    def mark(self, places: Sequence[tuple[int, int]]) -> None:
        """Keep the states of rows before their token of a step of the last burst: pairs of row and step."""
        for row, step in places:
            for kept, then in zip(self._marks.tensors, self._states[step].tensors, strict=True):
                kept[row] = then[row]

    def state(self, row: int, step: int) -> State:
        """A row's state before its token of a step of the last burst, rounded to 16 bits a value."""
        return self._states[step].get(row, self._stepper.layers)

    def advance(self) -> None:
        """Let every row go on from the end of the last burst."""
        if self._on_gpu:
            for now, then in zip(self._states[0].tensors, self._states[-1].tensors, strict=True):
                now.copy_(then)
        else:
            self._states[0], self._states[-1] = self._states[-1], self._states[0]

    def set_sampling(self, samplings: Sequence[Sampling]) -> None:
        """Say how each row draws."""
        filled = [*samplings, *[FILLER] * (self._computed(len(samplings)) - len(samplings))]
        knobs = Knobs.of(filled, self._device, everything=self._on_gpu)
        if not self._on_gpu:
            self._knobs = knobs
            return
        for old, new in zip(self._knobs.tensors, knobs.tensors, strict=True):
            old.copy_(new)

    def _computed(self, rows: int) -> int:
        return rows if self._stepper.exact else self._width

    @torch.inference_mode()
    def draw(self, takes: Sequence[Take]) -> Drawn:
        """A burst of tokens of the rows that write these takes."""
        count = len(takes)
        computed = self._computed(count)
        self._refuse(takes)
        uniform = self._fate.next(takes, self.burst)
        self._uniform[:count].copy_(torch.from_numpy(uniform))
        chapters = self.burst > 1 or any(take.may_end_chapter for take in takes)
        if self._on_gpu:
            self._replay()
        else:
            self._run(computed, chapters=chapters)
        return Drawn(self._tokens[:, :count].tolist(), self._ends[:, :count].tolist())

    def _refuse(self, takes: Sequence[Take]) -> None:
        for row in self._refusing:
            self._refused[row] = False
        self._refusing.clear()
        for row, take in enumerate(takes):
            tokens, joining = take.refused()
            if tokens:
                self._refused[row, tokens] = True
            if joining:
                self._refused[row].index_fill_(0, self._lexicon.joining, True)
            if tokens or joining:
                self._refusing.add(row)

    def _run(self, count: int, *, chapters: bool) -> None:
        """Draw a burst; nothing in it waits for the host where it runs on a GPU."""
        knobs, lexicon = self._knobs, self._lexicon
        for step in range(self.burst):
            before, after = self._states[step].first(count), self._states[step + 1].first(count)
            uniform = self._uniform[:count, step]
            logits = self._stepper.logits(before)
            if chapters:
                self._ends[step, :count] = torch.softmax(logits, dim=1)[:, lexicon.chapter] > uniform[:, 0]
            if knobs.any_commonness:
                count_less(logits, lexicon.common, knobs)
            logits.index_fill_(1, lexicon.banned, -torch.inf)
            if step == 0 and (self._refusing or self._on_gpu):
                logits.masked_fill_(self._refused[:count], -torch.inf)
            if knobs.any_repetition:
                discourage(logits, self._recent[:count], knobs)
            tokens = draw(logits, knobs, uniform[:, 1:])
            self._tokens[step, :count] = tokens
            tokens.clamp_(min=0)
            if knobs.any_repetition:
                self._remember(tokens, count)
            for now, then in zip(after.tensors, before.tensors, strict=True):
                now.copy_(then)
            self._stepper.step(tokens, after)

    def _remember(self, tokens: Tensor, count: int) -> None:
        """Let words that were drawn be recent ones."""
        words = self._lexicon.words[tokens][:, None]
        recent, counts = self._recent[:count], self._counts[:count]
        places = counts % RECENT
        recent.scatter_(1, places, torch.where(words, tokens[:, None], recent.gather(1, places)))
        counts += words

    def _replay(self) -> None:
        """The burst as a captured graph, made at its first run."""
        if self._graph is None:
            aside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
            aside.wait_stream(torch.cuda.current_stream())
            kept = [tensor.clone() for tensor in (self._recent, self._counts)]
            with torch.cuda.stream(aside):
                self._run(self._width, chapters=True)
            torch.cuda.current_stream().wait_stream(aside)
            for tensor, value in zip((self._recent, self._counts), kept, strict=True):
                tensor.copy_(value)
            self._graph = torch.cuda.CUDAGraph()
            # other threads of a worker go on using the GPU: states are kept, another version is loaded
            with torch.cuda.graph(self._graph, capture_error_mode="thread_local"):
                self._run(self._width, chapters=True)
        self._graph.replay()


class Fate:
    """Each row's chances, computed for several tokens in one go."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._seeds: list[int] = []
        self._places: list[int] = []
        self._known = np.empty((0, 0, 0), dtype=np.float32)
        self._at = 0

    def next(self, takes: Sequence[Take], steps: int) -> NDArray[np.float32]:
        """Those of the next steps, [rows, steps, 1 + ROUNDS]."""
        seeds, places = [take.seed for take in takes], [take.place for take in takes]
        at = self._at
        foreseen = at + steps <= self._known.shape[1] and seeds == self._seeds
        if not foreseen or places != [place + at for place in self._places]:
            self._seeds, self._places, at = seeds, places, 0
            self._known = chances(seeds, places, max(FORESEEN, steps))
        self._at = at + steps
        return self._known[:, at : at + steps]
