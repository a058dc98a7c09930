"""Tokens a second while writing: our engine beside what people use instead, in one run.

Peers: `nn.LSTM` stepped eagerly; got-book-6's loop, which feeds the last thirty words again for each next one; and
GPT-2 with 124 million parameters in bfloat16, with its cache of keys and values (where `transformers` is installed).
All draw their tokens with our sampler. Ours is the whole engine: text, stop rules and all.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from greenbeard.bench.drawing import Drawer
from greenbeard.bench.endless import endless, random_writer
from greenbeard.bench.gpt2 import gpt2_steps
from greenbeard.bench.rows import ROUNDS, Loop, Row, measure, wait_for
from model.ensemble import Model
from model.lstm import LSTM, State
from model.products import Precision
from model.sampling import Sampling
from model.version import Shape
from model.writer import Writer

REPEATED_WORDS = 30
PROBES = 200
"""Products that the read bandwidth is the fastest of."""
SAMPLING = Sampling(temperature=0.8, top_p=0.95, seed=1, min_p=0.0, commonness=1.0)
BYTES: dict[Precision, int] = {"float32": 4, "bfloat16": 2, "int8": 1}
LABELS: dict[Precision, str] = {"float32": "fp32", "bfloat16": "bf16", "int8": "int8"}


def bench_shape(shape: Shape, batches: Sequence[int], device: str = "cpu", rounds: int = ROUNDS) -> Iterator[Row]:
    """Measure random weights of a shape."""
    torch.manual_seed(1)
    yield from bench_writer(random_writer(shape, LSTM(shape).to(device).eval()), batches, rounds)


def bench_writer(writer: Writer, batches: Sequence[int], rounds: int = ROUNDS) -> Iterator[Row]:
    """Measure ours and the peers in turn, round by round, for each batch size."""
    precision = writer.stepper.precision
    weights = step_bytes(writer)
    shape = writer.info.shape
    label = shape.label
    for batch in batches:
        engine = endless(writer, batch, SAMPLING)
        loops: dict[str | None, Loop] = {None: Loop(engine.step, batch * engine.burst)}
        loops["nn.LSTM"] = Loop(_eager(writer.model, batch), batch)
        loops["got-book-6"] = Loop(_got_book(writer.model, batch), batch)
        if batch == 1 and (gpt2 := gpt2_steps(_drawer(batch, writer.device))) is not None:
            loops["GPT-2 124M"] = Loop(gpt2, batch)
        before = read_bandwidth(weights, writer.device)
        speeds = measure(loops, writer.device, rounds)
        bandwidth = max(before, read_bandwidth(weights, writer.device))
        mine = speeds[None]
        yield Row("sampling", label, LABELS[precision], batch, None, mine, None, mine / batch * weights / bandwidth)
        for peer, speed in speeds.items():
            if peer is not None:
                theirs = LABELS["bfloat16" if peer.startswith("GPT") else "float32"]
                yield Row("sampling", label, theirs, batch, peer, speed, mine / speed, None)


def step_bytes(writer: Writer) -> int:
    """Bytes of weights that a step of ours reads: all but the first layer's input weights, which are looked up."""
    return sum(map(_step_values, writer.model.lstms)) * BYTES[writer.stepper.precision]


def _step_values(model: LSTM) -> int:
    first = sum(p.numel() for name, p in model.named_parameters() if name == "layers.0.weight_ih_l0")
    layers = sum(p.numel() for name, p in model.named_parameters() if "layers" in name) - first
    feed_forwards = sum(p.numel() for layer in model.feed_forwards for p in layer.parameters())
    return layers + feed_forwards + model.embedding.weight.numel() + model.projection.weight.numel()


def _eager(model: Model, batch: int) -> Callable[[], None]:
    state = model.start(batch)
    drawer = _drawer(batch, str(state.hidden.device))
    tokens = torch.zeros(1, batch, dtype=torch.int64, device=state.hidden.device)

    @torch.inference_mode()
    def step() -> None:
        nonlocal state, tokens
        logits, state = model(tokens, state)
        tokens = drawer.draw(logits[-1])[None]

    return step


def _got_book(model: Model, batch: int) -> Callable[[], None]:
    state: State = model.start(batch)
    drawer = _drawer(batch, str(state.hidden.device))
    words: Tensor = torch.zeros(REPEATED_WORDS, batch, dtype=torch.int64, device=state.hidden.device)

    @torch.inference_mode()
    def step() -> None:
        nonlocal state, words
        logits, state = model(words, state)
        words = torch.cat([words[1:], drawer.draw(logits[-1])[None]])

    return step


def _drawer(batch: int, device: str) -> Drawer:
    return Drawer([replace(SAMPLING, seed=SAMPLING.seed + row) for row in range(batch)], device=device)


def read_bandwidth(size: int, device: str = "cpu") -> float:
    """Bytes a second at which `size` bytes of weights can be read again and again, by what writes.

    A matrix-vector product in float32, as large as the weights, so that the caches hold as much of it as of them; the
    fastest of many, for whatever else runs can only slow it down.
    """
    width = 1024
    matrix, vector = torch.ones(max(1, size // 4 // width), width, device=device), torch.ones(width, device=device)
    fastest = math.inf
    with torch.inference_mode():
        for _ in range(PROBES):
            began = time.perf_counter()
            nn.functional.linear(vector, matrix)
            wait_for(device)
            fastest = min(fastest, time.perf_counter() - began)
    return matrix.numel() * 4 / fastest
