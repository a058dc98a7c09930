"""Dynamic evaluation: reading a text while learning from it, each token scored before anything is learned from it.

Three kinds of experts foresee a token: the model as it is; a copy of it that goes on learning from what it has read
(Krause et al. 2018, with the steps of Adam); and caches that recall which tokens followed where the model's features
pointed the same way (Grave et al. 2017). Their probabilities are mixed; the weight of each follows the share of the
credit that it earned (online EM: Cappé & Moulines 2009), so that an expert that does not suit a text costs little.
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
from model.lstm import State

LANES = 4
STEPS = 64
"""The copy learns after every LANES · STEPS tokens, from LANES stretches of STEPS with the states they were read in."""
RATE = 1e-3
BETAS = (0.0, 0.999)
WARM_UP = 10
"""Steps of the copy until its rate is whole."""
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
    frozen, learner, caches = _Reader(copy.deepcopy(model)), _Learner(copy.deepcopy(model)), _Caches()
    trust = np.full(2 + len(SHARPNESS), FIRST_TRUST)
    trust[0] += 1 - trust.sum()
    total = 0.0
    for begin in range(0, len(tokens) - 1, LANES * STEPS):
        block = tokens[begin : begin + LANES * STEPS + 1]
        costs, features = frozen.read(block)
        foreseen = torch.stack([(-costs).exp(), (-learner.read(block)[0]).exp(), *caches.read(features, block[1:])])
        total += mixed_nats(foreseen.t().double().cpu().numpy(), trust)
        learner.learn()
        on_step((begin + len(block)) / len(tokens))
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
        self.state = model.start(1)
        self.stretches: list[tuple[Tensor, State]] = []
        """What was read last, in stretches of at most STEPS + 1 tokens, and the state before each."""

    @torch.no_grad()
    def read(self, block: Tensor) -> tuple[Tensor, Tensor]:
        """Nats of block[1:], [tokens], and the features that foresaw them, [tokens, embedding]."""
        self.stretches = []
        costs: list[Tensor] = []
        features: list[Tensor] = []
        for begin in range(0, len(block) - 1, STEPS):
            stretch = block[begin : begin + STEPS + 1, None]
            self.stretches.append((stretch, self.state))
            seen, self.state = self.model.features(stretch[:-1], self.state)
            costs.append(self.model.loss(seen, stretch[1:])[:, 0])
            features.append(seen[:, 0])
        return torch.cat(costs), torch.cat(features)


class _Learner(_Reader):
    """A model that learns what it has read. Vectors of a large vocabulary's rare words stay as they are."""

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        model.requires_grad_(False).train()  # cuDNN goes back through no other
        parameters = model.dense_parameters()
        for parameter in parameters:
            parameter.requires_grad_(True)
        self._optimizer = torch.optim.Adam(parameters, lr=RATE, betas=BETAS, fused=True)
        self._schedule = torch.optim.lr_scheduler.LinearLR(self._optimizer, 1 / WARM_UP, total_iters=WARM_UP)

    def learn(self) -> None:
        """One step on the block that was read last; the last block of a text may be shorter, and teaches nothing."""
        if len(self.stretches) < LANES or len(self.stretches[-1][0]) <= STEPS:
            return
        tokens = torch.cat([stretch for stretch, _ in self.stretches], dim=1)
        state = State(
            torch.cat([before.hidden for _, before in self.stretches], dim=1),
            torch.cat([before.cell for _, before in self.stretches], dim=1),
        )
        features, _ = self.model.features(tokens[:-1], state)
        loss = self.model.loss(features, tokens[1:]).mean()
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
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
