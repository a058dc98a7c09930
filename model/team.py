"""Several processes that train one model together, started by `torchrun`, on one machine or many.

Every process reads the same text and takes the same decisions; each computes the gradients of its own lanes, and the
gradients of all are added up. So the weights stay the same everywhere, and only the leader writes files.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

from model.lstm import Masks, State

T = TypeVar("T")


class Team:
    """One process among `size` (itself included)."""

    def __init__(self, rank: int = 0, size: int = 1) -> None:
        self.rank, self.size = rank, size

    @property
    def leads(self) -> bool:
        """Whether this process decides, reports and writes."""
        return self.rank == 0

    def agree(self, value: T) -> T:
        """The leader's value, in every process."""
        if self.size == 1:
            return value
        values = [value]
        dist.broadcast_object_list(values)
        return values[0]

    def end_process(self) -> None:
        """End a process that did all it had to, at once, where it is one of several.

        Python's own way of ending now and then aborts in torch's threads (torch 2.13, gloo, on a busy machine), which
        torchrun takes for a failure of the whole training.
        """
        if self.size > 1:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(0)

    def own_lanes(self, batch: Tensor) -> Tensor:
        """This process's part of a batch [steps, lanes]."""
        return batch.tensor_split(self.size, dim=1)[self.rank]

    def own_state(self, state: State) -> State:
        """This process's part of the state of all lanes."""
        return state.split(self.size)[self.rank]

    def own_masks(self, masks: Masks) -> Masks:
        """This process's part of the masks of all lanes."""
        return masks.split(self.size)[self.rank]

    def add_up(self, loss: Tensor, parameters: Iterable[nn.Parameter]) -> Tensor:
        """Add up the gradients of all processes, in place, and their shares of the loss."""
        if self.size == 1:
            return loss
        found = [parameter for parameter in parameters if parameter.grad is not None]
        for parameter in found:
            if parameter.grad is not None and parameter.grad.is_sparse:
                parameter.grad = self._sum_of_rows(parameter.grad)
        gradients = [p.grad for p in found if p.grad is not None and not p.grad.is_sparse]
        flat = torch.cat([loss.view(1), *(gradient.flatten() for gradient in gradients)])
        dist.all_reduce(flat)
        total, *sums = torch.split(flat, [1, *(gradient.numel() for gradient in gradients)])
        for gradient, added in zip(gradients, sums, strict=True):
            gradient.copy_(added.view_as(gradient))
        return total.squeeze()

    def _sum_of_rows(self, gradient: Tensor) -> Tensor:
        """The sparse gradients of all processes, added up."""
        parts: list[Tensor] = [gradient] * self.size
        dist.all_gather_object(parts, gradient.coalesce().cpu())
        return sum(parts[1:], parts[0]).to(gradient.device)

    def whole_state(self, state: State) -> State:
        """The state of all lanes, from every process's part."""
        if self.size == 1:
            return state
        parts: list[State | None] = [None] * self.size
        dist.all_gather_object(parts, State(state.hidden.cpu(), state.cell.cpu()))
        return State.join([part for part in parts if part is not None])


ALONE = Team()


@contextmanager
def joined(device: str) -> Iterator[Team]:
    """The team that `torchrun` started this process for; a team of one without it."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield ALONE
        return
    if device == "cuda":
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    dist.init_process_group("nccl" if device == "cuda" else "gloo")
    try:
        yield Team(dist.get_rank(), size)
        dist.barrier()
    finally:
        dist.destroy_process_group()
