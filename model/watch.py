"""What a text that is being written must not hold: long copied runs, and words that were blocked.

A piece of text is judged when its words are finished, before anybody sees it. One that must not stand is left out, and
something else is written in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from model.copies import CopiedRun, Copies
from model.copyguard import LEAST, NO_RUN, Run, Trail, follow
from model.errors import BadSettings
from model.folding import fold, words_of

SEEN_BEFORE = 1_000
"""Characters of the text before in which a copied run or a blocked phrase may begin."""


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
    """Where a text stands: all that judging its next word depends on."""

    trail: Trail
    last: tuple[str, ...]
    longest: Run


START = _Place(Trail(), (), NO_RUN)


class Watch:
    """Reads a text along, piece by piece, and says which pieces must not stand."""

    def __init__(self, rules: Rules, before: str = "") -> None:
        self._rules = rules
        self._phrase_words = rules.phrase_words
        place = START
        for word in words_of(before[-SEEN_BEFORE:]):
            place = self._after(place, word)
        self._now = place._replace(longest=NO_RUN)
        self._last_word = ""
        """If letters may follow it directly: then it and they are one word, which stands behind `_before_last`."""
        self._before_last = self._now

    def allows(self, piece: str) -> bool:
        """Take note of the next piece of the text, which ends with whole words.

        False: it must not stand, and was not taken note of.
        """
        folded = fold(piece)
        place = now = self._now
        if self._last_word and not folded.startswith(" "):
            folded = self._last_word + folded
            now = self._before_last
        word = ""
        for word in folded.split(" "):
            if word:
                place, now = now, self._after(now, word)
                if self._forbids(word, now):
                    return False
        self._now, self._before_last, self._last_word = now, place, word
        return True

    @property
    def copied(self) -> CopiedRun | None:
        """The longest run that was copied, if it has LEAST words."""
        copies, run = self._rules.copies, self._now.longest
        return copies.name(run.place, run.words) if copies is not None and run.words >= LEAST else None

    def _after(self, place: _Place, word: str) -> _Place:
        copies = self._rules.copies
        trail, longest = place.trail, place.longest
        if copies is not None:
            trail = follow(copies, trail, word)
            if trail.places and (run := trail.longest).words > longest.words:
                longest = run
        last = (*place.last, word)[-self._phrase_words :] if self._phrase_words else ()
        return _Place(trail, last, longest)

    def _forbids(self, word: str, after: _Place) -> bool:
        rules = self._rules
        if rules.limit and after.trail.places and after.trail.longest.words >= rules.limit:
            return True
        return bool(rules.blocked) and any(
            after.last[-len(phrase) :] == phrase for phrase in rules.blocked.get(word, ())
        )
