"""The script language of `greenbeard play --script`: text in, what to do out. No Discord, no I/O.

NAME: /command option:value …      NAME: click LABEL      NAME: say TEXT
NAME@CHANNEL: …                    wait SECONDS           restart bot|worker|redis
# a comment                        a line that ends in " &" is not waited for
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from greenbeard.errors import BadScript

Part = Literal["bot", "worker", "redis"]
PARTS: tuple[Part, ...] = ("bot", "worker", "redis")
LATER = ("select", "submit", "menu", "react", "autocomplete")
FORMS = (
    "`NAME: /command option:value …`, `NAME: click LABEL`, `NAME: say TEXT`, `wait SECONDS`, `restart bot|worker|redis`"
)

_MEMBER = re.compile(r"(?P<member>[\w.-]+)(?:@#?(?P<channel>[\w-]+))?:\s*(?P<rest>\S.*)")


@dataclass(frozen=True)
class Command:
    """A slash command; its options are read by `read_command`, which knows the bot's commands."""

    text: str


@dataclass(frozen=True)
class Click:
    """A press on the newest visible button with this label."""

    label: str


@dataclass(frozen=True)
class Say:
    """An ordinary message."""

    text: str


@dataclass(frozen=True)
class Wait:
    """Wall time."""

    seconds: float


@dataclass(frozen=True)
class Restart:
    """One part of the house ends and starts anew."""

    part: Part


@dataclass(frozen=True)
class Line:
    """One line of a script; `member` is empty where the line is no member's doing (`wait`, `restart`)."""

    number: int
    action: Command | Click | Say | Wait | Restart
    member: str = ""
    channel: str | None = None
    background: bool = False


def read_line(number: int, text: str) -> Line | None:
    """One line of a script; None for an empty one or a comment. Raises BadScript."""
    text = text.strip(" \t\r\n\ufeff")
    if not text or text.startswith("#"):
        return None
    background = text.endswith(" &")
    text = text.removesuffix(" &").rstrip(" ")
    word, _, rest = text.partition(" ")
    if word == "wait":
        return Line(number, Wait(_seconds(rest)), background=background)
    if word == "restart":
        return Line(number, Restart(_part(rest.strip())), background=background)
    found = _MEMBER.fullmatch(text)
    if found is None:
        raise BadScript(f"{text!r} is no line of a script; write {FORMS}.")
    return Line(number, _deed(found["rest"]), found["member"], found["channel"], background)


def _deed(text: str) -> Command | Click | Say:
    word, _, rest = text.partition(" ")
    if text.startswith("/"):
        return Command(text[1:])
    if word == "click" and rest.strip():
        return Click(rest.strip())
    if word == "say" and rest.strip(" "):
        return Say(rest.strip(" "))
    if word in LATER:
        raise BadScript(f"`{word}` is not available in this version of `play --script`; it has {FORMS}.")
    raise BadScript(f"{text!r} is nothing that a member does; write {FORMS}.")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise BadScript(f"`wait` takes seconds, as in `wait 1.5`, and {text.strip()!r} is no such number.")
    return seconds


def _part(text: str) -> Part:
    for part in PARTS:
        if text == part:
            return part
    raise BadScript(f"`restart` takes bot, worker or redis, and {text!r} is none of them.")


@dataclass(frozen=True)
class Invocation:
    """A command as typed: its full name and its options, all still text."""

    command: str
    options: Mapping[str, str]


def read_command(text: str, commands: Mapping[str, Sequence[str]]) -> Invocation:
    """Split what stands after the slash; `commands` maps full names ("train start") to option names.

    A value runs to the next option's name. Raises BadScript.
    """
    words = text.split()
    for length in range(len(words), 0, -1):
        name = " ".join(words[:length])
        if name in commands:
            break
    else:
        known = ", ".join(f"/{name}" for name in sorted(commands))
        raise BadScript(f"There is no command /{' '.join(words[:2])}; there are {known}.")
    rest = re.sub(r"\S+\s*", "", text, count=length)
    return Invocation(name, dict(_options(name, rest, commands[name])))


def _options(command: str, text: str, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    if not text:
        return
    marks = list(re.finditer(rf"(?:^|(?<=\s))({'|'.join(map(re.escape, names))}):", text)) if names else []
    if not marks or marks[0].start() > 0:
        options = ", ".join(f"{name}:" for name in names) or "none"
        raise BadScript(f"/{command} cannot read {text!r}; its options are {options}.")
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    seen: set[str] = set()
    for mark, end in zip(marks, ends, strict=True):
        if mark[1] in seen:
            raise BadScript(f"/{command} was given {mark[1]}: twice.")
        seen.add(mark[1])
        yield mark[1], text[mark.end() : end].strip(" \t")
