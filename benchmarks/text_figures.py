"""What can be counted in a text without understanding it: quotation marks, repetition, word statistics, copying.

Pure functions on texts; `benchmarks.text` applies them to models and to a real book.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np

from model.books import PARAGRAPH_BREAK

_WORD = re.compile(r"[\u2e80-\u2fdf\u3005-\u3007\u3040-\u9fff\uf900-\ufaff]|[^\W_]+(?:['’-][^\W_]+)*|[^\w\s]")
_SENTENCE_END = frozenset(".!?。！？")
_PAIRS = {"”": "“", "」": "「", "』": "『", "»": "«"}
COPY_NGRAM = 4

Counts = Counter[tuple[str, ...]]


def words_of(text: str) -> list[str]:
    """Words in lower case and single marks."""
    return [found.group() for found in _WORD.finditer(text.lower())]


def ngrams(words: Sequence[str], n: int) -> list[tuple[str, ...]]:
    """All runs of `n` words."""
    return list(zip(*(words[i:] for i in range(n)), strict=False))


def closed_quotes(texts: Iterable[str]) -> float:
    """The share of opened quotation marks that are closed in their paragraph (1 where none is opened).

    The last paragraph of a text may be cut off and is left out. Real books stay below 1: a speech of several paragraphs
    closes only its last.
    """
    opened = closed = 0
    for text in texts:
        for paragraph in text.split(PARAGRAPH_BREAK)[:-1]:
            marks = paragraph.count('"')
            opened += (marks + 1) // 2
            closed += marks // 2
            for close, opening in _PAIRS.items():
                opened += paragraph.count(opening)
                closed += min(paragraph.count(opening), paragraph.count(close))
    return closed / opened if opened else 1.0


def repeated_ngrams(texts: Iterable[str], n: int) -> float:
    """The share of n-grams that stood in the same text before."""
    whole = repeated = 0
    for text in texts:
        found = ngrams(words_of(text), n)
        whole += len(found)
        repeated += len(found) - len(set(found))
    return repeated / whole if whole else 0.0


def distinct_ngrams(texts: Iterable[str], n: int) -> float:
    """Different n-grams among all n-grams of some texts together (Li et al. 2016). Compare equal lengths only."""
    found = list(chain.from_iterable(ngrams(words_of(text), n) for text in texts))
    return len(set(found)) / len(found) if found else 0.0


def ngram_counts(texts: Iterable[str], n: int) -> Counts:
    """How often each n-gram stands in some texts."""
    return Counter(chain.from_iterable(ngrams(words_of(text), n) for text in texts))


def divergence_bits(ours: Counts, theirs: Counts) -> float:
    """Jensen–Shannon divergence of two distributions (Lin 1991): 0 where they are the same, at most 1."""
    return _half(ours, theirs) + _half(theirs, ours)


def _half(one: Counts, other: Counts) -> float:
    """Half of the Kullback–Leibler divergence from `one` to the middle of both, bits."""
    whole, whole_other = one.total(), other.total()
    bits = 0.0
    for item, count in one.items():
        share = count / whole
        bits += share * math.log2(share / (0.5 * (share + other[item] / whole_other)))
    return 0.5 * bits


def sentence_lengths(texts: Iterable[str]) -> list[int]:
    """Words of each sentence, marks included; what a text ends in without a mark is left out."""
    lengths: list[int] = []
    for text in texts:
        length = 0
        for word in words_of(text):
            length += 1
            if word in _SENTENCE_END:
                lengths += [length] if length > 1 else []
                length = 0
    return lengths


def paragraph_lengths(texts: Iterable[str]) -> list[int]:
    """Words of each paragraph, marks included; the last of each text may be cut off and is left out."""
    return [len(words_of(part)) for text in texts for part in text.split(PARAGRAPH_BREAK)[:-1]]


def length_distance(ours: Sequence[int], theirs: Sequence[int]) -> float:
    """How far one distribution of lengths has to be moved to become the other (Wasserstein-1), in words.

    Where there is no length, it counts as 0.
    """
    quantiles = (np.arange(512) + 0.5) / 512
    return float(np.abs(np.quantile(ours or [0], quantiles) - np.quantile(theirs or [0], quantiles)).mean())


class TrainingText:
    """Words of a training text, to find what was copied from it."""

    def __init__(self, texts: Iterable[str]) -> None:
        words = list(chain.from_iterable((*words_of(text), "\n") for text in texts))
        self._text = " " + " ".join(words) + " "
        self._ngrams = {hash(ngram) for ngram in ngrams(words, COPY_NGRAM)}

    def longest_copy(self, text: str) -> int:
        """Words, marks included, of the longest run that stands in the training text word for word."""
        words = words_of(text)
        known = [hash(ngram) in self._ngrams for ngram in ngrams(words, COPY_NGRAM)]
        longest = 0
        for begin in range(len(words)):
            while begin + longest < len(words) and self._holds(words, known, begin, begin + longest + 1):
                longest += 1
        return longest

    def _holds(self, words: Sequence[str], known: Sequence[bool], begin: int, end: int) -> bool:
        if not all(known[begin : max(begin, end - COPY_NGRAM + 1)]):
            return False
        return f" {' '.join(words[begin:end])} " in self._text
