"""Some steps of a training without dropout, in float32, alone or as one of a team, with its losses as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

import torch

from model.books import parse_book
from model.candidates import CandidateSampler
from model.corpus import Corpus, Tokens
from model.learners import Learners
from model.lstm import LSTM, Dropout
from model.presets import Preset
from model.team import joined
from model.tokenizer import Tokenizer
from model.version import CLUSTER
from tests.books import tiny_book

STEPS = 25
PRESET = Preset(
    "", embedding=32, hidden=48, layers=2, feed_forward=64, vocab=400, lanes=8, steps=16, learning_rate=8e-3,
    dropout=Dropout(),
)  # fmt: skip


def learn(environment: Mapping[str, str], rare: bool, sampled: bool, members: int) -> None:
    """Train, and let the leader print what it saw.

    Where it is `rare`, with most tokens in an adaptive softmax; where it is `sampled`, with a sampled one. So many
    `members` learn side by side.
    """
    os.environ.update(environment)
    torch.manual_seed(1)
    corpus = Corpus.of([parse_book(tiny_book(chapters=8), "tower.txt")])
    tokens = Tokens(corpus, Tokenizer.train((book.text for book in corpus.train), PRESET.vocab))
    vocab = tokens.tokenizer.vocab
    shape = PRESET.shape(vocab)
    if rare:
        shape = shape.model_copy(update={"rare": CLUSTER, "rare_embedding": 8})
    lstms = [LSTM(shape, PRESET.dropout) for _ in range(members)]
    sampler = CandidateSampler(lstms[0].entry_counts(tokens.frequencies())) if sampled else None
    losses = []
    with joined("cpu") as team:
        learners = Learners(lstms, PRESET, tokens.train, 1, torch.float32, team)
        for _ in range(STEPS):
            learners.step(1.0, sampler)
            losses.append(learners.nats)
        states = [member.tensors()["state.hidden"].double().sum() for member in learners.members]
        if team.leads:
            weights = sum(float(p.detach().double().square().sum()) for p in learners.model.parameters())
            print(json.dumps({"losses": losses, "weights": weights, "state": float(sum(states)), "size": team.size}))
    team.end_process()
