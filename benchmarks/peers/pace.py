"""What all peers share: a training that fills its budget and keeps its best weights, and bits per character."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from model.books import Book
from model.device import can_train_in

VALIDATIONS = 10
FIRST_VALIDATION = 0.25
VALIDATION_SHARE = 0.1
"""The most of the time that validations on the way may take."""
QUICK_VALID_TOKENS = 8_192


class Scorer(Protocol):
    """A trained peer."""

    def nats(self, book: Book) -> float:
        """What the whole canonical text costs: headings, case, paragraph breaks, unknown words and all."""
        ...


def bits_per_char(scorer: Scorer, books: Sequence[Book]) -> float:
    """Bits per Unicode character of the books' canonical text."""
    return sum(scorer.nats(book) for book in books) / math.log(2) / sum(len(book.text) for book in books)


class Pace:
    """A training's way through its budget of wall time: how far it is, when to validate, which weights were best."""

    def __init__(
        self, network: nn.Module, budget_s: float, validate: Callable[[], float], validations: int = VALIDATIONS
    ) -> None:
        self._network, self._budget_s, self._validate = network, budget_s, validate
        self._every = 1 / validations
        self._best: dict[str, Tensor] = {}
        self._best_loss = math.inf
        self.stale = 0
        """Validations since the best one."""

    def fractions(self) -> Iterator[float]:
        """The share of the budget that is spent, before each update; ends in time for the last validation.

        At the end the network has the weights that read the held-out text best.
        """
        began, last_took, due = time.monotonic(), 0.0, FIRST_VALIDATION
        while (fraction := (time.monotonic() - began) / max(self._budget_s - last_took, 1e-9)) < 1:
            yield fraction
            if fraction >= due:
                last_took = self._look()
                due = fraction + max(self._every, last_took / self._budget_s / VALIDATION_SHARE)
        self._look()
        self._network.load_state_dict(self._best)

    def _look(self) -> float:
        """Validate, remember the weights if they are the best; returns the seconds it took."""
        began = time.monotonic()
        self._network.eval()
        loss = self._validate()
        self._network.train()
        self.stale += 1
        if loss < self._best_loss or not self._best:
            self._best_loss, self.stale = loss, 0
            self._best = {name: value.clone() for name, value in self._network.state_dict().items()}
        return time.monotonic() - began


def quick_part(streams: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """The beginnings of held-out streams behind each other, QUICK_VALID_TOKENS in all: enough to compare weights."""
    share = min(1.0, QUICK_VALID_TOKENS / sum(len(stream) for stream in streams))
    return np.concatenate([stream[: max(2, round(len(stream) * share))] for stream in streams])


def bfloat16_pays(logits: Callable[[], Tensor]) -> bool:
    """Whether forward and backward are faster under bfloat16 autocast; few CPUs multiply bfloat16 faster than float32.

    Leaves gradients behind.
    """
    return can_train_in("bfloat16", "cpu") and _fastest_s(logits, True) < _fastest_s(logits, False)


def _fastest_s(logits: Callable[[], Tensor], bfloat16: bool) -> float:
    took = []
    for _ in range(2):
        began = time.monotonic()
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            result = logits()
        result.float().sum().backward()  # type: ignore[no-untyped-call]
        took.append(time.monotonic() - began)
    return min(took)


def warm_then_cosine(fraction: float, warm: float = 0.03) -> float:
    """The share of the learning rate at a share of the budget: a linear rise, then half a cosine down to zero."""
    rise = min(1.0, 0.02 + fraction / warm)
    return rise * 0.5 * (1 + math.cos(math.pi * min(fraction, 1.0)))
