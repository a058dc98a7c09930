"""The command line as DESIGN writes it: options that take several values in a row (`--valid A B`, `--batch 1 16`).

And what several commands ask of their words.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import typer

SEVERAL = {"train": "--valid", "bench": "--batch"}
"""Command → its option that takes several values."""
FLAGS = ("--json", "--resume", "--no-resume")
"""Options of `train` that take no value."""


def spread(words: Sequence[str]) -> list[str]:
    """Repeat the option's name before each of its values, as the parser wants it.

    `train A --valid B C --name x` → `train A --valid B --valid C --name x`. Where no file to train on stands before
    the option (`train --valid B A`), only the first value belongs to it.
    """
    option = SEVERAL.get(words[0]) if words else None
    if option is None or option not in words:
        return list(words)
    if words[0] == "train" and not _names_files(words[1 : words.index(option)]):
        return list(words)
    out: list[str] = []
    taking = False
    for before, word in pairwise(["", *words]):
        taking = before == option or (taking and not word.startswith("-"))
        if taking and before != option:
            out.append(option)
        out.append(word)
    return out


def is_utf8(word: str) -> bool:
    """Whether a word or a file's name was text, and not bytes that Python carries along as surrogates."""
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True


def check_place(option: str, file: Path) -> None:
    """A file that an option names can be written. Raises typer.BadParameter."""
    folder = file.resolve().parent
    if not folder.is_dir():
        raise typer.BadParameter(f"{option} {file}: there is no folder {folder}; make it first.")
    if file.is_dir():
        raise typer.BadParameter(f"{option} {file} is a folder; name a file in it.")


def _names_files(words: Sequence[str]) -> bool:
    """Whether something among the words is neither an option nor an option's value."""
    return any(not word.startswith("-") and not _wants_value(before) for before, word in pairwise(["", *words]))


def _wants_value(word: str) -> bool:
    """Whether a word is an option whose value is the next word."""
    return word.startswith("--") and "=" not in word and word not in FLAGS
