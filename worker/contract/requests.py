"""A request to write, and how it is to be written."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from model import defaults
from worker.contract.base import Contract

MAX_PROMPT_CHARS = 4000
MAX_NOTE_CHARS = 1000
MAX_WORDS = 3000
MAX_TAKES = 8
REBUILD_WORDS = 4000
"""How much of a story's end a path covers: what is read again where a state is gone."""


class SamplingChoice(Contract):
    """How the next token is drawn."""

    temperature: float = Field(defaults.TEMPERATURE, gt=0, le=2)
    top_p: float = Field(defaults.TOP_P, gt=0, le=1)
    top_k: int = Field(defaults.TOP_K, ge=0)
    """Only the likeliest so many; 0 is off."""
    min_p: float = Field(defaults.MIN_P, ge=0, lt=1)
    """Only what is at least so likely, measured against the likeliest; 0 is off."""
    repetition: float = Field(defaults.REPETITION, ge=1, le=2)
    """How much less likely a word is that was just used; 1 is off."""
    commonness: float = Field(defaults.COMMONNESS, ge=0, le=1)
    """How much common words are favoured; 1 is as the model has learned it."""


class Link(Contract):
    """One passage on the way to the place where a story goes on."""

    passage: str
    chain: str
    """Content address of the story up to and including it (`chain_hash`)."""


class Replay(Contract):
    """A passage is to be written once more, to see whether it comes out as it stands: no passage comes of it."""

    version: str
    """The model version that wrote it."""
    forbidden: str
    """What the text had to do without then (`Recipe.forbidden`)."""


class GenerateRequest(Contract):
    """One passage to write, or several takes of it. `job` is the rq job id and names the passages that come of it."""

    job: str
    story: str
    path: tuple[Link, ...] = ()
    """The passages before this one, oldest first, the last one being the one it follows; REBUILD_WORDS of them are
    enough. Empty at the start of a story."""
    whole: bool = True
    """Whether the path reaches back to the start of the story."""
    kind: Literal["continue", "chapter"] = "continue"
    prompt: str = Field("", max_length=MAX_PROMPT_CHARS)
    prompted_by: str = ""
    """Discord id of the member who wrote the prompt, where it is not the one who asks."""
    title: str | None = Field(None, max_length=200)
    pov: str | None = Field(None, max_length=100)
    chapter: int = Field(1, ge=1)
    """The number a chapter gets if the books number theirs."""
    note: str = Field("", max_length=MAX_NOTE_CHARS)
    """Author's note: steers the writing without appearing in it."""
    words: int = Field(120, ge=1, le=MAX_WORDS)
    until: Literal["sentence", "paragraph", "chapter"] | None = None
    """Where the writing may end; None: at a sentence for `continue`, with the chapter for `chapter`."""
    takes: int = Field(1, ge=1, le=MAX_TAKES)
    """How many candidates for the passage."""
    blocked: tuple[str, ...] = ()
    """Words that never appear."""
    sampling: SamplingChoice = SamplingChoice()
    seed: int = Field(ge=0, lt=2**31)
    reply_to: str
    """Consumer name of the bot that wants the events (`Keys.events`)."""
    member: str
    """Discord id of the member who asked."""
    server: str = ""
    """Discord id of the server, or of the channel of a direct message: servers share the workers fairly."""
    time_limit_s: float = Field(180, gt=0)
    replay: Replay | None = None

    @property
    def parent(self) -> str | None:
        """The passage this one follows; None at the start of a story."""
        return self.path[-1].passage if self.path else None

    @property
    def chain(self) -> str:
        """Content address of the story before this passage."""
        return self.path[-1].chain if self.path else ""

    @property
    def passages(self) -> tuple[str, ...]:
        """Ids of the passages that come of it: the job's own, or `{job}.0` and so on where there are several takes."""
        return (self.job,) if self.takes == 1 else tuple(f"{self.job}.{take}" for take in range(self.takes))
