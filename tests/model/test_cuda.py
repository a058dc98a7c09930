"""Training, reading and writing on a GPU, where there is one; what they should give is what a CPU gives."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
import torch

from greenbeard.bench.sampling import bench_writer
from greenbeard.bench.training import bench_training
from model.ask import Ask, Broke, Done, Grew, NewChapter, Output
from model.books import Book, parse_book
from model.engine import Engine
from model.errors import OutOfMemory
from model.evaluation import score_books
from model.presets import PRESETS
from model.sampling import Sampling
from model.settings import TrainSettings
from model.training import train
from model.whole import write
from model.writer import Writer, load
from tests.books import tiny_book
from tests.model.killed import train_until_killed
from tests.model.paired import pair

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")

SETTINGS = TrainSettings(name="t", budget_s=None, epochs=4, preset="tiny", device="cuda")
ASKS = [
    Ask("plain", Sampling(seed=3), 30, read="Athos went to"),
    Ask("hot", Sampling(1.2, 1.0, 5, min_p=0.0), 40, until="paragraph"),
    Ask("cold", Sampling(0.0, seed=1), 20, read="Porthos", note="It rains."),
    Ask("named", Sampling(0.8, 0.9, 9, top_k=40, repetition=1.3), 30, opening=NewChapter(4), takes=2),
    Ask("long", Sampling(seed=11), 30, read="“No,” said Porthos. " * 60),
]


@pytest.fixture(scope="module")
def book() -> Book:
    return parse_book(tiny_book(chapters=12), "tower.txt")


@pytest.fixture(scope="module")
def folder(book: Book, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A version that was trained on a GPU."""
    folder = tmp_path_factory.mktemp("cuda") / "t"
    train([book], [], folder, SETTINGS)
    return folder


@pytest.fixture(scope="module")
def writer(folder: Path) -> Writer:
    return load(folder, "cuda")


def texts(outputs: Iterable[Output]) -> dict[tuple[str, int], str]:
    """What each take wrote."""
    found: dict[tuple[str, int], str] = {}
    for output in outputs:
        match output:
            case Grew(id=id, take=take, text=text):
                found[id, take] = found.get((id, take), "") + text
            case Broke(error=error):
                raise error
            case _:
                pass
    return found


def written(engine: Engine) -> dict[tuple[str, int], str]:
    """What all takes of an engine write."""
    outputs: list[Output] = []
    while engine.running or engine.waiting:
        outputs += engine.step()
    return texts(outputs)


def test_a_gpu_learns_what_a_cpu_learns(book: Book, folder: Path, tmp_path: Path) -> None:
    there = load(folder).info.metrics
    here = train([book], [], tmp_path / "t", TrainSettings("t", None, 4, "tiny", device="cpu")).info.metrics

    assert there.valid_bits_per_char == pytest.approx(here.valid_bits_per_char, rel=0.03)


def test_words_in_clusters_are_learned_and_written(book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.adaptive.WHOLE_SOFTMAX", 200)
    monkeypatch.setattr("model.adaptive.FREQUENT", 50)
    train([book], [], tmp_path / "t", TrainSettings("t", None, 2, "tiny", "word", device="cuda"))
    words = load(tmp_path / "t", "cuda")

    assert words.info.shape.rare
    (take,) = write(words, ASKS[0])
    assert len(take.text.split()) > 10


def test_two_learn_and_write_together(book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pair(monkeypatch)
    train([book], [], tmp_path / "t", SETTINGS)
    two = load(tmp_path / "t", "cuda")

    assert two.info.shape.members == 2
    (take,) = write(two, ASKS[0])
    assert len(take.text.split()) > 10


def test_a_killed_training_goes_on_where_it_was(
    book: Book, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model.run.CHECKPOINT_EVERY_S", 0.0)
    train_until_killed(book, tmp_path / "t", SETTINGS, steps=25)
    resumed = train([book], [], tmp_path / "t", SETTINGS, resume=True).info.metrics
    whole = load(folder).info.metrics

    assert resumed.epochs == whole.epochs
    assert resumed.valid_bits_per_char == pytest.approx(whole.valid_bits_per_char, rel=0.01)


def test_too_little_memory_is_said(book: Book, tmp_path: Path) -> None:
    torch.cuda.set_per_process_memory_fraction(1e-4)
    try:
        torch.cuda.empty_cache()
        with pytest.raises(OutOfMemory, match="too little memory for preset large"):
            train([book], [], tmp_path / "t", TrainSettings("t", None, 1, "large", device="cuda"))
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)


def test_a_text_does_not_depend_on_its_neighbours(writer: Writer) -> None:
    together = Engine(writer, slots=8)
    for ask in ASKS:
        together.submit(ask)
    side_by_side = written(together)
    one_by_one: dict[tuple[str, int], str] = {}
    for ask in ASKS:
        alone = Engine(writer, slots=8)
        alone.submit(ask)
        one_by_one |= written(alone)
    assert side_by_side == one_by_one
    assert len(one_by_one) == sum(ask.takes for ask in ASKS)


def test_the_same_seed_writes_the_same_and_a_stored_state_goes_on(writer: Writer) -> None:
    first, again = (write(writer, ASKS[0])[0] for _ in range(2))
    assert first.text == again.text
    assert first.end.state is not None
    stored = writer.state_from_bytes(writer.state_to_bytes(first.end.state))
    live, later = (
        write(writer, Ask("on", Sampling(seed=4), 30, state=state, after=first.text))[0]
        for state in (first.end.state, stored)
    )
    assert live.text == later.text


def test_blocked_words_are_taken_back(writer: Writer) -> None:
    (take,) = write(writer, Ask("b", Sampling(seed=2), 120, blocked=("letter", "sword", "Athos")))
    assert not {"letter", "sword", "athos"} & set(take.text.lower().replace(".", " ").replace(",", " ").split())


def test_takes_are_cancelled(writer: Writer) -> None:
    engine = Engine(writer, slots=2)
    engine.submit(Ask("endless", Sampling(seed=1), 10**6))
    for _ in range(10):
        engine.step()
    engine.cancel("endless")
    outputs = [output for _ in range(20) for output in engine.step()]
    assert [output.end.reason for output in outputs if isinstance(output, Done)] == ["stopped"]


@pytest.mark.parametrize("dynamic", [False, True])
def test_figures_are_those_of_a_cpu(folder: Path, dynamic: bool) -> None:
    text = [parse_book(tiny_book(chapters=6, seed=9), "g.txt")]
    here, there = load(folder), load(folder, "cuda")
    (on_cpu,) = score_books(here.model, here.tokenizer, text, dynamic=dynamic)
    (on_gpu,) = score_books(there.model, there.tokenizer, text, dynamic=dynamic)

    assert on_gpu.bits_per_char == pytest.approx(on_cpu.bits_per_char, rel=2e-3 if dynamic else 2e-4)


def test_benchmarks_run_there(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("greenbeard.bench.rows.ROUND_S", 0.05)
    monkeypatch.setattr("greenbeard.bench.gpt2.is_there", lambda: False)
    rows = [*bench_writer(writer, [2], rounds=1), *bench_training("tiny", "cuda", rounds=1)]
    assert all(row.tokens_per_s > 0 for row in rows)


def test_presets_are_chosen_by_the_pace_of_the_gpu(tmp_path: Path) -> None:
    told: list[str] = []
    books = [parse_book(tiny_book(chapters=120), "tower.txt")]
    settings = TrainSettings("t", budget_s=8, device="cuda")
    report = train(books, [], tmp_path / "t", settings, on_choice=told.append)

    assert report.info.preset in PRESETS
    assert "a GPU that learns from" in told[0]
