"""Rare words of a large vocabulary, at a cost that does not grow with it.

Adaptive softmax (Grave et al. 2017): the softmax runs over the frequent tokens and over clusters of rare ones, and a
rare word's probability is its cluster's times its own within the cluster. The clusters are small and many, as in
class-based models (Goodman 2001): a step reads and changes only those that its words fall in. A rare word has one
narrow vector for input and output, widened by a projection that all share (Baevski & Auli 2019).
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from model.version import CLUSTER, Shape

WHOLE_SOFTMAX = 20_000
"""Vocabularies up to this have no rare words: all vectors are of full width."""
FREQUENT = 10_000
"""Tokens of full width in larger ones; up to CLUSTER - 1 more, so that the clusters are full."""
NARROWER = 8
"""Times narrower than the embedding are the vectors of rare words."""
EPSILON = 1e-10


def with_rare_words(shape: Shape) -> Shape:
    """The sizes of a model whose rare words, if its vocabulary is large, stand in clusters."""
    if shape.vocab <= WHOLE_SOFTMAX:
        return shape
    rare = (shape.vocab - FREQUENT) // CLUSTER * CLUSTER
    return shape.model_copy(update={"rare": rare, "rare_embedding": max(1, shape.embedding // NARROWER)})


class RareWords(nn.Module):
    """Vectors of rare words, numbered from 0. While training, their gradient is sparse: rows that were used."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.vectors = nn.Parameter(torch.empty(shape.rare, shape.rare_embedding))
        self.projection = nn.Linear(shape.rare_embedding, shape.embedding, bias=False)
        nn.init.normal_(self.vectors, std=shape.rare_embedding**-0.5)
        nn.init.normal_(self.projection.weight, std=shape.embedding**-0.5)

    def embed(self, words: Tensor) -> Tensor:
        """Input vectors of words [n] → [n, embedding]."""
        widened: Tensor = self.projection(self._rows(words))
        return widened

    def nats(self, features: Tensor, words: Tensor) -> Tensor:
        """What each word costs within its cluster: features [n, embedding] and words [n] → nats [n]."""
        clusters, place = torch.unique(words // CLUSTER, return_inverse=True)
        members = clusters[:, None] * CLUSTER + torch.arange(CLUSTER, device=words.device)
        vectors = self._rows(members)[place]
        logits = torch.bmm(vectors, self._narrow(features)[:, :, None])[:, :, 0]
        return nn.functional.cross_entropy(logits.float(), words % CLUSTER, reduction="none")

    def log_probabilities(self, features: Tensor) -> Tensor:
        """Of every word within its cluster: features [..., embedding] → [..., clusters, CLUSTER]."""
        logits = nn.functional.linear(self._narrow(features), self.vectors).float()
        return torch.log_softmax(logits.view(*logits.shape[:-1], -1, CLUSTER), dim=-1)

    def _narrow(self, features: Tensor) -> Tensor:
        return nn.functional.linear(features, self.projection.weight.t())

    def _rows(self, words: Tensor) -> Tensor:
        return nn.functional.embedding(words, self.vectors, sparse=self.training)


class RowAdagrad(torch.optim.Optimizer):
    """Adagrad (Duchi et al. 2011) for sparse gradients, with one number a row; other rows cost nothing.

    The sums of squares begin with the largest square of the first step, so that a word's first small gradients, from
    the words that came in its stead, do not move it as far as its own will.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], lr: float) -> None:
        super().__init__(parameters, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Change the rows that have a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                gradient = parameter.grad.coalesce()
                rows, values = gradient.indices()[0], gradient.values()
                if not len(rows):
                    continue
                square = values.square().mean(dim=1)
                slots = self.state[parameter]
                if not slots:
                    slots["squares"] = square.max().repeat(len(parameter))
                squares = slots["squares"].index_add_(0, rows, square)
                values /= squares[rows, None].sqrt() + EPSILON
                parameter.index_add_(0, rows, values, alpha=-group["lr"])
