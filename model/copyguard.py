"""Following a text word by word through the corpus, and finding its longest copied run."""

from __future__ import annotations

from operator import itemgetter
from typing import NamedTuple

from model.copies import CODE, GRAM, CopiedRun, Copies, gram_hash
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

    hashes: tuple[int, ...] = ()
    """Of the last words, fewer than GRAM."""
    codes: tuple[int, ...] = ()
    """Of the grams before, the latest first."""
    places: tuple[tuple[int, int], ...] = ()
    """Runs that end with the last word: place and words of each."""

    @property
    def longest(self) -> Run:
        """The longest run that ends with the last word."""
        place, words = max(self.places, key=itemgetter(1), default=(0, 0))
        return Run(words, place)


def follow(copies: Copies, trail: Trail, word: str) -> Trail:
    """The trail after one more (folded) word: some microseconds."""
    hashes = (*trail.hashes, copies.hash_word(word))
    if len(hashes) < GRAM:
        return Trail(hashes)
    gram = gram_hash(hashes)
    code = gram & CODE
    codes = (code, *trail.codes[: KNOWN - 1])
    found = copies.places(gram)
    if not found and not trail.places:
        return Trail(hashes[1:], codes)
    code_at = copies.code
    places = [(place + 1, words + 1) for place, words in trail.places if code_at(place + 1) == code]
    going_on = {place for place, _ in places}
    places += [(place, GRAM + _words_before(copies, place, trail.codes)) for place in found if place not in going_on]
    return Trail(hashes[1:], codes, tuple(places))


def _words_before(copies: Copies, place: int, codes: tuple[int, ...]) -> int:
    """How many more words the run that was found at a place has before its gram."""
    for before, code in enumerate(codes):
        if place <= before or copies.code(place - before - 1) != code:
            return before
    return len(codes)


def longest_copied_run(copies: Copies, text: str, before: str = "") -> CopiedRun | None:
    """The longest run of a text that the corpus has, LEAST words or more; it may begin in the text before."""
    trail, best = Trail(), NO_RUN
    for word in words_of(before):
        trail = follow(copies, trail, word)
    for word in words_of(text):
        trail = follow(copies, trail, word)
        if trail.places:
            best = max(best, trail.longest, key=lambda run: run.words)
    return None if best.words < LEAST else copies.name(best.place, best.words)
