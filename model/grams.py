"""Hashes of words and of grams, and the codes of grams: what fingerprints of a text are made of."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

GRAM = 4
"""Words."""
CODE_BITS = 6
CODE = (1 << CODE_BITS) - 1
MULTIPLIER = 0x9E3779B97F4A7C15
"""Of a gram's hash: a polynomial in it, of the hashes of the words, modulo 2 ** 64."""
CODE_MULTIPLIER = MULTIPLIER & CODE
"""Enough for a gram's last bits, which are its code."""
POWERS = np.array([pow(MULTIPLIER, power, 1 << 64) for power in range(GRAM)], np.uint64)
MANY_WORDS = 1 << 16
"""Whose hashes are remembered."""


def word_hasher(key: str) -> Callable[[str], int]:
    """The hash of a word under a key (hex): 64 bits of BLAKE2b."""
    secret = bytes.fromhex(key)

    @lru_cache(MANY_WORDS)
    def hash_word(word: str) -> int:
        return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8, key=secret).digest(), "little")

    return hash_word


def grams_of(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The hashes of a text's grams, by those of its words: the first one ends with its GRAM-th word."""
    return np.convolve(words, POWERS, "valid") if len(words) >= GRAM else np.zeros(0, np.uint64)


def codes_of(grams: NDArray[np.uint64]) -> NDArray[np.int64]:
    """The codes of grams."""
    return (grams & np.uint64(CODE)).astype(np.int64)
