"""Blocked words: what counts as one, in what members write and in what the model writes.

A word or phrase is found by its words (`model.folding`), whatever case, accents and signs they are written with, but
never within longer words; in scripts without spaces wherever it stands. Where a sign begins or ends it, as in c++ or
$hit, it would be another word without its signs: it is found as it is written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from model.books import is_unspaced
from model.folding import words_of


def words_to_find(entry: str) -> tuple[str, ...]:
    """The words in a row by which an entry is found; none where it is found as it is written, or holds no word."""
    text = unicodedata.normalize("NFKC", entry).strip()
    bare = all(unicodedata.category(edge)[0] in "LNM" for edge in text[:1] + text[-1:])
    return tuple(words_of(text)) if bare else ()


def signs_to_find(entry: str) -> str:
    """A pattern that finds an entry as it is written in `plain` text; "" where its words find it, or it holds none."""
    if words_to_find(entry) or not words_of(entry):
        return ""
    parts = plain(entry).split()
    before = r"(?<!\w)" if _is_spaced_letter(parts[0][0]) else ""
    behind = r"(?!\w)" if _is_spaced_letter(parts[-1][-1]) else ""
    return before + r"\s+".join(map(re.escape, parts)) + behind


def plain(text: str) -> str:
    """A text with its signs, such that spellings of one word are alike."""
    return unicodedata.normalize("NFKC", text).casefold().replace("’", "'")


def blocked_word(text: str, blocked: Iterable[str]) -> str | None:
    """The first blocked word or phrase that a text holds."""
    row, shown = f" {' '.join(words_of(unicodedata.normalize('NFKC', text)))} ", plain(text)
    for entry in blocked:
        words, signs = words_to_find(entry), signs_to_find(entry)
        if f" {' '.join(words)} " in row if words else signs and re.search(signs, shown):
            return entry
    return None


def _is_spaced_letter(character: str) -> bool:
    return re.match(r"\w", character) is not None and not is_unspaced(character)
