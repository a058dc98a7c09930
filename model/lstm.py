"""The language model: an LSTM with tied embeddings whose hidden state is an explicit value.

Embedding → LSTM layers (Hochreiter & Schmidhuber 1997), between them gated feed-forward layers (`feed_forward`) that
add to what goes up → projection back to the embedding's width, beside it a feed-forward layer that sees all LSTM layers
(skip connections: Graves 2013) → logits over the embedding matrix (tied: Press & Wolf 2017; Inan et al. 2017). The rare
words of a large vocabulary stand apart (`adaptive`). Dropout is variational: one mask per sequence, shared by all its
steps (Gal & Ghahramani 2016; Merity et al. 2018).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from model.adaptive import RareWords
from model.candidates import Candidates
from model.feed_forward import FeedForward
from model.recurrence import run_layer
from model.softmax import nats_of
from model.version import CLUSTER, Shape


@dataclass(frozen=True)
class State:
    """Hidden state of a batch of sequences: `hidden` and `cell`, each [layers, batch, hidden].

    Of an `Ensemble`: the layers of all members, one member after another.
    """

    hidden: Tensor
    cell: Tensor

    def detach(self) -> State:
        """The same values, cut off from the graph that made them (truncated back-propagation)."""
        return State(self.hidden.detach(), self.cell.detach())

    def split(self, parts: int) -> list[State]:
        """The states of `parts` groups of sequences."""
        pairs = zip(self.hidden.tensor_split(parts, dim=1), self.cell.tensor_split(parts, dim=1), strict=True)
        return [State(hidden, cell) for hidden, cell in pairs]

    @classmethod
    def join(cls, states: Sequence[State]) -> State:
        """The states of all groups, side by side."""
        return cls(torch.cat([s.hidden for s in states], dim=1), torch.cat([s.cell for s in states], dim=1))


@dataclass(frozen=True)
class Dropout:
    """Shares of units dropped while training: token embeddings, between layers, before the logits."""

    embedding: float = 0.0
    between: float = 0.0
    output: float = 0.0

    def part(self, share: float) -> Dropout:
        """A share of each."""
        return Dropout(share * self.embedding, share * self.between, share * self.output)


@dataclass(frozen=True)
class Masks:
    """Dropout of one batch: what units are multiplied by at every step of a sequence, each [batch, width]."""

    embedding: Tensor
    between: Tensor
    output: Tensor

    def split(self, parts: int) -> list[Masks]:
        """The masks of `parts` groups of sequences."""
        kinds = (self.embedding, self.between, self.output)
        return [Masks(*masks) for masks in zip(*(kind.tensor_split(parts) for kind in kinds), strict=True)]


class LSTM(nn.Module):
    """Next-token logits from tokens and state."""

    def __init__(self, shape: Shape, dropout: Dropout = Dropout()) -> None:
        super().__init__()
        self.shape = shape
        self.dropout = dropout
        self.embedding = nn.Embedding(shape.head, shape.embedding)
        sizes = [shape.embedding, *[shape.hidden] * (shape.layers - 1)]
        self.layers = nn.ModuleList(nn.LSTM(size, shape.hidden) for size in sizes)
        count = shape.layers - 1 if shape.between else 0
        self.between = nn.ModuleList(FeedForward(shape.hidden, shape.between, shape.hidden) for _ in range(count))
        self.projection = nn.Linear(shape.hidden, shape.embedding)
        width = shape.feed_forward
        self.feed_forward = FeedForward(shape.seen, width, shape.embedding) if width else None
        self.output_bias = nn.Parameter(torch.zeros(shape.head))
        self.rare = RareWords(shape) if shape.rare else None
        self._initialise()

    def _initialise(self) -> None:
        nn.init.normal_(self.embedding.weight, std=self.shape.embedding**-0.5)
        for layer in self.layers:
            for name, parameter in layer.named_parameters():
                if "weight_hh" in name:
                    for gate in parameter.data.chunk(4):
                        nn.init.orthogonal_(gate)
                elif "weight_ih" in name:
                    nn.init.xavier_uniform_(parameter)
                else:
                    nn.init.zeros_(parameter)
            hidden = self.shape.hidden
            layer.bias_ih_l0.data[hidden : 2 * hidden] = 1.0  # type: ignore[operator]  # forget gate open

    def expect(self, counts: NDArray[np.float64]) -> None:
        """Begin where every token is as likely as it is frequent: [vocab], in any unit, none of them 0."""
        entries = self.entry_counts(counts)
        self.output_bias.data.copy_(torch.from_numpy(np.log(entries / entries.mean())))

    def entry_counts(self, counts: NDArray[np.float64]) -> NDArray[np.float64]:
        """How often each entry of the softmax is meant, by how often each token is: [vocab] → [head]."""
        frequent, rare = np.split(counts, [self.shape.frequent])
        return np.concatenate([frequent, rare.reshape(-1, CLUSTER).sum(axis=1)])

    def entries(self, tokens: Tensor) -> Tensor:
        """The entries of the softmax that tokens [...] fall in: their own, or a rare word's cluster."""
        rarity = tokens - self.shape.frequent
        return torch.where(rarity < 0, tokens, self.shape.frequent + rarity // CLUSTER)

    @torch.no_grad()
    def sharpen(self, factor: float) -> None:
        """Multiply all features by a factor. Below 1 the model is less sure, and closer to how frequent tokens are."""
        self.projection.weight.mul_(factor)
        self.projection.bias.mul_(factor)
        if self.feed_forward is not None:
            self.feed_forward.outputs.weight.mul_(factor)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.output_bias.device

    @property
    def lstms(self) -> list[LSTM]:
        """All that write together: this one."""
        return [self]

    @property
    def feed_forwards(self) -> list[FeedForward]:
        """All feed-forward layers, from the first LSTM layer up."""
        return [module for module in self.modules() if isinstance(module, FeedForward)]

    def dense_parameters(self) -> list[nn.Parameter]:
        """What every step changes."""
        rows = {id(parameter) for parameter in self.row_parameters()}
        return [parameter for parameter in self.parameters() if id(parameter) not in rows]

    def row_parameters(self) -> list[nn.Parameter]:
        """What gets sparse gradients while training: a step changes the rows that it used."""
        return [] if self.rare is None else [self.rare.vectors]

    def start(self, batch: int) -> State:
        """The state of sequences that have read nothing."""
        zeros = self.output_bias.new_zeros(self.shape.layers, batch, self.shape.hidden)
        return State(zeros, zeros)

    def forward(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """Tokens [steps, batch] and the state before them → logits [steps, batch, vocab] and the state after them."""
        features, after = self.features(tokens, state)
        return self.logits(features), after

    def draw_masks(self, batch: int) -> Masks:
        """Dropout for a batch of sequences, from torch's generator."""
        widths = (self.shape.embedding, self.shape.hidden, self.shape.embedding)
        shares = (self.dropout.embedding, self.dropout.between, self.dropout.output)
        kept = (self.output_bias.new_empty(batch, width) for width in widths)
        return Masks(*(mask.bernoulli_(1 - share).div_(1 - share) for mask, share in zip(kept, shares, strict=True)))

    def features(self, tokens: Tensor, state: State, masks: Masks | None = None) -> tuple[Tensor, State]:
        """All but the softmax: tokens [steps, batch] → [steps, batch, embedding] and the state after them.

        `masks` drop units out, for training.
        """
        x = _dropped(self.embed(tokens), masks.embedding if masks else None)
        outputs: list[Tensor] = []
        hiddens: list[Tensor] = []
        cells: list[Tensor] = []
        for i, layer in enumerate(self.layers):
            if i > 0:
                x = x + self.between[i - 1](x) if self.between else x
                x = _dropped(x, masks.between if masks else None)
            x, hidden, cell = run_layer(layer, x, state.hidden[i : i + 1], state.cell[i : i + 1])
            outputs.append(x)
            hiddens.append(hidden)
            cells.append(cell)
        features = self.projection(x)
        if self.feed_forward is not None:
            features = features + self.feed_forward(torch.cat(outputs, dim=-1) if self.shape.skips else x)
        features = _dropped(features, masks.output if masks else None)
        return features, State(torch.cat(hiddens).float(), torch.cat(cells).float())

    def embed(self, tokens: Tensor) -> Tensor:
        """Input vectors: tokens [...] → [..., embedding]."""
        rarity = tokens - self.shape.frequent
        rare = rarity >= 0
        x: Tensor = self.embedding(tokens.masked_fill(rare, 0))
        if self.rare is not None and torch.is_grad_enabled():
            x[rare] = self.rare.embed(rarity[rare]).to(x.dtype)
        elif self.rare is not None:  # without asking how many there are, which a captured graph cannot
            x = torch.where(rare[..., None], self.rare.embed(rarity.clamp(min=0)).to(x.dtype), x)
        return x * math.sqrt(self.shape.embedding)

    def logits(self, features: Tensor) -> Tensor:
        """Features [..., embedding] → logits [..., vocab]; normalised, where the vocabulary has rare words."""
        return self.spread(nn.functional.linear(features, *self.softmax()), features)

    def spread(self, head: Tensor, features: Tensor) -> Tensor:
        """Logits [..., vocab] from those of the head [..., head] and the features that it saw."""
        if self.rare is None:
            return head
        frequent, clusters = torch.log_softmax(head.float(), dim=-1).tensor_split([self.shape.frequent], dim=-1)
        rare = clusters[..., None] + self.rare.log_probabilities(features)
        return torch.cat([frequent, rare.flatten(-2)], dim=-1)

    def loss(self, features: Tensor, targets: Tensor, candidates: Candidates | None = None) -> Tensor:
        """Nats that each token costs: features [..., embedding] and the tokens that follow [...] → [...], float32.

        With `candidates`, which must have all that follows, the softmax runs over them only.
        """
        shape, words = features.shape[:-1], targets.flatten()
        features, entries = features.flatten(0, -2), self.entries(words)
        if candidates is None:
            nats = nats_of(features, self.embedding.weight, self.output_bias, entries)
        else:
            weight = self.embedding.weight.index_select(0, candidates.entries)
            bias = self.output_bias.index_select(0, candidates.entries) + candidates.weights
            nats = nats_of(features, weight, bias, candidates.places[entries])
        if self.rare is not None:
            rarity = words - self.shape.frequent
            (places,) = torch.nonzero(rarity >= 0, as_tuple=True)
            nats = nats.index_add(0, places, self.rare.nats(features[places], rarity[places]))
        return nats.view(shape)

    def softmax(self) -> tuple[Tensor, Tensor]:
        """What makes the head's logits of features: weight [head, embedding] and bias [head]."""
        return self.embedding.weight, self.output_bias


def _dropped(x: Tensor, mask: Tensor | None) -> Tensor:
    """The same units of a sequence dropped at all its steps: x [steps, batch, width], mask [batch, width]."""
    return x if mask is None else x * mask.to(x.dtype)


def count_parameters(model: nn.Module) -> int:
    """The number of trained values."""
    return sum(parameter.numel() for parameter in model.parameters())
