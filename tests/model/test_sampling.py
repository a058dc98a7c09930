from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from model.sampling import (
    RECENT,
    ROUNDS,
    Knobs,
    Sampling,
    _look,
    _look_again,
    _look_all_rounds,
    chances,
    count_less,
    discourage,
    draw,
)

SPREAD = torch.tensor([0.3, 0.02, 0.2, 0.1, 0.05, 0.15, 0.08, 0.1])


def drawn(logits: Tensor, sampling: Sampling, count: int) -> list[int]:
    """Tokens of `count` rows that have the same logits, and seeds of their own."""
    uniform = torch.from_numpy(chances(list(range(count)), [3] * count, 1))[:, 0, 1:]
    return draw(logits.expand(count, -1).clone(), Knobs.of([sampling] * count), uniform).tolist()


def kept_by(sampling: Sampling, probabilities: np.ndarray) -> np.ndarray:
    """The exact distribution, by the definition of each limit."""
    heated = probabilities ** (1 / sampling.temperature)
    heated /= heated.sum()
    order = np.argsort(-heated, kind="stable")
    before = np.concatenate([[0.0], np.cumsum(heated[order])[:-1]])
    keep = (before < sampling.top_p) | (sampling.top_p >= 1)
    keep &= (np.arange(len(order)) < sampling.top_k) | (sampling.top_k == 0)
    keep &= heated[order] >= sampling.min_p * heated.max()
    exact = np.zeros_like(heated)
    exact[order[keep]] = heated[order[keep]]
    return exact / exact.sum()


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(1.0, 1.0, min_p=0.0),
        Sampling(0.6, 1.0, min_p=0.0),
        Sampling(1.7, 1.0, min_p=0.0),
        Sampling(1.0, 0.75, min_p=0.0),
        Sampling(0.8, 0.33, min_p=0.0),
        Sampling(1.0, 1.0, top_k=3, min_p=0.0),
        Sampling(1.0, 1.0, top_k=1, min_p=0.0),
        Sampling(1.0, 1.0, min_p=0.3),
        Sampling(0.9, 0.92, top_k=5, min_p=0.1),
    ],
)
def test_draws_follow_the_distribution(sampling: Sampling) -> None:
    count = 40_000
    spread = SPREAD.clone()
    spread[7] += 0.001  # no ties
    exact = kept_by(sampling, spread.double().numpy() / float(spread.sum()))
    counts = np.bincount(drawn(spread.log(), sampling, count), minlength=8)

    assert not counts[exact == 0].any()
    found, expected = counts[exact > 0], count * exact[exact > 0]
    chi_square = float(((found - expected) ** 2 / expected).sum())
    assert chi_square < [0, 10.9, 13.9, 16.3, 18.5, 20.6, 22.5, 24.4, 26.2][len(found) - 1] + 1e-9  # p = 0.001


def test_a_large_vocabulary_is_drawn_as_it_should() -> None:
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn(8192, generator=generator) * 3
    sampling, count = Sampling(0.9, 0.95, min_p=0.0), 12_000
    exact = kept_by(sampling, torch.softmax(logits.double(), 0).numpy())
    counts = np.bincount(drawn(logits, sampling, count), minlength=8192)

    assert not counts[exact == 0].any()
    likely = exact > 5 / count
    found = np.append(counts[likely], counts[~likely].sum())
    expected = count * np.append(exact[likely], exact[~likely].sum())
    chi_square = float(((found - expected) ** 2 / expected).sum())
    degrees = len(found) - 1
    assert chi_square < degrees + 3.1 * math.sqrt(2 * degrees) + 10


def test_temperature_zero_is_the_likeliest_also_beside_warm_rows() -> None:
    logits = torch.randn(6, 100, generator=torch.Generator().manual_seed(2))
    knobs = Knobs.of([Sampling(temperature=0), Sampling(2.0)] * 3)
    uniform = torch.from_numpy(chances(list(range(6)), [0] * 6, 1))[:, 0, 1:]
    assert draw(logits, knobs, uniform)[::2].tolist() == logits.argmax(1)[::2].tolist()


