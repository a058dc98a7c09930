"""`python -m benchmarks.quality [SCENARIO …]`: bits per character of ours and of its peers, side by side.

Each model trains in a process of its own with all cores, on the same text, with the same wall time, and then reads the
test text. Peers' results are kept by a hash of their code, the text, the budget, the seed and the machine, so that ours
can be measured again alone. Exit code 1 if ours misses a bar.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import torch
from rich.console import Console
from rich.table import Table

from benchmarks.one_training import OURS, PEERS, Job, read_change
from benchmarks.texts import NoText, Split, Text, read_split, unigram_bits_per_char
from greenbeard.settings import load_settings
from model.version import write_json

ROOT = Path(__file__).parent.parent
SMOKE_BUDGET_S = 3.0
SMOKE_AT_ONCE = 2
USED_BY_PEERS = ("corpus.py", "device.py", "memory.py", "tokenizer.py")
"""Of our own code, besides how books are read, which the text's hash tells."""


@dataclass(frozen=True)
class Scenario:
    """A text, a budget, and what ours has to reach."""

    text: Text
    budget_s: float
    seeds: int
    bars: tuple[tuple[str, float], ...]
    """Peers and the most that ours may be of each one's bits per character."""
    most: float = float("inf")
    """The most bits per character that ours may need."""


SCENARIOS = {
    "sixth-1800": Scenario("sixth", 1800, 1, (("transformer", 0.96), ("got_book_6", 0.85))),
    "sixth-300": Scenario("sixth", 300, 3, (("transformer", 1.0),)),
    "shakespeare-300": Scenario("shakespeare", 300, 3, (), most=2.17),
    "hongloumeng-900": Scenario("hongloumeng", 900, 1, (("transformer", 1.0),)),
}
SMOKE = Scenario("made-up", SMOKE_BUDGET_S, 1, ())


@dataclass(frozen=True)
class Row:
    """One model in one scenario; everything in bits per character."""

    scenario: str
    model: str
    bits_per_char: tuple[float, ...]
    """By seed, from 1 on."""
    ours_to_this: float | None
    bar: float | None
    """The most that `ours_to_this` may be; of ours, that its mean may be."""

    @property
    def mean(self) -> float:
        """Over the seeds."""
        return mean(self.bits_per_char)

    @property
    def kept(self) -> bool:
        """Whether the bar is kept, where there is one to keep."""
        measured = self.mean if self.model == OURS else self.ours_to_this
        return self.bar is None or measured is None or measured <= self.bar


class TrainingFailed(Exception):
    """A model's process ended without a result."""


@dataclass(frozen=True)
class Bench:
    """How this run measures."""

    data: Path
    cache: Path
    on_valid: bool
    smoke: bool
    changes: tuple[tuple[str, float], ...] = ()

    def kept(self, job: Job, split: Split) -> Path:
        """The folder where a peer's result is kept, and a transformer's weights."""
        return self.cache / f"{job.model}-{cache_key(job, split)}"

    def measure(self, job: Job, split: Split) -> float:
        """Bits per character of one training; a peer's from the cache where it is there. Raises TrainingFailed."""
        folder = self.kept(job, split)
        kept = folder / "outcome.json"
        if job.model != OURS and not self.smoke and kept.is_file():
            return float(json.loads(kept.read_bytes())["bits_per_char"])
        threads = 1 if self.smoke else cores()
        command = [sys.executable, "-m", "benchmarks.one_training", *job.arguments()]
        if job.model != OURS and not self.smoke:
            command += ["--keep", str(folder)]
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise TrainingFailed(f"{job.model} ended without a result; it said:\n{done.stderr[-2000:]}")
        outcome = json.loads(done.stdout)
        print(f"{job.model}, seed {job.seed}: {outcome}", file=sys.stderr)
        if job.model != OURS and not self.smoke:
            folder.mkdir(parents=True, exist_ok=True)
            write_json(kept, {"job": job.arguments(), **outcome})
        return float(outcome["bits_per_char"])

    def rows(self, name: str, scenario: Scenario, models: Sequence[str], seeds: int) -> list[Row]:
        """Measure every model of a scenario, one after the other. Raises NoText, TrainingFailed."""
        split = read_split(scenario.text, self.data)
        jobs = [
            Job(model, scenario.text, scenario.budget_s, seed, self.on_valid, self.data, self.changes)
            for model in models
            for seed in range(1, seeds + 1)
        ]
        with ThreadPoolExecutor(SMOKE_AT_ONCE if self.smoke else 1) as pool:
            found = list(pool.map(lambda job: self.measure(job, split), jobs))
        bits = {model: tuple(found[i * seeds : (i + 1) * seeds]) for i, model in enumerate(models)}
        if self.smoke:
            check_that_all_learned(bits, unigram_bits_per_char(split.books, split.test))
        return rows_of(name, scenario, bits)


