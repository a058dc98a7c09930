"""`python -m benchmarks.vocabulary [--json] [--smoke]`: what a training step costs with a vocabulary of 800,000 words.

The steps of preset base, as most of a training takes them, with 10,000 and with 800,000 words take turns on text whose
words follow Zipf's law (the word of rank r comes as often as 1 / r says), so the large vocabulary has many more rare
words than any book. Also printed: tokens a second that it writes. Times are medians.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median

import numpy as np
import torch

from benchmarks.report import Figure, finish, read_arguments
from greenbeard.bench.drawing import Drawer
from greenbeard.bench.training import zipf
from model.candidates import CandidateSampler
from model.corpus import Lanes
from model.device import PRECISIONS, fastest_precision
from model.learner import Learner
from model.lstm import LSTM
from model.presets import PRESETS
from model.products import fastest
from model.sampling import Sampling
from model.step import Stepper
from model.team import ALONE

SMALL, LARGE = 10_000, 800_000
PRESET = PRESETS["base"]
TEXT_TOKENS = 300_000
ROUNDS, SMOKE_ROUNDS = 15, 2
WRITTEN, SMOKE_WRITTEN = 60, 2
RATIO = 3.0
SECONDS_A_TOKEN = 0.1


@dataclass(frozen=True)
class Times:
    """Median seconds of a training step and of writing a token."""

    step: float
    token: float


def learner_of(vocab: int) -> tuple[Learner, CandidateSampler | None]:
    """A model with `vocab` words that knows how frequent they are, about to learn from Zipf's text, and its sampler."""
    torch.manual_seed(1)
    chances = zipf(vocab)
    stream = np.random.default_rng(1).choice(vocab, size=TEXT_TOKENS, p=chances)
    lanes = Lanes(stream, PRESET.lanes, PRESET.steps, torch.Generator().manual_seed(1))
    model = LSTM(PRESET.shape(vocab), PRESET.dropout)
    model.expect(chances)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    sampler = CandidateSampler.for_softmax(model.entry_counts(chances), device)
    return Learner(model.to(device), PRESET, lanes, PRECISIONS[fastest_precision(device)], ALONE), sampler


def seconds_of_step(learner: Learner, sampler: CandidateSampler | None) -> float:
    """One update, from begin to end."""
    began = time.perf_counter()
    if not learner.step(1.0, sampler) or learner.nats is None:
        raise RuntimeError("a training step gave no number")
    return time.perf_counter() - began


def seconds_of_tokens(model: LSTM, count: int) -> list[float]:
    """How long each of some sampled tokens takes."""
    stepper = Stepper(model.eval(), fastest(str(model.device)))
    rows, drawer = stepper.rows(1), Drawer([Sampling(seed=1)])
    seconds = []
    for _ in range(count):
        began = time.perf_counter()
        stepper.step(drawer.draw(stepper.logits(rows).cpu()).to(stepper.device), rows)
        seconds.append(time.perf_counter() - began)
    return seconds


def measure(rounds: int, written: int) -> dict[int, Times]:
    """Both vocabularies in turn, so that a noisy moment hits both."""
    learners = {vocab: learner_of(vocab) for vocab in (SMALL, LARGE)}
    steps: dict[int, list[float]] = {vocab: [] for vocab in learners}
    for learner, sampler in learners.values():
        seconds_of_step(learner, sampler)
    for _ in range(rounds):
        for vocab, (learner, sampler) in learners.items():
            steps[vocab].append(seconds_of_step(learner, sampler))
    return {
        vocab: Times(median(steps[vocab]), median(seconds_of_tokens(learner.model, written)))
        for vocab, (learner, _) in learners.items()
    }


def main() -> None:
    """Measure and tell."""
    arguments = read_arguments(__doc__)
    times = measure(*((SMOKE_ROUNDS, SMOKE_WRITTEN) if arguments.smoke else (ROUNDS, WRITTEN)))
    small, large = times[SMALL], times[LARGE]
    figures = [
        Figure(f"training step with {LARGE:,} words, of one with {SMALL:,}", large.step / small.step, "times", RATIO),
        Figure(f"training step with {SMALL:,} words", small.step, "s", float("inf")),
        Figure(f"training step with {LARGE:,} words", large.step, "s", float("inf")),
        Figure(f"writing a token with {LARGE:,} words", large.token, "s", SECONDS_A_TOKEN),
    ]
    finish("vocabulary", figures, arguments)


if __name__ == "__main__":
    main()
