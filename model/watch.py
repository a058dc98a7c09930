"""What a text that is being written must not hold: long copied runs, and words that were blocked.

A piece of text is judged when its words are finished, before anybody sees it. One that must not stand is left out, and
something else is written in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

from model.copies import CopiedRun, Copies
from model.copyguard import LEAST, NO_RUN, Run, Trail, follow
from model.errors import BadSettings
from model.folding import cut, words_of

SEEN_BEFORE = 1_000
"""Characters of the text before in which a copied run or a blocked phrase may begin."""
MOST_WAITING = 16
"""Words that are followed at once at most."""
WARY = 3
"""Words that a run may lack of the limit for the next piece to be likely to reach it."""


@dataclass(frozen=True)
class Rules:
    """What holds for a text."""

    copies: Copies | None
    """Of the model's corpus; None: no run is noticed."""
    limit: int
    """Words from which on a copied run must not stand; 0: any may."""
    blocked: Mapping[str, tuple[tuple[str, ...], ...]]
    """Blocked phrases by their last word."""

    @classmethod
    def of(cls, copies: Copies | None, limit: int, blocked: Iterable[str]) -> Rules:
        """The rules of an ask. Raises BadSettings for a limit below what the fingerprints find for sure.

        What is blocked counts as whole words, whatever their case; in scripts without spaces, wherever it stands.
        """
        if copies is not None and 0 < limit < copies.sure:
            raise BadSettings(
                f"This model's copy guard sees every run of {copies.sure} words or more; "
                f"set {copies.sure} or more instead of {limit}, or 0 to go without it."
            )
        phrases: dict[str, tuple[tuple[str, ...], ...]] = {}
        for text in blocked:
            if words := tuple(words_of(text)):
                phrases[words[-1]] = (*phrases.get(words[-1], ()), words)
        return cls(copies, limit, phrases)

    def watch(self, before: str) -> Watch | None:
        """A watch for what is written behind a text; None where there is nothing to watch for."""
        return Watch(self, before) if self.copies is not None or self.blocked else None

    @property
    def phrase_words(self) -> int:
        """Words of the longest blocked phrase."""
        return max((len(phrase) for phrases in self.blocked.values() for phrase in phrases), default=0)


class _Place(NamedTuple):
    """Where a text stands in the corpus, and what it has copied up to there."""

    trail: Trail
    run: int
    """Words of the longest run that ends here."""
    longest: Run


NOWHERE = _Place(Trail(), 0, NO_RUN)


class Watch:
    """Reads a text along, piece by piece, and says which pieces must not stand.

    Words are followed through the corpus in lots: they wait as long as no run can have reached the limit.
    """

    def __init__(self, rules: Rules, before: str = "") -> None:
        self._rules = rules
        self._copies, self._limit = rules.copies, rules.limit
        self._place = NOWHERE
        """Behind the last word that was followed."""
        self._waiting: tuple[int, ...] = ()
        """Hashes of the words behind it."""
        self._lot: tuple[_Place, tuple[int, ...]] = NOWHERE, ()
        """The words that were followed last, and the place before them."""
        self._room = 0
        """Fewer words than this may wait."""
        self._last_words = rules.phrase_words + 1
        self._last: tuple[str, ...] = ()
        self._open = ""
        """The last word, if letters behind the text would go on with it."""
        words = words_of(before[-SEEN_BEFORE:])
        self._last = tuple(words[-self._last_words :])
        if self._copies is not None and words:
            followed = follow(self._copies, Trail(), map(self._copies.hash_word, words))
            self._place = _Place(followed.trail, followed.lengths[-1], NO_RUN)

    @property
    def wary(self) -> bool:
        """Whether the next piece may well be refused, so that what is needed to leave it out is worth keeping."""
        return bool(self._rules.blocked) or 0 < self._limit <= self._place.run + len(self._waiting) + WARY

    def allows(self, piece: str) -> bool:
        """Take note of the next piece of the text, which ends with whole words.

        False: it must not stand, and was not taken note of.
        """
        new = cut(piece)
        if self._open and new.joins:
            return self._allows_longer_word(piece)
        if not new.words:
            self._open = "" if piece else self._open
            return True
        last = self._last
        if self._rules.blocked:
            for word in new.words:
                last = (*last, word)[-self._last_words :]
                if any(last[-len(phrase) :] == phrase for phrase in self._rules.blocked.get(word, ())):
                    return False
        if self._copies is not None and not self._follow(self._copies, new.words):
            return False
        self._last = last
        self._open = new.words[-1] if new.stays_open else ""
        return True

    def _allows_longer_word(self, piece: str) -> bool:
        """The same for a piece that goes on with the last word: the two are judged as one."""
        kept = self._place, self._waiting, self._room, self._last, self._open
        if self._waiting:
            self._waiting = self._waiting[:-1]
        elif self._copies is not None:
            place, words = self._lot
            self._place, self._room = _go_on(self._copies, place, words[:-1])[0], 0
        self._last, self._open = self._last[:-1], ""
        if self.allows(kept[-1] + piece):
            return True
        self._place, self._waiting, self._room, self._last, self._open = kept
        return False

    @property
    def copied(self) -> CopiedRun | None:
        """The longest run that was copied, if it has LEAST words."""
        if self._copies is None:
            return None
        run = _go_on(self._copies, self._place, self._waiting)[0].longest
        return self._copies.name(run.place, run.words) if run.words >= LEAST else None

    def _follow(self, copies: Copies, words: tuple[str, ...]) -> bool:
        """Take note of words, unless a run that ends with one of them reaches the limit."""
        waiting = (*self._waiting, *map(copies.hash_word, words))
        if len(waiting) < self._room:
            self._waiting = waiting
            return True
        place, lengths = _go_on(copies, self._place, waiting)
        if self._limit and max(lengths[-len(words) :]) >= self._limit:
            return False
        self._place, self._lot, self._waiting = place, (self._place, waiting), ()
        self._room = MOST_WAITING
        if self._limit:
            self._room = min(MOST_WAITING, self._limit - 1 - max(place.run, copies.sure - 1))
        return True


def _go_on(copies: Copies, place: _Place, words: tuple[int, ...]) -> tuple[_Place, list[int]]:
    """The place some words later, and the length of the longest run that ends with each of them."""
    if not words:
        return place, []
    trail, lengths, longest = follow(copies, place.trail, words)
    return _Place(trail, lengths[-1], max(place.longest, longest, key=itemgetter(0))), lengths
