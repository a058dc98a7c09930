"""Words as they are compared: without case, accents, punctuation and quotation marks.

Every character folds by itself, so `fold(a + b) == fold(a) + fold(b)` and text can be folded as it comes. Hyphens and
apostrophes part words: `to-morrow` is `to morrow`. In scripts that write no spaces each character is a word.
"""

from __future__ import annotations

import unicodedata

from model.books import is_unspaced


class _Folds(dict[int, str]):
    """What each character folds to; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_character(chr(code))
        return folded


def _fold_character(character: str) -> str:
    kind = unicodedata.category(character)
    if kind[0] == "M" or kind == "Cf":
        return ""
    if kind[0] not in "LN":
        return " "
    parts = unicodedata.normalize("NFKD", character.casefold())
    folded = "".join(part for part in parts if unicodedata.category(part)[0] in "LN")
    return f" {folded} " if is_unspaced(character) else folded


_FOLDS = _Folds()


def fold(text: str) -> str:
    """Text as its words in small letters, spaces wherever one ends."""
    return text.translate(_FOLDS)


def words_of(text: str) -> list[str]:
    """The folded words of a text."""
    return fold(text).split()
