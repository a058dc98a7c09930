"""What a text has in common with the corpus: runs of words, by their fingerprints, and the longest of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.copies import CopiedRun, Copies
from model.folding import words_of
from model.grams import GRAM, codes_of, grams_of
from model.windows import WINDOW

LEAST = 6
"""Words of the shortest run that is told: shorter ones stand in any two books, and some would be hashes that agree."""
AT_ONCE = np.arange(1, 9)
"""How far runs are followed in one go."""
NO_CODE = 255


class Runs(NamedTuple):
    """Runs of a text's words that stand in the corpus, each [runs]; the same run may come several times."""

    first: NDArray[np.int64]
    """Its first word's index in the text."""
    last: NDArray[np.int64]
    place: NDArray[np.int64]
    """Of the last word, in words of the corpus."""


def longest_possible(copies: Copies, words: Sequence[int], most: int) -> int:
    """No run that ends with the last of these words, given by their hashes, has more words than this; `most` at most.

    Takes two microseconds, and is WINDOW - 1 for nearly all that is no copy.
    """
    length, end = WINDOW - 1, len(words)
    while length < most and end >= WINDOW and copies.windows.may_have(words[end - WINDOW : end]):
        length, end = length + 1, end - 1
    return length


def find_runs(copies: Copies, words: Sequence[int]) -> Runs:
    """All runs of a text, given by its words' hashes, that the table of places leads to."""
    grams = grams_of(np.array(words, np.uint64))
    at, places = copies.find(grams)
    before, behind = _agreeing(copies, codes_of(grams), at, places).reshape(2, -1)
    return Runs(at - before, at + behind + GRAM - 1, places + behind)


def _agreeing(
    copies: Copies, codes: NDArray[np.int64], at: NDArray[np.int64], places: NDArray[np.int64]
) -> NDArray[np.int64]:
    """For how many words in a row the text's codes are those of the corpus: before each pair, then behind each."""
    walled = np.full(len(codes) + 2 * len(AT_ONCE), NO_CODE)
    walled[len(AT_ONCE) : len(AT_ONCE) + len(codes)] = codes
    ways = np.repeat((-1, 1), len(at))
    at, places = np.tile(at + len(AT_ONCE), 2), np.tile(places, 2)
    reached, left = np.zeros(len(at), np.int64), np.arange(len(at))
    while len(left):
        steps = (reached[left, None] + AT_ONCE) * ways[left, None]
        agree = copies.codes(places[left, None] + steps) == walled[at[left, None] + steps]
        count = np.where(agree.all(axis=1), len(AT_ONCE), agree.argmin(axis=1))
        reached[left] += count
        left = left[count == len(AT_ONCE)]
    return reached


def longest_run(copies: Copies, words: Sequence[int], given: int = 0) -> CopiedRun | None:
    """The longest run that ends behind the first `given` words, if it has LEAST words; it may begin in them."""
    runs = find_runs(copies, words)
    lengths = np.where(runs.last >= given, runs.last - runs.first + 1, 0)
    if not lengths.size or lengths.max() < LEAST:
        return None
    longest = int(lengths.argmax())
    return copies.name(int(runs.place[longest]), int(lengths[longest]))


def longest_copied_run(copies: Copies, text: str, before: str = "") -> CopiedRun | None:
    """The longest run of a text that the corpus has, LEAST words or more; it may begin in the text before."""
    known, new = words_of(before), words_of(text)
    return longest_run(copies, [copies.hash_word(word) for word in known + new], len(known))
