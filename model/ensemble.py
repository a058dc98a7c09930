"""LSTMs of one shape that foresee each token together: their logits are averaged.

Each of them learned by itself, from other first weights and in another order. So each is wrong in its own way, and
what they agree on is right more often (Hansen & Salamon 1990; of language models Zaremba et al. 2014). Where there is
time to read a text often, two that read it half as often each foresee new text better than one
(`choice.with_members`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from model.lstm import LSTM, Dropout, State
from model.softmax import nats_of
from model.version import Shape


class Ensemble(nn.Module):
    """Two or more LSTMs; what it tells is what one LSTM would tell whose matrices have theirs as blocks."""

    def __init__(self, lstms: Sequence[LSTM]) -> None:
        super().__init__()
        self.members = nn.ModuleList(lstms)
        self.shape = lstms[0].shape.model_copy(update={"members": len(lstms)})

    @property
    def lstms(self) -> list[LSTM]:
        """All that write together."""
        return [cast(LSTM, member) for member in self.members]

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.lstms[0].device

    @property
    def dropout(self) -> Dropout:
        """Of every member."""
        return self.lstms[0].dropout

    @dropout.setter
    def dropout(self, dropout: Dropout) -> None:
        for lstm in self.lstms:
            lstm.dropout = dropout

    def sharpen(self, factor: float) -> None:
        """Multiply all features by a factor. Below 1 the model is less sure, and closer to how frequent tokens are."""
        for lstm in self.lstms:
            lstm.sharpen(factor)

    def dense_parameters(self) -> list[nn.Parameter]:
        """What every step changes."""
        return [parameter for lstm in self.lstms for parameter in lstm.dense_parameters()]

    def start(self, batch: int) -> State:
        """The state of sequences that have read nothing."""
        return _stacked([lstm.start(batch) for lstm in self.lstms])

    def forward(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """Tokens [steps, batch] and the state before them → logits [steps, batch, vocab] and the state after them."""
        features, after = self.features(tokens, state)
        return nn.functional.linear(features, *self.softmax()), after

    def features(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """All but the softmax: tokens [steps, batch] → [steps, batch, members · embedding] and the state after them."""
        count = len(self.members)
        before = (State(*pair) for pair in zip(state.hidden.chunk(count), state.cell.chunk(count), strict=True))
        read = [lstm.features(tokens, own) for lstm, own in zip(self.lstms, before, strict=True)]
        return torch.cat([features for features, _ in read], dim=-1), _stacked([after for _, after in read])

    def loss(self, features: Tensor, targets: Tensor) -> Tensor:
        """Nats that each token costs: features [..., members · embedding] and what follows [...] → [...], float32."""
        return nats_of(features.flatten(0, -2), *self.softmax(), targets.flatten()).view(targets.shape)

    def spread(self, head: Tensor, features: Tensor) -> Tensor:
        """Logits [..., vocab] from those of the head: the same, for members have no rare words."""
        return head

    def softmax(self) -> tuple[Tensor, Tensor]:
        """What makes the head's logits of features: weight [vocab, members · embedding] and bias [vocab]."""
        lstms = self.lstms
        weight = torch.cat([lstm.embedding.weight for lstm in lstms], dim=1)
        bias = torch.stack([lstm.output_bias for lstm in lstms]).mean(0)
        return weight / len(lstms), bias


Model = LSTM | Ensemble


def model_of(shape: Shape) -> Model:
    """An untrained model. Members of an ensemble have no rare words (`choice.with_members`)."""
    alone = shape.model_copy(update={"members": 1})
    return together([LSTM(alone) for _ in range(shape.members)])


def together(lstms: Sequence[LSTM]) -> Model:
    """The model that some LSTMs make: one is a model by itself."""
    return lstms[0] if len(lstms) == 1 else Ensemble(lstms)


def _stacked(states: Sequence[State]) -> State:
    """The state of an ensemble."""
    return State(torch.cat([state.hidden for state in states]), torch.cat([state.cell for state in states]))
