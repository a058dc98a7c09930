"""How fast a training learns along its budget: a short warm-up, then a cosine down to nearly nothing at the end."""

from __future__ import annotations

import math

WARMUP = 0.03
"""Share of the budget in which the rate rises."""
FLOOR = 0.02
"""Share of the full rate at both ends."""


def rate_at(fraction: float) -> float:
    """The share of the full learning rate when `fraction` (0 to 1) of the budget is spent."""
    rise = min(1.0, FLOOR + fraction / WARMUP)
    fall = FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * min(fraction, 1.0)))
    return rise * fall
