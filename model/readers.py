"""A batch read by several threads, each with some of its lanes; they share the weights, and their gradients add up.

An LSTM's products are small, so many threads at one product would wait for each other at every step, and nearly for
ever where another program holds a core. For the same reason they share out the matrices of an update (`muon`).
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from model.candidates import Candidates
from model.lstm import LSTM, Masks, State

LEAST_LANES = 8
"""A thread with fewer spends its time on reading weights."""
LEAST_VALUES = 2048
"""Hidden values of all its lanes: threads with fewer spend their time on waiting for each other's Python."""


@dataclass(frozen=True)
class Batch:
    """What is read between two updates."""

    inputs: Tensor
    """[steps, lanes]."""
    targets: Tensor
    """The tokens that follow: [steps, lanes]."""
    masks: Masks
    tokens: int
    """That the nats are divided by: those of all processes."""
    candidates: Candidates | None = None
    """What the softmax runs over, if not over all."""

    def split(self, parts: int) -> list[Batch]:
        """The batches of `parts` groups of lanes, whose losses add up to this one's."""
        inputs, targets = (block.tensor_split(parts, dim=1) for block in (self.inputs, self.targets))
        lanes = zip(inputs, targets, self.masks.split(parts), strict=True)
        return [Batch(*kinds, self.tokens, self.candidates) for kinds in lanes]


class Readers:
    """Threads with one model's weights. What they compute does not depend on how fast they are."""

    def __init__(self, model: LSTM, lanes: int, precision: torch.dtype, threads: int | None = None) -> None:
        """At most so many `threads`; None: as many as torch would take."""
        self.model, self._precision = model, precision
        self._device = model.device.type
        threads = (threads or torch.get_num_threads()) if self._device == "cpu" else 1
        self.count = max(1, min(threads, lanes // LEAST_LANES))
        each = threads // self.count
        if lanes * model.shape.hidden < self.count * LEAST_VALUES:
            self.count = each = 1
        self._models = [model, *(_twin(model) for _ in range(self.count - 1))]
        self.pool: Executor | None = None
        """The threads; None where the caller's own reads."""
        if self.count > 1 or each < threads:
            self.pool = ThreadPoolExecutor(self.count, initializer=partial(torch.set_num_threads, each))

    def read(self, batch: Batch, state: State) -> tuple[Tensor, State]:
        """Leave gradients in the model; the batch's loss, and the state behind it."""
        each = map if self.pool is None else self.pool.map
        results = list(each(self._read_part, self._models, batch.split(self.count), state.split(self.count)))
        list(each(_add_up, zip(*(model.parameters() for model in self._models), strict=True)))
        return torch.stack([loss for loss, _ in results]).sum(), State.join([after for _, after in results])

    def _read_part(self, model: LSTM, batch: Batch, state: State) -> tuple[Tensor, State]:
        """One thread's lanes, and its share of the loss."""
        with torch.autocast(self._device, self._precision, enabled=self._precision != torch.float32):
            features, after = model.features(batch.inputs, state, batch.masks)
            loss = model.loss(features, batch.targets, batch.candidates).sum() / batch.tokens
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.detach(), after.detach()


def _add_up(parameters: Sequence[nn.Parameter]) -> None:
    """Leave the gradients of a parameter and of its twins in its own."""
    own, *twins = parameters
    for twin in twins:
        if own.grad is None:
            own.grad = twin.grad
        elif twin.grad is not None:
            own.grad += twin.grad
        twin.grad = None


def _twin(model: LSTM) -> LSTM:
    """A model with the same weights in the same memory, and gradients of its own."""
    twin = copy.deepcopy(model)
    for own, shared in zip(twin.parameters(), model.parameters(), strict=True):
        own.data = shared.data
    return twin
