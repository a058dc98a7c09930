"""The model of got-book-6, the ancestor: words in, three LSTM layers of 512, dropout on their outputs only, Adam.

As there: an embedding of 512, a full softmax that is not tied to it, sequences with the state carried on, each value of
the gradient clipped to ±1. Ours for it: validation, case, a vocabulary that fits the budget, a rate that falls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.peers.pace import Pace, bfloat16_pays, quick_part, warm_then_cosine
from benchmarks.peers.words import NetworkState, Words, WordScorer, nats_of, stream_of
from model.books import Book
from model.corpus import Lanes

LAYERS, WIDTH = 3, 512
CLIP = 1.0


@dataclass(frozen=True)
class Settings:
    """What is tuned on validation text."""

    vocab: int
    lanes: int
    steps: int
    learning_rate: float
    dropout: float


TINY = Settings(vocab=2048, lanes=8, steps=20, learning_rate=2e-3, dropout=0.0)
ONE_BOOK = Settings(vocab=8192, lanes=16, steps=30, learning_rate=1e-3, dropout=0.4)
FIVE_BOOKS = Settings(vocab=8192, lanes=16, steps=30, learning_rate=1e-3, dropout=0.1)
LONGER = Settings(vocab=8192, lanes=32, steps=30, learning_rate=1e-3, dropout=0.3)


def choose(books: Sequence[Book], budget_s: float) -> Settings:
    """The settings for a corpus, by its size, and a budget (seconds)."""
    chars = sum(len(book.text) for book in books)
    if chars < 150_000 or budget_s < 30:
        return TINY
    if chars < 2_000_000:
        return ONE_BOOK
    return FIVE_BOOKS if budget_s < 600 else LONGER


class GotBook6(nn.Module):
    """Next-word logits from word ids and state."""

    def __init__(self, words: int, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.embedding = nn.Embedding(words, WIDTH)
        self.lstm = nn.LSTM(WIDTH, WIDTH, LAYERS, dropout=dropout)
        self.output = nn.Linear(WIDTH, words)
        nn.init.uniform_(self.embedding.weight, -0.05, 0.05)

    def start(self, batch: int) -> NetworkState:
        """The state of sequences that have read nothing."""
        zeros = torch.zeros(LAYERS, batch, WIDTH)
        return zeros, zeros

    def forward(self, tokens: Tensor, state: NetworkState) -> tuple[Tensor, NetworkState]:
        """Ids [steps, batch] → logits [steps, batch, words] and the state after them."""
        hidden, state = self.lstm(self.embedding(tokens), state)
        return self.output(functional.dropout(hidden, self.dropout, self.training)), state


def train(books: Sequence[Book], valid: Sequence[Book], budget_s: float, seed: int, settings: Settings) -> WordScorer:
    """Train for `budget_s` seconds of optimisation and validation; the weights that read `valid` best remain."""
    torch.manual_seed(seed)
    words = Words((book.text for book in books), settings.vocab)
    held_out = quick_part([words.encode(book.text) for book in valid])
    lanes = Lanes(stream_of(books, words), settings.lanes, settings.steps, torch.Generator().manual_seed(seed))
    network = GotBook6(len(words), settings.dropout)
    optimizer = torch.optim.Adam(network.parameters(), lr=settings.learning_rate, fused=True)
    state = network.start(lanes.lanes)
    in_bfloat16 = bfloat16_pays(lambda: network(lanes.stream[: settings.steps, None].expand(-1, lanes.lanes), state)[0])
    network.zero_grad(set_to_none=True)
    pace = Pace(network, budget_s, lambda: nats_of(network, held_out))
    for fraction in pace.fractions():
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate * warm_then_cosine(fraction)
        if lanes.at_start:
            state = network.start(lanes.lanes)
        inputs, targets = lanes.next()
        with torch.autocast("cpu", torch.bfloat16, enabled=in_bfloat16):
            logits, (hidden, cell) = network(inputs, state)
        state = hidden.detach(), cell.detach()
        functional.cross_entropy(logits.float().flatten(0, 1), targets.flatten()).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_value_(network.parameters(), CLIP)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return WordScorer(network.eval(), words)
