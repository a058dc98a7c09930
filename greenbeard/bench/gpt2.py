"""GPT-2 as a peer: 124 million random weights in bfloat16, one text, keys and values cached."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

import torch

from greenbeard.bench.drawing import Drawer

CONTEXT = 256
"""Tokens after which it begins a new text: its steps get slower as the text gets longer."""


NOT_THERE = "GPT-2 is left out: install transformers (pip install -e '.[bench]') to measure it too."


def is_there() -> bool:
    """Whether `transformers` is installed."""
    return importlib.util.find_spec("transformers") is not None


def gpt2_steps(drawer: Drawer) -> Callable[[], None] | None:
    """A step of GPT-2, or None where `transformers` is not installed."""
    if not is_there():
        return None
    transformers: Any = importlib.import_module("transformers")
    model = transformers.GPT2LMHeadModel(transformers.GPT2Config()).bfloat16().to(drawer.device).eval()
    cache: Any = None
    tokens = torch.zeros(1, 1, dtype=torch.int64, device=drawer.device)
    length = 0

    @torch.inference_mode()
    def step() -> None:
        nonlocal cache, tokens, length
        if length % CONTEXT == 0:
            cache = None
        out = model(tokens, cache=cache, use_cache=True)
        cache, length = out.cache, length + 1
        tokens = drawer.draw(out.logits[:, -1])[None]

    return step
