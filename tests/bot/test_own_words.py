"""Members' own passages; the test plays the worker."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio.connection
from redis.exceptions import ConnectionError as RedisConnectionError

from bot.replies import answered
from bot.words.refusals import EMPTY_MESSAGE, NOT_YOUR_MESSAGE, PERHAPS_KEPT
from bot.words.waiting import OWN_KEPT
from bot.written import joined
from greenbeard.play.valkey import EmbeddedValkey
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
    await house.until(lambda: house.owed() == 0 and house.pending() == 0)
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


async def test_a_sheet_that_was_open_while_the_bot_restarted_is_handed_in(house: House) -> None:
    shown = await house.alice.slash(house.channel, "write")
    await house.restart_bot()
    await house.alice.submit_modal(shown, {"text": "It began."})
    assert await house.told_texts() == ["It began."]
    assert house.buttons() == ["Continue", "Write", "Edit", "Undo"]


async def test_sheets_that_are_open_at_once_are_told_apart_and_not_kept(house: House) -> None:
    by_alice = await house.alice.slash(house.channel, "write")
    by_bob = await house.bob.slash(house.channel, "write")
    await house.alice.slash(house.channel, "write")
    assert house.bot._connection._view_store._modals == {}
    await house.bob.submit_modal(by_bob, {"text": "Bob was here."})
    await house.alice.submit_modal(by_alice, {"text": "Alice came."})
    assert await house.told_texts() == ["Bob was here.", "\n\nAlice came."]
    assert [
        f"<@{member.id}>" in text for member, text in zip((house.bob, house.alice), house.texts(), strict=True)
    ] == [
        True,
        True,
    ]


async def test_a_sheet_handed_in_long_after_the_role_was_taken_away_is_refused(house: House) -> None:
    shown = await house.alice.slash(house.channel, "write")
    role = house.guild.create_role("Scribes")
    await house.admin.slash(house.channel, "rules roles", writers=role)
    answer = await house.alice.submit_modal(shown, {"text": "It began."})
    assert answer.ephemeral and await house.told_texts() == []


class TestRedisAway:
    @pytest.fixture
    def own_valkey(self, tmp_path: Path) -> Iterator[EmbeddedValkey]:
        server = EmbeddedValkey(tmp_path)
        server.start()
        yield server
        server.stop()

    @pytest.fixture
    def redis_url(self, own_valkey: EmbeddedValkey) -> str:
        return own_valkey.url

    @pytest.mark.parametrize("text", ["It began.", "Rain fell on the old tower. " * 120])
    async def test_what_was_shown_as_redis_went_away_becomes_story_when_it_is_back(
        self, house: House, own_valkey: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch, text: str
    ) -> None:
        async def answered_last(*given: Any) -> int | None:
            message = await answered(*given)
            own_valkey.stop()
            return message

        monkeypatch.setattr("bot.delivery.UNANSWERED_S", 0.5)
        monkeypatch.setattr("bot.own_words.answered", answered_last)
        await house.env.advance_time(
            (datetime.now(UTC) - house.env.now()).total_seconds()
        )  # what was posted has its time
        shown = await house.alice.slash(house.channel, "write")
        answer = await house.alice.submit_modal(shown, {"text": text})
        assert [told.content for told in answer.followups] == [OWN_KEPT.en]
        own_valkey.start()
        await house.until(lambda: house.owed() == 0)
        assert await house.told_texts() == [text.strip()]
        assert len(house.texts()) == len(set(house.texts())) == 1 + len(text) // 2000
        assert house.buttons() == ["Continue", "Write", "Edit", "Undo"]


@pytest.mark.parametrize("lost", ["command", "answer"])
async def test_silence_while_it_is_kept_is_told_and_what_was_kept_comes(
    house: House, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    connection: Any = redis.asyncio.connection.AbstractConnection
    send = connection.send_packed_command
    monkeypatch.setattr("bot.delivery.UNANSWERED_S", 0.5)
    await house.alice.slash(house.channel, "continue")

    async def cut(self: Any, command: Any, *args: Any, **options: Any) -> None:
        keeps = b"RPUSH" in b"".join(command)
        if not keeps or lost == "answer":
            await send(self, command, *args, **options)
        if keeps:
            raise RedisConnectionError("cut")

    shown = await house.bob.slash(house.channel, "write")
    with monkeypatch.context() as patch:
        patch.setattr(connection, "send_packed_command", cut)
        answer = await house.bob.submit_modal(shown, {"text": "Then came Bob."})
    assert answer.ephemeral and answer.response.content == PERHAPS_KEPT.en
    await house.written("It began.")
    await house.until(lambda: house.owed() == 0)
    assert await house.told_texts() == ["It began.", "\n\nThen came Bob."][: 2 if lost == "answer" else 1]
    assert len(house.texts()) == (2 if lost == "answer" else 1)


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
