"""Muon (Jordan et al. 2024), with neurons that learn equally fast, for the LSTM's matrices, at a tenth of its price.

The momentum is made orthogonal before it is applied, so all directions that it holds are learned at the same pace.
`U V^T` of a momentum `M = U S V^T` is `M (M^T M)^(-1/2)`; that inverse root changes slowly, so it is computed for each
matrix every `refresh` steps only, on the smaller side, and a step costs one product, in `precision`. Newton-Schulz
coefficients: Polar Express (Amsel et al. 2025). What is orthogonal still moves some neurons far and others hardly, so
each neuron's part is divided by how large such parts have been lately (NorMuon, Li et al. 2025). The whole is scaled
to Adam's size (Liu et al. 2025).
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

ADAMS_SIZE = 0.2
"""Root mean square of an update of Adam's, in learning rates."""
NEURON_BETA = 0.95
"""Of the running mean of squares that a neuron's part of the update is divided by."""
ALWAYS = 10
"""First steps, in which the momentum changes too fast for an old root."""
_NEWTON_SCHULZ = (
    (4.0848, -6.8946, 2.9270),
    (3.9505, -6.3029, 2.6377),
    (3.7418, -5.5913, 2.3037),
    (2.8769, -3.1427, 1.2046),
    (2.8366, -3.0525, 1.2012),
)
EXACT = 2
"""First Newton-Schulz steps that need float32; what they leave is good-natured enough for less."""
_TINY = 1e-20
_STILL = 1e-8
"""Added to what a neuron's part is divided by, of an update of norm 1: neurons that stand still are left so."""


class Muon(Optimizer):
    """Momentum of matrices, made orthogonal, by the threads of a `pool`: they take a matrix each."""

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        lr: float,
        momentum: float,
        weight_decay: float,
        refresh: int,
        precision: torch.dtype = torch.float32,
        pool: Executor | None = None,
    ) -> None:
        self._precision, self._pool = precision, pool
        defaults = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "refresh": refresh}
        super().__init__(parameters, defaults)

    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Change the matrices that have a gradient, the largest first: no thread is left with one in the end."""
        found = [
            (parameter, parameter.grad, group, number)
            for group in self.param_groups
            for number, parameter in enumerate(group["params"])
            if parameter.grad is not None
        ]
        found.sort(key=lambda update: -update[0].numel())
        each = map if self._pool is None else self._pool.map
        list(each(lambda update: self._update(*update), found))

    @torch.no_grad()
    def _update(self, parameter: nn.Parameter, gradient: Tensor, group: dict[str, Any], number: int) -> None:
        slots = self.state[parameter]
        if not slots:
            slots["steps"] = torch.zeros((), dtype=torch.int64)
            slots["momentum"] = torch.zeros_like(parameter)
        mean = slots["momentum"].lerp_(gradient, 1 - group["momentum"])
        ahead = gradient.lerp(mean, group["momentum"])  # Nesterov's
        tall = ahead if ahead.shape[0] >= ahead.shape[1] else ahead.t()
        slots["steps"] = slots["steps"].cpu() + 1  # whatever loading a checkpoint made of it
        steps = int(slots["steps"])
        if steps <= ALWAYS or (steps + number) % int(group["refresh"]) == 0:
            slots["root"] = inverse_root(tall.t() @ tall, self._precision)
        update = (tall.to(self._precision) @ slots["root"].to(self._precision)).float()
        update = update if tall is ahead else update.t()
        parameter.mul_(1 - group["lr"] * group["weight_decay"])
        parameter.addcmul_(update, self._scales(update, slots), value=-group["lr"])

    @staticmethod
    def _scales(update: Tensor, slots: dict[str, Tensor]) -> Tensor:
        """What to multiply each neuron's part of an update [neurons, inputs] by: [neurons, 1].

        The parts become about equally large over time, and the whole as large as one of Adam's.
        """
        parts = torch.linalg.vector_norm(update, dim=1, keepdim=True)
        squares = (parts / (torch.linalg.vector_norm(parts) + _TINY)).square() / update.shape[1]
        mean = slots.setdefault("neurons", torch.zeros_like(squares))  # which an older checkpoint has not
        mean.lerp_(squares, 1 - NEURON_BETA)
        scales: Tensor = 1 / (mean.sqrt() + _STILL)
        size = update.numel() ** 0.5 * ADAMS_SIZE
        scales *= size / (torch.linalg.vector_norm(parts * scales) + _TINY)
        return scales


def inverse_root(gram: Tensor, precision: torch.dtype = torch.float32) -> Tensor:
    """About `gram^(-1/2)` of a positive semidefinite [n, n]: its directions of little weight count a little less.

    Products of the last Newton-Schulz steps are taken in `precision`.
    """
    size = torch.linalg.matrix_norm(gram) + _TINY
    root: Tensor = gram / size
    x = root
    for number, (a, b, c) in enumerate(_NEWTON_SCHULZ):
        dtype = precision if number >= EXACT else gram.dtype
        rounded = x.to(dtype)
        factor = (rounded @ rounded).to(gram.dtype).mul_(c).add_(x, alpha=b)
        factor.diagonal().add_(a)
        root = (root.to(dtype) @ factor.to(dtype)).to(gram.dtype) if number > 0 else factor
        if number + 1 < len(_NEWTON_SCHULZ):
            factor = factor.to(dtype)
            x = (rounded @ factor @ factor).to(gram.dtype)
    return root.div(size.sqrt())
