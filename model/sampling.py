"""Drawing the next token of many rows in one pass, without sorting.

A token is drawn from the whole distribution and kept if it is allowed: if fewer than `top_k` tokens, and less than a
share `top_p` of the whole, are likelier (nucleus sampling, Holtzman et al. 2020). Else everything as unlikely as it is
left out and the row draws again. What is kept has exactly the truncated distribution (rejection sampling as in
FlashInfer, Ye et al. 2025); tokens as likely as the last one allowed are allowed too.

Chance is a function of seed and place (SplitMix64, Steele et al. 2014): a row's draws depend on nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model import defaults

ROUNDS = 15
"""Draws of a row until it takes the likeliest token; from what a model writes, even three are rare."""
RECENT = 100
"""Tokens that count as recent."""
GOLDEN = 0x9E3779B97F4A7C15


@dataclass(frozen=True)
class Sampling:
    """How to draw. `temperature` 0 takes the likeliest token."""

    temperature: float = defaults.TEMPERATURE
    top_p: float = defaults.TOP_P
    seed: int = 0
    top_k: int = defaults.TOP_K
    """Only so many of the likeliest tokens; 0: all."""
    min_p: float = defaults.MIN_P
    """Only tokens with this share of the likeliest one's probability (Nguyen et al. 2024)."""
    repetition: float = defaults.REPETITION
    """How many times less likely the words of the last hundred tokens are."""
    commonness: float = defaults.COMMONNESS
    """How much it counts that a token is common: of its logit, the share kept that it has whatever stands before it.

    1: the model as it is; with less it writes what suits the place rather than what suits any (Li et al. 2016).
    """


@dataclass(frozen=True)
class Knobs:
    """The sampling of rows side by side; `any_…` says whether any row wants it."""

    heat: Tensor
    """[rows, 1]"""
    limits: Tensor
    """Nucleus, number, least share: [3, rows, 1]."""
    repetition: Tensor
    """The logarithm, taken from the logits of recent words, [rows, 1]."""
    commonness: Tensor
    """[rows, 1]"""
    greedy: Tensor
    """[rows]"""
    any_greedy: bool
    any_top_k: bool
    any_min_p: bool
    any_repetition: bool
    any_commonness: bool
    all_whole: bool
    """Whether no row leaves anything out."""

    @classmethod
    def of(cls, samplings: Sequence[Sampling], device: str = "cpu", *, everything: bool = False) -> Knobs:
        """The knobs of rows with these samplings; `everything`: as if some row wanted each of them."""
        greedy = [s.temperature == 0 for s in samplings]
        limits = [[s.top_p if s.top_p < 1 else np.inf, s.top_k or np.inf, s.min_p] for s in samplings]
        return cls(
            heat=torch.tensor([[s.temperature or 1.0] for s in samplings], device=device),
            limits=torch.tensor(limits, device=device).t().contiguous()[:, :, None],
            repetition=torch.tensor([[math.log(s.repetition)] for s in samplings], device=device),
            commonness=torch.tensor([[s.commonness] for s in samplings], device=device),
            greedy=torch.tensor(greedy, device=device),
            any_greedy=everything or any(greedy),
            any_top_k=everything or any(s.top_k for s in samplings),
            any_min_p=everything or any(s.min_p for s in samplings),
            any_repetition=everything or any(s.repetition != 1 for s in samplings),
            any_commonness=everything or any(s.commonness != 1 for s in samplings),
            all_whole=not everything and all(s.top_p >= 1 and not s.top_k and not s.min_p for s in samplings),
        )

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """All columns."""
        return self.heat, self.limits, self.repetition, self.commonness, self.greedy


def chances(seeds: Sequence[int], places: Sequence[int], steps: int) -> NDArray[np.float32]:
    """Uniform numbers in [0, 1), [rows, steps, 1 + ROUNDS]: of each row's `places`-th step and those after it.

    They have 23 bits, so that their products with a sum in float32 stay below the sum.
    """
    width = 1 + ROUNDS
    with np.errstate(over="ignore"):
        keys = _mixed(np.array(seeds, dtype=np.uint64) * np.uint64(GOLDEN))
        counted = (np.array(places, dtype=np.uint64) * np.uint64(width))[:, None] + np.arange(
            1, steps * width + 1, dtype=np.uint64
        )
        bits = _mixed(keys[:, None] + counted * np.uint64(GOLDEN))
    uniform = (bits >> np.uint64(41)).astype(np.float32) * np.float32(2**-23)
    return uniform.reshape(len(keys), steps, width)


def _mixed(bits: NDArray[Any]) -> NDArray[np.uint64]:
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: NDArray[np.uint64] = bits ^ (bits >> np.uint64(31))
    return mixed


