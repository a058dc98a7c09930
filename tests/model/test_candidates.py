"""The softmax over candidates that most of a training learns with."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from model.books import parse_book
from model.candidates import DRAWN, FREQUENT, SAMPLED_UNTIL, SMALLEST, CandidateSampler
from model.learner import Learner
from model.lstm import LSTM
from model.settings import TrainSettings
from model.training import train
from model.version import CLUSTER, Shape
from tests.books import tiny_book

ENTRIES = 400
COUNTS = np.random.default_rng(1).permutation(1.0 / np.arange(1, ENTRIES + 1))
SETTINGS = TrainSettings(name="t", budget_s=None, epochs=3, preset="tiny", device="cpu")


def test_frequent_entries_and_those_of_the_batch_always_take_part() -> None:
    torch.manual_seed(1)
    frequent = set(np.argsort(-COUNTS)[: ENTRIES // FREQUENT].tolist())
    meant = torch.from_numpy(np.argsort(COUNTS)[:20].reshape(4, 5).copy())

    candidates = CandidateSampler(COUNTS).draw(meant)

    sure = frequent | set(meant.flatten().tolist())
    others = ENTRIES - len(sure)
    entries = candidates.entries.tolist()
    assert len(set(entries)) == len(entries) == len(sure) + math.ceil(others / DRAWN)
    assert set(entries) > sure
    assert candidates.places[candidates.entries].tolist() == list(range(len(entries)))
    counted = dict(zip(entries, candidates.weights.exp().tolist(), strict=True))
    assert all(counted[entry] == (1 if entry in sure else pytest.approx(DRAWN, rel=0.02)) for entry in entries)


def test_what_probabilities_are_divided_by_is_right_on_average() -> None:
    torch.manual_seed(2)
    logits, meant, sampler = torch.randn(ENTRIES), torch.arange(10), CandidateSampler(COUNTS)

    draws = (sampler.draw(meant) for _ in range(2_000))
    sums = torch.stack([(logits[drawn.entries] + drawn.weights).exp().sum() for drawn in draws])

    whole = logits.exp().sum()
    assert float(sums.std()) > 0.01 * float(whole)
    torch.testing.assert_close(sums.mean(), whole, rtol=0.005, atol=0)


@pytest.mark.parametrize("rare", [0, 3 * CLUSTER])
def test_a_batch_that_has_every_entry_costs_what_the_whole_softmax_says(rare: int) -> None:
    torch.manual_seed(3)
    model = LSTM(Shape(vocab=50 + rare, embedding=16, hidden=24, layers=1, rare=rare, rare_embedding=4 if rare else 0))
    tokens = torch.randperm(50 + rare).view(1, -1)
    features = torch.randn(1, 50 + rare, 16)
    candidates = CandidateSampler(model.entry_counts(np.ones(50 + rare))).draw(model.entries(tokens))

    torch.testing.assert_close(model.loss(features, tokens, candidates), model.loss(features, tokens))


def test_only_candidates_learn() -> None:
    torch.manual_seed(4)
    model = LSTM(Shape(vocab=ENTRIES, embedding=16, hidden=24, layers=1))
    tokens = torch.randint(ENTRIES, (3, 4))
    candidates = CandidateSampler(COUNTS).draw(tokens)

    model.loss(torch.randn(3, 4, 16), tokens, candidates).sum().backward()  # type: ignore[no-untyped-call]

    learned = {int(entry) for entry in candidates.entries}
    for parameter in (model.embedding.weight, model.output_bias):
        assert parameter.grad is not None
        assert set(torch.nonzero(parameter.grad.view(ENTRIES, -1).abs().sum(1)).flatten().tolist()) == learned


def test_small_vocabularies_and_gpus_take_the_whole_softmax() -> None:
    assert CandidateSampler.for_softmax(np.ones(SMALLEST - 1), "cpu") is None
    assert CandidateSampler.for_softmax(np.ones(SMALLEST), "cpu") is not None
    assert CandidateSampler.for_softmax(np.ones(SMALLEST), "cuda") is None


def test_a_training_ends_with_the_whole_softmax(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.candidates.SMALLEST", 1)
    sampled: list[tuple[float, bool]] = []
    step = Learner.step

    def noting(self: Learner, rate: float, sampler: CandidateSampler | None = None) -> bool:
        sampled.append((self.lanes.rounds / 3, sampler is not None))
        return step(self, rate, sampler)

    monkeypatch.setattr(Learner, "step", noting)
    report = train([parse_book(tiny_book(chapters=12), "tower.txt")], [], tmp_path / "t", SETTINGS)

    assert all(by_candidates == (fraction < SAMPLED_UNTIL) for fraction, by_candidates in sampled)
    assert {by_candidates for _, by_candidates in sampled} == {True, False}
    assert report.info.metrics.valid_bits_per_char < 2.2
