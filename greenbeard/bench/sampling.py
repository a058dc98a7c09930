"""Tokens a second while sampling: our step beside what people use instead, in one run.

Peers: `nn.LSTM` stepped eagerly, and got-book-6's loop, which feeds the last thirty words again for each next one. All
draw their tokens with the same sampler. Weights are random: speed does not depend on what they say.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor, nn

from greenbeard.bench.rows import ROUNDS, Row, measure
from model.lstm import LSTM, State
from model.sampling import Sampler, Sampling
from model.step import Stepper
from model.version import Shape

REPEATED_WORDS = 30


def bench_sampling(shape: Shape, batches: Sequence[int], rounds: int = ROUNDS) -> Iterator[Row]:
    """Measure ours and the peers in turn, round by round, for each batch size."""
    torch.manual_seed(1)
    model = LSTM(shape).eval()
    weights = sum(p.numel() for name, p in model.named_parameters() if "layers" in name) * 2
    weights += (model.embedding.weight.numel() + model.projection.weight.numel()) * 4
    bandwidth = read_bandwidth(weights)
    label = f"{shape.layers}x{shape.hidden}"
    for batch in batches:
        loops = {None: _ours(model, batch), "nn.LSTM": _eager(model, batch), "got-book-6": _got_book(model, batch)}
        speeds = measure(loops, batch, rounds)
        mine = speeds[None]
        bound = mine / batch * weights / bandwidth
        yield Row("sampling", label, "bf16", batch, None, mine, None, bound)
        for peer, speed in speeds.items():
            if peer is not None:
                yield Row("sampling", label, "fp32", batch, peer, speed, mine / speed, None)


def _ours(model: LSTM, batch: int) -> Callable[[], None]:
    stepper, sampler = Stepper(model), _sampler()
    state = model.start(batch)

    def step() -> None:
        nonlocal state
        state = stepper.step(sampler.draw(stepper.logits(state)), state)

    return step


def _eager(model: LSTM, batch: int) -> Callable[[], None]:
    sampler = _sampler()
    state = model.start(batch)
    tokens = torch.zeros(1, batch, dtype=torch.int64)

    @torch.inference_mode()
    def step() -> None:
        nonlocal state, tokens
        logits, state = model(tokens, state)
        tokens = sampler.draw(logits[-1])[None]

    return step


def _got_book(model: LSTM, batch: int) -> Callable[[], None]:
    sampler = _sampler()
    state: State = model.start(batch)
    words: Tensor = torch.zeros(REPEATED_WORDS, batch, dtype=torch.int64)

    @torch.inference_mode()
    def step() -> None:
        nonlocal state, words
        logits, state = model(words, state)
        words = torch.cat([words[1:], sampler.draw(logits[-1])[None]])

    return step


def _sampler() -> Sampler:
    return Sampler(Sampling(temperature=0.8, top_p=1.0, seed=1), torch.tensor([], dtype=torch.int64))


def read_bandwidth(size: int) -> float:
    """Bytes a second at which `size` bytes of weights are read again and again: a matrix-vector product in float32."""
    width = 1024
    matrix, vector = torch.ones(max(1, size // 4 // width), width), torch.ones(width)
    with torch.inference_mode():
        nn.functional.linear(vector, matrix)
        times = []
        for _ in range(15):
            began = time.perf_counter()
            nn.functional.linear(vector, matrix)
            times.append(time.perf_counter() - began)
    return matrix.numel() * 4 / statistics.median(times)
