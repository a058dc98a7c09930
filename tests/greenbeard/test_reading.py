"""Commands, forms, menus and choices as a script names them."""

import pytest

from greenbeard.errors import BadScript
from greenbeard.play.reading import read_choice, read_command, read_fields, read_menu

COMMANDS = {
    "continue": ["prompt", "words"],
    "train start": ["name", "books", "budget"],
    "train stop": [],
    "status": [],
}


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


def test_a_text_runs_to_the_next_field() -> None:
    fields = ["Your words", "Title", "Title of the book"]
    assert read_fields("Your words=a = b, and c Title of the book=X", fields) == {
        "Your words": "a = b, and c",
        "Title of the book": "X",
    }
    assert read_fields("your words=Your Words", fields) == {"Your words": "Your Words"}
    assert read_fields("", fields) == {}
    for wrong in ("words=1", "Title=1 Title=2"):
        with pytest.raises(BadScript):
            read_fields(wrong, fields)


def test_a_choice_may_hold_what_its_menu_holds() -> None:
    labels = ["Take", "Take=", "How long?"]
    assert read_choice("take=2", labels) == ("Take", "2")
    assert read_choice("Take==2", labels) == ("Take=", "2")
    assert read_choice("How long?= a = b ", labels) == ("How long?", "a = b")
    with pytest.raises(BadScript, match="there are Take, Take=, How long"):
        read_choice("Colour=red", labels)


def test_an_entry_of_a_menu_may_name_its_message() -> None:
    labels = ["Add", "Add to the story", "Go on from here"]
    assert read_menu("Add to the story", labels) == ("Add to the story", None)
    assert read_menu("add on the story on me", labels) == ("Add", "the story on me")
    assert read_menu("Go on from here on dawn", labels) == ("Go on from here", "dawn")
    with pytest.raises(BadScript, match="there are Add, Add to the story"):
        read_menu("Address", labels)
