from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from model.books import parse_book
from model.corpus import tokens_of
from model.evaluation import SIDE_BY_SIDE, nats_of, score_books, side_by_side
from model.lstm import LSTM
from model.validation import PIECE, PIECES, Best, Validation
from model.version import Shape
from model.writer import load
from tests.books import tiny_book


def random_model() -> LSTM:
    torch.manual_seed(3)
    return LSTM(Shape(vocab=50, embedding=16, hidden=24, layers=2))


def test_a_quick_look_at_a_short_text_reads_nearly_as_the_whole(tiny_version: Path) -> None:
    writer = load(tiny_version)
    books = [parse_book(tiny_book(chapters=4, seed=seed), f"{seed}.txt") for seed in (7, 8)]
    streams = [tokens_of(book, writer.tokenizer) for book in books]
    assert sum(len(s) for s in streams) < PIECE * PIECES
    validation = Validation(books, streams)
    whole = validation.whole(writer.model)

    scores = score_books(writer.model, writer.tokenizer, books)
    assert whole == pytest.approx(sum(s.nats for s in scores) / np.log(2) / sum(s.chars for s in scores))
    assert validation.quick(writer.model) == pytest.approx(whole, rel=0.01)


def test_a_quick_look_at_a_long_text_reads_only_a_part(tiny_version: Path) -> None:
    writer = load(tiny_version)
    book = parse_book(tiny_book(chapters=60, seed=9), "long.txt")
    stream = tokens_of(book, writer.tokenizer)
    assert len(stream) > 2 * PIECE * PIECES
    validation = Validation([book], [stream])

    assert validation.quick(writer.model) == pytest.approx(validation.whole(writer.model), rel=0.05)


def test_many_texts_are_read_as_each_alone(tiny_version: Path) -> None:
    writer = load(tiny_version)
    stream = tokens_of(parse_book(tiny_book(chapters=12, seed=9), "new.txt"), writer.tokenizer)
    streams = [stream[: 3 + 41 * n % 400] for n in range(3 * SIDE_BY_SIDE)]
    shares: list[float] = []

    alone = [nats_of(writer.model, [one])[0] for one in streams]
    assert nats_of(writer.model, streams, shares.append) == pytest.approx(alone, rel=1e-4)
    assert shares == sorted(shares) and shares[-1] == pytest.approx(1)


def test_what_is_read_together_is_bounded_and_of_like_lengths() -> None:
    lengths = [7, 60_000, *range(300, 500)]
    groups = side_by_side(lengths)

    assert sorted(lane for lanes in groups for lane in lanes) == list(range(len(lengths)))
    assert max(map(len, groups)) == SIDE_BY_SIDE
    assert sum(max(lengths[lane] for lane in lanes) for lanes in groups) < 1.1 * (
        60_000 + sum(lengths[2:]) / SIDE_BY_SIDE
    )


@pytest.mark.parametrize("factor", [0.9, 0.95, 1.0])
def test_a_model_is_made_as_sure_as_it_may_be(tiny_version: Path, factor: float) -> None:
    writer = load(tiny_version)
    book = parse_book(tiny_book(chapters=4, seed=7), "new.txt")
    validation = Validation([book], [tokens_of(book, writer.tokenizer)])
    model = writer.model
    model.sharpen(validation.sharpness(model) / factor)  # now `factor` would suit it best

    assert validation.sharpness(model) == pytest.approx(factor, abs=0.02)
    told = validation.quick(model, sharpness=factor)
    model.sharpen(factor)
    assert validation.quick(model) == pytest.approx(told, rel=1e-5)
    assert validation.quick(model) < min(validation.quick(model, 0.9), validation.quick(model, 1.1))


def test_the_best_weights_are_given_back() -> None:
    model = random_model()
    best = Best(model)
    first = {name: value.clone() for name, value in model.state_dict().items()}
    best.offer(model, 2.0, 0.1)
    with torch.no_grad():
        model.output_bias += 1
    best.offer(model, 2.5, 0.2)
    best.offer(model, float("nan"), 0.3)
    best.give_back(model)

    assert (best.bits, best.at) == (2.0, 0.1)
    assert all(torch.equal(value, model.state_dict()[name]) for name, value in first.items())


@pytest.mark.parametrize(
    ("bits", "fraction", "given_up"), [(2.1, 0.35, False), (2.01, 0.9, False), (2.1, 0.45, True), (1.9, 0.9, False)]
)
def test_a_training_is_given_up_when_it_only_gets_worse(bits: float, fraction: float, given_up: bool) -> None:
    model = random_model()
    best = Best(model)
    best.offer(model, 2.0, 0.1)
    best.offer(model, bits, fraction)

    assert best.overfitted(bits, fraction) is given_up
