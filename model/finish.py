"""The finish of a training: the last part of its budget, in which the held-out chapters are learned too.

What was held out of the books stands closest to what a community writes next. It is read for the validation figure
first, then joined to the text, at a low rate that falls to nothing; books given with `--valid` are never learned.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.corpus import Stream, Tokens
from model.schedule import FLOOR

LONGEST = 0.1
"""Share of the budget."""
ROUNDS = 2.0
"""Times that the whole text is read in a finish at most: of a small text more would be learned by heart."""
RATE = 0.3
"""Share of the full learning rate with which it begins."""


@dataclass(frozen=True)
class Finish:
    """A finish that has begun."""

    at: float
    """The share of the budget that was spent."""
    share: float
    """Of the budget, for the finish."""
    tokens: int
    """Of the text that it reads."""
    valid_bits: float
    """Per character, of all held-out text before it was learned."""
    reading_s: float
    """What that reading took; it is paid for before the training's share of the budget."""
    sharpness: float = 1.0
    """What features will be multiplied by in the end, from that reading too; checkpoints of old have none."""

    @property
    def end(self) -> float:
        """The share of the budget that will be spent."""
        return min(1.0, self.at + self.share)

    def rate(self, fraction: float) -> float:
        """The share of the full learning rate when `fraction` (0 to 1) of the budget is spent."""
        return max(FLOOR, RATE * (1 - (fraction - self.at) / self.share))


def share_for(rounds: float) -> float:
    """The share of a budget for the finish, where the text will be read `rounds` times in all."""
    return min(LONGEST, ROUNDS / max(rounds, 1.0))


def rate_before(rounds: float) -> float:
    """The share of the full learning rate down to which the rate falls before the finish.

    That is where the finish begins, so that nothing is learned twice, but lower where the text is read `rounds` times
    and many: there a high rate learns it by heart.
    """
    return max(FLOOR, min(RATE, 1 / rounds))


def plan(
    tokens: Tokens, fraction: float, rounds: float, least: int, valid_bits: float, reading_s: float, sharpness: float
) -> Finish:
    """A finish that begins now, of all the text or, where there is no time for it, of the held-out and some more.

    The text will be read `rounds` times in the whole training; the finish reads at least `least` tokens of it.
    """
    share = share_for(rounds)
    held_out = sum(map(len, tokens.valid))
    whole = len(tokens.train) + held_out
    length = min(whole, max(int(share * rounds * whole), 2 * held_out, least))
    return Finish(fraction, share, length, valid_bits, reading_s, sharpness)


def text_of(tokens: Tokens, length: int) -> Stream:
    """The held-out text behind the last of the rest, `length` tokens in all."""
    held_out = np.concatenate(tokens.valid)
    return np.concatenate([tokens.train[len(tokens.train) + len(held_out) - length :], held_out])
