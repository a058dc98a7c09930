"""A member's own passage: what it is, and how it is joined to the story."""

from __future__ import annotations

import time
from typing import Literal

from pydantic import Field

from bot.tree import Record
from worker.contract import Passage, SamplingChoice, chain_hash
from worker.separator import count_words, separator

_ENDS = frozenset('.!?…。！？"”’»」』)')
"""Characters after which a member's own text begins a new paragraph."""


class Written(Record):
    """A member's own passage that waits for its turn, or is not shown whole yet."""

    kind: Literal["written"] = "written"
    job: str
    """Id of the passage."""
    story: str
    member: str
    text: str
    reply_to: str = ""
    """Consumer name of the bot that shows it."""
    created: float = Field(default_factory=time.time)


def joined(before: str, text: str) -> str:
    """`text` with what separates it from the story before it: a sentence that is open goes on."""
    ended = before.rstrip()[-1:] in _ENDS and not text[:1].islower()
    return separator(before, text, paragraph_ended=ended) + text


def written_passage(id: str, story: str, member: str, text: str, before: Passage | None) -> Passage:
    """A passage that a member wrote, after the passage `before`."""
    whole = joined(before.text, text) if before else text
    return Passage(
        id=id,
        story=story,
        parent=before.id if before else None,
        kind="written",
        text=whole,
        prompt=text,
        author=member,
        model="",
        seed=0,
        sampling=SamplingChoice(),
        words=count_words(text),
        tokens=0,
        seconds=0,
        ended="sentence",
        created=time.time(),
        chain=chain_hash(before.chain if before else "", whole),
    )


def edited_passage(old: Passage, id: str, text: str, member: str) -> Passage:
    """A passage as a member reworded it; what joins it to the story stays."""
    joint = old.text[: len(old.text) - len(old.text.lstrip())]
    heading = old.heading if old.heading and text.startswith(old.heading) else None
    return old.model_copy(
        update={
            "id": id,
            "text": joint + text,
            "prompt": text if old.kind == "written" else "",
            "prompted_by": "",
            "heading": heading,
            "author": member,
            "words": count_words(text),
            "copied": None,
            "likeness": None,
            "created": time.time(),
        }
    )
