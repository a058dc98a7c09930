"""How fast a device learns, so that a budget of time can be told as text that it has time for."""

from __future__ import annotations

import time

import torch

from model.device import PRECISIONS
from model.lstm import LSTM
from model.presets import PRESETS
from model.readers import Batch, Readers

YARDSTICK = PRESETS["small"]
STEPS = 24
TRIES = 3
UPDATE_SHARE = 0.1
"""Of a training's time: updates of the weights, which a trial leaves out."""


def tokens_per_second(device: str, precision: str) -> float:
    """Tokens that a training with preset `small` learns from in a second, by a trial of about a second.

    The trial has the whole softmax (`candidates`), so on a CPU it promises less than a training will do.
    `precision` is one of PRECISIONS. The best of a few tries, for other programs may run.
    """
    threads, preset = torch.get_num_threads(), YARDSTICK
    model = LSTM(preset.shape(preset.vocab), preset.dropout).to(device)
    readers = Readers(model, preset.lanes, PRECISIONS[precision])
    text = torch.randint(preset.vocab, (STEPS + 1, preset.lanes), device=device)
    seconds = []
    for _ in range(1 + TRIES):
        began = time.perf_counter()
        batch = Batch(text[:-1], text[1:], model.draw_masks(preset.lanes), text[1:].numel())
        loss, _ = readers.read(batch, model.start(preset.lanes))
        float(loss)  # waits for the device
        seconds.append(time.perf_counter() - began)
        model.zero_grad(set_to_none=True)
    torch.set_num_threads(threads)  # torch takes what a reader sets for the number of all that come after it
    return (1 - UPDATE_SHARE) * text[1:].numel() / min(seconds[1:])
