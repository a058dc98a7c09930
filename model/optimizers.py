"""Which optimizer learns which weights: Muon the matrices, AdamW the rest, Adagrad the rows of rare words."""

from __future__ import annotations

from concurrent.futures import Executor

import torch
from torch.optim import AdamW, Optimizer

from model.adaptive import RowAdagrad
from model.lstm import LSTM
from model.muon import Muon

WEIGHT_DECAY = 0.1
BETAS = (0.9, 0.99)
MOMENTUM = 0.95
REFRESH = 20
ROW_RATE = 0.1


def optimizers_for(model: LSTM, learning_rate: float, precision: torch.dtype, pool: Executor | None) -> list[Optimizer]:
    """One optimizer for each kind of weight in the model; Muon works by the threads of the pool."""
    parts = [*model.layers, model.projection, *model.feed_forwards]
    matrices = [p for part in parts for p in part.parameters() if p.ndim == 2]
    known = {id(parameter) for parameter in matrices}
    others = [parameter for parameter in model.dense_parameters() if id(parameter) not in known]
    found: list[Optimizer] = [
        AdamW(others, lr=learning_rate, weight_decay=WEIGHT_DECAY, betas=BETAS, fused=True),
        Muon(matrices, learning_rate, MOMENTUM, WEIGHT_DECAY, REFRESH, precision, pool),
    ]
    if rows := model.row_parameters():
        found.append(RowAdagrad(rows, lr=ROW_RATE))
    return found
