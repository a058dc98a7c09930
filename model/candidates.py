"""Sampled softmax (Jean et al. 2015): most of a training weighs tokens against a part of the vocabulary only.

A softmax costs as much as its product with the whole vocabulary, whose rarer half holds a few percent of the
probability. So the frequent entries take part in every step, and so does all that the batch has; some of the others are
drawn by lot, and each counts for as many as it was drawn from. What probabilities are divided by is then right on
average. The little that is learned askew so is put right in the last tenth of the budget, by the whole softmax.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

SMALLEST = 2_048
"""Entries of a softmax that is worth it."""
FREQUENT = 4
"""One entry in so many takes part in every step."""
DRAWN = 4
"""One in so many of those that need not take part is drawn."""
SAMPLED_UNTIL = 0.9
"""Share of the budget, or less, where the finish begins before it."""


@dataclass(frozen=True)
class Candidates:
    """The entries that a step's softmax runs over."""

    entries: Tensor
    """[candidates] int64."""
    weights: Tensor
    """For how many entries each counts, as a logarithm that is added to its logits: [candidates]."""
    places: Tensor
    """Where each entry of the whole softmax stands among the candidates, if it does: [entries] int64."""


class CandidateSampler:
    """Draws the candidates of a step."""

    def __init__(self, counts: NDArray[np.float64]) -> None:
        """`counts` [entries], in any unit: how often each entry is meant."""
        frequent = np.argsort(-counts, kind="stable")[: len(counts) // FREQUENT]
        self._frequent = torch.zeros(len(counts), dtype=torch.bool)
        self._frequent[torch.from_numpy(frequent.copy())] = True

    @classmethod
    def for_softmax(cls, counts: NDArray[np.float64], device: str) -> CandidateSampler | None:
        """One where it pays: a small softmax is cheap, and a GPU waits for its host and not for products."""
        return cls(counts) if len(counts) >= SMALLEST and device == "cpu" else None

    def draw(self, meant: Tensor) -> Candidates:
        """Candidates for a batch that has the entries `meant` [...], from torch's generator."""
        sure = self._frequent.index_fill(0, meant.flatten(), True)
        (certain,), (others,) = torch.nonzero(sure, as_tuple=True), torch.nonzero(~sure, as_tuple=True)
        drawn = others[torch.randperm(len(others))[: math.ceil(len(others) / DRAWN)]]
        entries = torch.cat([certain, drawn])
        weights = torch.zeros(len(entries))
        weights[len(certain) :] = math.log(max(len(others), 1) / max(len(drawn), 1))
        places = torch.zeros(len(sure), dtype=torch.int64)
        places[entries] = torch.arange(len(entries))
        return Candidates(entries, weights, places)
