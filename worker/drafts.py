"""What a request asks of the engine, and the passage that grows out of what the engine tells. Nothing here does I/O."""

from __future__ import annotations

import time
from dataclasses import dataclass

from model.ask import Ask, Done, NewChapter
from model.books import count_words
from model.headings import HeadingStyle
from model.sampling import Sampling
from worker.contract import Copied, GenerateRequest, Likeness, Passage, chain_hash
from worker.separator import separator
from worker.story import Place
from worker.warm import Loaded

AFTER_CHARS = 500
"""So much of the text before is enough to see a word or a copied run that goes on."""


def to_ask(id: str, request: GenerateRequest, place: Place, headings: HeadingStyle, copy_limit: int) -> Ask:
    """The engine's side of one attempt at a request."""
    chapter = request.kind == "chapter"
    return Ask(
        id=id,
        sampling=Sampling(
            temperature=request.sampling.temperature,
            top_p=request.sampling.top_p,
            seed=request.seed,
            top_k=request.sampling.top_k,
            min_p=request.sampling.min_p,
            repetition=request.sampling.repetition,
        ),
        words=request.words,
        until=request.until or ("chapter" if chapter else "sentence"),
        state=place.state,
        before=place.unread,
        opening=NewChapter(request.chapter, request.title or "", request.pov or "") if chapter else None,
        read=given_text(request, place, headings),
        after=place.parent.text[-AFTER_CHARS:] if place.parent else "",
        note=request.note.strip(),
        takes=request.takes,
        blocked=request.blocked,
        copy_limit=copy_limit,
        time_limit_s=request.time_limit_s,
    )


def given_text(request: GenerateRequest, place: Place, headings: HeadingStyle) -> str:
    """The member's prompt with what joins it to the text before."""
    prompt = request.prompt.strip()
    if request.kind == "chapter":
        opening_ends = request.pov if request.pov and not headings.people else "\n"
        return separator(opening_ends, prompt, paragraph_ended=False) + prompt
    parent = place.parent
    ended = parent is not None and parent.ended == "chapter"
    return separator(parent.text if parent else "", prompt, paragraph_ended=ended) + prompt


@dataclass
class Draft:
    """One take as it grows."""

    given: str
    """The member's part (`given_text`)."""
    at_start: bool
    """Whether no text of the story comes before."""
    opening: str = ""
    heading: str | None = None
    written: str = ""
    """The model's part after opening and prompt."""
    words: int = 0
    """Words of `written`."""
    done: Done | None = None
    error: Exception | None = None

    @property
    def ended(self) -> bool:
        """Whether the engine has nothing more to tell of it."""
        return self.done is not None or self.error is not None

    @property
    def text(self) -> str:
        """The passage so far. A story begins with its first visible character."""
        text = self.opening + self.given + self.written
        return text.lstrip() if self.at_start else text


def to_passage(request: GenerateRequest, take: int, draft: Draft, done: Done, version: Loaded) -> Passage:
    """The record of a finished take."""
    text = draft.text
    copied, likeness = done.copied, version.writer.likeness(draft.written)
    return Passage(
        id=request.passages[take],
        story=request.story,
        parent=request.parent,
        kind=request.kind,
        text=text,
        prompt=request.prompt.strip(),
        heading=draft.heading,
        author=request.member,
        model=version.name,
        take=take,
        note=request.note,
        copied=Copied(words=copied.words, file=copied.file, chapter=copied.chapter) if copied else None,
        likeness=Likeness(file=likeness.file, lead=likeness.lead) if likeness else None,
        seed=request.seed + take,
        sampling=request.sampling,
        words=count_words(text),
        asked=request.words,
        tokens=done.end.tokens,
        seconds=done.end.seconds,
        ended=done.end.reason,
        created=time.time(),
        chain=chain_hash(request.chain, text),
    )
