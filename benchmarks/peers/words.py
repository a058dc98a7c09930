"""What the word-level peers share: a closed vocabulary, the spelling of words outside it, and reading with a state.

A word takes the space before it along, so that the tokens joined are the text. An unknown word costs its token and
its spelling, byte by byte, so that bits per character stay honest.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from model.books import CHAPTER_BREAK, Book

UNKNOWN, CHAPTER = 0, 1
ORDER = 5
END = 256
LANES, CHUNK, WARM_TOKENS = 16, 128, 256

_IDEOGRAPH = r"[\u2e80-\u2fdf\u3005-\u3007\u3040-\u9fff\uf900-\ufaff]"
_LETTERS = rf"(?:(?!{_IDEOGRAPH})[^\W\d_])+"
_TOKEN = re.compile(rf"\n\n\n|\n\n| ?{_IDEOGRAPH}| ?{_LETTERS}(?:['’]{_LETTERS})*| ?\d+| ?([^\w\s])\1*|.", re.DOTALL)

NetworkState = tuple[Tensor, Tensor]
"""Hidden and cell, each [layers, batch, hidden]."""


def split_words(text: str) -> list[str]:
    """Words, numbers, runs of one mark and breaks, each with the space before it; joined they are the text."""
    return [found.group() for found in _TOKEN.finditer(text)]


class Spelling:
    """Probabilities of byte strings: an n-gram model with Witten–Bell smoothing (Witten & Bell 1991)."""

    def __init__(self, words: Iterable[str]) -> None:
        self._followers: dict[bytes, Counter[int]] = {}
        for word in words:
            for context, byte in _contexts(word.encode()):
                for order in range(len(context) + 1):
                    self._followers.setdefault(context[order:], Counter())[byte] += 1
        self._totals = {context: counts.total() for context, counts in self._followers.items()}

    def probability(self, context: bytes, byte: int) -> float:
        """Of a byte (or END) behind at most ORDER - 1 bytes; over all 257 they add up to 1."""
        below = self.probability(context[1:], byte) if context else 1 / (END + 1)
        counts = self._followers.get(context)
        if counts is None:
            return below
        return (counts[byte] + len(counts) * below) / (self._totals[context] + len(counts))

    def nats(self, word: str) -> float:
        """What spelling a word costs, its end included."""
        return -sum(math.log(self.probability(context, byte)) for context, byte in _contexts(word.encode()))


def _contexts(spelled: bytes) -> Iterable[tuple[bytes, int]]:
    """Each byte of a word, and its end, with the bytes before it."""
    for index in range(len(spelled) + 1):
        yield spelled[max(0, index - ORDER + 1) : index], spelled[index] if index < len(spelled) else END


class Words:
    """The `size` commonest words of texts, of those that occur more than once; all others are unknown and spelled."""

    def __init__(self, texts: Iterable[str], size: int) -> None:
        counts: Counter[str] = Counter()
        for text in texts:
            counts.update(split_words(text))
        common = [word for word, count in counts.most_common(size) if count > 1 and word != CHAPTER_BREAK]
        self.ids = {CHAPTER_BREAK: CHAPTER, **{word: CHAPTER + 1 + index for index, word in enumerate(common)}}
        self._spelling = Spelling([word for word in counts if word not in self.ids] or counts)

    def __len__(self) -> int:
        return len(self.ids) + 1

    def encode(self, text: str) -> NDArray[np.int64]:
        """Ids behind a chapter break, which every network reads first."""
        words = [CHAPTER_BREAK, *split_words(text)]
        return np.fromiter((self.ids.get(word, UNKNOWN) for word in words), np.int64, len(words))

    def spelling_nats(self, text: str) -> float:
        """What the spelling of all unknown words of a text costs."""
        return sum(self._spelling.nats(word) for word in split_words(text) if word not in self.ids)


class WordNetwork(Protocol):
    """A recurrent network over word ids."""

    def __call__(self, tokens: Tensor, state: NetworkState) -> tuple[Tensor, NetworkState]:
        """Ids [steps, batch] → logits [steps, batch, words] and the state after them."""
        ...

    def start(self, batch: int) -> NetworkState:
        """The state of sequences that have read nothing."""
        ...


@dataclass(frozen=True)
class WordScorer:
    """A trained word-level peer and its vocabulary."""

    network: WordNetwork
    words: Words

    def nats(self, book: Book) -> float:
        """What a book costs, with the spelling of its unknown words."""
        return nats_of(self.network, self.words.encode(book.text)) + self.words.spelling_nats(book.text)


@torch.no_grad()
def nats_of(network: WordNetwork, stream: NDArray[np.int64]) -> float:
    """What a stream's tokens after the first cost in float32.

    The stream is read as LANES pieces side by side, each behind the WARM_TOKENS tokens before it, unscored: of what
    stands farther back a carried state remembers nothing that could be measured.
    """
    tokens = torch.from_numpy(stream)
    targets_at, scored = lanes_over(len(stream))
    total, state = 0.0, network.start(targets_at.shape[1])
    for at, mine in zip(torch.split(targets_at, CHUNK), torch.split(scored, CHUNK), strict=True):
        logits, state = network(tokens[at - 1], state)
        nats = functional.cross_entropy(logits.flatten(0, 1), tokens[at].flatten(), reduction="none").view(at.shape)
        total += float(nats[mine].double().sum())
    return total


def lanes_over(length: int) -> tuple[Tensor, Tensor]:
    """Targets 1 … length - 1 of a stream in lanes: where each lane's stand, [steps, lanes], and which are scored."""
    share = max(1, math.ceil((length - 1) / LANES))
    firsts = torch.arange(1, length, share)
    begins = (firsts - WARM_TOKENS).clamp(min=1)
    ends = (firsts + share).clamp(max=length)
    targets_at = begins + torch.arange(int((ends - begins).max()))[:, None]
    scored = (targets_at >= firsts) & (targets_at < ends)
    return targets_at.clamp(max=length - 1), scored


def stream_of(books: Sequence[Book], words: Words) -> NDArray[np.int64]:
    """All books behind each other, each behind a chapter break."""
    return np.concatenate([words.encode(book.text) for book in books])
