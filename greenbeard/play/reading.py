"""Reads what a line of a script says about commands, forms, menus and choices, knowing what there is to choose from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from greenbeard.errors import BadScript

SHOWN_CHARS = 60
"""How much of a line that cannot be read is said back."""


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
    return Invocation(name, dict(_pairs(f"/{name}", "options", rest, commands[name], ":")))


def read_fields(text: str, fields: Sequence[str]) -> dict[str, str]:
    """What `submit` fills in, by the names of a form's fields; a text runs to the next name. Raises BadScript.

    Members see the names, so case does not matter.
    """
    called = {field.casefold(): field for field in fields}
    found = _pairs("submit", "fields", text, fields, "=", re.IGNORECASE)
    return {called[name.casefold()]: value for name, value in found}


def read_choice(text: str, labels: Sequence[str]) -> tuple[str, str]:
    """`LABEL=VALUE` of `select`, by the labels of the menus that are there. Raises BadScript."""
    for label in sorted(labels, key=len, reverse=True):
        if text.casefold().startswith(f"{label.casefold()}="):
            return label, text[len(label) + 1 :].strip()
    there = ", ".join(dict.fromkeys(labels)) or "none"
    raise BadScript(f"`select` takes LABEL=VALUE, and {text!r} names no select menu here; there are {there}.")


def read_menu(text: str, labels: Sequence[str]) -> tuple[str, str | None]:
    """`LABEL [on TEXT]` of `menu`, by the entries that there are; None means the newest message. Raises BadScript."""
    for label in sorted(labels, key=len, reverse=True):
        rest = text[len(label) :]
        if text.casefold().startswith(label.casefold()) and (not rest or rest.startswith(" on ")):
            return label, rest.removeprefix(" on ").strip() or None
    there = ", ".join(labels) or "none"
    raise BadScript(f"{text!r} is no entry of a message's menu; there are {there}.")


def _pairs(
    what: str, kind: str, text: str, names: Sequence[str], mark: str, flags: re.RegexFlag = re.NOFLAG
) -> Iterator[tuple[str, str]]:
    """Names and values of `name<mark>value name<mark>value …`."""
    if not text.strip():
        return
    pattern = rf"(?:^|(?<=\s))({'|'.join(map(re.escape, names))}){mark}"
    found = list(re.finditer(pattern, text, flags)) if names else []
    if not found or found[0].start() > 0:
        known = ", ".join(f"{name}{mark}" for name in names) or "none"
        shown = text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS]}…"
        raise BadScript(f"{what} cannot read {shown!r}; its {kind} are {known}.")
    ends = [start.start() for start in found[1:]] + [len(text)]
    seen: set[str] = set()
    for start, end in zip(found, ends, strict=True):
        if start[1] in seen:
            raise BadScript(f"{what} was given {start[1]}{mark} twice.")
        seen.add(start[1])
        yield start[1], text[start.end() : end].strip(" \t")
