from __future__ import annotations

import pytest
import torch
from torch import Tensor

from model.lstm import LSTM, Dropout
from model.readers import LEAST_VALUES, Batch, Readers
from model.version import Shape

LANES = 16
ENOUGH = LEAST_VALUES * 2 // LANES
"""Hidden values of a model that two threads read."""


def model_of(hidden: int) -> LSTM:
    torch.manual_seed(1)
    return LSTM(Shape(vocab=50, embedding=16, hidden=hidden, layers=2), Dropout(0.1, 0.2, 0.3))


def read(model: LSTM, readers: Readers) -> tuple[Tensor, Tensor, list[Tensor]]:
    """The loss of some batch, the hidden state behind it, and the gradients."""
    torch.manual_seed(2)
    text = torch.randint(50, (8, LANES))
    batch = Batch(text[:-1], text[1:], model.draw_masks(LANES), text[1:].numel())
    loss, after = readers.read(batch, model.start(LANES))
    gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    return loss, after.hidden, gradients


def test_two_threads_read_a_batch_as_one_does() -> None:
    alone, shared = model_of(ENOUGH), model_of(ENOUGH)
    loss, hidden, gradients = read(alone, Readers(alone, LANES, torch.float32, threads=1))
    two = Readers(shared, LANES, torch.float32, threads=2)
    same_loss, same_hidden, same_gradients = read(shared, two)

    assert two.count == 2
    assert float(same_loss) == pytest.approx(float(loss), rel=1e-5)
    torch.testing.assert_close(same_hidden, hidden)
    assert len(gradients) == len(list(alone.parameters()))
    torch.testing.assert_close(same_gradients, gradients)


@pytest.mark.parametrize(("hidden", "lanes", "count"), [(ENOUGH - 1, LANES, 1), (ENOUGH, LANES, 2), (ENOUGH * 4, 8, 1)])
def test_as_many_threads_read_as_are_worth_it(hidden: int, lanes: int, count: int) -> None:
    assert Readers(model_of(hidden), lanes, torch.float32, threads=2).count == count
