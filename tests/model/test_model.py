from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import pytest
import torch

from model.books import parse_book
from model.corpus import tokens_of
from model.evaluation import score_books, total
from model.lstm import LSTM, State
from model.version import Shape
from model.writer import Writer, load
from tests.books import tiny_book

SHAPE = Shape(vocab=50, embedding=16, hidden=24, layers=2)


@pytest.fixture(scope="module")
def writer(tiny_version: Path) -> Writer:
    return load(tiny_version)


def random_model() -> LSTM:
    torch.manual_seed(3)
    return LSTM(SHAPE).eval()


def test_the_state_is_all_that_is_carried() -> None:
    model, tokens = random_model(), torch.randint(50, (40, 3))
    whole, end = model(tokens, model.start(3))
    first, middle = model(tokens[:17], model.start(3))
    second, end_in_parts = model(tokens[17:], middle)

    torch.testing.assert_close(torch.cat([first, second]), whole)
    torch.testing.assert_close(end_in_parts.hidden, end.hidden)


@pytest.mark.parametrize("version", ["tiny_version", "word_version", "pair_version"])
def test_bits_per_character_equal_a_naive_loop(version: str, request: pytest.FixtureRequest) -> None:
    writer = load(request.getfixturevalue(version))
    books = [parse_book(tiny_book(chapters=3, seed=seed), f"{seed}.txt") for seed in (7, 8)]
    scores = score_books(writer.model, writer.tokenizer, books)

    for book, score in zip(books, scores, strict=True):
        nats, state = 0.0, writer.model.start(1)
        tokens = tokens_of(book, writer.tokenizer)
        with torch.no_grad():
            for token, following in pairwise(tokens):
                logits, state = writer.model(torch.tensor([[int(token)]]), state)
                nats -= float(torch.log_softmax(logits[0, 0].double(), dim=0)[int(following)])
        assert score.nats == pytest.approx(nats, rel=1e-5)
        assert score.bits_per_char == pytest.approx(nats / math.log(2) / len(book.text), rel=1e-5)
    assert total(scores).nats == pytest.approx(sum(s.nats for s in scores))


def test_states_survive_storage(writer: Writer) -> None:
    state = writer.stepper.read(
        torch.from_numpy(writer.tokenizer.encode("Athos went to the inn")), writer.model.start(1)
    )
    back = writer.state_from_bytes(writer.state_to_bytes(state))

    assert isinstance(back, State)
    torch.testing.assert_close(back.hidden, state.hidden, atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(back.cell, state.cell, atol=1e-2, rtol=1e-3)
