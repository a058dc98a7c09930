"""Muon: directions and neurons are learned at the same pace, an update has Adam's size, and a quadratic is solved."""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor

import pytest
import torch
from torch import Tensor, nn

from model.muon import ADAMS_SIZE, Muon, inverse_root

SHAPES = [(24, 8), (8, 24), (16, 16)]
RATE = 0.01


def muon_for(parameter: nn.Parameter, weight_decay: float = 0.0, refresh: int = 1) -> Muon:
    """Muon without momentum, so that an update depends on its own gradient and on how large rows have been."""
    return Muon([parameter], RATE, 0.0, weight_decay, refresh)


def update_by(muon: Muon, parameter: nn.Parameter, gradient: Tensor) -> Tensor:
    """What one step subtracts from the parameter, in learning rates."""
    before = parameter.detach().clone()
    parameter.grad = gradient.clone()
    muon.step()
    return (before - parameter.detach()) / RATE


def ill_conditioned(rows: int, columns: int) -> Tensor:
    """A gradient whose directions differ a hundredfold in size."""
    generator = torch.Generator().manual_seed(1)
    left, _, right = torch.linalg.svd(torch.randn(rows, columns, generator=generator), full_matrices=False)
    return torch.as_tensor(left * torch.logspace(0, -2, min(rows, columns)) @ right)


@pytest.mark.parametrize("shape", SHAPES)
def test_root_makes_a_gradient_nearly_orthogonal(shape: tuple[int, int]) -> None:
    gradient = ill_conditioned(*shape)
    tall = gradient if shape[0] >= shape[1] else gradient.t()
    sizes = torch.linalg.svdvals(tall @ inverse_root(tall.t() @ tall))
    assert sizes.max() < 1.2
    assert sizes.min() > 0.3  # of a direction a hundred times as weak as the strongest


@pytest.mark.parametrize("shape", SHAPES)
def test_update_has_adams_size(shape: tuple[int, int]) -> None:
    parameter = nn.Parameter(torch.zeros(shape))
    update = update_by(muon_for(parameter), parameter, 1e-6 * ill_conditioned(*shape))
    torch.testing.assert_close(update.square().mean().sqrt(), torch.tensor(ADAMS_SIZE), rtol=1e-3, atol=0)


@pytest.mark.parametrize("shape", SHAPES)
def test_neurons_learn_equally_fast(shape: tuple[int, int]) -> None:
    gradient = ill_conditioned(*shape)
    gradient[0] *= 0.01
    parameter = nn.Parameter(torch.zeros(shape))
    rows = torch.linalg.vector_norm(update_by(muon_for(parameter), parameter, gradient), dim=1)
    torch.testing.assert_close(rows, rows.mean().expand_as(rows), rtol=1e-3, atol=0)


def test_neuron_without_a_gradient_stays() -> None:
    gradient = ill_conditioned(24, 8)
    gradient[3] = 0
    parameter = nn.Parameter(torch.ones(24, 8))
    update = update_by(muon_for(parameter), parameter, gradient)
    assert torch.equal(update[3], torch.zeros(8))
    assert update.isfinite().all()


def test_no_gradient_at_all_changes_nothing_but_the_decay() -> None:
    parameter = nn.Parameter(torch.ones(8, 8))
    update = update_by(muon_for(parameter, weight_decay=0.5), parameter, torch.zeros(8, 8))
    torch.testing.assert_close(update, 0.5 * torch.ones(8, 8), rtol=1e-3, atol=0)


@pytest.mark.parametrize("refresh", [1, 20])
def test_learns_a_matrix(refresh: int) -> None:
    wanted = ill_conditioned(24, 8)
    parameter = nn.Parameter(torch.zeros(24, 8))
    muon = Muon([parameter], RATE, 0.9, 0.0, refresh)
    for step in range(400):
        muon.param_groups[0]["lr"] = RATE * (1 - step / 400)
        parameter.grad = (parameter - wanted).detach()
        muon.step()
    assert torch.linalg.matrix_norm(parameter.detach() - wanted) < 0.01 * torch.linalg.matrix_norm(wanted)


def test_threads_learn_what_one_learns() -> None:
    def learned(pool: Executor | None) -> list[Tensor]:
        matrices = [nn.Parameter(torch.zeros(shape)) for shape in SHAPES]
        muon = Muon([*matrices, nn.Parameter(torch.zeros(2, 2))], RATE, 0.9, 0.1, 2, pool=pool)  # one has no gradient
        for _ in range(15):
            for matrix in matrices:
                matrix.grad = ill_conditioned(*matrix.shape) - matrix.detach()
            muon.step()
        return [matrix.detach() for matrix in matrices]

    alone = learned(None)
    with ThreadPoolExecutor(2) as pool:
        together = learned(pool)
    for one, other in zip(alone, together, strict=True):
        torch.testing.assert_close(other, one)
        assert one.any()


def test_goes_on_from_a_checkpoint_without_neurons() -> None:
    parameter = nn.Parameter(torch.zeros(24, 8))
    muon = muon_for(parameter)
    update_by(muon, parameter, ill_conditioned(24, 8))
    del muon.state[parameter]["neurons"]
    assert update_by(muon, parameter, ill_conditioned(24, 8)).isfinite().all()
