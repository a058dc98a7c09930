"""The script language: what each line means, and a sentence for what means nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenbeard.errors import BadScript
from greenbeard.play.script import Click, Command, Line, Restart, Say, Wait, read_command, read_line

COMMANDS = {
    "continue": ["prompt", "words"],
    "train start": ["name", "books", "budget"],
    "train stop": [],
    "status": [],
}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("alice: /continue prompt:Hi", Line(7, Command("continue prompt:Hi"), "alice")),
        ("alice@tavern: say Good evening", Line(7, Say("Good evening"), "alice", "tavern")),
        ("bob@#tavern: click Continue", Line(7, Click("Continue"), "bob", "tavern")),
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
        ("alice: react 🔥", "not available in this version"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, told: str) -> None:
    with pytest.raises(BadScript, match=told):
        read_line(1, text)


@pytest.mark.parametrize(
    ("text", "command", "options"),
    [
        ("status", "status", {}),
        ("train stop", "train stop", {}),
        ("continue", "continue", {}),
        ("continue words:20", "continue", {"words": "20"}),
        ("continue prompt:He said: go  words:20", "continue", {"prompt": "He said: go", "words": "20"}),
        ("continue words:20 prompt:the end", "continue", {"words": "20", "prompt": "the end"}),
        ("continue prompt:", "continue", {"prompt": ""}),
        ("continue prompt:passwords:1", "continue", {"prompt": "passwords:1"}),
        ("continue prompt:a  b", "continue", {"prompt": "a  b"}),
        ("train start name:x books:@a b.txt", "train start", {"name": "x", "books": "@a b.txt"}),
    ],
)
def test_a_value_runs_to_the_next_option(text: str, command: str, options: dict[str, str]) -> None:
    invocation = read_command(text, COMMANDS)
    assert (invocation.command, dict(invocation.options)) == (command, options)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("fly", "no command /fly; there are /continue"),
        ("train", "no command /train"),
        ("continue the story", "its options are prompt:, words:"),
        ("status now:1", "its options are none"),
        ("continue words:1 words:2", "twice"),
    ],
)
def test_what_the_bot_does_not_know_is_named(text: str, told: str) -> None:
    with pytest.raises(BadScript, match=told):
        read_command(text, COMMANDS)


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"]), max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        line = read_line(1, text)
    except BadScript as refusal:
        assert str(refusal)
    else:
        assert line is None or line.number == 1
