"""One take while it is written, token by token: what may be shown, what must be taken back, and when it ends.

Text is judged, shown and ended piece by piece: a piece is what stands between two gaps, mostly a word with the space
before it and the marks around it. A piece that must not stand is taken back whole, and another token is drawn where it
began.
"""

from __future__ import annotations

import codecs
import time
from enum import Enum

from model.ask import Ask
from model.books import is_unspaced
from model.endings import LONGEST_WORD, EndReason, Quota
from model.titles import Titles
from model.tokenizer import Tokenizer
from model.watch import Watch

MAX_HEADING_TOKENS = 48
PATIENCE = 12
"""Pieces that no title has and that were taken back in one place, after which the next may stand."""
FIRST_UNSPACED = "\u0e00"
"""No script without spaces has characters before this one."""


class Verdict(Enum):
    """What is to become of a token that was drawn."""

    ON = "it goes on a piece"
    BEGINS = "it begins a piece"
    BACK = "the piece before it must not stand: back to where that began"
    ENDS = "the text ends before it"


class Take:
    """A text that comes token by token; what it is (heading or passage) decides where it ends."""

    def __init__(self, ask: Ask, number: int, tokenizer: Tokenizer, watch: Watch | None, *, joined: bool) -> None:
        self.ask = ask
        self.number = number
        self.seed = ask.sampling.seed + number
        self.place = 0
        """Tokens drawn so far, those taken back included: where the next one's chances stand."""
        self.tokens: list[int] = []
        self.ending: EndReason | None = None
        self.stop: EndReason | None = None
        """Set from outside: end at the next gap."""
        self.marked = 0
        """Tokens behind which the state is kept to go back to."""
        self.watch = watch
        self.joined = joined
        """Whether the first word must not go on with a word before it."""
        self._tokenizer = tokenizer
        self._utf8 = codecs.getincrementaldecoder("utf-8")("replace")
        self._begun = 0.0
        self._piece = ""
        self._piece_tokens = 0
        self._refused: list[int] = []
        self._text: list[str] = []
        self._told = 0

    @property
    def text(self) -> str:
        """All that was written, in whole words."""
        return "".join(self._text)

    @property
    def seconds(self) -> float:
        """Since the first token was drawn."""
        return time.monotonic() - self._begun if self._begun else 0.0

    @property
    def may_end_chapter(self) -> bool:
        """Whether the model's wish to end the chapter counts now."""
        return False

    def news(self) -> str:
        """What was written since the last call."""
        news, self._told = "".join(self._text[self._told :]), len(self._text)
        return news

    def refused(self) -> tuple[list[int], bool]:
        """Tokens that must not come next, and whether tokens that go on with a word must not either."""
        if self._piece_tokens:
            return [], False
        return self._refused, self.joined and not self._text

    def judge(self, token: int, chapter_ends: bool) -> Verdict:
        """Decide on a token that was drawn; `chapter_ends`: at this place the model would end its chapter."""
        self._begun = self._begun or time.monotonic()
        self.place += 1
        follows = self._tokenizer.bytes[token]
        chapter_ends = chapter_ends and self.may_end_chapter  # asked before the piece counts: so it was at the draw
        verdict = Verdict.ON
        if self._at_gap(follows):
            if self._piece and not self._finish_piece():
                return Verdict.BACK
            self.ending = self._ending(token, follows, chapter_ends) or self.stop
            if self.ending is not None:
                return Verdict.ENDS
            verdict = Verdict.BEGINS
        self._piece += self._utf8.decode(follows)
        self._piece_tokens += 1
        self.tokens.append(token)
        return verdict

    def _at_gap(self, follows: bytes) -> bool:
        """Whether a piece ends before the bytes that follow."""
        if not self._piece_tokens:
            return True
        if self._utf8.getstate()[0] or not self._piece:
            return False
        last = self._piece[-1]
        gap = follows[:1] in (b" ", b"\n") or (last >= FIRST_UNSPACED and is_unspaced(last))
        return gap or len(self._piece) > LONGEST_WORD

    def _finish_piece(self) -> bool:
        """Keep the piece if it may stand, else take it back."""
        first = self.tokens[-self._piece_tokens]
        piece, self._piece = self._piece, ""
        count, self._piece_tokens = self._piece_tokens, 0
        if not self._allows(piece):
            del self.tokens[-count:]
            self._refused.append(first)
            return False
        self._refused = []
        self._text.append(piece)
        self._add(piece)
        return True

    def _allows(self, piece: str) -> bool:
        """Whether a piece may stand behind the text."""
        return self.watch is None or self.watch.allows(piece)

    def _add(self, piece: str) -> None:
        """Take note of a piece that stands."""

    def _ending(self, token: int, follows: bytes, chapter_ends: bool) -> EndReason | None:
        """Why the text ends at this gap, before `token`."""
        raise NotImplementedError


class Heading(Take):
    """The rest of a chapter's heading, up to the break behind it, in words that titles of the corpus have."""

    def __init__(self, ask: Ask, number: int, tokenizer: Tokenizer, watch: Watch | None, titles: Titles) -> None:
        super().__init__(ask, number, tokenizer, watch, joined=False)
        self._titles = titles
        self._whole = False

    def _allows(self, piece: str) -> bool:
        titled = len(self._refused) >= PATIENCE or self._titles.may_have(piece)
        return titled and super()._allows(piece)

    def _add(self, piece: str) -> None:
        self._whole = self._titles.ends_with(piece)

    def _ending(self, token: int, follows: bytes, chapter_ends: bool) -> EndReason | None:
        full = len(self.tokens) >= MAX_HEADING_TOKENS
        return "paragraph" if token == self._tokenizer.paragraph or self._whole or full else None


class Passage(Take):
    """The model's part of a passage."""

    def __init__(self, ask: Ask, number: int, tokenizer: Tokenizer, watch: Watch | None, *, joined: bool) -> None:
        super().__init__(ask, number, tokenizer, watch, joined=joined)
        self._quota = Quota(ask.words, ask.until)

    @property
    def may_end_chapter(self) -> bool:
        """Whether the model's wish to end the chapter counts now."""
        return self._quota.may_end_chapter

    def _add(self, piece: str) -> None:
        self._quota.add(piece)

    def _ending(self, token: int, follows: bytes, chapter_ends: bool) -> EndReason | None:
        return "chapter" if chapter_ends else self._quota.ending_before(follows)
