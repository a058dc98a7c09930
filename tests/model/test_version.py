import pytest

from model.lstm import LSTM
from model.version import CLUSTER, Shape, tensor_shapes


@pytest.mark.parametrize("rare", [0, CLUSTER])
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_the_expected_tensors_are_those_of_the_model(layers: int, rare: int) -> None:
    shape = Shape(vocab=50 + rare, embedding=6, hidden=8, layers=layers, rare=rare, rare_embedding=2 if rare else 0)
    found = {name: list(tensor.shape) for name, tensor in LSTM(shape).state_dict().items()}
    assert tensor_shapes(shape) == found
