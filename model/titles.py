"""Of which words a corpus makes its chapters' titles.

A model sees a few hundred titles among a hundred thousand sentences, so those that it makes would hold words that are
none ("The Remetery."), and go on into the text. Where a corpus has titles enough, a new one is made of their words, and
is one sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from model.books import is_unspaced
from model.headings import title_of

ENOUGH = 100
"""Different words of titles, fewer of which would leave too little to say."""
SENTENCE_ENDS = (".", "!", "?", "。", "！", "？")
MARKS = ".,!?。，！？、"
"""At the end of a word of a title, where they may change."""


class Titles:
    """The words of a corpus's titles; where there are not enough of them, anything may be a title."""

    def __init__(self, headings: Iterable[str]) -> None:
        titles = [title_of(heading) for heading in headings]
        words = {word for title in titles for word in _words(title)}
        self._words = words if len(words) >= ENOUGH else None
        self._goes_on = {part for title in titles for part in title.split()[:-1]}
        """What has more behind it in a title, full stop or not: "M." and "XIV."."""

    def may_have(self, piece: str) -> bool:
        """Whether a piece of text, a word with what stands around it, may be part of a title."""
        return self._words is None or all(word in self._words for word in _words(piece))

    def ends_with(self, piece: str) -> bool:
        """Whether a title is whole behind this piece of it."""
        part = piece.strip()
        return self._words is not None and part.endswith(SENTENCE_ENDS) and part not in self._goes_on


def _words(text: str) -> Iterator[str]:
    """The words of a text, in small letters; a character of a script without spaces is one."""
    for part in text.split():
        if any(is_unspaced(char) for char in part):
            yield from part.strip(MARKS)
        elif word := part.rstrip(MARKS).casefold():
            yield word
