"""A transformer as a user would train it on a CPU: nanoGPT's recipe (Karpathy 2022) at the sizes that fit a budget.

Pre-LN blocks with GELU (Radford et al. 2019), rotary positions (Su et al. 2021), tied embeddings, AdamW with a warm-up
and a cosine to the budget's end, random windows of the text. It reads a text through overlapping windows.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.peers.pace import Pace, bfloat16_pays, quick_part, warm_then_cosine
from model.books import Book
from model.corpus import tokens_of
from model.tokenizer import Tokenizer
from model.version import TOKENIZER_FILE, WEIGHTS_FILE, write_beside, write_json

CLIP = 1.0
SCORE_BATCH = 32
SETTINGS_FILE = "settings.json"


@dataclass(frozen=True)
class Settings:
    """What is tuned on validation text."""

    vocab: int
    layers: int
    width: int
    heads: int
    window: int
    batch: int
    learning_rate: float
    dropout: float
    weight_decay: float = 0.1
    beta2: float = 0.99


TINY = Settings(vocab=512, layers=2, width=128, heads=2, window=64, batch=8, learning_rate=4e-3, dropout=0.0)
ONE_BOOK = Settings(vocab=1024, layers=4, width=256, heads=4, window=128, batch=4, learning_rate=1e-3, dropout=0.1)
CHINESE = Settings(vocab=4096, layers=4, width=256, heads=4, window=128, batch=8, learning_rate=1e-3, dropout=0.2)
FIVE_BOOKS = Settings(vocab=4096, layers=4, width=256, heads=4, window=128, batch=4, learning_rate=1e-3, dropout=0.0)


def choose(books: Sequence[Book], budget_s: float) -> Settings:
    """The settings for a corpus, by its size and script, and a budget (seconds)."""
    chars = sum(len(book.text) for book in books)
    if chars < 150_000 or budget_s < 30:
        return TINY
    if 50 * sum(book.text.count(" ") for book in books) < chars:
        return CHINESE
    return ONE_BOOK if chars < 2_000_000 else FIVE_BOOKS


class Block(nn.Module):
    """Attention and a feed-forward layer, each behind a LayerNorm and around a residual."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        width = settings.width
        self.heads, self.dropout = settings.heads, settings.dropout
        self.attention_norm, self.feed_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.mix = nn.Linear(width, width)
        self.widen, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: Tensor, by: Tensor) -> Tensor:
        """[batch, steps, width] → the same shape; `by` are the positions' `turns`."""
        batch, steps, width = x.shape
        parts = self.query_key_value(self.attention_norm(x)).view(batch, steps, 3, self.heads, -1)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        query, key = turn(query, by), turn(key, by)
        # On CPUs attention leaves its fast kernel where it drops out, and runs backwards four times slower in bfloat16.
        with torch.autocast("cpu", enabled=False):
            seen = functional.scaled_dot_product_attention(query.float(), key.float(), value.float(), is_causal=True)
        x = x + self._drop(self.mix(seen.transpose(1, 2).reshape(batch, steps, width)))
        return x + self._drop(self.narrow(functional.gelu(self.widen(self.feed_norm(x)))))

    def _drop(self, x: Tensor) -> Tensor:
        return functional.dropout(x, self.dropout, self.training)


def turns(window: int, width: int) -> Tensor:
    """Cosines and sines of the rotary positions of heads of `width` values: [2, window, width / 2]."""
    rates = 10_000.0 ** -(torch.arange(0, width, 2) / width)
    angles = torch.arange(window)[:, None] * rates
    return torch.stack([angles.cos(), angles.sin()])


def turn(x: Tensor, by: Tensor) -> Tensor:
    """Turn pairs of values of [..., steps, width] by their positions' angles (Su et al. 2021)."""
    first, second = x.chunk(2, dim=-1)
    cosine, sine = by.to(x.dtype)
    return torch.cat([first * cosine - second * sine, first * sine + second * cosine], dim=-1)