def cores() -> int:
    """CPU cores that this process may use: `taskset` gives it fewer than there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cache_key(job: Job, split: Split) -> str:
    """Hash of everything that a peer's result depends on."""
    folder = ROOT / "benchmarks" / "peers"
    names = ("pace.py", "words.py", f"{job.model}.py")
    files = [folder / name for name in names] + [ROOT / "model" / name for name in USED_BY_PEERS]
    code = [file.read_text(encoding="utf-8") for file in files if file.is_file()]
    machine = [platform.machine(), torch.backends.cpu.get_cpu_capability(), str(cores()), torch.__version__]
    facts = [*code, split.sha256, str(job.budget_s), str(job.seed), str(job.on_valid), repr(job.changes), *machine]
    return hashlib.sha256("\0".join(facts).encode()).hexdigest()[:16]


def rows_of(name: str, scenario: Scenario, bits: dict[str, tuple[float, ...]]) -> list[Row]:
    """A scenario's results with ratios and bars."""
    ours, bars = bits.get(OURS), dict(scenario.bars)
    rows = []
    for model, values in bits.items():
        if model == OURS:
            rows.append(Row(name, model, values, None, scenario.most if scenario.most < float("inf") else None))
        else:
            ratio = mean(ours) / mean(values) if ours else None
            rows.append(Row(name, model, values, ratio, bars.get(model)))
    return rows


def check_that_all_learned(bits: dict[str, tuple[float, ...]], without_learning: float) -> None:
    """Raises TrainingFailed if a model reads no better than the frequencies of characters would."""
    for model, values in bits.items():
        if not max(values) < without_learning:
            raise TrainingFailed(f"{model} learned nothing: {max(values):.2f} bits per character")


def show(rows: Sequence[Row], as_json: bool) -> None:
    """A table for people or one JSON object."""
    if as_json:
        fields = ("scenario", "model", "bits_per_char", "ours_to_this", "bar", "mean", "kept")
        listed = [{name: getattr(row, name) for name in fields} for row in rows]
        print(json.dumps({"benchmark": "quality", "python": platform.python_version(), "rows": listed}))
        return
    table = Table("scenario", "model", "each seed", "bits per character", "ours / this", "at most", "", title="quality")
    for row in rows:
        seeds = " ".join(f"{value:.4f}" for value in row.bits_per_char)
        ratio, bar = (f"{number:.3f}" if number is not None else "" for number in (row.ours_to_this, row.bar))
        mark = "" if row.bar is None else "✓" if row.kept else "✗"
        table.add_row(row.scenario, row.model, seeds, f"{row.mean:.4f}", ratio, bar, mark)
    Console().print(table)


def read_command_line() -> argparse.Namespace:
    """Parse the command line; wrong names end with exit code 2."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=f"{', '.join(SCENARIOS)}; default: all")
    parser.add_argument("--only", default=",".join([OURS, *PEERS]), help="models, with commas; default: all")
    parser.add_argument("--seeds", type=int, help="trainings of each model; default: by scenario")
    parser.add_argument("--valid", action="store_true", help="judge by held-out text instead of test text: for tuning")
    parser.add_argument(
        "--set", type=read_change, action="append", default=[], metavar="NAME=VALUE",
        help="another setting for the peers of --only: for tuning, with --valid",
    )  # fmt: skip
    parser.add_argument(
        "--data", type=Path, default=Path(os.environ.get("GREENBEARD_DATA", "../shared/data")), help="folder of texts"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.add_argument("--smoke", action="store_true", help="a made-up text, seconds a model: does each one learn?")
    parsed = parser.parse_args()
    parsed.only = parsed.only.split(",")
    unknown = [name for name in parsed.only if name not in (OURS, *PEERS)]
    unknown += [name for name in parsed.scenarios if name not in SCENARIOS]
    if unknown:
        parser.error(f"there is no {unknown[0]}")
    if parsed.set and not parsed.valid:
        parser.error("settings are tuned on held-out text: --set needs --valid")
    return parsed


def main() -> None:
    """Measure and tell."""
    parsed = read_command_line()
    chosen = {name: SCENARIOS[name] for name in parsed.scenarios or SCENARIOS}
    if parsed.smoke:
        chosen = {"smoke": SMOKE}
    bench = Bench(
        data=parsed.data.resolve(),
        cache=load_settings().home.resolve() / "benchmarks" / "quality",
        on_valid=parsed.valid,
        smoke=parsed.smoke,
        changes=tuple(parsed.set),
    )
    rows: list[Row] = []
    try:
        for name, scenario in chosen.items():
            rows += bench.rows(name, scenario, parsed.only, parsed.seeds or scenario.seeds)
    except (NoText, TrainingFailed) as error:
        sys.exit(str(error))
    show(rows, parsed.json)
    sys.exit(0 if parsed.smoke or parsed.valid or all(row.kept for row in rows) else 1)


if __name__ == "__main__":
    main()
