"""Members' own passages; the test plays the worker."""

from __future__ import annotations

import pytest

from bot.words.refusals import EMPTY_MESSAGE, NOT_YOUR_MESSAGE
from bot.written import joined
from tests.bot.house import House
from worker.contract import Keys, Passage


async def test_a_member_writes_a_passage(house: House) -> None:
    shown = await house.alice.slash(house.channel, "write")
    await house.alice.submit_modal(shown, {"text": "The king <@1> rode *north*."})
    assert house.texts() == [f"The king \\<\\@1> rode \\*north\\*.\n-# ✍️ <@{house.alice.id}>"]
    assert house.buttons() == ["Continue", "Write", "Edit", "Undo"]
    assert await house.told_texts() == ["The king <@1> rode *north*."]
    story = await house.story()
    passage = await house.client.passage(story.tip or "")
    assert passage is not None
    assert (passage.kind, passage.author, passage.model) == ("written", str(house.alice.id), "")
    assert house.redis.sismember(Keys.authored(str(house.alice.id)), passage.id)

    await house.bob.click(house.message(), label="Continue")
    request = house.take()
    assert request.parent == passage.id and request.chain == passage.chain
    assert house.buttons(0) == []


async def test_a_passage_waits_for_the_one_that_is_being_written(house: House) -> None:
    await house.alice.slash(house.channel, "continue")
    shown = await house.bob.slash(house.channel, "write")
    await house.bob.submit_modal(shown, {"text": "Then came Bob."})
    await house.alice.slash(house.channel, "continue")
    assert await house.told_texts() == []
    await house.written("It began.")
    assert await house.told_texts() == ["It began.", "\n\nThen came Bob."]
    assert "Bob" in house.texts()[1]
    await house.written(" And went.")
    assert await house.told_texts() == ["It began.", "\n\nThen came Bob.", " And went."]
    assert [house.buttons(index)[:1] for index in range(3)] == [[], [], ["Continue"]]


async def test_a_long_passage_comes_whole_in_several_messages(house: House) -> None:
    text = ("🐉 Wort *für* Wort. " * 250)[:4000].strip()
    shown = await house.alice.slash(house.channel, "write")
    await house.alice.submit_modal(shown, {"text": text})
    assert await house.told_texts() == [text] and len(house.texts()) > 2
    await house.alice.click(house.message(), label="Undo")
    assert len(house.texts()) == 1


async def test_ones_own_message_becomes_a_passage(house: House) -> None:
    await house.alice.send(house.channel, "Once upon a time")
    message = house.message()
    answer = await house.bob.context_menu(house.channel, "Add to the story", message)
    assert answer.ephemeral and answer.response is not None and answer.response.content == NOT_YOUR_MESSAGE.en
    await house.alice.context_menu(house.channel, "Add to the story", message)
    assert await house.told_texts() == ["Once upon a time"]


async def test_nothing_to_read_is_refused(house: House) -> None:
    shown = await house.alice.slash(house.channel, "write")
    answer = await house.alice.submit_modal(shown, {"text": "\u200b"})
    assert answer.response is not None and answer.response.content == EMPTY_MESSAGE.en
    assert house.texts() == [] and await house.told_texts() == []


@pytest.mark.parametrize(
    ("before", "text", "whole"),
    [
        ("He went.", "She came.", "\n\nShe came."),
        ("He went", "and she came.", " and she came."),
        ("He went.", "and she came.", " and she came."),
        ("“He went.”", "“She came.”", "\n\n“She came.”"),
        ("他走了。", "她来了。", "\n\n她来了。"),
        ("他走了", "，她来了。", "，她来了。"),
        ("He went", ", she came.", ", she came."),
        ("", "She came.", "She came."),
    ],
)
def test_how_a_passage_is_joined(before: str, text: str, whole: str) -> None:
    assert joined(before, text) == whole


def test_a_written_passage_survives_json() -> None:
    from bot.written import written_passage

    passage = written_passage("a" * 20, "s", "1", "Text", None)
    assert Passage.model_validate_json(passage.model_dump_json()) == passage
