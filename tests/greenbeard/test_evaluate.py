"""`greenbeard evaluate` on several books."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.books import tiny_book
from tests.greenbeard.conftest import Greenbeard


def test_each_book_and_all_of_them(greenbeard: Greenbeard, tmp_path: Path, tiny_version: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"{number}.txt").write_text(tiny_book(chapters=2 * number, seed=number), encoding="utf-8")
    told = greenbeard("evaluate", str(tiny_version), "1.txt", "2.txt").stdout
    rows = {line.split()[0]: line.split() for line in told.splitlines() if line.strip()}
    done = greenbeard("evaluate", str(tiny_version), "1.txt", "2.txt", "--json")
    everything = json.loads(done.stdout)
    greenbeard("evaluate", str(tiny_version), "1.txt", "2.txt", "--dump", "counted.txt")
    chars = {name: int(rows[name][3].replace(",", "")) for name in ("1.txt", "2.txt", "all")}
    bits = {name: float(rows[name][1]) for name in ("1.txt", "2.txt", "all")}

    assert set(everything) == {"bits_per_char", "nats", "chars", "tokens", "word_perplexity", "seconds"}
    assert len((tmp_path / "counted.txt").read_text(encoding="utf-8")) == everything["chars"]
    assert chars["all"] == chars["1.txt"] + chars["2.txt"] == everything["chars"]
    shared = (bits["1.txt"] * chars["1.txt"] + bits["2.txt"] * chars["2.txt"]) / chars["all"]
    assert bits["all"] == pytest.approx(shared, abs=1e-3)
    assert bits["all"] == pytest.approx(everything["bits_per_char"], abs=1e-3)