def discourage(logits: Tensor, recent: Tensor, knobs: Knobs) -> None:
    """Make each row's recent words [rows, RECENT] less likely, in place."""
    logits.scatter_(1, recent, logits.gather(1, recent) - knobs.repetition)


def count_less(logits: Tensor, common: Tensor, knobs: Knobs) -> None:
    """Let it count less that a token is common, in place; `common` [vocab]: what logits have of it."""
    logits.addcmul_(knobs.commonness - 1, common)


def draw(logits: Tensor, knobs: Knobs, uniform: Tensor) -> Tensor:
    """One token a row: logits [rows, vocab] and chances [rows, ROUNDS] → tokens [rows].

    A token is -1 where the logits are no numbers or rule every token out. On a CPU only rows whose token was not
    allowed draw again; on a GPU all rows go through the same rounds, so that nothing waits for the host.
    """
    shares = torch.softmax(logits / knobs.heat, dim=1)
    likeliest = shares.amax(dim=1, keepdim=True)
    tokens, allowed = _look(shares, likeliest, knobs, knobs.limits, uniform[:, :1])
    if shares.device.type == "cpu":
        if allowed is not None and not bool(allowed.all()):
            _look_again(tokens, ~allowed, shares, likeliest, knobs, uniform)
    elif allowed is not None:
        tokens = _look_all_rounds(tokens, allowed, shares, likeliest, knobs, uniform)
    if knobs.any_greedy:
        tokens = torch.where(knobs.greedy, logits.argmax(dim=1), tokens)
    return torch.where(likeliest[:, 0] > 0, tokens, -1)


def _look_again(
    tokens: Tensor, refused: Tensor, shares: Tensor, likeliest: Tensor, knobs: Knobs, uniform: Tensor
) -> None:
    """Draw until every row's token is allowed; `tokens` is changed in place."""
    (rows,) = torch.nonzero(refused, as_tuple=True)
    found, shares, likeliest = tokens[rows], shares[rows], likeliest[rows]
    limits, uniform = knobs.limits[:, rows], uniform[rows]
    for turn in range(1, ROUNDS):
        shares = _without(shares, found)
        found, allowed = _look(shares, likeliest, knobs, limits, uniform[:, turn : turn + 1])
        tokens[rows] = found
        if allowed is None or bool(allowed.all()):
            return
        if len(rows) > 1:
            left = ~allowed
            rows, found, shares, likeliest = rows[left], found[left], shares[left], likeliest[left]
            limits, uniform = limits[:, left], uniform[left]
    tokens[rows] = shares.argmax(dim=1)


def _look_all_rounds(
    tokens: Tensor, allowed: Tensor, shares: Tensor, likeliest: Tensor, knobs: Knobs, uniform: Tensor
) -> Tensor:
    """The same as `_look_again`, all rounds for every row."""
    best = shares.argmax(dim=1)
    for turn in range(1, ROUNDS):
        shares = torch.where(allowed[:, None], shares, _without(shares, tokens))
        found, fits = _look(shares, likeliest, knobs, knobs.limits, uniform[:, turn : turn + 1])
        tokens = torch.where(allowed, tokens, found)
        allowed = allowed if fits is None else allowed | fits
    return torch.where(allowed, tokens, best)


def _without(shares: Tensor, tokens: Tensor) -> Tensor:
    """Shares of what is likelier than a token that was not allowed."""
    return _likelier(shares, shares.gather(1, tokens[:, None])).mul_(shares)


def _likelier(shares: Tensor, share: Tensor) -> Tensor:
    """1 where a token is likelier than `share` [rows, 1], else 0: as numbers, which is several times faster."""
    return torch.gt(shares, share, out=torch.empty_like(shares))


def _look(
    shares: Tensor, likeliest: Tensor, knobs: Knobs, limits: Tensor, uniform: Tensor
) -> tuple[Tensor, Tensor | None]:
    """Tokens drawn in proportion to `shares`, and whether each is allowed (None: all are), both [rows]."""
    sums = shares.cumsum(dim=1)
    places = uniform * sums[:, -1:]
    tokens = torch.searchsorted(sums, places, right=True).clamp_(max=shares.shape[1] - 1)
    if knobs.all_whole:
        return tokens[:, 0], None
    share = shares.gather(1, tokens)
    likelier = _likelier(shares, share)
    few = likelier.sum(dim=1, keepdim=True) < limits[1] if knobs.any_top_k else None
    fits = likelier.mul_(shares).sum(dim=1, keepdim=True) < limits[0]
    if few is not None:
        fits &= few
    if knobs.any_min_p:
        fits &= share >= limits[2] * likeliest
    return tokens[:, 0], fits[:, 0]
