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
        self._members = [_Member(lstm, precision) for lstm in model.lstms]
        self._head = pack(*model.softmax(), precision, bounded=False)

    def rows(self, count: int) -> Rows:
        """The states of sequences that have read nothing."""
        size = self.layers * self._width
        return Rows(*(torch.zeros(count, size, device=self.device) for _ in range(2)))

    @torch.inference_mode()
    def logits(self, rows: Rows) -> Tensor:
        """Logits [rows, vocab] of the tokens that follow."""
        features = torch.cat([member.features(own) for member, own in self._parts(rows)], dim=1)
        return self._model.spread(self._head(features), features)

    @torch.inference_mode()
    def step(self, tokens: Tensor, rows: Rows) -> None:
        """Feed one more token of each sequence: tokens [rows]."""
        for member, own in self._parts(rows):
            member.step(tokens, own)

    @torch.inference_mode()
    def read(self, tokens: Tensor, state: State) -> State:
        """The state after a text's tokens [tokens], read by itself."""
        if tokens.device.type != "cpu":
            return self._model.features(tokens[:, None], state)[1] if len(tokens) else state
        rows = self.rows(1)
        rows.put(0, state)
        for member, own in self._parts(rows):
            if self.exact and len(tokens):
                member.read(tokens, own)
            else:
                for token in tokens[:, None]:
                    member.step(token, own)
        return State(*(kept.view(self.layers, 1, -1) for kept in rows.tensors))

    def _parts(self, rows: Rows) -> Iterator[tuple[_Member, Rows]]:
        """Each member, and a view of its states."""
        parts = (kept.chunk(len(self._members), dim=1) for kept in rows.tensors)
        return zip(self._members, map(Rows, *parts), strict=True)


class _Member:
    """One of the LSTMs that write together, or the only one."""

    def __init__(self, model: LSTM, precision: Precision) -> None:
        self._model, self._precision = model, precision
        self._width = model.shape.hidden
        weights = [_weights(layer) for layer in model.layers]
        bounded = [False, *[not model.between] * (len(weights) - 1)]
        layers = list(zip(weights, bounded, strict=True))
        self._below = [pack(layer.below, layer.bias, precision, bounded=small) for layer, small in layers]
        self._before = [pack(layer.own, torch.zeros_like(layer.bias), precision, bounded=True) for layer in weights]
        self._table = None if model.shape.rare else self._look_up(weights[0])
        self._between = [_Gated(layer, precision) for layer in model.feed_forwards[: len(model.between)]]
        self._projection = pack(model.projection.weight, model.projection.bias, precision, bounded=True)
        self._feed_forward = None if model.feed_forward is None else _Gated(model.feed_forward, precision)

    @torch.no_grad()
    def _look_up(self, first: _Weights) -> Tensor:
        """What each token adds to the first layer's gates, [vocab, 4 · width]: in 16 bits, save in the reference."""
        model = self._model
        kept = torch.float32 if self._precision == "float32" else torch.float16
        tokens = torch.arange(model.shape.vocab, device=first.bias.device)
        table = torch.empty(model.shape.vocab, len(first.bias), dtype=kept, device=model.device)
        for part in torch.split(tokens, 1024):
            table[part] = nn.functional.linear(model.embed(part), first.below, first.bias).to(kept)
        return table

    def features(self, rows: Rows) -> Tensor:
        """What foresees the tokens that follow, [rows, embedding]."""
        features = self._projection(rows.hidden[:, -self._width :])
        if self._feed_forward is not None:
            features += self._feed_forward(rows.hidden[:, -self._model.shape.seen :])
        return features

    def step(self, tokens: Tensor, rows: Rows) -> None:
        """Feed one more token of each sequence: tokens [rows]."""
        below = tokens
        for layer, (hidden, cell) in enumerate(self._layers(rows)):
            gates = self._before[layer](hidden).add_(self._inputs(layer, below))
            _Gates(gates).advance(cell, hidden)
            below = hidden

    def read(self, tokens: Tensor, rows: Rows) -> None:
        """Feed tokens [tokens, not none] of one sequence, to one layer after another.

        So what comes from below is one product for all of them. The sums are those of single steps.
        """
        below = tokens
        for layer, (hidden, cell) in enumerate(self._layers(rows)):
            inputs = self._inputs(layer, below).float()
            below = hidden.new_empty(len(inputs), self._width)
            gates = _Gates(torch.empty_like(inputs[:1]))
            last = hidden
            for coming, after in zip(inputs[:, None], below[:, None], strict=True):
                torch.add(self._before[layer](last), coming, out=gates.values)
                gates.advance(cell, after)
                last = after
            hidden.copy_(last)

    def _layers(self, rows: Rows) -> Iterator[tuple[Tensor, Tensor]]:
        """Views of the hidden values and the cell of each layer, [rows, width]."""
        return zip(*(torch.split(kept, self._width, dim=1) for kept in rows.tensors), strict=True)

    def _inputs(self, layer: int, below: Tensor) -> Tensor:
        """What comes into a layer's gates from the layer below it, [rows, 4 · width].

        `below`: its hidden values [rows, width], or of the first layer tokens [rows].
        """
        if layer > 0:
            return self._below[layer](below + self._between[layer - 1](below) if self._between else below)
        return self._below[0](self._model.embed(below)) if self._table is None else self._table[below]


class _Gates:
    """The gates of one step of a layer."""

    def __init__(self, values: Tensor) -> None:
        """`values` [rows, 4 · width] may be set anew before each step."""
        self.values = values
        self._let_in, self._keep, self._new, self._out = values.chunk(4, dim=1)

    def advance(self, cell: Tensor, hidden: Tensor) -> None:
        """Make the step, which uses the values up: cell and hidden [rows, width], set in place."""
        self.values.sigmoid_()
        cell.mul_(self._keep).sub_(self._let_in).addcmul_(self._let_in, self._new, value=2)
        seen = torch.add(cell, cell).sigmoid_()
        torch.addcmul(-self._out, self._out, seen, value=2, out=hidden)


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
