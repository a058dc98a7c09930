"""Our sampler for loops that are not ours, so that a comparison is one of models and not of samplers."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from model.sampling import Knobs, Sampling, chances, draw


class Drawer:
    """Draws one token for each of some rows, again and again, never one of `banned`."""

    def __init__(self, samplings: Sequence[Sampling], banned: Sequence[int] = (), device: str = "cpu") -> None:
        self.device = device
        self._seeds = [sampling.seed for sampling in samplings]
        self._knobs = Knobs.of(samplings, device)
        self._banned = torch.tensor(banned, dtype=torch.int64, device=device)
        self._place = 0

    @torch.inference_mode()
    def draw(self, logits: Tensor) -> Tensor:
        """Tokens [rows] from logits [rows, vocab]."""
        uniform = torch.from_numpy(chances(self._seeds, [self._place] * len(self._seeds), 1))[:, 0, 1:]
        self._place += 1
        return draw(logits.float().index_fill(1, self._banned, -torch.inf), self._knobs, uniform.to(self.device))
