"""Following a text word by word through the corpus, and finding its longest copied run."""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter
from typing import NamedTuple

from model.copies import CODE, GRAM, MULTIPLIER, WORD_64, CopiedRun, Copies
from model.folding import words_of

LEAST = 6
"""Words of the shortest run that is told: shorter ones stand in any two books, and some would be hashes that agree."""
KNOWN = 8
"""Codes that are kept to follow a run backwards; it is found after at most `stride` words, unless they crowd."""


class Run(NamedTuple):
    """Words of the text that stand in the corpus one after the other."""

    words: int
    place: int
    """Of the last of them, in words of the corpus."""


NO_RUN = Run(0, 0)


class Trail(NamedTuple):
    """Where a text stands in the corpus after its last word. A value: it can be kept and gone back to."""

    hashes: tuple[int, int, int] = (0, 0, 0)
    """Of the last words: GRAM without one."""
    codes: tuple[int, ...] = ()
    """Of the last grams, the latest first."""
    runs: tuple[tuple[int, int], ...] = ()
    """All runs that end with the last word: place and words of each."""
    longest: Run = NO_RUN
    """The longest run so far."""


def follow(copies: Copies, trail: Trail, words: Iterable[int]) -> tuple[Trail, list[int]]:
    """Follow a text by some words, given by their hashes; a word takes one or two microseconds.

    Returns the trail behind them, and for each the words of the longest run that ends with it.
    """
    (first, second, third), codes, runs, longest = trail
    lengths: list[int] = []
    met, buckets = copies.met, copies.buckets
    for word in words:
        gram = (((first * MULTIPLIER + second) * MULTIPLIER + third) * MULTIPLIER + word) & WORD_64
        first, second, third = second, third, word
        code = gram & CODE
        found = met[(gram >> 32) * buckets >> 32] >> code & 1
        length = 0
        if runs or found:
            runs = _go_on(copies, runs, codes, gram, found)
            place, length = max(runs, key=itemgetter(1), default=(0, 0))
            if length > longest.words:
                longest = Run(length, place)
        lengths.append(length)
        codes = (code, *codes[: KNOWN - 1])
    return Trail((first, second, third), codes, runs, longest), lengths


def _go_on(
    copies: Copies, runs: tuple[tuple[int, int], ...], codes: tuple[int, ...], gram: int, found: int
) -> tuple[tuple[int, int], ...]:
    """The runs that end with one word more: those that go on, and those that the table finds."""
    code = gram & CODE
    longer = [(place + 1, length + 1) for place, length in runs]
    if longer:
        there = copies.have([place for place, _ in longer], code)
        longer = [run for run in longer if run[0] in there]
    if found:
        going_on = {place for place, _ in longer}
        new = [place for place in copies.places(gram) if place not in going_on]
        longer += [(place, GRAM + _words_before(copies, place, codes)) for place in new]
    return tuple(longer)


def _words_before(copies: Copies, place: int, codes: tuple[int, ...]) -> int:
    """How many more words a run that was found at a place has before its gram."""
    for before, code in enumerate(codes):
        if place <= before or not copies.have((place - before - 1,), code):
            return before
    return len(codes)


def longest_copied_run(copies: Copies, text: str, before: str = "") -> CopiedRun | None:
    """The longest run of a text that the corpus has, LEAST words or more; it may begin in the text before."""
    hash_word = copies.hash_word
    trail, _ = follow(copies, Trail(), map(hash_word, words_of(before)))
    trail, _ = follow(copies, trail._replace(longest=NO_RUN), map(hash_word, words_of(text)))
    return copied_run(copies, trail)


def copied_run(copies: Copies, trail: Trail) -> CopiedRun | None:
    """The longest run of a trail by name, if it has LEAST words."""
    run = trail.longest
    return copies.name(run.place, run.words) if run.words >= LEAST else None
