"""The decisions of `benchmarks.quality`: bars, what a kept result depends on, how texts are split."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.one_training import Job
from benchmarks.quality import SCENARIOS, TrainingFailed, cache_key, check_that_all_learned, main, rows_of
from benchmarks.texts import NoText, read_split, unigram_bits_per_char
from model.books import Book, Chapter
from tests.forked import finished

ROOT = Path(__file__).parent.parent.parent
LIMIT_S = 150.0
DATA = ROOT.parent / "shared" / "data"


def book(text: str) -> Book:
    return Book("book", (Chapter(None, (text,)),))


def test_a_bar_is_a_ratio_to_a_peer() -> None:
    bits = {"ours": (1.40, 1.44), "transformer": (1.50, 1.50), "got_book_6": (1.60, 1.60)}
    rows = {row.model: row for row in rows_of("sixth-1800", SCENARIOS["sixth-1800"], bits)}
    assert rows["transformer"].ours_to_this == pytest.approx(1.42 / 1.50)
    assert rows["transformer"].kept
    assert not rows["got_book_6"].kept
    assert rows["ours"].kept


def test_a_bar_can_be_a_figure_of_ours() -> None:
    scenario = SCENARIOS["shakespeare-300"]
    assert rows_of("", scenario, {"ours": (2.16, 2.17)})[0].kept
    assert not rows_of("", scenario, {"ours": (2.16, 2.20)})[0].kept


def test_a_peer_alone_misses_nothing() -> None:
    assert rows_of("", SCENARIOS["sixth-300"], {"transformer": (1.9,)})[0].kept


def test_a_kept_result_depends_on_what_made_it() -> None:
    split = read_split("made-up", ROOT)
    job = Job("transformer", "made-up", 4.0, 1, False, ROOT)
    others = [
        replace(job, seed=2),
        replace(job, budget_s=5.0),
        replace(job, model="got_book_6"),
        replace(job, on_valid=True),
        replace(job, changes=(("batch", 4),)),
    ]
    keys = [cache_key(job, split), *(cache_key(other, split) for other in others)]
    keys.append(cache_key(job, replace(split, valid=split.test)))
    assert len(set(keys)) == len(keys)
    assert cache_key(job, split) == cache_key(replace(job, data=ROOT / "elsewhere"), split)


def test_who_learned_nothing_is_named() -> None:
    check_that_all_learned({"ours": (1.0,)}, 4.0)
    with pytest.raises(TrainingFailed, match="got_book_6"):
        check_that_all_learned({"ours": (1.0,), "got_book_6": (float("nan"),)}, 4.0)


def test_unigram_figure() -> None:
    assert unigram_bits_per_char([book("ab" * 5000)], [book("ab")]) == pytest.approx(1, abs=0.01)


def test_a_missing_text_is_named(tmp_path: Path) -> None:
    for text in ("sixth", "shakespeare", "hongloumeng"):
        with pytest.raises(NoText, match="GREENBEARD_DATA"):
            read_split(text, tmp_path)  # type: ignore[arg-type]


def quality(*arguments: str) -> None:
    """`python -m benchmarks.quality …` in this process."""
    sys.argv = ["benchmarks.quality", *arguments]
    main()


def test_missing_texts_end_the_benchmark_in_one_sentence(tmp_path: Path) -> None:
    done = finished(tmp_path, LIMIT_S, quality, "shakespeare-300", "--data", str(tmp_path / "none"))
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1


def test_smoke_prints_json(tmp_path: Path) -> None:
    done = finished(tmp_path, LIMIT_S, quality, "--smoke", "--json", "--only", "ours")
    assert done.returncode == 0, done.stderr
    assert [row["model"] for row in json.loads(done.stdout)["rows"]] == ["ours"]


@pytest.mark.skipif(not DATA.is_dir(), reason="the real texts (../shared/data) are not here")
def test_real_texts_are_split_as_described() -> None:
    hongloumeng = read_split("hongloumeng", DATA)
    headings = [[chapter.heading for chapter in part[0].chapters] for part in (hongloumeng.valid, hongloumeng.test)]
    assert [len(part) for part in headings] == [6, 6]
    assert str(headings[0][0]).startswith("第一百九回")
    assert str(headings[1][-1]).startswith("第一百二十回")
    shakespeare = read_split("shakespeare", DATA)
    assert len(shakespeare.test[0].text) == pytest.approx(111_540, rel=0.01)
    sixth = read_split("sixth", DATA)
    assert [b.name[:2] for b in sixth.train] == ["01", "02", "03", "04", "05"]
    assert [b.name[:2] for b in sixth.test] == ["06"]
