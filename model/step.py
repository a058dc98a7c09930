"""One token at a time: the step of an LSTM, or of some together, with weights packed for it (`products`).

What the first layer makes of a token is looked up, not computed. Hidden values lie between -1 and 1. Cell state, gates
and logits are float32 in every precision. tanh(x) is taken as 2 σ(2x) - 1, for torch's sigmoid is several times faster:
the weights of new values are doubled, and all gates are one sigmoid.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from model.ensemble import Model
from model.feed_forward import FeedForward, gated
from model.lstm import LSTM, State
from model.products import Precision, pack

CHUNK = 512
"""Tokens that are read in one go on a GPU."""


@dataclass(frozen=True)
class Rows:
    """The states of sequences side by side; hidden and cell [rows, layers · width], float32, changed in place."""

    hidden: Tensor
    cell: Tensor

    @property
    def tensors(self) -> tuple[Tensor, Tensor]:
        """Both."""
        return self.hidden, self.cell

    def first(self, count: int) -> Rows:
        """A view of the first rows."""
        return Rows(self.hidden[:count], self.cell[:count])

    def put(self, row: int, state: State) -> None:
        """Set a row; the state is that of one sequence."""
        self.hidden[row], self.cell[row] = state.hidden.flatten(), state.cell.flatten()

    def get(self, row: int, layers: int) -> State:
        """A copy of a row, rounded to 16 bits a value as it is when stored."""
        return State(*(kept[row].half().float().view(layers, 1, -1) for kept in self.tensors))


class Stepper:
    """Steps of sequences through a model, and logits from their states."""

    def __init__(self, model: Model, precision: Precision) -> None:
        self.precision = precision
        self.device = str(model.device)
        self.exact = precision == "int8" and not model.shape.rare
        """Whether a row's values are the same, to the last bit, however many rows there are."""
        self._model = model
        self.chunk = CHUNK if self.device != "cpu" else 0
        """Tokens that must be read in one go, for the last bits of a state depend on it; 0: any number."""
        self.layers = model.shape.states
        self._width = model.shape.hidden
        self._members = [_Member(lstm, precision, len(model.lstms)) for lstm in model.lstms]

    def rows(self, count: int) -> Rows:
        """The states of sequences that have read nothing."""
        size = self.layers * self._width
        return Rows(*(torch.zeros(count, size, device=self.device) for _ in range(2)))

    @torch.inference_mode()
    def logits(self, rows: Rows) -> Tensor:
        """Logits [rows, vocab] of the tokens that follow."""
        first, *others = (member.logits(own) for member, own in self._parts(rows))
        for logits in others:
            first += logits
        return first

    @torch.inference_mode()
    def step(self, tokens: Tensor, rows: Rows) -> None:
        """Feed one more token of each sequence: tokens [rows]."""
        for member, own in self._parts(rows):
            member.step(tokens, own)

    def _parts(self, rows: Rows) -> Iterator[tuple[_Member, Rows]]:
        """Each member, and a view of its states."""
        size = rows.hidden.shape[1] // len(self._members)
        parts = (torch.split(kept, size, dim=1) for kept in rows.tensors)
        return zip(self._members, map(Rows, *parts), strict=True)

    @torch.inference_mode()
    def read(self, tokens: Tensor, state: State) -> State:
        """The state after a text's tokens [tokens], read by itself."""
        if tokens.device.type != "cpu":
            return self._model.features(tokens[:, None], state)[1] if len(tokens) else state
        rows = self.rows(1)
        rows.put(0, state)
        for place in range(len(tokens)):
            self.step(tokens[place : place + 1], rows)
        return State(*(kept.view(self.layers, 1, -1) for kept in rows.tensors))


