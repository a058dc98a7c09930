"""The transformer writes: whole windows again for each token, as nanoGPT's sampler does, several texts side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch

from benchmarks.peers.transformer import TransformerScorer
from greenbeard.bench.drawing import Drawer
from model.sampling import Sampling


@torch.inference_mode()
def write(peer: TransformerScorer, prompts: Sequence[str], sampling: Sampling, tokens: int) -> list[str]:
    """Go on from each prompt (canonical text) for `tokens` tokens; no text opens a new chapter."""
    encoded = [peer.tokenizer.encode(prompt) for prompt in prompts]
    shortest = min(len(ids) for ids in encoded)
    context = torch.stack([torch.from_numpy(ids[-shortest:]) for ids in encoded])
    seeded = [replace(sampling, seed=sampling.seed + row) for row in range(len(prompts))]
    drawer = Drawer(seeded, [*peer.unseen, peer.tokenizer.chapter])
    for _ in range(tokens):
        features = peer.network.features(context[:, -peer.settings.window :])
        drawn = drawer.draw(peer.network.logits(features[:, -1]))
        context = torch.cat([context, drawn[:, None]], dim=1)
    return [peer.tokenizer.decode(row.tolist()) for row in context[:, shortest:]]
