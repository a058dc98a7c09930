"""Options of real commands: what is sent, what Discord's client refuses, what a script cannot do."""

from __future__ import annotations

from pathlib import Path

import discord
import pytest
from discord import app_commands

from greenbeard.errors import BadScript, NotSent
from greenbeard.play.typed import Named, Value, catalogue, typed_options


@app_commands.command(name="try")
@app_commands.choices(mood=[app_commands.Choice(name="Very sad", value="sad")])
async def try_(
    interaction: discord.Interaction,
    text: str,
    words: int | None = None,
    heat: float | None = None,
    loud: bool | None = None,
    book: discord.Attachment | None = None,
    mood: str | None = None,
    friend: discord.Member | None = None,
) -> None:
    """Every kind of option."""


def find(kind: discord.AppCommandOptionType, name: str) -> Named:
    raise NotSent(f"{kind.name} {name}")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("text", "", ""),
        ("words", "-5", -5),
        ("heat", "0.5", 0.5),
        ("loud", "True", True),
        ("mood", "very SAD", "sad"),
    ],
)
def test_each_type(name: str, text: str, value: Value) -> None:
    assert typed_options(try_, {"text": "x", name: text}, find)[name] == value


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a book.txt").write_bytes(b"once")
    found = typed_options(try_, {"text": "x", "book": f"@{tmp_path}/a book.txt"}, find)
    assert found["book"] == ("a book.txt", b"once")


@pytest.mark.parametrize(
    "options",
    [{}, {"text": "x", "words": "many"}, {"text": "x", "loud": "maybe"}, {"text": "x", "book": "no file"}],
)
def test_what_the_client_refuses(options: dict[str, str]) -> None:
    with pytest.raises(NotSent):
        typed_options(try_, options, find)


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(BadScript, match="cannot be attached"):
        typed_options(try_, {"text": "x", "book": "@/no/such/file"}, find)


def test_members_are_looked_for_by_name() -> None:
    with pytest.raises(NotSent, match="user @bob"):
        typed_options(try_, {"text": "x", "friend": "@bob"}, find)


def test_while_a_command_is_typed_options_may_be_missing() -> None:
    assert typed_options(try_, {"words": "3"}, find, partly=True) == {"words": 3}


def test_subcommands_have_their_full_name() -> None:
    tree = app_commands.CommandTree(discord.Client(intents=discord.Intents.none()))
    group = app_commands.Group(name="train", description="Trains.")
    group.add_command(try_)
    tree.add_command(group)
    assert list(catalogue(tree)) == ["train try"]
