"""A script through the real `greenbeard play`: real Valkey, real workers, a really trained tiny model."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.e2e.playing import Play

STORY = """
# how a story begins and goes on
alice: /continue prompt:Athos went to the old tower. words:30
bob: click Continue
restart bot
alice: click Continue
bob: /continue words:20 &
alice@tavern-tales: /chapter title:The Duel words:60
restart worker
restart redis
carol: say I like it
wait 0.1
"""

REFUSED = """
alice: /continue words:0
alice: /continue words:many
alice: /continue prompt:
alice: /train start name:mine
admin: /train stop
"""

TRAINED = """\
admin: /train start name:mine books:@BOOK budget:10s
admin: /model promote version:mine
alice: /continue words:20
"""

WRONG = """
alice: /fly
alice: click Nothing
alice@nowhere: say Is anybody here?
alice: dance
admin: /train start name:mine books:@/no/such/book.txt
alice: /status
"""

KEYS = ["line", "id", "channel", "author", "content", "embeds", "files", "buttons", "ephemeral", "edits"]


def test_a_story_is_written_and_found_again(play: Play) -> None:
    messages = play.messages(STORY)
    assert all(list(message) == KEYS for message in messages)
    written = {message["id"]: message for message in messages}
    lines: dict[str, int] = {}
    for message in messages:
        lines.setdefault(message["id"], message["line"])
    told = sorted((lines[m["id"]], m["channel"], m["author"], m["buttons"][:1]) for m in written.values())
    assert told == [
        (3, "the-sixth-book", "Greenbeard", []),
        (4, "the-sixth-book", "Greenbeard", []),
        (6, "the-sixth-book", "Greenbeard", []),
        (7, "the-sixth-book", "Greenbeard", ["Continue"]),
        (8, "tavern-tales", "Greenbeard", ["Continue"]),
        (11, "the-sixth-book", "carol", []),
    ]
    first, chapter = messages[0], next(m for m in messages if m["files"])
    assert first["line"] == 3
    assert first["content"].startswith("**Athos went to the old tower.**")
    assert first["edits"] >= 1
    assert chapter["content"].startswith("## ")
    assert "The Duel" in chapter["content"]
    file = chapter["files"][0]
    assert Path(file["path"]).stat().st_size == file["bytes"] > 100
    assert file["name"] == Path(file["path"]).name

    again = play.messages("alice: click Continue\n")
    last = [m for m in written.values() if m["channel"] == "the-sixth-book" and m["buttons"]][-1]
    assert again[0]["content"] == last["content"]
    assert again[0]["buttons"] == []
    assert len(again) == 2


def test_refusals_are_no_failures_and_who_manages_the_server_trains_a_model(
    play: Play, tmp_path: Path, tiny_book_text: str
) -> None:
    book = tmp_path / "my book.txt"
    book.write_text(tiny_book_text)
    everything = play.messages(f"{REFUSED}{TRAINED.replace('BOOK', str(book))}")
    messages = [m for m in everything if m["line"] <= REFUSED.count("\n")]
    assert [(m["line"], m["author"], m["ephemeral"]) for m in messages] == [
        (2, "Greenbeard", True),
        (3, "Discord", True),
        (4, "Greenbeard", True),
        (5, "Greenbeard", True),
        (6, "Greenbeard", True),
    ]
    assert all(re.search(r"\w\.$", m["content"]) for m in messages)

    trained = next(m for m in everything if m["line"] == 7)
    assert "mine" in json.dumps(trained)
    assert everything[-1]["line"] == 9
    assert (play.home / "models" / "mine" / "version.json").exists()
    assert '"mine"' in (play.home / "models" / "live.json").read_text()


def test_what_fails_is_told_and_does_not_stop_the_script(play: Play) -> None:
    done = play.script(WRONG, "--json")
    assert done.returncode == 1
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == [f"line {n}" for n in range(2, 7)]
    assert [json.loads(line)["line"] for line in done.stdout.splitlines()] == [7]
