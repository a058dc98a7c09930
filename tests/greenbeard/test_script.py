"""The script language: what each line means, and a sentence for what means nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenbeard.errors import BadScript
from greenbeard.play.script import (
    Autocomplete,
    Click,
    Command,
    Line,
    Menu,
    React,
    Restart,
    Say,
    Select,
    Submit,
    Wait,
    read_line,
)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("alice: /continue prompt:Hi", Line(7, Command("continue prompt:Hi"), "alice")),
        ("alice@tavern: say Good evening", Line(7, Say("Good evening"), "alice", "tavern")),
        ("bob@#tavern: click Continue", Line(7, Click("Continue"), "bob", "tavern")),
        ("bob: select Choose a take=2", Line(7, Select("Choose a take=2"), "bob")),
        ("bob: submit Title=a: b", Line(7, Submit("Title=a: b"), "bob")),
        ("bob: submit", Line(7, Submit(""), "bob")),
        ("bob: menu Add to the story on dawn", Line(7, Menu("Add to the story on dawn"), "bob")),
        ("bob: react 🔥", Line(7, React("🔥"), "bob")),
        ("bob: autocomplete /chapter pov:At", Line(7, Autocomplete("chapter pov:At"), "bob")),
        ("bob@The Tower: a tale: click Continue", Line(7, Click("Continue"), "bob", "The Tower: a tale")),
        ("bob@#第六卷: /continue", Line(7, Command("continue"), "bob", "第六卷")),
        ("bob: say to all: click here", Line(7, Say("to all: click here"), "bob")),
        ("  admin: /train stop & ", Line(7, Command("train stop"), "admin", background=True)),
        ("wait 1.5", Line(7, Wait(1.5))),
        ("restart redis", Line(7, Restart("redis"))),
        ("alice: say one & two", Line(7, Say("one & two"), "alice")),
    ],
)
def test_every_form_of_line(text: str, line: Line) -> None:
    assert read_line(7, text) == line


@pytest.mark.parametrize("text", ["", "   ", "# alice: /continue", "\ufeff# first line of a file from Windows\r\n"])
def test_comments_and_empty_lines_are_nothing(text: str) -> None:
    assert read_line(1, text) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("alice /continue", "is no line of a script"),
        ("alice: dance", "is nothing that a member does"),
        ("alice: click", "is nothing that a member does"),
        ("wait long", "`wait` takes seconds"),
        ("wait -1", "`wait` takes seconds"),
        ("wait inf", "`wait` takes seconds"),
        ("restart discord", "bot, worker or redis"),
        ("alice: react", "is nothing that a member does"),
        ("alice: autocomplete chapter", "is nothing that a member does"),
        ("alice@The Tower: dance", "'dance' is nothing that a member does"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, told: str) -> None:
    with pytest.raises(BadScript, match=told):
        read_line(1, text)


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"]), max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        line = read_line(1, text)
    except BadScript as refusal:
        assert str(refusal)
    else:
        assert line is None or line.number == 1
