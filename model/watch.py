"""What a text that is being written must not hold: long copied runs, and words that were blocked.

A word is judged when it is finished, which the token behind it shows. A word that must not stand is taken back to the
place where it began, and another token is drawn there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from model.copies import CopiedRun, Copies
from model.copyguard import LEAST, NO_RUN, Run, Trail, follow
from model.errors import BadSettings
from model.folding import fold, words_of

SEEN_BEFORE = 4_000
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

    @property
    def phrase_words(self) -> int:
        """Words of the longest blocked phrase."""
        return max((len(phrase) for phrases in self.blocked.values() for phrase in phrases), default=0)


class _Place(NamedTuple):
    """Where a text stands: all that judging its next word depends on."""

    unfinished: str
    trail: Trail
    last: tuple[str, ...]
    longest: Run


class Watch:
    """Reads a text along while it is written, token by token, and says what must be taken back."""

    def __init__(self, rules: Rules, before: str = "") -> None:
        self._rules = rules
        self._phrase_words = rules.phrase_words
        self._now = _Place("", Trail(), (), NO_RUN)
        for word in words_of(before[-SEEN_BEFORE:]):
            self._now = self._after(self._now, word)
        self._now = self._now._replace(longest=NO_RUN)
        self._word_start = self._now
        self._tokens = 0
        self.begins_word = False
        """Whether a word begins in the token added last, which is then the place to go back to: before that token."""

    def add(self, text: str) -> int | None:
        """Take note of a drawn token by the characters that it completes; None if it may stand.

        Else it must not, and neither must as many tokens before it as returned: they go back to where a word began,
        where another token than theirs is to be drawn. The watch is there already.
        """
        now, folded = self._now, fold(text)
        self.begins_word = False
        if " " not in folded:
            if folded and not now.unfinished:
                self._begin_word(now)
            self._tokens += 1
            self._now = _Place(now.unfinished + folded, now.trail, now.last, now.longest)
            return None
        *words, unfinished = (now.unfinished + folded).split(" ")
        after = now
        for number, word in enumerate(words):
            if not word:
                continue
            following = self._after(after, word)
            if self._forbidden(word, following):
                return self._go_back() if number == 0 and now.unfinished else 0
            after = following
        if unfinished:
            self._begin_word(now)
        self._tokens += 1
        self._now = _Place(unfinished, after.trail, after.last, after.longest)
        return None

    def finish(self) -> int | None:
        """The text ends here: as `add`, for the word that was not finished yet."""
        if self._now.unfinished:
            following = self._after(self._now, self._now.unfinished)
            if self._forbidden(self._now.unfinished, following):
                return self._go_back()
            self._now = following
        return None

    @property
    def copied(self) -> CopiedRun | None:
        """The longest run of LEAST words or more that was copied, to where the last finished word ends."""
        copies, run = self._rules.copies, self._now.longest
        return copies.name(run.place, run.words) if copies is not None and run.words >= LEAST else None

    def _begin_word(self, start: _Place) -> None:
        self.begins_word = True
        self._word_start = start
        self._tokens = 0

    def _go_back(self) -> int:
        tokens, self._tokens, self._now = self._tokens, 0, self._word_start
        return tokens

    def _after(self, place: _Place, word: str) -> _Place:
        copies = self._rules.copies
        trail, longest = place.trail, place.longest
        if copies is not None:
            trail = follow(copies, trail, word)
            if trail.places and (run := trail.longest).words > longest.words:
                longest = run
        last = (*place.last, word)[-self._phrase_words :] if self._phrase_words else ()
        return _Place("", trail, last, longest)

    def _forbidden(self, word: str, following: _Place) -> bool:
        rules = self._rules
        if rules.limit and following.trail.longest.words >= rules.limit:
            return True
        return any(following.last[-len(phrase) :] == phrase for phrase in rules.blocked.get(word, ()))
