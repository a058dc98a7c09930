"""Drawing the next token: temperature and nucleus (top-p, Holtzman et al. 2020), from a seeded generator."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

FIRST_LOOK = 32_768


@dataclass(frozen=True)
class Sampling:
    """How to draw. `temperature` 0 takes the likeliest token; the other defaults but `top_p` leave nothing out."""

    temperature: float = 0.8
    top_p: float = 0.95
    seed: int = 0
    top_k: int = 0
    """Only so many of the likeliest tokens; 0: all."""
    min_p: float = 0.0
    """Only tokens with this share of the likeliest one's probability (Nguyen et al. 2024)."""
    repetition: float = 1.0
    """How many times less likely the words of the last hundred tokens are."""


class Sampler:
    """Draws tokens from logits; the same seed and logits give the same tokens."""

    def __init__(self, sampling: Sampling, banned: Tensor, generator: torch.Generator | None = None) -> None:
        self._sampling = sampling
        self._banned = banned
        self._generator = generator or torch.Generator().manual_seed(sampling.seed)

    def without(self, *tokens: int) -> Sampler:
        """A sampler that shares this one's generator and never draws `tokens`."""
        banned = torch.cat([self._banned, self._banned.new_tensor(tokens)])
        return Sampler(self._sampling, banned, self._generator)

    @torch.inference_mode()
    def happens(self, logits: Tensor, token: int) -> bool:
        """Whether a rare event comes now, drawn with its own probability; logits are [1, vocab].

        Temperature and nucleus would all but rule out a token as rare as the end of a chapter.
        """
        probability = torch.softmax(logits.float(), dim=1)[0, token]
        return bool(torch.rand(1, generator=self._generator) < probability.cpu())

    @torch.inference_mode()
    def draw(self, logits: Tensor) -> Tensor:
        """One token a row: logits [batch, vocab] → tokens [batch]."""
        logits = logits.float().index_fill(1, self._banned, float("-inf"))
        if self._sampling.temperature == 0:
            return logits.argmax(dim=1)
        probabilities = torch.softmax(logits / self._sampling.temperature, dim=1).cpu()
        ordered, tokens = _likeliest(probabilities, self._sampling.top_p)
        if self._sampling.top_p < 1:
            before = ordered.cumsum(dim=1) - ordered
            ordered = ordered.masked_fill(before >= self._sampling.top_p, 0.0)
        chosen = torch.multinomial(ordered, 1, generator=self._generator)
        return tokens.gather(1, chosen)[:, 0].to(logits.device)


def _likeliest(probabilities: Tensor, share: float) -> tuple[Tensor, Tensor]:
    """The likeliest tokens of each row, from the first on: enough of them for a share of the whole.

    Returns their probabilities and the tokens. Where FIRST_LOOK of a large vocabulary are enough, only they are sorted.
    """
    if probabilities.shape[1] > FIRST_LOOK:
        ordered, tokens = probabilities.topk(FIRST_LOOK, dim=1)
        if bool((ordered.sum(dim=1) > share).all()):
            return ordered, tokens
    return probabilities.sort(dim=1, descending=True)
