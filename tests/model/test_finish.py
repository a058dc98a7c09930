from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import model.run
from model.books import Book, parse_book
from model.checkpoint import load_checkpoint
from model.corpus import Corpus, Tokens
from model.evaluation import score_books, total
from model.finish import LONGEST, RATE, Finish, plan, rate_before, share_for, text_of
from model.schedule import FLOOR, rate_at
from model.settings import TrainSettings
from model.tokenizer import Tokenizer
from model.training import TrainReport, train
from model.validation import Validation
from model.writer import load
from tests.books import tiny_book

SETTINGS = TrainSettings(name="t", budget_s=None, epochs=4, preset="tiny", device="cpu")


@pytest.fixture(scope="module")
def book() -> Book:
    """In the last chapter, which is held out, Porthos is called Quasimodo."""
    *before, last = tiny_book(chapters=20).split("\nChapter ")
    return parse_book("\nChapter ".join([*before, last.replace("Porthos", "Quasimodo")]), "tower.txt")


@pytest.fixture(scope="module")
def tokens(book: Book) -> Tokens:
    corpus = Corpus.of([book])
    return Tokens(corpus, Tokenizer.train((book.text for book in corpus.train), 512))


def figure(folder: Path, books: tuple[Book, ...]) -> float:
    writer = load(folder)
    return total(score_books(writer.model, writer.tokenizer, books)).bits_per_char


def test_the_held_out_chapters_are_judged_first_and_then_learned(book: Book, tmp_path: Path) -> None:
    report = train([book], [], tmp_path / "t", SETTINGS)

    assert report.info.metrics.finished
    assert figure(tmp_path / "t", Corpus.of([book]).valid) < 0.9 * report.info.metrics.valid_bits_per_char


@pytest.mark.parametrize("given", [False, True])
def test_in_the_end_a_model_is_made_as_sure_as_new_text_allows(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: bool
) -> None:
    valid = [parse_book(tiny_book(chapters=3, seed=9), "other.txt")] if given else []
    weights = []
    for sharpness in (1.0, 0.9):
        monkeypatch.setattr(Validation, "sharpness", lambda self, model, sharpness=sharpness: sharpness)
        train([book], valid, tmp_path / str(sharpness), SETTINGS)
        weights.append(load(tmp_path / str(sharpness)).model.state_dict())
    as_it_was, calmer = weights

    for name in ("projection.weight", "projection.bias", "feed_forward.outputs.weight"):
        assert torch.allclose(calmer[name], 0.9 * as_it_was[name], rtol=0.01)
    for name in ("embedding.weight", "output_bias", "layers.0.weight_hh_l0"):
        assert torch.equal(calmer[name], as_it_was[name])


def test_books_given_for_validation_are_never_learned(book: Book, tmp_path: Path) -> None:
    given = parse_book(tiny_book(chapters=3, seed=9), "other.txt")
    report = train([book], [given], tmp_path / "t", SETTINGS)

    assert not report.info.metrics.finished
    assert figure(tmp_path / "t", (given,)) == pytest.approx(report.info.metrics.valid_bits_per_char, rel=1e-4)


def test_a_training_killed_in_its_finish_ends_as_the_undisturbed_one(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model.run, "CHECKPOINT_EVERY_S", 0.0)
    monkeypatch.setattr(model.run, "PROGRESS_EVERY_S", 0.0)
    seen: list[float] = []
    train([book], [], tmp_path / "whole", SETTINGS, on_progress=lambda p: seen.append(p.fraction))
    late = seen[-3]
    with pytest.raises(KeyboardInterrupt):
        train([book], [], tmp_path / "cut", SETTINGS, on_progress=lambda p: interrupt() if p.fraction >= late else None)
    left = load_checkpoint(tmp_path / ".cut.training")
    assert left is not None
    assert left.record["journal"]["finish"] is not None
    resumed: TrainReport = train([book], [], tmp_path / "cut", SETTINGS, resume=True)

    assert resumed.info.metrics.finished
    weights = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("whole", "cut")]
    assert weights[0] == weights[1]


def interrupt() -> None:
    raise KeyboardInterrupt


def test_a_small_text_gets_a_short_finish() -> None:
    assert share_for(5) == LONGEST
    assert share_for(100) == pytest.approx(0.02)


def test_the_rate_falls_to_nearly_nothing() -> None:
    finish = Finish(at=0.9, share=0.1, tokens=100, valid_bits=1.0, reading_s=1.0)
    rates = [finish.rate(fraction) for fraction in np.linspace(0.9, 1.0, 11)]

    assert rates[0] == RATE
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] == FLOOR


@pytest.mark.parametrize(("rounds", "last"), [(0.5, RATE), (2, RATE), (10, 0.1), (1000, FLOOR)])
def test_the_rate_before_is_the_lower_the_more_often_a_text_is_read(rounds: float, last: float) -> None:
    assert rate_before(rounds) == pytest.approx(last)
    rates = [rate_at(fraction, rate_before(rounds)) for fraction in np.linspace(0.1, 1.0, 10)]
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] == pytest.approx(last)


@pytest.mark.parametrize(("rounds", "share_of_text"), [(2.0, 0.2), (100.0, 1.0)])
def test_the_held_out_text_is_always_in_it(tokens: Tokens, rounds: float, share_of_text: float) -> None:
    whole = len(tokens.train) + sum(map(len, tokens.valid))
    text = text_of(tokens, plan(tokens, 0.9, rounds, 100, 1.0, 0.0, 1.0).tokens)

    assert len(text) == pytest.approx(share_of_text * whole, abs=1)
    held_out = np.concatenate(tokens.valid)
    assert np.array_equal(text[-len(held_out) :], held_out)
