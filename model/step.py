"""One token at a time: the LSTM's step with its weights packed for it.

Input and recurrent weights of a layer stand side by side in bfloat16, so a layer is one product that reads half the
bytes; cell state and logits stay in float32.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from model.lstm import LSTM, State


class Stepper:
    """Steps of a batch of sequences through an `LSTM`, and logits from a state."""

    def __init__(self, model: LSTM) -> None:
        self._model = model
        self._layers: list[tuple[Tensor, Tensor]] = []
        for layer in model.layers:
            parts = dict(layer.named_parameters())
            weight = torch.cat([parts["weight_ih_l0"], parts["weight_hh_l0"]], dim=1)
            bias = parts["bias_ih_l0"] + parts["bias_hh_l0"]
            self._layers.append((weight.detach().bfloat16().contiguous(), bias.detach().bfloat16()))

    @torch.inference_mode()
    def logits(self, state: State) -> Tensor:
        """Logits [batch, vocab] of the tokens that follow a state."""
        return self._model.logits(self._model.projection(state.hidden[-1]))

    @torch.inference_mode()
    def step(self, tokens: Tensor, state: State) -> State:
        """The state after one more token of each sequence; `tokens` is [batch]."""
        x = self._model.embed(tokens).bfloat16()
        hidden, cell = torch.empty_like(state.hidden), torch.empty_like(state.cell)
        for i, (weight, bias) in enumerate(self._layers):
            gates = nn.functional.linear(torch.cat([x, state.hidden[i].bfloat16()], dim=1), weight, bias).float()
            let_in, keep, new, out = gates.chunk(4, dim=1)
            cell[i] = torch.sigmoid(keep) * state.cell[i] + torch.sigmoid(let_in) * torch.tanh(new)
            hidden[i] = torch.sigmoid(out) * torch.tanh(cell[i])
            x = hidden[i].bfloat16()
        return State(hidden, cell)
