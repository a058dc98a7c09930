"""The script language of `greenbeard play --script`: text in, what to do out. No Discord, no I/O.

NAME: /command option:value …      NAME: click LABEL              NAME: say TEXT
NAME: select LABEL=VALUE           NAME: submit FIELD=TEXT …      NAME: menu LABEL [on TEXT]
NAME: react EMOJI                  NAME: autocomplete /command option:part
NAME@CHANNEL: …                    wait SECONDS                   restart bot|worker|redis
# a comment                        a line that ends in " &" is not waited for
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from greenbeard.errors import BadScript

Part = Literal["bot", "worker", "redis"]
PARTS: tuple[Part, ...] = ("bot", "worker", "redis")
FORMS = (
    "`NAME: /command option:value …`, `NAME: click LABEL`, `NAME: select LABEL=VALUE`, `NAME: submit FIELD=TEXT …`, "
    "`NAME: menu LABEL [on TEXT]`, `NAME: say TEXT`, `NAME: react EMOJI`, `NAME: autocomplete /command option:part`, "
    "`wait SECONDS`, `restart bot|worker|redis`"
)


@dataclass(frozen=True)
class Command:
    """A slash command; its options are read by `read_command`, which knows the bot's commands."""

    text: str


@dataclass(frozen=True)
class Click:
    """A press on the newest visible button with this label."""

    label: str


@dataclass(frozen=True)
class Select:
    """A choice in the newest visible select menu with this placeholder; read by `read_choice`."""

    text: str


@dataclass(frozen=True)
class Submit:
    """The fields of the modal that the member opened last; read by `read_fields`."""

    text: str


@dataclass(frozen=True)
class Menu:
    """An entry of the menu of a message; read by `read_menu`, which knows the entries."""

    text: str


@dataclass(frozen=True)
class React:
    """A reaction to the newest visible message."""

    emoji: str


@dataclass(frozen=True)
class Autocomplete:
    """What the bot offers for the last option of a command that is still being typed."""

    text: str


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


Deed = Command | Click | Select | Submit | Menu | React | Autocomplete | Say
"""What a member does."""

VERBS: Mapping[str, Callable[[str], Deed]] = {
    "click": Click,
    "select": Select,
    "submit": Submit,
    "menu": Menu,
    "react": React,
    "say": Say,
}

_VERB = "|".join(("/", "autocomplete +/", "submit$", *(f"{verb} " for verb in VERBS)))
_MEMBER = re.compile(rf"(?P<member>[\w.-]+)(?:@#?(?P<channel>.+?))?:\s*(?P<rest>(?:{_VERB}).*)")
"""A thread's name may hold anything: it ends before the first colon behind which somebody does something."""
_NO_DEED = re.compile(r"[\w.-]+(?:@[^:]+)?:\s*(?P<rest>.*)")


@dataclass(frozen=True)
class Line:
    """One line of a script; `member` is empty where the line is no member's doing (`wait`, `restart`)."""

    number: int
    action: Deed | Wait | Restart
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
        named = _NO_DEED.fullmatch(text)
        if named is None:
            raise BadScript(f"{text!r} is no line of a script; write {FORMS}.")
        raise BadScript(f"{named['rest']!r} is nothing that a member does; write {FORMS}.")
    return Line(number, _deed(found["rest"]), found["member"], found["channel"], background)


def _deed(text: str) -> Deed:
    word, _, rest = text.partition(" ")
    if text.startswith("/"):
        return Command(text[1:])
    if word == "autocomplete":
        return Autocomplete(rest.strip().removeprefix("/"))
    return VERBS[word](rest.strip(" "))


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
