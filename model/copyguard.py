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
    """Of the last grams."""
    runs: tuple[tuple[int, int], ...] = ()
    """All runs that end with the last word: place and words of each."""


class Followed(NamedTuple):
    """What following some words came to."""

    trail: Trail
    lengths: list[int]
    """Words of the longest run that ends with each of the words."""
    longest: Run


def follow(copies: Copies, trail: Trail, words: Iterable[int]) -> Followed:
    """Follow a text by some words, given by their hashes; a word takes one or two microseconds."""
    first, second, third = trail.hashes
    codes, runs = list(trail.codes), list(trail.runs)
    lengths, longest = [], NO_RUN
    code_at, met, buckets = copies.code, copies.met, copies.record.buckets
    for word in words:
        gram = (((first * MULTIPLIER + second) * MULTIPLIER + third) * MULTIPLIER + word) & WORD_64
        first, second, third = second, third, word
        code = gram & CODE
        if runs:
            runs = [(place + 1, length + 1) for place, length in runs if code_at(place + 1) == code]
        if met[(gram >> 32) * buckets >> 32] >> code & 1:
            going_on = {place for place, _ in runs}
            new = [place for place in copies.places(gram) if place not in going_on]
            runs += [(place, GRAM + _words_before(copies, place, codes)) for place in new]
        codes.append(code)
        if runs:
            place, length = max(runs, key=itemgetter(1))
            if length > longest.words:
                longest = Run(length, place)
            lengths.append(length)
        else:
            lengths.append(0)
    return Followed(Trail((first, second, third), tuple(codes[-KNOWN:]), tuple(runs)), lengths, longest)


def _words_before(copies: Copies, place: int, codes: list[int]) -> int:
    """How many more words a run that was found at a place has before its gram."""
    before = 0
    for code in codes[: -KNOWN - 1 : -1]:
        if place <= before or copies.code(place - before - 1) != code:
            break
        before += 1
    return before


def longest_copied_run(copies: Copies, text: str, before: str = "") -> CopiedRun | None:
    """The longest run of a text that the corpus has, LEAST words or more; it may begin in the text before."""
    hash_word = copies.hash_word
    trail = follow(copies, Trail(), map(hash_word, words_of(before))).trail
    longest = follow(copies, trail, map(hash_word, words_of(text))).longest
    return None if longest.words < LEAST else copies.name(longest.place, longest.words)
