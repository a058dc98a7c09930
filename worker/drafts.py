"""What a request asks of the engine, and the passage that grows out of what the engine tells. Nothing here does I/O."""

from __future__ import annotations

import time
from dataclasses import dataclass

from model.ask import Ask, Done, NewChapter
from model.books import count_words
from model.headings import HeadingStyle
from model.sampling import Sampling
from worker.contract import Copied, GenerateRequest, Likeness, Passage, Recipe, chain_hash, forbidden
from worker.errors import CannotReplay
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
            commonness=request.sampling.commonness,
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


def require_replayable(request: GenerateRequest, place: Place, copy_limit: int) -> None:
    """Raises CannotReplay where a passage that is to be written again would not begin from the same."""
    if request.replay is None:
        return
    if request.path and (place.state is None or place.unread or not place.exact):
        raise CannotReplay(
            "The state from which this passage was written is no longer kept, so it cannot be written again. "
            "I keep states for about 30 days."
        )
    if forbidden(request.blocked, copy_limit) != request.replay.forbidden:
        raise CannotReplay(
            "The blocked words, or the longest run that may be copied, are others than when this passage was written, "
            "so it cannot be written again as it was."
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


def to_passage(request: GenerateRequest, ask: Ask, take: int, draft: Draft, done: Done, version: Loaded) -> Passage:
    """The record of a finished take."""
    text = draft.text
    recipe = Recipe(
        title=request.title,
        pov=request.pov,
        chapter=request.chapter,
        forbidden=forbidden(request.blocked, ask.copy_limit),
    )
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
        prompted_by=request.prompted_by,
        model=version.name,
        take=take,
        note=request.note,
        copied=Copied(words=copied.words, file=copied.file, chapter=copied.chapter) if copied else None,
        likeness=Likeness(file=likeness.file, lead=likeness.lead) if likeness else None,
        seed=request.seed + take,
        sampling=request.sampling,
        words=count_words(text),
        asked=request.words,
        recipe=recipe,
        tokens=done.end.tokens,
        seconds=done.end.seconds,
        ended=done.end.reason,
        created=time.time(),
        chain=chain_hash(request.chain, text),
    )
