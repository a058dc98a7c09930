"""What a text that is being written must not hold: long copied runs, and words that were blocked.

A piece of text is judged when its words are finished, before anybody sees it. One that must not stand is left out, and
something else is written in its place.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from model.blocked import plain, signs_to_find, words_to_find
from model.copies import CopiedRun, Copies
from model.copyguard import longest_possible, longest_run
from model.errors import BadSettings
from model.folding import words_of
from model.pieces import Pieces
from model.windows import WINDOW

SEEN_BEFORE = 1_000
"""Characters of the text before in which a copied run or a blocked phrase may begin."""
WARY = 2
"""Words that a run may lack of the limit for the next piece to be likely to reach it."""
NEVER = sys.maxsize


@dataclass(frozen=True)
class Rules:
    """What holds for a text."""

    copies: Copies | None
    """Of the model's corpus; None: no run is noticed."""
    limit: int
    """Words from which on a copied run must not stand; 0: any may."""
    blocked: Mapping[str, tuple[tuple[str, ...], ...]]
    """Blocked phrases that are found by their words, by the last one."""
    pieces: Pieces
    signs: re.Pattern[str] | None = None
    """Finds, in `plain` text, what is blocked as it is written."""
    signs_reach: int = 0
    """Characters of the longest of these."""

    @classmethod
    def of(cls, copies: Copies | None, limit: int, blocked: Iterable[str]) -> Rules:
        """The rules of an ask. Raises BadSettings for a limit below what the fingerprints find for sure.

        What counts as blocked is said in `model.blocked`.
        """
        if copies is not None and 0 < limit < copies.sure:
            raise BadSettings(
                f"This model's copy guard sees every run of {copies.sure} words or more; "
                f"set {copies.sure} or more instead of {limit}, or 0 to go without it."
            )
        phrases: dict[str, tuple[tuple[str, ...], ...]] = {}
        signs: dict[str, str] = {}
        for text in blocked:
            if words := words_to_find(text):
                phrases[words[-1]] = (*phrases.get(words[-1], ()), words)
            elif pattern := signs_to_find(text):
                signs[pattern] = text
        as_written = re.compile("|".join(signs)) if signs else None
        reach = max(map(len, signs.values()), default=0)
        if copies is None:
            return cls(None, 0, phrases, Pieces(None), as_written, reach)
        return cls(copies, limit, phrases, copies.pieces, as_written, reach)

    def watch(self, before: str) -> Watch | None:
        """A watch for what is written behind a text; None where there is nothing to watch for."""
        return Watch(self, before) if self.copies is not None or self.blocks else None

    @property
    def blocks(self) -> bool:
        """Whether anything is blocked."""
        return bool(self.blocked) or self.signs is not None

    @property
    def phrase_words(self) -> int:
        """Words of the longest blocked phrase."""
        return max((len(phrase) for phrases in self.blocked.values() for phrase in phrases), default=0)


class Watch:
    """Reads a text along, piece by piece, and says which pieces must not stand.

    After a look at the last words, the next ones need none for as long as no run can have reached the limit.
    """

    def __init__(self, rules: Rules, before: str = "") -> None:
        self._rules, self._pieces, self._blocked = rules, rules.pieces, rules.blocked
        words = words_of(before[-SEEN_BEFORE:])
        self._open = ""
        """The last word, if letters behind the text would go on with it."""
        self._last_words = rules.phrase_words + 1
        self._last = tuple(words[-self._last_words :])
        self._hashes: list[int] = []
        """Of all words; without fingerprints there are none."""
        if rules.copies is not None:
            self._hashes += map(rules.copies.hash_word, words)
        self._given = len(self._hashes)
        """Words of the text before."""
        self._due = max(self._given + 1, rules.limit) if rules.limit else NEVER
        """Words behind which the last ones are to be looked at next."""
        self._shown = before[-SEEN_BEFORE:][-2 * rules.signs_reach :] if rules.signs is not None else ""
        """The end of the text as it is written, where that counts."""
        self.wary = rules.blocks
        """Whether the next piece may well be refused, so that what is needed to leave it out is worth keeping."""

    def allows(self, piece: str) -> bool:
        """Take note of the next piece of the text, which ends with whole words.

        False: it must not stand, and was not taken note of.
        """
        signs = self._rules.signs
        if signs is None:
            return self._allows_words(piece)
        seen, shown = plain(self._shown), plain(self._shown + piece)
        if any(found.end() > len(seen) for found in signs.finditer(shown)) or not self._allows_words(piece):
            return False
        self._shown = (self._shown + piece)[-2 * self._rules.signs_reach :]
        return True

    def _allows_words(self, piece: str) -> bool:
        """The same by the words of a piece."""
        words, hashes, joins, last = self._pieces[piece]
        if joins and self._open:
            return self._allows_longer_word(piece)
        if not words:
            self._open = "" if piece else self._open
            return True
        if self._blocked and self._ends_blocked(words):
            return False
        self._hashes += hashes
        if len(self._hashes) >= self._due and self._copies():
            del self._hashes[-len(hashes) :]
            return False
        if self._blocked:
            self._last = (*self._last, *words)[-self._last_words :]
        self._open = last
        return True

    def _allows_longer_word(self, piece: str) -> bool:
        """The same for a piece that goes on with the last word: the two are judged as one."""
        kept = self._last, self._open, self._given, self._due, self._hashes[-1:]
        self._last, self._open = self._last[:-1], ""
        del self._hashes[-1:]
        self._given = min(self._given, len(self._hashes))
        if self._rules.limit:
            self._due = len(self._hashes) + 1
        if self._allows_words(kept[1] + piece):
            return True
        self._last, self._open, self._given, self._due, word = kept
        self._hashes += word
        return False

    def _ends_blocked(self, words: tuple[str, ...]) -> bool:
        """Whether a blocked phrase ends with one of these next words."""
        last = self._last
        for word in words:
            last = (*last, word)[-self._last_words :]
            if any(last[-len(phrase) :] == phrase for phrase in self._blocked.get(word, ())):
                return True
        return False

    def _copies(self) -> bool:
        """Look at the last words wherever that is due: whether a run that ends there reaches the limit."""
        copies, limit, due, wary = self._rules.copies, self._rules.limit, self._due, self.wary
        while copies is not None and due <= len(self._hashes):
            words = self._hashes[max(0, due - limit) : due]
            possible = longest_possible(copies, words, limit)
            if possible >= limit <= len(words) and copies.has(words):
                return True
            noticed = possible >= WINDOW
            due += 1 if noticed else max(1, limit - possible)
            wary = self._rules.blocks or (noticed and possible >= limit - WARY)
        self._due, self.wary = due, wary
        return False

    @property
    def copied(self) -> CopiedRun | None:
        """The longest run that was copied, if it has LEAST words."""
        rules = self._rules
        if rules.copies is None:
            return None
        run = longest_run(rules.copies, self._hashes, self._given)
        if run is None or not rules.limit:
            return run
        return replace(run, words=min(run.words, rules.limit - 1))
