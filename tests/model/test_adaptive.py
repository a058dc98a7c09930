from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from model.adaptive import FREQUENT, WHOLE_SOFTMAX, RowAdagrad, with_rare_words
from model.lstm import LSTM
from model.products import Precision
from model.step import Stepper
from model.version import CLUSTER, Shape

SHAPE = Shape(vocab=50 + 3 * CLUSTER, embedding=16, hidden=24, layers=2, rare=3 * CLUSTER, rare_embedding=4)
BOUNDS: dict[Precision, float] = {"float32": 1e-5, "bfloat16": 0.02, "int8": 0.03}


@pytest.fixture
def model() -> LSTM:
    torch.manual_seed(3)
    return LSTM(SHAPE)


def test_only_large_vocabularies_have_rare_words() -> None:
    whole = Shape(vocab=WHOLE_SOFTMAX, embedding=64, hidden=64, layers=1)
    assert with_rare_words(whole) == whole
    large = with_rare_words(Shape(vocab=793_471, embedding=320, hidden=640, layers=2))
    assert large.rare % CLUSTER == 0
    assert FREQUENT <= large.frequent < FREQUENT + CLUSTER
    assert large.head < 1.5 * FREQUENT


def test_probabilities_sum_to_one(model: LSTM) -> None:
    logits = model.logits(torch.randn(5, 7, SHAPE.embedding))
    assert logits.shape == (5, 7, SHAPE.vocab)
    torch.testing.assert_close(logits.exp().sum(-1), torch.ones(5, 7))


def test_probabilities_agree_with_a_naive_computation(model: LSTM) -> None:
    feature = torch.randn(SHAPE.embedding)
    logits = model.logits(feature)
    assert model.rare is not None
    head = torch.softmax(model.embedding.weight @ feature + model.output_bias, dim=0)
    torch.testing.assert_close(logits[:50].exp(), head[:50])
    for cluster in range(3):
        vectors = model.rare.vectors[cluster * CLUSTER : (cluster + 1) * CLUSTER]
        members = torch.softmax(model.rare.projection(vectors) @ feature, dim=0)
        begin = 50 + cluster * CLUSTER
        torch.testing.assert_close(logits[begin : begin + CLUSTER].exp(), head[50 + cluster] * members)


def test_a_model_expects_what_is_frequent_before_it_has_learned_anything(model: LSTM) -> None:
    counts = np.random.default_rng(1).integers(1, 1_000, SHAPE.vocab).astype(np.float64)

    model.expect(counts)

    chances = model.logits(torch.zeros(SHAPE.embedding)).exp().detach().numpy()
    clusters = counts[50:].reshape(-1, CLUSTER).mean(axis=1, keepdims=True).repeat(CLUSTER, axis=1)
    np.testing.assert_allclose(chances, np.concatenate([counts[:50], clusters.flatten()]) / counts.sum(), rtol=1e-4)


@pytest.mark.parametrize("highest", [50, SHAPE.vocab])
def test_the_loss_is_the_targets_logarithm(model: LSTM, highest: int) -> None:
    features, targets = torch.randn(9, 4, SHAPE.embedding), torch.randint(highest, (9, 4))
    naive = -model.logits(features).log_softmax(-1).gather(-1, targets[..., None])[..., 0]
    torch.testing.assert_close(model.loss(features, targets), naive)


def test_the_loss_without_rare_words_is_the_cross_entropy() -> None:
    model = LSTM(Shape(vocab=50, embedding=16, hidden=24, layers=1))
    features, targets = torch.randn(9, 4, 16), torch.randint(50, (9, 4))
    naive = -model.logits(features).log_softmax(-1).gather(-1, targets[..., None])[..., 0]
    torch.testing.assert_close(model.loss(features, targets), naive)


def test_a_step_agrees_with_the_whole_model(model: LSTM) -> None:
    tokens = torch.randint(SHAPE.vocab, (12, 4))
    logits, _ = model.eval()(tokens, model.start(4))
    for precision, bound in BOUNDS.items():
        stepper = Stepper(model, precision)
        rows = stepper.rows(4)
        for step in range(12):
            stepper.step(tokens[step], rows)
        torch.testing.assert_close(stepper.logits(rows), logits[-1], atol=bound, rtol=bound)


def backward(model: LSTM, inputs: torch.Tensor, targets: torch.Tensor) -> None:
    features, _ = model.features(inputs, model.start(inputs.shape[1]))
    model.loss(features, targets).mean().backward()  # type: ignore[no-untyped-call]


def test_a_step_leaves_unused_rows_alone(model: LSTM) -> None:
    assert model.rare is not None
    before = model.rare.vectors.detach().clone()
    inputs, targets = torch.tensor([[3], [50 + 300], [7]]), torch.tensor([[50 + 300], [7], [50 + 310]])
    backward(model.train(), inputs, targets)
    assert model.rare.vectors.grad is not None
    assert model.rare.vectors.grad.is_sparse
    RowAdagrad(model.row_parameters(), lr=0.1).step()
    changed = (model.rare.vectors != before).any(dim=1).nonzero()[:, 0]
    assert changed.tolist() == list(range(CLUSTER, 2 * CLUSTER))


def test_sparse_gradients_are_the_dense_ones(model: LSTM) -> None:
    assert model.rare is not None
    tokens = torch.randint(SHAPE.vocab, (10, 4))
    gradients = []
    for mode in (True, False):
        model.zero_grad()
        backward(model.train(mode), tokens[:-1], tokens[1:])
        assert model.rare.vectors.grad is not None
        gradients.append(model.rare.vectors.grad)
    torch.testing.assert_close(gradients[0].to_dense(), gradients[1])


def test_rare_words_are_learned(model: LSTM) -> None:
    tokens = torch.randint(50, SHAPE.vocab, (10, 4))
    dense = torch.optim.AdamW(model.dense_parameters(), lr=1e-2)
    rows = RowAdagrad(model.row_parameters(), lr=0.1)
    model.train()
    for _ in range(60):
        model.zero_grad()
        backward(model, tokens[:-1], tokens[1:])
        dense.step()
        rows.step()
    features, _ = model.eval().features(tokens[:-1], model.start(4))
    assert float(model.loss(features, tokens[1:]).detach().mean()) < 0.4 * math.log(SHAPE.vocab)
