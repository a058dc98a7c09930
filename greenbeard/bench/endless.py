"""Engines that write without end, for measuring: the shipped model, or random weights of any shape."""

from __future__ import annotations

from dataclasses import replace

from tokenizers import AddedToken, models
from tokenizers import Tokenizer as HuggingFaceTokenizer

from model.ask import Ask
from model.engine import Engine
from model.lstm import LSTM, count_parameters
from model.sampling import Sampling
from model.tokenizer import STRUCTURE, Tokenizer
from model.version import Metrics, Shape, VersionInfo
from model.writer import Writer

ENDLESS = 10**9
"""Words: more than any measurement writes."""


def random_writer(shape: Shape, model: LSTM) -> Writer:
    """A writer with untrained weights, whose tokens are numbered words: speed does not depend on what they say."""
    words = [f"Ġ{number}" for number in range(shape.vocab - len(STRUCTURE))]
    inner = HuggingFaceTokenizer(models.BPE({word: id for id, word in enumerate([*STRUCTURE, *words])}, []))
    inner.add_special_tokens([AddedToken(text, normalized=False, special=True) for text in STRUCTURE])
    metrics = Metrics(valid_bits_per_char=0, seconds=0, epochs=0, tokens_per_s=0)
    info = VersionInfo(
        name="random", created="", shape=shape, parameters=count_parameters(model), corpus=(), metrics=metrics
    )
    return Writer(info, model, Tokenizer(inner))


def endless(writer: Writer, batch: int, sampling: Sampling) -> Engine:
    """An engine in which `batch` passages are being written."""
    engine = Engine(writer, slots=batch)
    for row in range(batch):
        seeded = replace(sampling, seed=sampling.seed + row)
        engine.submit(Ask(str(row), seeded, ENDLESS))
    while engine.reading or engine.waiting:
        engine.step()
    return engine