class Transformer(nn.Module):
    """Next-token logits from a window of tokens."""

    def __init__(self, settings: Settings, vocab: int) -> None:
        super().__init__()
        self.dropout = settings.dropout
        self.embedding = nn.Embedding(vocab, settings.width)
        self.register_buffer("turns", turns(settings.window, settings.width // settings.heads), persistent=False)
        self.blocks = nn.ModuleList(Block(settings) for _ in range(settings.layers))
        self.norm = nn.LayerNorm(settings.width)
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                last = name.endswith(("mix.weight", "narrow.weight"))
                nn.init.normal_(parameter, std=0.02 / (math.sqrt(2 * settings.layers) if last else 1))
            elif name.endswith("bias"):
                nn.init.zeros_(parameter)

    def forward(self, tokens: Tensor) -> Tensor:
        """Tokens [batch, steps ≤ window] → logits [batch, steps, vocab]."""
        return self.logits(self.features(tokens))

    def features(self, tokens: Tensor) -> Tensor:
        """All but the softmax: [batch, steps] → [batch, steps, width]."""
        x = functional.dropout(self.embedding(tokens), self.dropout, self.training)
        by = self.get_buffer("turns")[:, : tokens.shape[1]]
        for block in self.blocks:
            x = block(x, by)
        return torch.as_tensor(self.norm(x))

    def logits(self, features: Tensor) -> Tensor:
        """Features [..., width] → logits [..., vocab]."""
        return functional.linear(features, self.embedding.weight)


@dataclass(frozen=True)
class TransformerScorer:
    """A trained transformer and its tokenizer."""

    network: Transformer
    tokenizer: Tokenizer
    settings: Settings
    unseen: tuple[int, ...]
    """Tokens that the training text never used; none is ever written."""

    def nats(self, book: Book) -> float:
        """What a book costs; each token sees at least three quarters of a window, or all that stands before it."""
        return nats_of(self.network, tokens_of(book, self.tokenizer), self.settings.window, self.settings.window // 4)

    def save(self, folder: Path) -> None:
        """Write weights, tokenizer and settings."""
        folder.mkdir(parents=True, exist_ok=True)
        write_beside(folder / WEIGHTS_FILE, save_tensors(self.network.state_dict()))
        self.tokenizer.save(folder / TOKENIZER_FILE)
        write_json(folder / SETTINGS_FILE, {"settings": asdict(self.settings), "unseen": self.unseen})


def load(folder: Path) -> TransformerScorer:
    """What `save` wrote."""
    record = json.loads((folder / SETTINGS_FILE).read_bytes())
    settings, tokenizer = Settings(**record["settings"]), Tokenizer.load(folder / TOKENIZER_FILE)
    network = Transformer(settings, tokenizer.vocab)
    network.load_state_dict(load_tensors((folder / WEIGHTS_FILE).read_bytes()))
    return TransformerScorer(network.eval(), tokenizer, settings, tuple(record["unseen"]))


def train(
    books: Sequence[Book], valid: Sequence[Book], budget_s: float, seed: int, settings: Settings
) -> TransformerScorer:
    """Train for `budget_s` seconds of optimisation and validation; the weights that read `valid` best remain."""
    torch.manual_seed(seed)
    tokenizer = Tokenizer.train((book.text for book in books), settings.vocab)
    stream = torch.from_numpy(np.concatenate([tokens_of(book, tokenizer) for book in books]))
    held_out = quick_part([tokens_of(book, tokenizer) for book in valid])
    network = Transformer(settings, tokenizer.vocab)
    optimizer = _optimizer(network, settings)
    window = min(settings.window, len(stream) - 1)
    in_bfloat16 = bfloat16_pays(lambda: network(stream[:window].repeat(settings.batch, 1)))
    optimizer.zero_grad(set_to_none=True)
    pace = Pace(network, budget_s, lambda: nats_of(network, held_out, settings.window, settings.window))
    for fraction in pace.fractions():
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate * warm_then_cosine(fraction)
        starts = torch.randint(len(stream) - window, (settings.batch, 1))
        block = stream[starts + torch.arange(window + 1)]
        with torch.autocast("cpu", torch.bfloat16, enabled=in_bfloat16):
            logits = network(block[:, :-1])
        loss = functional.cross_entropy(logits.float().flatten(0, 1), block[:, 1:].flatten())
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), CLIP)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    unseen = np.setdiff1d(np.arange(tokenizer.vocab), stream.numpy())
    return TransformerScorer(network.eval(), tokenizer, settings, tuple(unseen.tolist()))


def _optimizer(network: Transformer, settings: Settings) -> torch.optim.AdamW:
    """AdamW that decays matrices only."""
    decayed = [parameter for parameter in network.parameters() if parameter.dim() > 1]
    others = [parameter for parameter in network.parameters() if parameter.dim() <= 1]
    groups: list[dict[str, Any]] = [{"params": decayed}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(
        groups, lr=settings.learning_rate, betas=(0.9, settings.beta2), weight_decay=settings.weight_decay, fused=True
    )


def windows(length: int, window: int, stride: int) -> Iterator[tuple[int, int]]:
    """Cover the targets 1 … length - 1 of a stream: where each window's inputs begin, and its first scored target.

    A window reads `window` inputs; a target is scored once, behind at least `window - stride` inputs or all there are.
    """
    scored = 1
    while scored < length:
        begin = max(0, scored - 1 - (window - stride)) if scored > 1 else 0
        yield begin, scored
        scored = begin + window + 1


@torch.no_grad()
def nats_of(network: Transformer, stream: NDArray[np.int64], window: int, stride: int) -> float:
    """What a stream's tokens after the first cost, read through overlapping windows, in float32."""
    tokens = torch.from_numpy(stream)
    length = len(stream)
    spans = list(windows(length, window, stride))
    total = 0.0
    for index in range(0, len(spans), SCORE_BATCH):
        begins, firsts = torch.tensor(spans[index : index + SCORE_BATCH]).unbind(1)
        targets_at = begins[:, None] + torch.arange(1, window + 1)
        block = tokens[targets_at.sub(1).clamp(max=length - 1)]
        logits = network(block)
        targets = tokens[targets_at.clamp(max=length - 1)]
        nats = functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none").view(targets.shape)
        scored = (targets_at >= firsts[:, None]) & (targets_at < length)
        total += float(nats[scored].double().sum())
    return total
