"""Dynamic evaluation: reading a text while learning from it, each token scored before anything is learned from it.

Three kinds of experts foresee a token: the model as it is; copies of it that go on learning from what they have read
(Krause et al. 2018, with the steps of Adam), one slowly and for good, one fast while it goes back to the model as it
is; and caches that recall which tokens followed where the model's features pointed the same way (Grave et al. 2017).
Their probabilities are mixed; the weight of each follows the share of the credit that it earned (online EM: Cappé &
Moulines 2009), so that an expert that does not suit a text costs little.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from model.ensemble import Model

STEPS = 64
"""Copies learn after every so many tokens."""
PACES = ((1.25e-4, 0.0), (7e-4, 0.0075))
"""One copy for each: its learning rate, and the share of the way back to the model that it goes after each step."""
BETAS = (0.0, 0.999)
WARM_UP = 10
"""Steps of a copy until its rate is whole."""
SHARPNESS = (12.0, 20.0)
"""One cache for each: how much more a token counts that followed closer features."""
RECALL = 16_384
"""Tokens that a cache remembers."""
LEAST = 1e-9
"""Probability of a token that a cache does not know."""
FIRST_TRUST = 0.02
"""Weight of every expert but the model as it is, before anything is read."""
TRUST_RATE = 0.02
LEAST_TRUST = 1e-4


def nats_while_learning(model: Model, stream: NDArray[np.int64], on_step: Callable[[float], None]) -> float:
    """Nats of a token stream (its first token is read, not scored); `model` itself stays as it is.

    `on_step` is told the share read.
    """
    tokens = torch.from_numpy(stream).to(model.device)
    frozen, caches = _Reader(copy.deepcopy(model)), _Caches()
    learners = [_Learner(copy.deepcopy(model), rate, back) for rate, back in PACES]
    trust = np.full(1 + len(PACES) + len(SHARPNESS), FIRST_TRUST)
    trust[0] += 1 - trust.sum()
    total = 0.0
    for begin in range(0, len(tokens) - 1, STEPS):
        stretch = tokens[begin : begin + STEPS + 1]
        costs, features = frozen.read(stretch)
        learned = [learner.read(stretch)[0] for learner in learners]
        experts = [*((-nats).exp() for nats in (costs, *learned)), *caches.read(features, stretch[1:])]
        total += mixed_nats(torch.stack(experts, dim=1).double().cpu().numpy(), trust)
        for learner in learners:
            learner.learn(stretch)
        on_step((begin + len(stretch)) / len(tokens))
    return total


def mixed_nats(foreseen: NDArray[np.float64], trust: NDArray[np.float64]) -> float:
    """Nats of tokens, given the probability that each expert gave each [tokens, experts].

    `trust` [experts], which adds up to one, is changed in place after every token.
    """
    nats = 0.0
    for probabilities in foreseen:
        mixed = float(trust @ probabilities)
        nats -= math.log(mixed)
        trust += TRUST_RATE * (trust * probabilities / mixed - trust)
        np.maximum(trust, LEAST_TRUST, out=trust)
        trust /= trust.sum()
    return nats


class _Reader:
    """A model and how far it has read."""

    def __init__(self, model: Model) -> None:
        self.model = model.eval()
        self.before = self.state = model.start(1)
        """The states before and after the stretch that was read last."""

    @torch.no_grad()
    def read(self, stretch: Tensor) -> tuple[Tensor, Tensor]:
        """Nats of stretch[1:], [tokens], and the features that foresaw them, [tokens, embedding]."""
        self.before = self.state
        features, self.state = self.model.features(stretch[:-1, None], self.before)
        return self.model.loss(features, stretch[1:, None])[:, 0], features[:, 0]


class _Learner(_Reader):
    """A model that learns what it has read. Vectors of a large vocabulary's rare words stay as they are."""

    def __init__(self, model: Model, rate: float, back: float) -> None:
        super().__init__(model)
        model.requires_grad_(False).train()  # cuDNN goes back through no other
        self._parameters: list[Tensor] = [*model.dense_parameters()]
        self._origin = [parameter.clone() for parameter in self._parameters]
        self._back = back
        for parameter in self._parameters:
            parameter.requires_grad_(True)
        self._optimizer = torch.optim.Adam(self._parameters, lr=rate, betas=BETAS, fused=True)
        self._schedule = torch.optim.lr_scheduler.LinearLR(self._optimizer, 1 / WARM_UP, total_iters=WARM_UP)

    def learn(self, stretch: Tensor) -> None:
        """One step on the stretch that was read last."""
        features, _ = self.model.features(stretch[:-1, None], self.before)
        loss = self.model.loss(features, stretch[1:, None]).mean()
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(self._parameters, self._origin, self._back)
        self._schedule.step()


class _Caches:
    """Where the features have pointed so far, and the tokens that followed."""

    def __init__(self) -> None:
        self._keys: Tensor | None = None
        self._tokens: Tensor | None = None

    def read(self, features: Tensor, following: Tensor) -> list[Tensor]:
        """Each cache's probabilities [tokens] of the tokens that follow features [tokens, embedding]; then keep both.

        A token counts exp(sharpness · cosine) where it followed earlier features.
        """
        new = nn.functional.normalize(features, dim=-1)
        keys = new if self._keys is None else torch.cat([self._keys, new])
        tokens = following if self._tokens is None else torch.cat([self._tokens, following])
        later = torch.ones(len(new), len(keys), dtype=torch.bool, device=new.device).triu_(len(keys) - len(new))
        closeness = (new @ keys.t()).sub_(1).masked_fill_(later, -torch.inf)
        right = (tokens == following[:, None]).to(new.dtype)
        found: list[Tensor] = []
        for sharpness in SHARPNESS:
            counts = (closeness * sharpness).exp_()
            total = counts.sum(1).clamp_(min=LEAST)
            found.append((counts * right).sum(1) / total + LEAST)
        self._keys, self._tokens = keys[-RECALL:], tokens[-RECALL:]
        return found
