"""Tokens a second while training: our step beside a plain loop over `nn.LSTM` with the same sizes.

The plain loop runs in the precision that ours found fastest here, and under bfloat16 autocast where the device has it
(on a GPU autocast then gives its LSTM float16). Ours steps as most of a training does, with a sampled softmax on a CPU.
Weights are random, and so is the text, but for its tokens' frequencies, which follow Zipf's law as a book's do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from greenbeard.bench.rows import ROUNDS, Loop, Row, measure
from model.candidates import CandidateSampler
from model.corpus import Lanes
from model.device import PRECISIONS, can_train_in, fastest_precision
from model.feed_forward import FeedForward
from model.learner import Learner
from model.lstm import LSTM
from model.memory import keep_freed
from model.muon import ALWAYS
from model.presets import PRESETS, Preset
from model.team import ALONE
from model.version import Shape

States = Sequence[tuple[Tensor, Tensor] | None]

BATCHES = 50
"""That a round through the random text has."""


def bench_training(preset_name: str, device: str = "cpu", rounds: int = ROUNDS) -> Iterator[Row]:
    """Measure ours and the plain loop in turn, round by round."""
    keep_freed()
    torch.manual_seed(1)
    preset = PRESETS[preset_name]
    shape = preset.shape(preset.vocab)
    precision = fastest_precision(device)
    loops: dict[str | None, Callable[[], None]] = {None: _ours(shape, preset, PRECISIONS[precision], device)}
    tried = [name for name in ("bfloat16", precision) if can_train_in(name, device)]
    peers = {f"nn.LSTM, {name}": name for name in tried}
    loops |= {who: _plain(shape, preset, PRECISIONS[name], device) for who, name in peers.items()}
    tokens = preset.lanes * preset.steps
    speeds = measure({who: Loop(step, tokens) for who, step in loops.items()}, device, rounds)
    label = shape.label
    yield Row("training", label, precision, preset.lanes, None, speeds[None], None, None)
    for who, name in peers.items():
        yield Row("training", label, name, preset.lanes, who, speeds[who], speeds[None] / speeds[who], None)


def _ours(shape: Shape, preset: Preset, precision: torch.dtype, device: str) -> Callable[[], None]:
    model = LSTM(shape, preset.dropout)
    sampler = CandidateSampler.for_softmax(model.entry_counts(zipf(shape.vocab)), device)
    learner = Learner(model.to(device), preset, _lanes(shape, preset), precision, ALONE)

    def step() -> None:
        learner.step(0.1, sampler)

    for _ in range(ALWAYS):  # a training's first steps, which are dearer
        step()
    return step


class _Plain(nn.Module):
    """What one writes first: an embedding, `nn.LSTM`, the same layers behind it."""

    def __init__(self, shape: Shape, dropout: float) -> None:
        super().__init__()
        self.embedding = nn.Embedding(shape.vocab, shape.embedding)
        sizes = [shape.embedding, *[shape.hidden] * (shape.layers - 1)]
        self.layers = nn.ModuleList(nn.LSTM(size, shape.hidden) for size in sizes)
        between = (FeedForward(shape.hidden, shape.between, shape.hidden) for _ in sizes[1:])
        self.between = nn.ModuleList(between)
        self.dropout = nn.Dropout(dropout)
        self.projection = nn.Linear(shape.hidden, shape.embedding)
        self.feed_forward = FeedForward(shape.seen, shape.feed_forward, shape.embedding)
        self.output = nn.Linear(shape.embedding, shape.vocab)
        self.output.weight = self.embedding.weight

    def forward(self, tokens: Tensor, before: States) -> tuple[Tensor, States]:
        """Logits, and each layer's state behind the tokens."""
        x, outputs, after = self.embedding(tokens), [], []
        for number, (layer, state) in enumerate(zip(self.layers, before, strict=True)):
            if number > 0:
                x = self.dropout(x + self.between[number - 1](x))
            x, state = layer(x, state)
            outputs.append(x)
            after.append(state)
        return self.output(self.projection(x) + self.feed_forward(torch.cat(outputs, dim=-1))), after


def _plain(shape: Shape, preset: Preset, precision: torch.dtype, device: str) -> Callable[[], None]:
    model, lanes = _Plain(shape, preset.dropout.between).to(device), _lanes(shape, preset)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    states: States = [None] * shape.layers

    def step() -> None:
        nonlocal states
        inputs, targets = (block.to(device) for block in lanes.next())
        with torch.autocast(device, precision, enabled=precision != torch.float32):
            logits, after = model(inputs, states)
        loss: Any = nn.functional.cross_entropy(logits.float().flatten(0, 1), targets.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        states = [(hidden.detach(), cell.detach()) for hidden, cell in after]

    return step


def zipf(vocab: int) -> NDArray[np.float64]:
    """The probability of each token id, which is its rank in Zipf's law: [vocab]."""
    chances: NDArray[np.float64] = 1.0 / np.arange(1, vocab + 1)
    chances /= chances.sum()
    return chances


def _lanes(shape: Shape, preset: Preset) -> Lanes:
    count = preset.lanes * preset.steps * BATCHES + 1
    tokens = np.random.default_rng(1).choice(shape.vocab, size=count, p=zipf(shape.vocab))
    return Lanes(tokens, preset.lanes, preset.steps, torch.Generator().manual_seed(1))
