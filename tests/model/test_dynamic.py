from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from model.books import parse_book
from model.corpus import tokens_of
from model.dynamic import mixed_nats, nats_while_learning
from model.ensemble import Model, model_of
from model.evaluation import nats_of
from model.version import CLUSTER, Shape
from model.writer import Writer, load
from tests.books import tiny_book

WHOLE = Shape(vocab=50, embedding=16, hidden=24, layers=2)
PAIR = Shape(vocab=50, embedding=16, hidden=24, layers=2, members=2)
WITH_RARE_WORDS = Shape(vocab=20 + CLUSTER, embedding=16, hidden=24, layers=2, rare=CLUSTER, rare_embedding=4)


@pytest.fixture(scope="module")
def writer(tiny_version: Path) -> Writer:
    return load(tiny_version)


def nats(model: Model, stream: NDArray[np.int64]) -> float:
    return nats_while_learning(model, stream, lambda share: None)


@pytest.mark.parametrize(("shape", "read"), [(WHOLE, 16), (WHOLE, 17), (WHOLE, 40), (PAIR, 40), (WITH_RARE_WORDS, 21)])
def test_no_token_is_scored_with_knowledge_of_itself(shape: Shape, read: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.dynamic.STEPS", 8)
    torch.manual_seed(3)
    model = model_of(shape).eval()
    stream = np.random.default_rng(5).integers(0, 20, read + 1)
    before = nats(model, stream)

    shares = [math.exp(before - nats(model, np.append(stream, token))) for token in range(shape.vocab)]

    assert sum(shares) == pytest.approx(1, abs=1e-3)
    assert max(shares) > 1.2 * min(shares)


def test_a_name_that_recurs_is_learned_and_the_model_stays_as_it_was(writer: Writer) -> None:
    book = parse_book(tiny_book(chapters=6, seed=9).replace("Athos", "Grimaud"), "g.txt")
    stream = tokens_of(book, writer.tokenizer)
    before = {name: value.clone() for name, value in writer.model.state_dict().items()}

    assert nats(writer.model, stream) < 0.9 * nats_of(writer.model, [stream])[0]
    assert all(torch.equal(before[name], value) for name, value in writer.model.state_dict().items())


def test_the_copy_learns_what_the_caches_cannot_recall(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = tokens_of(parse_book(tiny_book(chapters=8, seed=9).replace("the", "ye"), "y.txt"), writer.tokenizer)
    monkeypatch.setattr("model.dynamic.SHARPNESS", ())
    learning = nats(writer.model, stream)
    monkeypatch.setattr("model.dynamic.PACES", ((0.0, 0.0),))

    assert learning < 0.95 * nats(writer.model, stream)


def test_an_expert_that_fails_costs_next_to_nothing() -> None:
    good, bad = np.full(2_000, 0.5), np.full(2_000, 1e-9)
    trust = np.array([0.5, 0.5])

    assert mixed_nats(np.stack([good, bad], axis=1), trust) < 1.03 * 2_000 * math.log(2)
    assert trust[0] > 0.999


def test_experts_that_take_turns_beat_each_alone() -> None:
    turns = np.tile([[0.9, 0.1], [0.1, 0.9]], (1_000, 1))

    assert mixed_nats(turns, np.array([0.9, 0.1])) < 0.72 * 2_000 < -np.log(turns).sum(axis=0).min()
