"""Writing one ask from beginning to end: for the command line, cards and benchmarks, which wait for the whole text."""

from __future__ import annotations

from dataclasses import dataclass

from model.ask import Ask, Broke, Done, End, Grew, Opened
from model.copies import CopiedRun
from model.engine import Engine
from model.writer import Writer


@dataclass(frozen=True)
class Written:
    """A finished take."""

    text: str
    opening: str
    """The chapter's beginning, where one was asked for; what was read stands between it and the text."""
    end: End
    copied: CopiedRun | None


def write(writer: Writer, ask: Ask) -> tuple[Written, ...]:
    """Write all takes of an ask side by side. Raises what breaks one of them."""
    engine = Engine(writer, slots=ask.takes)
    engine.submit(ask)
    texts, openings = [""] * ask.takes, [""] * ask.takes
    finished: dict[int, Written] = {}
    while len(finished) < ask.takes:
        for output in engine.step():
            match output:
                case Opened(take=take, text=text):
                    openings[take] = text
                case Grew(take=take, text=text):
                    texts[take] += text
                case Done(take=take, end=end, copied=copied):
                    finished[take] = Written(texts[take], openings[take], end, copied)
                case Broke(error=error):
                    raise error
    return tuple(finished[take] for take in range(ask.takes))
