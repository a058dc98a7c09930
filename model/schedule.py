"""How fast a training learns along its budget, and how much it drops out."""

from __future__ import annotations

import math

WARMUP = 0.03
"""Share of the budget in which the rate rises."""
FLOOR = 0.02
"""Share of the full rate from which it rises, and to which it falls where nothing follows."""
FEW_UPDATES = 500
"""Up to which a training takes the full rate of its preset."""
CALM = 0.25
"""Power of their number with which the rate falls from there on."""

MANY_ROUNDS = 8
"""Times that a text was read from which on a preset drops out as much as it says."""


def rate_at(fraction: float, last: float) -> float:
    """The share of the full learning rate when `fraction` (0 to 1) of the budget is spent.

    A short warm-up, then a cosine down to `last`.
    """
    rise = min(1.0, FLOOR + fraction / WARMUP)
    fall = last + (1 - last) * 0.5 * (1 + math.cos(math.pi * min(fraction, 1.0)))
    return rise * fall


def rate_share(updates: float) -> float:
    """How much of a preset's rate suits a training of so many updates: the longer, the smaller its steps may be."""
    return min(1.0, math.pow(FEW_UPDATES / max(updates, 1.0), CALM))


def dropout_share(rounds: float) -> float:
    """How much of a preset's dropout suits a text that was read `rounds` times so far: none, as long as it is new."""
    return min(1.0, max(0.0, rounds - 1) / (MANY_ROUNDS - 1))
