from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from model.books import Book, parse_book
from model.ensemble import Ensemble, together
from model.lstm import LSTM, Dropout
from model.settings import TrainSettings
from model.training import train
from model.version import Shape, check_folder
from model.writer import load
from tests.books import tiny_book
from tests.model.killed import train_until_killed
from tests.model.paired import pair

SHAPE = Shape(vocab=50, embedding=16, hidden=24, layers=2)


@pytest.fixture(scope="module")
def book() -> Book:
    return parse_book(tiny_book(chapters=12), "tower.txt")


def random_members(count: int) -> list[LSTM]:
    torch.manual_seed(3)
    return [LSTM(SHAPE).eval() for _ in range(count)]


@pytest.mark.parametrize("count", [2, 3])
def test_the_logits_of_all_members_are_averaged(count: int) -> None:
    members = random_members(count)
    for number, member in enumerate(members):
        nn.init.normal_(member.output_bias)
        member.sharpen(1 + number)
    ensemble, tokens = Ensemble(members), torch.randint(50, (12, 4))
    logits, after = ensemble(tokens, ensemble.start(4))

    alone = [member(tokens, member.start(4)) for member in members]
    torch.testing.assert_close(logits, torch.stack([own for own, _ in alone]).mean(0))
    torch.testing.assert_close(after.cell, torch.cat([state.cell for _, state in alone]))
    features, _ = ensemble.features(tokens[:-1], ensemble.start(4))
    nats = nn.functional.cross_entropy(logits[:-1].transpose(1, 2), tokens[1:], reduction="none")
    torch.testing.assert_close(ensemble.loss(features, tokens[1:]), nats)


def test_what_is_done_to_an_ensemble_is_done_to_its_members() -> None:
    members = random_members(2)
    ensemble, tokens = Ensemble(members), torch.randint(50, (12, 4))
    before, _ = ensemble.features(tokens, ensemble.start(4))
    ensemble.sharpen(0.5)
    ensemble.dropout = Dropout(output=0.4)

    torch.testing.assert_close(ensemble.features(tokens, ensemble.start(4))[0], before / 2)
    assert [member.dropout for member in members] == [ensemble.dropout, Dropout(output=0.4)]


def test_one_is_no_ensemble() -> None:
    (alone,) = random_members(1)
    assert together([alone]) is alone


def test_members_learn_apart_and_read_better_together(pair_version: Path) -> None:
    writer = load(pair_version)
    members, both = writer.model.lstms, writer.model
    tokens = torch.from_numpy(writer.tokenizer.encode(tiny_book(chapters=4, seed=5)))[:, None]
    with torch.no_grad():
        nats = [
            float(one.loss(one.features(tokens[:-1], one.start(1))[0], tokens[1:]).mean()) for one in (both, *members)
        ]

    assert check_folder(pair_version).shape.members == len(members) == 2
    assert not torch.equal(members[0].embedding.weight, members[1].embedding.weight)
    assert nats[0] < min(nats[1:])
    assert "2 LSTMs that write together, in all of" in (pair_version / "CARD.md").read_text()


def test_a_training_of_two_stays_one(book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = TrainSettings("t", None, 1, "tiny", device="cpu")
    monkeypatch.setattr("model.run.CHECKPOINT_EVERY_S", 0.0)
    with monkeypatch.context() as patch:
        pair(patch)
        train_until_killed(book, tmp_path / "t", settings, steps=4)

    assert train([book], [], tmp_path / "t", settings, resume=True).info.shape.members == 2
