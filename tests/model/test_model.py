from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from model.books import parse_book
from model.corpus import tokens_of
from model.evaluation import score_books, total
from model.lstm import LSTM, State
from model.sampling import Sampler, Sampling
from model.step import Stepper
from model.version import Shape
from model.writer import Writer, load
from tests.books import tiny_book

SHAPE = Shape(vocab=50, embedding=16, hidden=24, layers=2)
NOTHING = torch.tensor([], dtype=torch.int64)


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


def test_a_step_agrees_with_the_whole_model() -> None:
    model, tokens = random_model(), torch.randint(50, (12, 4))
    logits, _ = model(tokens, model.start(4))
    stepper, state = Stepper(model), model.start(4)
    for step in range(12):
        state = stepper.step(tokens[step], state)

    torch.testing.assert_close(stepper.logits(state), logits[-1], atol=0.02, rtol=0.02)


def test_neighbours_in_a_batch_do_not_matter() -> None:
    model, tokens = random_model(), torch.randint(50, (12, 32))
    stepper = Stepper(model)
    together, alone = model.start(32), model.start(1)
    for step in range(12):
        together = stepper.step(tokens[step], together)
        alone = stepper.step(tokens[step, :1], alone)

    torch.testing.assert_close(stepper.logits(together)[:1], stepper.logits(alone), atol=5e-3, rtol=5e-3)


@pytest.mark.parametrize("version", ["tiny_version", "word_version"])
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


def test_greedy_is_the_likeliest_and_bans_hold() -> None:
    logits = torch.tensor([[0.1, 3.0, 2.0]])

    assert int(Sampler(Sampling(temperature=0), NOTHING).draw(logits)) == 1
    assert int(Sampler(Sampling(temperature=0), torch.tensor([1])).draw(logits)) == 2
    assert int(Sampler(Sampling(temperature=0), NOTHING).without(1).draw(logits)) == 2


def test_draws_follow_the_distribution() -> None:
    probabilities = np.array([0.5, 0.25, 0.15, 0.1])
    sampler = Sampler(Sampling(temperature=1.0, top_p=1.0, seed=5), NOTHING)
    draws = sampler.draw(torch.tensor(probabilities).log().expand(20_000, 4))
    counts = np.bincount(draws.numpy(), minlength=4)

    chi_square = float(((counts - 20_000 * probabilities) ** 2 / (20_000 * probabilities)).sum())
    assert chi_square < 16.27  # p = 0.001 with three degrees of freedom


def test_the_nucleus_leaves_out_the_tail() -> None:
    sampler = Sampler(Sampling(temperature=1.0, top_p=0.7, seed=5), NOTHING)
    draws = sampler.draw(torch.tensor([0.5, 0.25, 0.15, 0.1]).log().expand(2_000, 4))

    assert set(draws.tolist()) == {0, 1}


def test_rare_events_come_as_often_as_they_should() -> None:
    logits = torch.tensor([[0.98, 0.02]]).log()
    sampler = Sampler(Sampling(temperature=0.5, top_p=0.5, seed=1), NOTHING)
    count = sum(sampler.happens(logits, 1) for _ in range(5_000))

    assert 60 <= count <= 140  # 100 expected, four standard deviations either way


def test_states_survive_storage(writer: Writer) -> None:
    state = writer.read("Athos went to the inn and found")
    back = writer.state_from_bytes(writer.state_to_bytes(state))

    assert isinstance(back, State)
    torch.testing.assert_close(back.hidden, state.hidden, atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(back.cell, state.cell, atol=1e-2, rtol=1e-3)
