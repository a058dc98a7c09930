from __future__ import annotations

import pytest
import torch
from torch import Tensor

from model import products, recurrence
from model.lstm import LSTM, Dropout, State
from model.recurrence import WIDE, run_layer
from model.softmax import nats_of
from model.version import Shape

ROUGHLY = 0.02
"""How far bfloat16, with its 8 bits, may be from float32; a wrong formula is far more."""

needs_bfloat16 = pytest.mark.skipif(not products.has_bfloat16(), reason="this CPU does not multiply in bfloat16")


def distance(found: Tensor, expected: Tensor) -> float:
    return float((found.float() - expected).norm() / expected.norm())


def read(model: LSTM, precision: torch.dtype) -> tuple[float, State, list[Tensor]]:
    """The mean loss of some batch, the state behind it, and the gradients."""
    torch.manual_seed(2)
    tokens = torch.randint(model.shape.vocab, (13, 6))
    state = State(torch.rand(2, 6, 40) - 0.5, torch.randn(2, 6, 40))
    masks = model.draw_masks(6)
    model.zero_grad()
    with torch.autocast("cpu", precision, enabled=precision != torch.float32):
        features, after = model.features(tokens[:-1], state, masks)
        loss = model.loss(features, tokens[1:]).mean()
    loss.backward()  # type: ignore[no-untyped-call]
    return loss.item(), after.detach(), [value.grad.clone() for value in model.parameters() if value.grad is not None]


@needs_bfloat16
@pytest.mark.parametrize("wide", [40, 41], ids=["wide", "narrow"])
@pytest.mark.parametrize("width", [0, 32], ids=["LSTM layers alone", "feed-forward layers"])
def test_learning_in_bfloat16_has_the_gradients_of_float32(
    width: int, wide: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recurrence, "WIDE", wide)
    torch.manual_seed(1)
    shape = Shape(vocab=60, embedding=24, hidden=40, layers=2, feed_forward=width, between=width, skips=width > 0)
    model = LSTM(shape, Dropout(0.1, 0.2, 0.3))
    for layer in model.feed_forwards:
        torch.nn.init.xavier_uniform_(layer.outputs.weight)
    loss, after, gradients = read(model, torch.float32)
    rough_loss, rough_after, rough = read(model, torch.bfloat16)

    assert rough_loss == pytest.approx(loss, rel=1e-3)
    assert distance(rough_after.hidden, after.hidden) < ROUGHLY
    assert distance(rough_after.cell, after.cell) < ROUGHLY
    assert len(gradients) == len(list(model.parameters())) == len(rough)
    assert max(distance(found, expected) for found, expected in zip(rough, gradients, strict=True)) < ROUGHLY


@needs_bfloat16
def test_only_learning_in_bfloat16_takes_its_own_way() -> None:
    layer, x, state = torch.nn.LSTM(8, WIDE), torch.randn(3, 2, 8), torch.zeros(1, 2, WIDE)
    narrow, less = torch.nn.LSTM(8, WIDE - 1), torch.zeros(1, 2, WIDE - 1)
    features, weight, bias = torch.randn(5, 8), torch.randn(9, 8, requires_grad=True), torch.zeros(9)
    tokens = torch.tensor([0, 8, 3, 3, 1])

    def ways() -> list[str]:
        ends = (run_layer(layer, x, state, state)[0], nats_of(features, weight, bias, tokens))
        return [end.grad_fn.name() if end.grad_fn is not None else "" for end in ends]

    with torch.autocast("cpu", torch.bfloat16):
        assert ways() == ["_LayerBackward", "_NatsBackward"]
        assert run_layer(narrow, x, less, less)[0].grad_fn.name() not in ("_LayerBackward", "")
        with torch.no_grad():
            assert ways() == ["", ""]
    assert not {"_LayerBackward", "_NatsBackward", ""} & set(ways())
