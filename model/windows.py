"""A bit for each WINDOW words that follow each other in a corpus: one look tells nearly all that do not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from model.grams import CODE, CODE_BITS, CODE_MULTIPLIER, GRAM, MULTIPLIER

WINDOW = 8
"""Words whose codes are looked up together; no fewer than the most that a corpus's `sure` may be."""
OVERLAP = WINDOW - GRAM
"""Codes of a window but its first: what parts of a corpus must share for no window to be missed."""
BITS_A_WORD = 16
"""Of the corpus, at least: so many that of the windows that are not there one in 16 seems to be, at most."""
WORD_64 = (1 << 64) - 1


class Windows:
    """The windows of a corpus, by the hash of their codes."""

    def __init__(self, parts: Iterable[NDArray[np.uint64]], words: int) -> None:
        """Of a corpus of so many words, given by its codes in parts that share OVERLAP codes with the next."""
        self._hash_bits = (BITS_A_WORD * words).bit_length()
        known = np.zeros(1 + (1 << self._hash_bits >> 3), np.uint8)
        for codes in parts:
            windows = np.zeros(max(0, len(codes) - OVERLAP), np.uint64)
            for offset in range(OVERLAP + 1):
                windows = windows << np.uint64(CODE_BITS) | codes[offset : offset + len(windows)]
            bits = windows * np.uint64(MULTIPLIER) >> np.uint64(64 - self._hash_bits)
            np.bitwise_or.at(known, bits >> np.uint64(3), np.uint8(1) << (bits & np.uint64(7)).astype(np.uint8))
        self._known = known.tobytes()

    def may_have(self, window: Sequence[int]) -> bool:
        """False for WINDOW words, by their hashes, that do not follow each other in the corpus; True for a few such."""
        codes = 0
        for first, second, third, word in zip(window, window[1:], window[2:], window[3:], strict=False):
            gram = ((first * CODE_MULTIPLIER + second) * CODE_MULTIPLIER + third) * CODE_MULTIPLIER + word
            codes = codes << CODE_BITS | gram & CODE
        bit = (codes * MULTIPLIER & WORD_64) >> 64 - self._hash_bits
        return bool(self._known[bit >> 3] >> (bit & 7) & 1)