class _Member:
    """One of so many LSTMs that write together; its logits are its share of theirs."""

    def __init__(self, model: LSTM, precision: Precision, members: int) -> None:
        self._model, self._precision = model, precision
        self._width = model.shape.hidden
        self._minus_one = torch.tensor(-1.0, device=model.device)
        weights = [_weights(layer) for layer in model.layers]
        first = weights[0]
        self._below = pack(first.below, first.bias, precision, bounded=False)
        self._table = None if model.shape.rare else self._look_up()
        none = torch.zeros_like(first.bias)
        self._recurrent = [pack(first.own, none, precision, bounded=True)]
        for layer in weights[1:]:
            both = torch.cat([layer.below, layer.own], dim=1)
            self._recurrent.append(pack(both, layer.bias, precision, bounded=not model.between))
        self._between = [_Gated(layer, precision) for layer in model.feed_forwards[: len(model.between)]]
        self._projection = pack(model.projection.weight, model.projection.bias, precision, bounded=True)
        self._feed_forward = None if model.feed_forward is None else _Gated(model.feed_forward, precision)
        self._head = pack(model.embedding.weight / members, model.output_bias / members, precision, bounded=False)

    @torch.no_grad()
    def _look_up(self) -> Tensor:
        """What each token adds to the first layer's gates, [vocab, 4 · width]: in 16 bits, save in the reference."""
        model, first = self._model, _weights(self._model.layers[0])
        kept = torch.float32 if self._precision == "float32" else torch.float16
        tokens = torch.arange(model.shape.vocab, device=first.bias.device)
        table = torch.empty(model.shape.vocab, len(first.bias), dtype=kept, device=model.device)
        for part in torch.split(tokens, 1024):
            table[part] = nn.functional.linear(model.embed(part), first.below, first.bias).to(kept)
        return table

    def logits(self, rows: Rows) -> Tensor:
        """Logits [rows, vocab] of the tokens that follow."""
        features = self._projection(rows.hidden[:, -self._width :])
        if self._feed_forward is not None:
            features = features + self._feed_forward(rows.hidden[:, -self._model.shape.seen :])
        return self._model.spread(self._head(features), features)

    def step(self, tokens: Tensor, rows: Rows) -> None:
        """Feed one more token of each sequence: tokens [rows]."""
        width, hidden = self._width, rows.hidden
        for layer, recurrent in enumerate(self._recurrent):
            begin, end = layer * width, (layer + 1) * width
            inputs = hidden[:, max(0, begin - width) : end].contiguous()
            if self._between and layer > 0:
                below, own = inputs.tensor_split(2, dim=1)
                inputs = torch.cat([below + self._between[layer - 1](below), own], dim=1)
            gates = recurrent(inputs)
            if layer == 0:
                gates += self._first(tokens)
            let_in, keep, new, out = torch.split(gates.sigmoid_(), width, dim=1)
            cell = rows.cell[:, begin:end]
            cell.mul_(keep).addcmul_(let_in, torch.add(self._minus_one, new, alpha=2))
            seen = (cell * 2).sigmoid_()
            torch.addcmul(-out, out, seen, value=2, out=hidden[:, begin:end])

    def _first(self, tokens: Tensor) -> Tensor:
        if self._table is not None:
            return self._table[tokens]
        return self._below(self._model.embed(tokens))


class _Gated:
    """A feed-forward layer for inputs between -1 and 1, packed."""

    def __init__(self, layer: FeedForward, precision: Precision) -> None:
        self._gates = pack(*_without_bias(layer.gates), precision, bounded=True)
        self._outputs = pack(*_without_bias(layer.outputs), precision, bounded=False)

    def __call__(self, x: Tensor) -> Tensor:
        """x [rows, inputs] → what it adds, [rows, outputs]."""
        return self._outputs(gated(self._gates(x)))


@dataclass(frozen=True)
class _Weights:
    """A layer's weights, those of new values doubled."""

    below: Tensor
    """[4 · width, inputs]"""
    own: Tensor
    """[4 · width, width]"""
    bias: Tensor


def _weights(layer: nn.Module) -> _Weights:
    parts = {name: _doubled(value.detach().float()) for name, value in layer.named_parameters()}
    return _Weights(parts["weight_ih_l0"], parts["weight_hh_l0"], parts["bias_ih_l0"] + parts["bias_hh_l0"])


def _without_bias(linear: nn.Linear) -> tuple[Tensor, Tensor]:
    return linear.weight, torch.zeros(linear.out_features, device=linear.weight.device)


def _doubled(gates: Tensor) -> Tensor:
    let_in, keep, new, out = gates.chunk(4)
    return torch.cat([let_in, keep, 2 * new, out])
