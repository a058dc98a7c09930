"""Writes one passage: opening or prompt first, then the model's text, shown as it comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from model.ask import End
from model.lstm import State
from model.sampling import Sampling
from model.writer import Writer
from worker.contract import GenerateRequest
from worker.errors import NothingWritten
from worker.separator import separator
from worker.story import Place


@dataclass(frozen=True)
class Draft:
    """A written passage, not yet stored."""

    text: str
    prompt: str
    heading: str | None
    written: str
    """The model's part after heading and prompt."""
    end: End


@dataclass(frozen=True)
class _Start:
    """What stands before the model's text."""

    text: str
    heading: str | None
    state: State


def write_draft(
    writer: Writer,
    request: GenerateRequest,
    place: Place,
    show: Callable[[str], None],
    should_stop: Callable[[], bool],
) -> Draft:
    """Write what a request asks for. `show` gets the whole text so far, again and again.

    Raises NothingWritten where no visible character came of it.
    """
    prompt = request.prompt.strip()
    start = _start(writer, request, place, prompt)
    if start.text.strip():
        show(start.text)
    written, end = _go_on(writer, request, place, start, show, should_stop)
    text = start.text + written
    if not text.strip():
        raise NothingWritten("It ended before the first word; use /continue to write on.")
    return Draft(text, prompt, start.heading, written, end)


def _start(writer: Writer, request: GenerateRequest, place: Place, prompt: str) -> _Start:
    before = place.parent.text if place.parent else ""
    if request.kind == "chapter":
        opening = writer.open_chapter(place.state, request.chapter, request.title, request.pov, _sampling(request))
        text = opening.text if place.parent else opening.text.lstrip("\n")
        joint = separator(text, prompt, paragraph_ended=False)
        return _Start(text + joint + prompt, opening.heading, writer.read(joint + prompt, opening.state))
    ended = place.parent is not None and place.parent.ended == "chapter"
    text = separator(before, prompt, paragraph_ended=ended) + prompt
    return _Start(text, None, writer.read(text, place.state))


def _go_on(
    writer: Writer,
    request: GenerateRequest,
    place: Place,
    start: _Start,
    show: Callable[[str], None],
    should_stop: Callable[[], bool],
) -> tuple[str, End]:
    """The model's text after `start`. At the start of a story it begins with its first visible character."""
    at_start = not start.text and place.parent is None
    written = ""
    for piece in writer.write(
        start.state,
        _sampling(request),
        request.words,
        until="chapter" if request.kind == "chapter" else "sentence",
        after=start.text or (place.parent.text if place.parent else ""),
        should_stop=should_stop,
    ):
        written += piece.text
        if at_start:
            written = written.lstrip()
        if piece.text and written.strip():
            show(start.text + written)
        if piece.end is not None:
            return written, piece.end
    raise AssertionError("a writer's last piece carries its end")


def _sampling(request: GenerateRequest) -> Sampling:
    return Sampling(request.sampling.temperature, request.sampling.top_p, request.seed)
