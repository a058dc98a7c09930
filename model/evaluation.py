"""Bits per character: how many bits a model needs for each character of a text it reads from beginning to end.

All tokens are scored (headings, case, paragraph breaks), the state is carried through each book, and the sum is divided
by the Unicode characters of the canonical text. Nothing can be unknown: what a tokenizer has no token for, it spells.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from model.books import Book, count_words
from model.corpus import tokens_of
from model.dynamic import nats_while_learning
from model.ensemble import Model
from model.tokenizer import Tokenizer

CHUNK = 256
SIDE_BY_SIDE = 16
"""Streams that are read together: more would take memory, and short ones wait for the longest."""


@dataclass(frozen=True)
class Score:
    """What reading a text cost."""

    nats: float
    chars: int
    tokens: int
    words: int
    seconds: float

    @property
    def bits_per_char(self) -> float:
        """Mean information per character."""
        return self.nats / math.log(2) / max(self.chars, 1)

    @property
    def word_perplexity(self) -> float:
        """exp of the nats per word."""
        return math.exp(min(self.nats / max(self.words, 1), 700))


def total(scores: Sequence[Score]) -> Score:
    """The score of several texts together."""
    return Score(
        nats=sum(s.nats for s in scores),
        chars=sum(s.chars for s in scores),
        tokens=sum(s.tokens for s in scores),
        words=sum(s.words for s in scores),
        seconds=sum(s.seconds for s in scores),
    )


def score_books(
    model: Model,
    tokenizer: Tokenizer,
    books: Sequence[Book],
    *,
    dynamic: bool = False,
    on_step: Callable[[float], None] = lambda share: None,
) -> list[Score]:
    """Read each book from a fresh state to its end.

    `dynamic` lets the weights follow each book, from the given ones on; they are put back afterwards. The seconds of
    books that are read side by side are shared out by their tokens.
    """
    streams = [tokens_of(book, tokenizer) for book in books]
    began = time.monotonic()
    if dynamic:
        nats = [
            nats_while_learning(model, stream, partial(_part, on_step, index, 1, len(streams)))
            for index, stream in enumerate(streams)
        ]
    else:
        nats = nats_of(model, streams, on_step)
    per_token = (time.monotonic() - began) / sum(len(stream) - 1 for stream in streams)
    return [
        Score(cost, len(book.text), len(stream) - 1, count_words(book.text), per_token * (len(stream) - 1))
        for cost, book, stream in zip(nats, books, streams, strict=True)
    ]


def _part(on_step: Callable[[float], None], done: int, part: int, whole: int, share: float) -> None:
    """Tell the share of a part, behind what is done, as a share of the whole."""
    on_step((done + part * share) / whole)


@torch.no_grad()
def nats_of(
    model: Model,
    streams: Sequence[NDArray[np.int64]],
    on_step: Callable[[float], None] = lambda share: None,
    *,
    sharpness: float = 1.0,
) -> list[float]:
    """Read token streams, several side by side, the state of each carried from its first token to its last.

    Each stream's first token is read but not scored. Returns each stream's nats. `on_step` is told the share read.
    `sharpness` is what features are multiplied by.
    """
    groups = side_by_side([len(stream) for stream in streams])
    steps = sum(len(streams[lanes[0]]) - 1 for lanes in groups)
    nats, done = [0.0] * len(streams), 0
    was_training = model.training
    model.eval()
    for lanes in groups:
        longest = len(streams[lanes[0]]) - 1
        part = partial(_part, on_step, done, longest, steps)
        for lane, cost in zip(lanes, _read(model, [streams[lane] for lane in lanes], part, sharpness), strict=True):
            nats[lane] = cost
        done += longest
    model.train(was_training)
    return nats


def side_by_side(lengths: Sequence[int]) -> list[list[int]]:
    """Which streams of these lengths are read together: SIDE_BY_SIDE at a time, the longest ones first."""
    by_length = sorted(range(len(lengths)), key=lambda lane: -lengths[lane])
    return [by_length[begin : begin + SIDE_BY_SIDE] for begin in range(0, len(lengths), SIDE_BY_SIDE)]


def _read(
    model: Model, streams: Sequence[NDArray[np.int64]], on_step: Callable[[float], None], sharpness: float
) -> list[float]:
    """Nats of streams that are read together, of which the first one is the longest."""
    device, longest = model.device, len(streams[0])
    tokens = torch.zeros(longest, len(streams), dtype=torch.int64)
    scored = torch.zeros(longest, len(streams), dtype=torch.bool)
    for lane, stream in enumerate(streams):
        tokens[: len(stream), lane] = torch.from_numpy(stream)
        scored[1 : len(stream), lane] = True
    sums = torch.zeros(len(streams), dtype=torch.float64)
    state = model.start(len(streams))
    for begin in range(0, longest - 1, CHUNK):
        end = min(begin + CHUNK, longest - 1)
        block = tokens[begin : end + 1].to(device)
        features, state = model.features(block[:-1], state)
        nats = model.loss(sharpness * features, block[1:])
        sums += (nats.cpu().double() * scored[begin + 1 : end + 1]).sum(0)
        on_step(end / (longest - 1))
    return [float(s) for s in sums]
