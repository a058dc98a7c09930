"""Where a piece of writing may end: sentence ends, paragraph ends, chapter ends, and a hard limit."""

from __future__ import annotations

import re
from typing import Literal

from model.books import count_words, is_unspaced

EndReason = Literal["sentence", "paragraph", "chapter", "length", "stopped", "time"]
Until = Literal["sentence", "paragraph", "chapter"]

LONGEST_WORD = 40
"""Characters; a longer run without a gap counts as several words and may be cut anywhere."""

_CLOSERS = "\"'”’»)]」』】）*_"
_SENTENCE_END = re.compile(rf"[.!?…。！？；](?:[{re.escape(_CLOSERS)}]*)$")
_ABBREVIATION = re.compile(r"(?:^|[\s\"'“‘(])(?:[A-Z]|Mr|Mrs|Ms|Dr|St|MM|Mme|Mlle|Messrs|Jr|Sr|Capt|Col|Gen|vol|No)\.$")


def ends_sentence(text: str) -> bool:
    """Say whether text ends with a sentence's end (not with `M.` or `Mr.`)."""
    text = text.rstrip()
    return bool(_SENTENCE_END.search(text)) and not _ABBREVIATION.search(text[-12:])


def quotes_closed(paragraph: str) -> bool:
    """Say whether every quotation opened in a paragraph is closed in it."""
    pairs = (("“", "”"), ("「", "」"), ("『", "』"), ("«", "»"))
    return paragraph.count('"') % 2 == 0 and all(paragraph.count(a) <= paragraph.count(b) for a, b in pairs)


class Quota:
    """Counts what has been written and says when to end.

    For `until="sentence"`: from `words` on, at a sentence's end outside quotations; from 1.15 × on, at any sentence's
    end; at 1.3 × + 40 words between any two words. For `until="paragraph"` and `"chapter"`: from `words` on at a
    paragraph's end, and then as above. Text that hardly has words, as a model writes that has learned little, ends
    where so many words could not be longer. The model may end its chapter by itself once half of `words` is written.
    """

    def __init__(self, words: int, until: Until) -> None:
        self._words, self._until = words, until
        self._most = 1.3 * words + 40
        self._characters = 0
        self._finished = 0
        self._unfinished = ""
        self._gapless = False
        self._paragraph = ""

    def add(self, text: str) -> None:
        """Take note of text written."""
        self._paragraph = (self._paragraph + text).rpartition("\n")[2]
        self._unfinished += text
        self._characters += len(text)
        finished = max(self._unfinished.rfind(" "), self._unfinished.rfind("\n")) + 1
        self._gapless = self._gapless and not finished
        if len(self._unfinished) - finished > LONGEST_WORD:
            finished, self._gapless = len(self._unfinished), True
        self._finished += count_words(self._unfinished[:finished])
        self._unfinished = self._unfinished[finished:]

    @property
    def count(self) -> int:
        """Words so far."""
        return self._finished + count_words(self._unfinished)

    @property
    def may_end_chapter(self) -> bool:
        """Whether enough is written for a chapter to end."""
        return self.count >= self._words / 2

    def ending_before(self, token: bytes) -> EndReason | None:
        """The reason to end before a token that is about to be written, or None to go on."""
        count = self.count
        if self._characters >= LONGEST_WORD * self._most:
            return "length"
        if count < self._words:
            return None
        if token.startswith(b"\n"):
            return "paragraph" if self._until == "paragraph" else "sentence"
        at_gap = token.startswith(b" ") or is_unspaced(self._paragraph[-1:] or " ")
        if count >= self._most and (at_gap or self._gapless):
            return "length"
        if self._until != "sentence" and count < 1.15 * self._words:
            return None
        closed = quotes_closed(self._paragraph) or count >= 1.15 * self._words
        return "sentence" if at_gap and closed and ends_sentence(self._paragraph) else None
