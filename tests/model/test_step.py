from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
import torch

from model.books import parse_book
from model.corpus import tokens_of
from model.ensemble import Model, model_of
from model.lstm import State
from model.products import Precision, fbgemm_int8, has_fbgemm, pack
from model.step import Rows, Stepper
from model.version import Shape
from model.writer import load
from tests.books import tiny_book

SHAPES = [
    *(Shape(vocab=50, embedding=16, hidden=24, layers=layers) for layers in (1, 2, 3)),
    Shape(vocab=50, embedding=16, hidden=24, layers=2, feed_forward=40),
    Shape(vocab=50, embedding=16, hidden=24, layers=2, feed_forward=40, skips=True),
    *(Shape(vocab=50, embedding=16, hidden=24, layers=n, feed_forward=40, between=12, skips=True) for n in (2, 3)),
    *(Shape(vocab=50, embedding=16, hidden=24, layers=2, feed_forward=40, between=12, members=n) for n in (2, 3)),
]
PRECISIONS: list[Precision] = ["float32", "bfloat16", "int8"]
BOUNDS: dict[Precision, float] = {"float32": 1e-5, "bfloat16": 0.02, "int8": 0.03}


def random_model(shape: Shape) -> Model:
    torch.manual_seed(3)
    model = model_of(shape).eval()
    for lstm in model.lstms:
        for layer in lstm.feed_forwards:  # which begin as nothing
            torch.nn.init.xavier_uniform_(layer.outputs.weight)
    return model


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_step_agrees_with_the_whole_model(shape: Shape, precision: Precision) -> None:
    model, tokens = random_model(shape), torch.randint(50, (12, 4))
    logits, state = model(tokens, model.start(4))
    stepper = Stepper(model, precision)
    rows = stepper.rows(4)
    for step in range(12):
        stepper.step(tokens[step], rows)

    bound = BOUNDS[precision]
    torch.testing.assert_close(stepper.logits(rows), logits[-1], atol=bound, rtol=bound)
    torch.testing.assert_close(rows.get(2, shape.states).hidden[:, 0], state.hidden[:, 2], atol=bound + 1e-3, rtol=0)


@pytest.mark.parametrize("precision", ["float32", "int8"])
@pytest.mark.parametrize("version", ["tiny_version", "pair_version"])
def test_neighbours_in_a_batch_do_not_matter(
    version: str, precision: Precision, request: pytest.FixtureRequest
) -> None:
    writer = load(request.getfixturevalue(version), precision=precision)
    stepper, tokens = writer.stepper, torch.randint(writer.tokenizer.vocab, (40, 32))
    together, alone = stepper.rows(32), stepper.rows(1)
    for step in range(40):
        stepper.step(tokens[step], together)
        stepper.step(tokens[step, 7:8], alone)

    logits, same = stepper.logits(together)[7:8], stepper.logits(alone)
    torch.testing.assert_close(logits, same, atol=1e-3, rtol=0)
    if precision == "int8":
        assert torch.equal(logits, same)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("shape", [SHAPES[1], SHAPES[-2]])
def test_reading_in_parts_is_reading_at_once(shape: Shape, precision: Precision) -> None:
    model = random_model(shape)
    stepper, tokens = Stepper(model, precision), torch.randint(50, (60,))
    whole = stepper.read(tokens, model.start(1))
    parts = stepper.read(tokens[25:], stepper.read(tokens[:25], model.start(1)))
    assert torch.equal(whole.hidden, parts.hidden)
    assert torch.equal(whole.cell, parts.cell)
    assert torch.equal(stepper.read(tokens[:0], whole).hidden, whole.hidden)


@pytest.mark.parametrize("version", ["tiny_version", "pair_version"])
def test_what_a_precision_costs(version: str, request: pytest.FixtureRequest) -> None:
    folder: Path = request.getfixturevalue(version)
    text = parse_book(tiny_book(chapters=6, seed=9), "other.txt")
    nats: dict[Precision, float] = {}
    for precision in PRECISIONS:
        writer = load(folder, precision=precision)
        tokens = torch.from_numpy(tokens_of(text, writer.tokenizer))
        lanes = tokens[: len(tokens) // 8 * 8].view(8, -1).t()
        rows, nats[precision] = writer.stepper.rows(8), 0.0
        for now, following in pairwise(lanes):
            writer.stepper.step(now, rows)
            loss = torch.nn.functional.cross_entropy(writer.stepper.logits(rows), following, reduction="sum")
            nats[precision] += float(loss)
    assert nats["int8"] <= 1.005 * nats["float32"]
    assert nats["bfloat16"] <= 1.001 * nats["float32"]


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("bounded", [True, False])
def test_packed_products_are_products(precision: Precision, bounded: bool) -> None:
    torch.manual_seed(4)
    weight, bias = torch.randn(96, 64), torch.randn(96)
    x = torch.rand(5, 64) * 2 - 1
    x[1] = 0
    if not bounded:
        x *= torch.tensor([[1e-4], [1.0], [1.0], [30.0], [1e4]])
    product = pack(weight, bias, precision, bounded=bounded)(x)
    exact = x @ weight.t() + bias
    size = (x.abs().amax(1, keepdim=True) + 1e-3) * weight.norm(dim=1).max() + bias.abs().max()
    half_the_steps = precision == "int8" and not torch.cpu._is_vnni_supported()
    assert float(((product - exact).abs() / size).max()) < (0.02 if half_the_steps else 0.01)


@pytest.mark.skipif(not has_fbgemm(), reason="this CPU has no AVX2")
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("width", [1, 31, 64, 640])
def test_sums_of_pairs_never_overflow(seed: int, width: int) -> None:
    torch.manual_seed(seed)
    sizes = [torch.rand(40, width), torch.ones(40, width), torch.rand(40, 1).expand(40, width)]
    signs = torch.tensor([-1.0, 1.0])[torch.randint(2, (120, width))]
    weight = torch.cat(sizes) * signs
    x = torch.cat([weight.sign(), -weight.sign(), torch.randint(-127, 128, (9, width)) / 127])
    multiply = fbgemm_int8(weight, None)
    products = multiply(x)
    torch.testing.assert_close(products, x @ multiply(torch.eye(width)), rtol=1e-5, atol=1e-4)
    assert torch.equal(products, torch.cat([multiply(row[None]) for row in x]))


def test_rows_are_put_and_got() -> None:
    rows = Rows(torch.zeros(3, 8), torch.zeros(3, 8))
    state = State(torch.rand(2, 1, 4), torch.rand(2, 1, 4))
    rows.put(1, state)
    torch.testing.assert_close(rows.get(1, 2).hidden, state.hidden.half().float())
    torch.testing.assert_close(rows.get(1, 2).cell, state.cell.half().float())
    assert not rows.hidden[[0, 2]].any()
