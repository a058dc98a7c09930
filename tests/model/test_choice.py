from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import pytest

from model import memory
from model.books import parse_book
from model.choice import (
    BYTES_PER_TOKEN,
    ENOUGH_ROUNDS,
    MEMBERS,
    Means,
    choose,
    fitting_presets,
    memory_advice,
    named,
    with_members,
)
from model.corpus import Corpus
from model.presets import PRESETS, vocab_for
from tests.books import tiny_book

MEASURE = """
import sys
from pathlib import Path
from model.files import read_book
from model.settings import TrainSettings
from model.training import train
folder = Path(sys.argv[1])
settings = TrainSettings(name="t", preset="small", budget_s=None, epochs=1, device="cpu")
report = train([read_book(folder / "tower.txt")], [], folder / "t", settings)
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(int(status["VmHWM"].split()[0]) << 10, report.info.shape.vocab)
"""


@pytest.mark.parametrize(
    ("chars", "device", "budget_s", "pace", "name"),
    [
        (40_000, "cpu", 600, math.inf, "tiny"),
        (1_000_000, "cpu", 600, 4_000, "small"),
        (6_000_000, "cpu", 1800, 5_000, "small"),
        (6_000_000, "cpu", 3600, 5_000, "small"),
        (6_000_000, "cpu", 6000, 5_000, "base"),
        (6_000_000, "cpu", 300, 4_000, "small"),
        (6_000_000, "cpu", 900, 4_000, "small"),
        (6_000_000, "cpu", 900, 40_000, "base"),
        (6_000_000, "cpu", 5, 20_000, "tiny"),
        (6_000_000, "cuda", 300, 100_000, "base"),
        (50_000_000, "cuda", 3600, 100_000, "large"),
        (50_000_000, "cpu", None, math.inf, "large"),
    ],
)
def test_text_time_and_pace_choose(chars: int, device: str, budget_s: float | None, pace: float, name: str) -> None:
    choice = choose(chars, None, Means(device, None, budget_s, pace))

    assert choice.name == name
    assert choice.reason.startswith(f"Preset {name}, chosen for {chars:,} characters of text")
    assert ("a GPU" if device == "cuda" else "a CPU") in choice.reason
    assert (f"{pace:,.0f} tokens a second" in choice.reason) == math.isfinite(pace)
    assert PRESETS[name].about in choice.reason


def test_memory_chooses_too() -> None:
    enough = memory.needed(PRESETS["base"], PRESETS["base"].vocab, 50_000_000) * 2
    little = memory.needed(PRESETS["tiny"], PRESETS["tiny"].vocab, 50_000_000) * 1.15

    assert choose(50_000_000, None, Means("cpu", int(enough))).name in ("base", "large")
    choice = choose(50_000_000, None, Means("cpu", int(little)))
    assert choice.name == "tiny"
    assert "GB of free memory" in choice.reason


def means(rounds: float, corpus: Corpus, free: int | None = None) -> Means:
    """A second in which one LSTM of `small` reads the corpus so often."""
    return Means("cpu", free, 1.0, rounds * corpus.size / BYTES_PER_TOKEN)


def test_where_the_text_is_read_often_two_learn() -> None:
    corpus = Corpus.of([parse_book(tiny_book(chapters=24), "tower.txt")])
    few, many = means(ENOUGH_ROUNDS - 0.01, corpus), means(ENOUGH_ROUNDS + 0.01, corpus)
    small = PRESETS["small"]
    room = memory.needed(small, small.vocab, corpus.chars, MEMBERS)

    assert with_members(named("small"), None, corpus, few) == named("small")
    chosen = with_members(named("small"), None, corpus, many)
    assert (chosen.name, chosen.members) == ("small", MEMBERS)
    assert chosen.reason.startswith("Preset small. Two LSTMs of it, which take twice the memory, learn side by side")
    assert "read the text 4 times" in chosen.reason
    assert with_members(named("base"), None, corpus, many).members == 1
    assert with_members(named("base"), None, corpus, means(4 * ENOUGH_ROUNDS, corpus)).members == MEMBERS
    assert with_members(named("tiny"), None, corpus, many).members == 1
    assert with_members(named("small"), 100_000, corpus, means(999, corpus)).members == 1
    assert with_members(named("small"), None, corpus, means(9, corpus, room)).members == 1
    assert with_members(named("small"), None, corpus, means(9, corpus, 2 * room)).members == MEMBERS
    assert with_members(named("small"), None, corpus, Means("cpu", None)).members == 1


def test_the_advice_names_what_fits_or_says_that_nothing_does() -> None:
    large, chars = named("large"), 6_000_000
    room = memory.needed(PRESETS["small"], PRESETS["small"].vocab, chars) * 1.2

    assert fitting_presets(None, chars, int(room))[-1] == "small"
    assert memory_advice(large, None, chars, int(room)).endswith("train with --preset small.")
    assert "no smaller preset fits either" in memory_advice(large, None, chars, 1 << 20)


def test_processes_of_one_machine_share_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = memory.free("cpu")
    assert alone is not None
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "4")
    assert memory.free("cpu") == pytest.approx(alone / 4, rel=0.2)


@pytest.mark.parametrize(("limit", "left"), [("max\n", None), ("4000\n", 2500)])
def test_files_cached_in_a_container_leave_memory_free(tmp_path: Path, limit: str, left: int | None) -> None:
    (tmp_path / "memory.max").write_text(limit)
    (tmp_path / "memory.current").write_text("3500\n")
    (tmp_path / "memory.stat").write_text("anon 1000\nfile 2500\nactive_file 500\ninactive_file 2000\n")

    assert memory.free_in_container(tmp_path) == left
    assert memory.free_in_container(tmp_path / "no group") is None


def test_the_estimate_is_near_what_a_training_takes(tmp_path: Path) -> None:
    (tmp_path / "tower.txt").write_text(tiny_book(chapters=24), encoding="utf-8")
    ended = subprocess.run([sys.executable, "-c", MEASURE, str(tmp_path)], capture_output=True, text=True, check=True)
    peak, vocab = map(int, ended.stdout.split())

    assert 0.7 * peak < memory.needed(PRESETS["small"], vocab, 24 * 1_800) < 1.6 * peak


@pytest.mark.parametrize(
    ("text", "vocab"),
    [
        ("the king " * 20, 384),
        ("the king rode north. " * 50_000, 537 + len(set("the king rode north. "))),
        ("".join(map(chr, range(0x4E00, 0x4E00 + 3_000))) * 40, 3_000 + 108),
        ("the king rode north. " * 400_000, 4_096),
    ],
)
def test_a_vocabulary_grows_with_the_text_and_its_script(text: str, vocab: int) -> None:
    assert vocab_for(PRESETS["base"], [text]) == vocab