def test_a_row_draws_the_same_alone_and_among_others() -> None:
    samplings = [Sampling(0.5 + row / 20, 0.5 + row / 64, row, top_k=row % 5, min_p=row / 400) for row in range(32)]
    logits = torch.randn(32, 500, generator=torch.Generator().manual_seed(3))
    uniform = torch.from_numpy(chances([s.seed for s in samplings], [7] * 32, 1))[:, 0, 1:]
    together = draw(logits, Knobs.of(samplings), uniform)
    for row, sampling in enumerate(samplings):
        alone = draw(logits[row : row + 1], Knobs.of([sampling]), uniform[row : row + 1])
        assert int(alone) == int(together[row])


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.floats(-1e30, 1e30) | st.just(-math.inf), min_size=2, max_size=30),
    st.floats(0.01, 100),
    st.floats(0.01, 1),
    st.integers(0, 3),
    st.floats(0, 1),
    st.integers(0, 2**31),
)
def test_any_numbers_give_a_token_that_may_be_drawn(
    numbers: list[float], temperature: float, top_p: float, top_k: int, min_p: float, seed: int
) -> None:
    logits = torch.tensor(numbers)
    uniform = torch.from_numpy(chances([seed], [0], 1))[:, 0, 1:]
    token = int(draw(logits[None].clone(), Knobs.of([Sampling(temperature, top_p, seed, top_k, min_p)]), uniform))
    if not bool(torch.isfinite(logits).any()):
        assert token == -1
    else:
        assert bool(torch.isfinite(logits[token]))


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_numbers_out_of_range_are_said_and_harm_no_neighbour(bad: float) -> None:
    logits = torch.randn(2, 50, generator=torch.Generator().manual_seed(4))
    uniform = torch.from_numpy(chances([1, 2], [0, 0], 1))[:, 0, 1:]
    knobs = Knobs.of([Sampling(), Sampling()])
    whole = draw(logits.clone(), knobs, uniform)
    logits[0, 3] = bad
    assert draw(logits, knobs, uniform).tolist() == [-1, int(whole[1])]


def test_the_edges_of_chance_are_tokens_too() -> None:
    logits = torch.tensor([[-math.inf, 0.0, 1.0, -math.inf]])
    for edge in (0.0, 1 - 2**-23):
        assert int(draw(logits, Knobs.of([Sampling(1.0, 1.0, min_p=0.0)]), torch.full((1, ROUNDS), edge))) in (1, 2)


def test_recent_words_are_as_much_less_likely_as_asked() -> None:
    logits = torch.tensor([[1.0, 2.0, 3.0, -math.inf]]).repeat(2, 1)
    recent = torch.full((2, RECENT), 3)
    recent[:, :3] = torch.tensor([1, 1, 2])
    discourage(logits, recent, Knobs.of([Sampling(repetition=2.0), Sampling()]))
    torch.testing.assert_close(logits[0, :3].exp(), torch.tensor([1.0, 2.0, 3.0]).exp() / torch.tensor([1, 2.0, 2.0]))
    torch.testing.assert_close(logits[1, :3], torch.tensor([1.0, 2.0, 3.0]))


def test_common_tokens_are_favoured_as_much_as_asked() -> None:
    common = torch.tensor([3.0, 0.0, -2.0])
    logits = torch.tensor([[1.0, 2.0, -math.inf]]).repeat(3, 1)
    count_less(logits, common, Knobs.of([Sampling(commonness=1.0), Sampling(commonness=0.25), Sampling(commonness=0)]))
    assert logits.tolist() == [[1.0, 2.0, -math.inf], [-1.25, 2.0, -math.inf], [-2.0, 2.0, -math.inf]]


def test_chances_depend_on_seed_and_place_alone_and_are_even() -> None:
    many = chances([5, 6, 2**31 - 1], [0, 40, 9], 50)
    assert np.array_equal(many[1, 3], chances([6], [43], 1)[0, 0])
    assert len(np.unique(many[..., :8])) > 0.99 * many[..., :8].size
    assert many.min() >= 0 and many.max() < 1
    values = chances(list(range(400)), [0] * 400, 8).ravel()
    counts = np.histogram(values, bins=50, range=(0, 1))[0]
    assert float(((counts - values.size / 50) ** 2 / (values.size / 50)).sum()) < 85.4  # p = 0.001
    neighbours = np.corrcoef(chances([1], [0], 500)[0].ravel(), chances([2], [0], 500)[0].ravel())[0, 1]
    assert abs(neighbours) < 0.03


def test_all_rounds_for_every_row_draw_what_rounds_for_some_do() -> None:
    samplings = [Sampling(1.0 + row / 40, 0.2 + row / 50, row, top_k=row % 7, min_p=row / 500) for row in range(40)]
    shares = torch.softmax(torch.randn(40, 300, generator=torch.Generator().manual_seed(5)), dim=1)
    likeliest, knobs = shares.amax(dim=1, keepdim=True), Knobs.of(samplings)
    uniform = torch.from_numpy(chances([s.seed for s in samplings], [2] * 40, 1))[:, 0, 1:]
    tokens, allowed = _look(shares, likeliest, knobs, knobs.limits, uniform[:, :1])
    assert allowed is not None
    assert 5 < int(allowed.sum()) < 35
    on_gpu = _look_all_rounds(tokens, allowed, shares, likeliest, knobs, uniform)
    _look_again(tokens, ~allowed, shares, likeliest, knobs, uniform)
    assert torch.equal(on_gpu, tokens)
