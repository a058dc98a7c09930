"""PyTorch's word_language_model example (the recipe of Zaremba et al. 2014): two LSTM layers of 650, tied, plain SGD.

As there: rate 20, quartered whenever the held-out text is read no better, the gradient's norm clipped to 0.25, batches
of 20, 35 steps with the state carried on, dropout around every layer. Ours for it: a vocabulary and validations that
fit the budget, and quarterings towards its end, which a short budget would not see otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.peers.pace import Pace, bfloat16_pays, quick_part
from benchmarks.peers.words import NetworkState, Words, WordScorer, nats_of, stream_of
from model.books import Book
from model.corpus import Lanes

LAYERS, WIDTH = 2, 650
LANES, STEPS = 20, 35
CLIP = 0.25
ANNEAL = 0.25
ANNEAL_AT = (0.6, 0.8, 0.9)
VALIDATIONS = 20


@dataclass(frozen=True)
class Settings:
    """What is tuned on validation text."""

    vocab: int
    learning_rate: float
    dropout: float


ONE_BOOK = Settings(vocab=8192, learning_rate=20.0, dropout=0.5)
FIVE_BOOKS = Settings(vocab=8192, learning_rate=20.0, dropout=0.1)
LONGER = Settings(vocab=8192, learning_rate=20.0, dropout=0.25)


def choose(books: Sequence[Book], budget_s: float) -> Settings:
    """The settings for a corpus, by its size, and a budget (seconds)."""
    if sum(len(book.text) for book in books) < 2_000_000:
        return ONE_BOOK
    return FIVE_BOOKS if budget_s < 600 else LONGER


class WordLanguageModel(nn.Module):
    """Next-word logits from word ids and state."""

    def __init__(self, words: int, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.embedding = nn.Embedding(words, WIDTH)
        self.lstm = nn.LSTM(WIDTH, WIDTH, LAYERS, dropout=dropout)
        self.output_bias = nn.Parameter(torch.zeros(words))
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)

    def start(self, batch: int) -> NetworkState:
        """The state of sequences that have read nothing."""
        zeros = torch.zeros(LAYERS, batch, WIDTH)
        return zeros, zeros

    def forward(self, tokens: Tensor, state: NetworkState) -> tuple[Tensor, NetworkState]:
        """Ids [steps, batch] → logits [steps, batch, words] and the state after them."""
        hidden, state = self.lstm(functional.dropout(self.embedding(tokens), self.dropout, self.training), state)
        hidden = functional.dropout(hidden, self.dropout, self.training)
        return functional.linear(hidden, self.embedding.weight, self.output_bias), state


def train(books: Sequence[Book], valid: Sequence[Book], budget_s: float, seed: int, settings: Settings) -> WordScorer:
    """Train for `budget_s` seconds of optimisation and validation; the weights that read `valid` best remain."""
    torch.manual_seed(seed)
    words = Words((book.text for book in books), settings.vocab)
    held_out = quick_part([words.encode(book.text) for book in valid])
    lanes = Lanes(stream_of(books, words), LANES, STEPS, torch.Generator().manual_seed(seed))
    network = WordLanguageModel(len(words), settings.dropout)
    state = network.start(lanes.lanes)
    in_bfloat16 = bfloat16_pays(lambda: network(lanes.stream[:STEPS, None].expand(-1, lanes.lanes), state)[0])
    network.zero_grad(set_to_none=True)
    pace = Pace(network, budget_s, lambda: nats_of(network, held_out), VALIDATIONS)
    optimizer = torch.optim.SGD(network.parameters(), lr=settings.learning_rate)
    stale, passed = 0, 0
    for fraction in pace.fractions():
        due = sum(fraction >= at for at in ANNEAL_AT)
        if due > passed or pace.stale > stale:
            optimizer.param_groups[0]["lr"] *= ANNEAL
        passed, stale = due, pace.stale
        if lanes.at_start:
            state = network.start(lanes.lanes)
        inputs, targets = lanes.next()
        with torch.autocast("cpu", torch.bfloat16, enabled=in_bfloat16):
            logits, (hidden, cell) = network(inputs, state)
        state = hidden.detach(), cell.detach()
        functional.cross_entropy(logits.float().flatten(0, 1), targets.flatten()).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), CLIP)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return WordScorer(network.eval(), words)
