"""What a text that is being written must not hold: long copied runs, and words that were blocked.

A piece of text is judged when its words are finished, before anybody sees it. One that must not stand is left out, and
something else is written in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from model.copies import CopiedRun, Copies
from model.copyguard import NO_RUN, Trail, copied_run, follow
from model.errors import BadSettings
from model.folding import words_of
from model.pieces import Pieces

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
    pieces: Pieces

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
        return cls(copies, limit, phrases, Pieces(None) if copies is None else copies.pieces)

    def watch(self, before: str) -> Watch | None:
        """A watch for what is written behind a text; None where there is nothing to watch for."""
        return Watch(self, before) if self.copies is not None or self.blocked else None

    @property
    def phrase_words(self) -> int:
        """Words of the longest blocked phrase."""
        return max((len(phrase) for phrases in self.blocked.values() for phrase in phrases), default=0)


class Watch:
    """Reads a text along, piece by piece, and says which pieces must not stand.

    Words are followed through the corpus in lots: they wait as long as no run can have reached the limit.
    """

    def __init__(self, rules: Rules, before: str = "") -> None:
        self._rules, self._pieces = rules, rules.pieces
        self._trail = Trail()
        """Up to the last word that was followed."""
        self._run = 0
        """Words of the longest run that ends with it."""
        self._waiting: tuple[int, ...] = ()
        """Hashes of the words behind it; without fingerprints there are none."""
        self._lot: tuple[Trail, tuple[int, ...]] = Trail(), ()
        """The words that were followed last, and the trail before them."""
        self._room = 1
        """Fewer words than this may wait."""
        self._last_words = rules.phrase_words + 1
        words = words_of(before[-SEEN_BEFORE:])
        self._last = tuple(words[-self._last_words :])
        self._open = ""
        """The last word, if letters behind the text would go on with it."""
        if rules.copies is not None and words:
            trail, lengths = follow(rules.copies, Trail(), map(rules.copies.hash_word, words))
            self._trail, self._run = trail._replace(longest=NO_RUN), lengths[-1]

    @property
    def wary(self) -> bool:
        """Whether the next piece may well be refused, so that what is needed to leave it out is worth keeping."""
        rules = self._rules
        return bool(rules.blocked) or 0 < rules.limit <= self._run + len(self._waiting) + WARY

    def allows(self, piece: str) -> bool:
        """Take note of the next piece of the text, which ends with whole words.

        False: it must not stand, and was not taken note of.
        """
        new = self._pieces[piece]
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
        waiting = self._waiting + new.hashes
        if len(waiting) < self._room:
            self._waiting = waiting
        elif not self._follow(waiting, len(new.hashes)):
            return False
        self._last = last
        self._open = new.words[-1] if new.stays_open else ""
        return True

    def _allows_longer_word(self, piece: str) -> bool:
        """The same for a piece that goes on with the last word: the two are judged as one."""
        kept = self._trail, self._waiting, self._room, self._last, self._open
        if self._waiting:
            self._waiting = self._waiting[:-1]
        elif self._rules.copies is not None:
            trail, words = self._lot
            self._trail, self._room = follow(self._rules.copies, trail, words[:-1])[0], 1
        self._last, self._open = self._last[:-1], ""
        if self.allows(kept[-1] + piece):
            return True
        self._trail, self._waiting, self._room, self._last, self._open = kept
        return False

    @property
    def copied(self) -> CopiedRun | None:
        """The longest run that was copied, if it has LEAST words."""
        copies = self._rules.copies
        if copies is None:
            return None
        trail, _ = follow(copies, self._trail, self._waiting)
        return copied_run(copies, trail)

    def _follow(self, words: tuple[int, ...], new: int) -> bool:
        """Follow all words that wait, unless a run that ends with one of the `new` last ones reaches the limit."""
        copies, limit = self._rules.copies, self._rules.limit
        if copies is None:
            return True
        trail, lengths = follow(copies, self._trail, words)
        if limit and max(lengths[-new:]) >= limit:
            return False
        self._lot, self._trail, self._run, self._waiting = (self._trail, words), trail, lengths[-1], ()
        room = limit - 1 - max(self._run, copies.sure - 1) if limit else MOST_WAITING
        self._room = min(MOST_WAITING, max(1, room))
        return True
