from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from model.books import Book, parse_book
from model.candidates import SMALLEST, CandidateSampler
from model.errors import BadCorpus, BadSettings
from model.learner import Learner
from model.presets import PRESETS
from model.progress import TrainProgress
from model.schedule import FEW_UPDATES, MANY_ROUNDS, dropout_share, rate_share
from model.settings import TrainSettings
from model.training import train
from model.version import CHECKPOINT_FILE, read_info
from tests.books import tiny_book
from tests.model.killed import train_until_killed
from tests.model.paired import pair

TINY = TrainSettings(name="t", budget_s=None, epochs=2, preset="tiny", device="cpu")


@pytest.fixture(scope="module")
def book() -> Book:
    return parse_book(tiny_book(chapters=12), "tower.txt")


def test_training_learns_and_records_what_it_did(book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("model.run", "model.validation"):  # what other programs take of the time is none of the training's
        monkeypatch.setattr(f"{module}.time", SimpleNamespace(monotonic=time.process_time))
    seen: list[TrainProgress] = []
    settings = TrainSettings(name="t", budget_s=4, preset="tiny", device="cpu", command="greenbeard train", seed=7)
    report = train([book], [], tmp_path / "t", settings, on_progress=seen.append)

    assert report.info == read_info(tmp_path / "t")
    assert report.info.metrics.seconds < 5
    assert report.info.seed == 7
    assert [p.fraction for p in seen] == sorted(p.fraction for p in seen)
    assert report.sample
    assert report.sample in (tmp_path / "t" / "CARD.md").read_text().replace("> ", "").replace(">", "")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["t"]


def test_some_rounds_of_a_small_book_teach_it(book: Book, tmp_path: Path) -> None:
    report = train([book], [], tmp_path / "t", replace(TINY, epochs=12))

    assert report.info.metrics.valid_bits_per_char < 1.2


def test_a_long_training_learns_at_a_lower_rate(book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.schedule.FEW_UPDATES", 5)
    highest: dict[int, float] = {}
    for epochs in (1, 4):
        rates: list[float] = []
        step = Learner.step

        def noting(
            self: Learner,
            rate: float,
            sampler: CandidateSampler | None,
            step: Callable[..., bool] = step,
            rates: list[float] = rates,
        ) -> bool:
            rates.append(rate)
            return step(self, rate, sampler)

        with monkeypatch.context() as patch:
            patch.setattr(Learner, "step", noting)
            train([book], [], tmp_path / str(epochs), replace(TINY, epochs=epochs))
        highest[epochs] = max(rates)

    assert highest[4] < 0.85 * highest[1] < 0.85


@pytest.mark.parametrize(("updates", "share"), [(0, 1.0), (FEW_UPDATES, 1.0), (16 * FEW_UPDATES, 0.5)])
def test_the_rate_follows_the_number_of_updates(updates: float, share: float) -> None:
    assert rate_share(updates) == pytest.approx(share)


@pytest.mark.parametrize(("rounds", "share"), [(0.5, 0.0), (1, 0.0), (4.5, 0.5), (MANY_ROUNDS, 1.0), (100, 1.0)])
def test_a_text_that_was_read_a_few_times_needs_little_dropout(rounds: float, share: float) -> None:
    assert dropout_share(rounds) == pytest.approx(share)


def test_dropout_grows_from_the_second_reading_on(book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dropped: list[float] = []
    step = Learner.step

    def noting(self: Learner, rate: float, sampler: CandidateSampler | None) -> bool:
        dropped.append(self.model.dropout.output)
        return step(self, rate, sampler)

    monkeypatch.setattr(Learner, "step", noting)
    train([book], [], tmp_path / "t", replace(TINY, epochs=3))
    third = len(dropped) // 3
    assert set(dropped[:third]) == {0.0}
    assert dropped == sorted(dropped)
    assert PRESETS["tiny"].dropout.output * dropout_share(2.5) < dropped[-1] < PRESETS["tiny"].dropout.output


def test_no_text_of_the_corpus_is_in_the_version(book: Book, tmp_path: Path) -> None:
    train([book], [], tmp_path / "t", TINY)
    files = ("version.json", "tokenizer.json", "model.safetensors")
    content = b"".join((tmp_path / "t" / name).read_bytes() for name in files)

    for chapter in book.chapters:
        for paragraph in chapter.paragraphs:
            assert paragraph[:40].encode() not in content


def test_the_same_seed_gives_the_same_weights(book: Book, tmp_path: Path) -> None:
    for name in ("a", "b"):
        train([book], [], tmp_path / name, TINY)

    assert (tmp_path / "a" / "model.safetensors").read_bytes() == (tmp_path / "b" / "model.safetensors").read_bytes()


def test_stopping_keeps_what_was_learned(book: Book, tmp_path: Path) -> None:
    asked = iter([False] * 20 + [True])
    report = train([book], [], tmp_path / "t", TINY, should_stop=lambda: next(asked))

    assert report.info.metrics.stopped_early
    assert read_info(tmp_path / "t").metrics.epochs < 2


@pytest.mark.parametrize("smallest_sampled", [SMALLEST, 1])
@pytest.mark.parametrize("members", [1, 2])
def test_a_killed_training_resumes_to_the_same_end(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, members: int, smallest_sampled: int
) -> None:
    if members == 2:
        pair(monkeypatch)
    monkeypatch.setattr("model.candidates.SMALLEST", smallest_sampled)
    monkeypatch.setattr("model.run.CHECKPOINT_EVERY_S", 0.0)
    train([book], [], tmp_path / "whole" / "t", TINY)
    train_until_killed(book, tmp_path / "cut" / "t", TINY, steps=25)
    train([book], [], tmp_path / "cut" / "t", TINY, resume=True)

    whole, cut = ((tmp_path / kind / "t" / "model.safetensors").read_bytes() for kind in ("whole", "cut"))
    assert whole == cut


def test_resuming_with_another_corpus_is_refused(book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.run.CHECKPOINT_EVERY_S", 0.0)
    train_until_killed(book, tmp_path / "t", TINY, steps=2)
    other = parse_book(tiny_book(chapters=12, seed=2), "tower.txt")
    with pytest.raises(BadSettings, match="the books differ; the held-out text differs"):
        train([other], [], tmp_path / "t", TINY, resume=True)


@pytest.mark.parametrize("text", ["Only a line.", "x" * 300, "\u200b" * 60_000])
def test_too_little_text_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(BadCorpus, match="at least 5,000"):
        train([parse_book(text, "short.txt")], [], tmp_path / "t", TINY)
    assert not (tmp_path / "t").exists()


def test_unknown_presets_and_missing_budgets_are_refused(book: Book, tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="choose one of"):
        train([book], [], tmp_path / "t", TrainSettings(name="t", preset="huge"))
    with pytest.raises(BadSettings, match="either"):
        train([book], [], tmp_path / "t", TrainSettings(name="t", budget_s=None))


def test_a_fresh_training_forgets_the_checkpoint_of_an_earlier_one(book: Book, tmp_path: Path) -> None:
    left = tmp_path / ".t.training" / CHECKPOINT_FILE
    left.parent.mkdir()
    left.write_bytes(b"from an earlier training")

    def look() -> bool:
        assert not left.exists()
        return True

    train([book], [], tmp_path / "t", TINY, should_stop=look)
    assert not left.parent.exists()


def test_nobody_trains_beside_a_training_of_the_same_name(book: Book, tmp_path: Path) -> None:
    complaints = []

    def look() -> bool:
        with pytest.raises(BadSettings, match="'t' is running already") as caught:
            train([book], [], tmp_path / "t", TINY, resume=bool(complaints))
        complaints.append(caught.value)
        return len(complaints) == 2

    train([book], [], tmp_path / "t", TINY, should_stop=look)
    assert len(complaints) == 2
    assert read_info(tmp_path / "t").name == "t"
    assert train([book], [], tmp_path / "t", TINY, should_stop=lambda: True).info.name == "t"


def test_words_that_are_rare_have_no_second_lstm_whatever_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model.adaptive.WHOLE_SOFTMAX", PRESETS["small"].vocab)
    monkeypatch.setattr("model.adaptive.FREQUENT", 1_000)
    monkeypatch.setattr("model.choice.ENOUGH_ROUNDS", 0)
    pick = random.Random(1)
    words = ["".join(pick.choices("abcdefghij", k=6)) for _ in range(PRESETS["small"].vocab)] * 3
    text = "\n\n".join(" ".join(words[at : at + 50]) for at in range(0, len(words), 50))
    settings = TrainSettings(name="t", preset="small", tokenizer="word", budget_s=2.0, device="cpu")
    info = train([parse_book(text, "words.txt")], [], tmp_path / "t", settings).info
    assert info.shape.rare > 0 and info.shape.members == 1


def test_held_out_text_too_long_for_the_budget_is_read_in_parts(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model.run.SHORT_READING_S", 0.0)
    monkeypatch.setattr("model.validation.Validation.seconds_of_whole", lambda *_: 1.1)
    monkeypatch.delattr("model.validation.Validation.whole")
    info = train([book], [], tmp_path / "t", replace(TINY, epochs=None, budget_s=2.0)).info
    assert [note.about for note in info.notes].count("parts read") == 1
    assert 0 < info.metrics.valid_bits_per_char < 10


def test_a_preset_larger_than_the_memory_is_tried_with_a_warning(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model.memory.free", lambda device: 1 << 28)
    notes: list[str] = []
    train([book], [], tmp_path / "t", TINY, on_note=notes.append, should_stop=lambda: True)
    (note,) = notes
    assert note.startswith("There is too little memory for preset tiny (it takes about ")
    assert note.endswith("It is tried all the same, and the system may end it without a word.")
