"""A gated feed-forward layer (SwiGLU: Shazeer 2020). It carries no state, so it sees all steps of a batch at once."""

from __future__ import annotations

from torch import Tensor, nn


class FeedForward(nn.Module):
    """x [..., inputs] → what it adds to something else, [..., outputs]; it begins as nothing."""

    def __init__(self, inputs: int, width: int, outputs: int) -> None:
        super().__init__()
        self.gates = nn.Linear(inputs, 2 * width, bias=False)
        self.outputs = nn.Linear(width, outputs, bias=False)
        nn.init.zeros_(self.outputs.weight)

    def forward(self, x: Tensor) -> Tensor:
        """What it adds."""
        added: Tensor = self.outputs(gated(self.gates(x)))
        return added


def gated(x: Tensor) -> Tensor:
    """What the first half of the values lets through of the second: [..., 2 · width] → [..., width]."""
    gate, value = x.chunk(2, dim=-1)
    return nn.functional.silu(gate) * value
