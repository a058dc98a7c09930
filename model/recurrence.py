"""A wide LSTM layer that learns in bfloat16 on a CPU, with a backward pass of few and large products.

torch hands `nn.LSTM` to oneDNN, whose forward pass runs at the speed of its products; its backward pass does not, where
weights outgrow a core's cache. Here the weights' gradients are one product over all steps (Appleyard et al. 2016), and
only what must go step by step does. Products are in bfloat16; gates, cells and their gradients in float32. A narrow
layer is left to oneDNN: here the interpreter would take longer than the products. On a GPU the layer is cuDNN's, in
TF32.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from model import products

WIDE = 384
"""Hidden values of a layer from which on the pass here is the faster one."""
Step = Callable[[Tensor, Tensor], Tensor]
"""x [batch, inputs] and what is added to its product [batch, outputs] → [batch, outputs], all in bfloat16."""


def run_layer(layer: nn.Module, x: Tensor, hidden: Tensor, cell: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """One layer, an `nn.LSTM`, over x [steps, batch, inputs], from hidden and cell [1, batch, hidden].

    Gives its output [steps, batch, hidden], and hidden and cell after it. No gradient flows into the state before.
    """
    if torch.is_grad_enabled() and hidden.shape[-1] >= WIDE and products.trains_in_bfloat16(x):
        output, last = _Layer.apply(x, hidden[0], cell[0], *layer.parameters())  # type: ignore[no-untyped-call]
        return output, output[-1:], last
    if x.device.type == "cuda":  # where autocast would take float16, whatever was asked for, and lose small gradients
        with torch.autocast("cuda", enabled=False):
            output, (hidden, cell) = layer(x.float(), (hidden.float(), cell.float()))
            return output, hidden, cell
    output, (hidden, cell) = layer(x, (hidden.to(x.dtype), cell.to(x.dtype)))
    return output, hidden, cell


class _Layer(torch.autograd.Function):
    """Gates stand in torch's order: input, forget, new (a tanh), output."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, hidden: Tensor, cell: Tensor, w_in: Tensor, w_rec: Tensor, b_in: Tensor, b_rec: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Output [steps, batch, hidden] in bfloat16 and the last cell [1, batch, hidden] in float32."""
        steps, batch, _ = x.shape
        width = w_rec.shape[1]
        x, w_in, w_rec = x.bfloat16(), w_in.bfloat16(), w_rec.bfloat16()
        from_input = products.multiply(x.flatten(0, 1), w_in, (b_in + b_rec).bfloat16()).view(steps, batch, 4 * width)
        recur = products.adding(w_rec, batch)
        gates = torch.empty(steps, batch, 4 * width)
        cells = torch.empty(steps + 1, batch, width)
        cells[0] = cell
        squashed = torch.empty(steps, batch, width)
        hiddens = torch.empty(steps + 1, batch, width, dtype=torch.bfloat16)
        hiddens[0] = hidden
        for before, after, given, gate, old, new, tanh_new in zip(
            hiddens[:-1].unbind(), hiddens[1:].unbind(), from_input.unbind(), gates.unbind(),
            cells[:-1].unbind(), cells[1:].unbind(), squashed.unbind(), strict=True,
        ):  # fmt: skip
            gate.copy_(recur(before, given))
            admit, keep, fresh, show = gate.chunk(4, dim=1)
            fresh.mul_(2)
            gate.sigmoid_()
            fresh.mul_(2).sub_(1)  # a tanh: torch's own takes several times as long as its sigmoid
            torch.mul(keep, old, out=new).addcmul_(admit, fresh)
            torch.mul(new, 2, out=tanh_new).sigmoid_().mul_(2).sub_(1)
            after.copy_(show * tanh_new)
        ctx.save_for_backward(x, w_in, w_rec, gates, cells, squashed, hiddens)
        return hiddens[1:], cells[-1:].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_output: Tensor, _d_cell: Tensor) -> tuple[Tensor | None, ...]:
        x, w_in, w_rec, gates, cells, squashed, hiddens = ctx.saved_tensors
        steps, batch, width = squashed.shape
        keep = gates.chunk(4, dim=2)[1]
        slopes, into_cell = _slopes(gates, cells[:-1], squashed)
        recur = products.adding(w_rec.t().contiguous(), batch)
        d_gates = torch.empty(steps, batch, 4 * width, dtype=torch.bfloat16)
        d_cell, d_gate = torch.zeros(batch, width), torch.empty(batch, 4, width)
        outer = d_output.bfloat16().unbind()
        d_hidden = outer[-1].float()
        for step in reversed(range(steps)):
            if step + 1 < steps:
                d_hidden.copy_(recur(d_gates[step + 1], outer[step]))
                d_cell.mul_(keep[step + 1])
            d_cell.addcmul_(d_hidden, into_cell[step])
            slope = slopes[step].view(batch, 4, width)
            torch.mul(d_cell[:, None], slope[:, :3], out=d_gate[:, :3])
            torch.mul(d_hidden, slope[:, 3], out=d_gate[:, 3])
            d_gates[step].copy_(d_gate.view(batch, 4 * width))
        flat = d_gates.flatten(0, 1)
        d_x = (flat @ w_in).view_as(x)
        d_in, d_rec = (flat.t() @ seen.flatten(0, 1) for seen in (x, hiddens[:-1]))
        d_bias = flat.sum(0, dtype=torch.float32)
        return d_x, None, None, d_in.float(), d_rec.float(), d_bias, d_bias


def _slopes(gates: Tensor, cells: Tensor, squashed: Tensor) -> tuple[Tensor, Tensor]:
    """How much the cell (for the output gate: the hidden value) changes with each gate's sum; the cell's slope.

    Gates [steps, batch, 4 · hidden] → the same; cells before each step, and the tanh of those after it,
    [steps, batch, hidden] → how much the hidden value changes with the cell, [steps, batch, hidden].
    """
    admit, _, fresh, show = gates.chunk(4, dim=2)
    slopes = torch.addcmul(gates, gates, gates, value=-1)
    d_admit, d_keep, d_fresh, d_show = slopes.chunk(4, dim=2)
    d_admit.mul_(fresh)
    d_keep.mul_(cells)
    torch.addcmul(admit, admit, fresh.square(), value=-1, out=d_fresh)
    d_show.mul_(squashed)
    return slopes, torch.addcmul(show, show, squashed.square(), value=-1)
