"""Sizes and rates by name, from small to large."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from model.adaptive import with_rare_words
from model.lstm import Dropout
from model.version import Shape


@dataclass(frozen=True)
class Preset:
    """Everything about a training that does not depend on the corpus."""

    about: str
    embedding: int
    hidden: int
    layers: int
    feed_forward: int
    """Width of the gated feed-forward layer behind them; one between two of them is as wide as an LSTM layer."""
    vocab: int
    """Tokens, where the text feeds so many (`vocab_for`)."""
    lanes: int
    """Sequences side by side in a batch."""
    steps: int
    """Tokens of each sequence between two updates (truncated back-propagation)."""
    learning_rate: float
    """Of both optimizers, at its highest; long trainings take less (`schedule.rate_share`)."""
    dropout: Dropout
    """Of a text that was read many times (`schedule.dropout_share`)."""

    def shape(self, vocab: int) -> Shape:
        """The sizes of a model with so many tokens."""
        shape = Shape(
            vocab=vocab,
            embedding=self.embedding,
            hidden=self.hidden,
            layers=self.layers,
            feed_forward=self.feed_forward,
            between=self.hidden if self.layers > 1 else 0,
            skips=True,
        )
        return with_rare_words(shape)


TOKENS_A_MEGABYTE = 500
"""Of a vocabulary, besides one for each character, where there is a megabyte of text in UTF-8."""
GROWTH = 1.5
"""Power of the text's size with which they grow: a long text shows even rare tokens often enough."""
LEAST_VOCAB = 384


def vocab_for(preset: Preset, texts: Sequence[str]) -> int:
    """Tokens that suit a text: one for each character and more the longer it is, but no more than the preset's."""
    size = sum(len(text.encode()) for text in texts)
    characters: set[str] = set().union(*texts)
    tokens = len(characters) + int(TOKENS_A_MEGABYTE * (size / 1e6) ** GROWTH)
    return min(preset.vocab, max(LEAST_VOCAB, tokens))


PRESETS: dict[str, Preset] = {
    "tiny": Preset(
        "0.3M parameters for a first look: a minute on a CPU, seconds on a GPU, 0.5 GB of memory.",
        embedding=96, hidden=128, layers=1, feed_forward=256, vocab=1024, lanes=16, steps=32, learning_rate=8e-3,
        dropout=Dropout(0.0, 0.0, 0.1),
    ),
    "small": Preset(
        "3M parameters for one book: ten minutes on a CPU, half of one on a GPU, 0.8 GB of memory.",
        embedding=192, hidden=288, layers=2, feed_forward=576, vocab=4096, lanes=48, steps=48, learning_rate=1e-2,
        dropout=Dropout(0.17, 0.34, 0.4),
    ),
    "base": Preset(
        "7M parameters for several books: half an hour on a CPU, minutes on a GPU, 1 GB of memory.",
        embedding=256, hidden=480, layers=2, feed_forward=960, vocab=4096, lanes=48, steps=48, learning_rate=7e-3,
        dropout=Dropout(0.15, 0.35, 0.4),
    ),
    "large": Preset(
        "19M parameters for a shelf of books: a night on a CPU, a quarter of an hour on a GPU, 2 GB of memory.",
        embedding=512, hidden=736, layers=2, feed_forward=1472, vocab=8192, lanes=48, steps=48, learning_rate=4e-3,
        dropout=Dropout(0.15, 0.4, 0.45),
    ),
}  # fmt: skip
