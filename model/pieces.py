"""Pieces of text, mostly words, cut into folded words: each once, for the same ones come again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from model.folding import fold

MOST = 1 << 16


class Piece(NamedTuple):
    """A piece of text as it is judged."""

    words: tuple[str, ...]
    hashes: tuple[int, ...]
    joins: bool
    """Whether it begins with letters, which go on with a word that the text before ends with."""
    open: str
    """The word it ends with, if letters behind it would go on with it."""


class Pieces(dict[str, Piece]):
    """Pieces of text that were met, mostly words, cut into folded words with their hashes."""

    def __init__(self, hash_word: Callable[[str], int] | None) -> None:
        super().__init__()
        self._hash_word = hash_word

    def __missing__(self, text: str) -> Piece:
        if len(self) >= MOST:
            self.clear()
        folded = fold(text)
        words = tuple(folded.split())
        hashes = tuple(map(self._hash_word, words)) if self._hash_word is not None else ()
        last = words[-1] if folded[-1:] not in ("", " ") else ""
        piece = self[text] = Piece(words, hashes, folded[:1] not in ("", " "), last)
        return piece
