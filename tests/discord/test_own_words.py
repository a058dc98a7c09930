"""A member's own passage is once in the story and once in the channel, with its buttons, whatever breaks off."""

from __future__ import annotations

from typing import Any

import pytest

from bot.ledger import Owed
from bot.own_display import own_pages
from bot.stories import story_id
from bot.tree import Node, Story
from bot.written import Written
from tests.discord import interactions
from tests.discord.double import labels
from tests.discord.faults import CALLBACK, MESSAGE, MESSAGES, Fault
from tests.discord.objects import CHANNEL_ID, MEMBER_ID
from tests.discord.wired import Wired
from worker.contract import Keys, new_job_id

STORY = story_id("tests", int(CHANNEL_ID))
LONG = ("Rain fell on the old tower. " * 150)[:4000].strip()
BUTTONS = ["Continue", "Write", "Edit", "Undo"]


def signed(text: str) -> str:
    return f"{text}\n-# ✍️ <@{MEMBER_ID}>"


async def told(wired: Wired) -> list[str]:
    """The texts that the story reads as."""
    records = wired.bot.stories.records
    nodes = await records.nodes(STORY, await records.path(STORY))
    return [passage.text for passage in await wired.client.passages(n.passage for n in nodes) if passage]


async def check(wired: Wired, *texts: str) -> None:
    """Each text is once in the story, each page once in the channel, and the newest has the buttons."""
    await wired.settled()
    assert [text.strip() for text in await told(wired)] == list(texts)
    await wired.until(
        lambda: wired.texts() == [face.content for text in texts for face in own_pages(draft(text), "en")]
    )
    await wired.until(lambda: [below for below in map(labels, wired.world.shown()) if below] == [BUTTONS])
    assert not wired.redis.exists(Keys.waiting(STORY)) and await wired.bot.ledger.undelivered() == []


def draft(text: str) -> Written:
    return Written(job=new_job_id(), story=STORY, member=MEMBER_ID, text=text, reply_to="tests")


async def opened(wired: Wired) -> None:
    """A story that a member has begun."""
    await wired.fill_in(await wired.ask("write"), "It began.")
    await check(wired, "It began.")


async def admitted(wired: Wired, text: str, *messages: str) -> Owed:
    """What a bot leaves that is killed after it kept a passage, having noted down these messages."""
    written = draft(text)
    ids = tuple(int(message) for message in messages)
    owed = Owed(channel=int(CHANNEL_ID), request=written, messages=ids)
    await wired.bot.stories.admit(owed, written)
    return owed


def posted(wired: Wired, text: str) -> str:
    """A message of the bot, as the answer to a command."""
    return str(wired.world.create(CHANNEL_ID, {"content": text}, [])["id"])


class TestTheAnswer:
    @pytest.mark.parametrize("fault", list(Fault))
    @pytest.mark.parametrize("text", ["And on it went.", LONG])
    async def test_an_answer_in_doubt_shows_the_passage_once(self, wired: Wired, fault: Fault, text: str) -> None:
        await opened(wired)
        sheet = await wired.ask("write")
        wired.double.faults.plan("POST", CALLBACK, fault)
        await wired.fill_in(sheet, text)
        await check(wired, "It began.", text)

    async def test_an_answer_that_never_reaches_discord_becomes_a_message(self, wired: Wired) -> None:
        await opened(wired)
        sheet = await wired.ask("write")
        wired.double.faults.plan("POST", CALLBACK, Fault.LOST_REQUEST, 2)
        used = wired.double.submit(sheet, Text="And on it went.")
        await wired.until(lambda: len(wired.texts()) == 2)
        await check(wired, "It began.", "And on it went.")
        assert used.answer is None and not any(map(interactions.ephemeral, wired.world.messages.values()))

    async def test_an_answer_that_came_too_late_keeps_nothing(
        self, wired: Wired, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await opened(wired)
        monkeypatch.setattr("bot.delivery.UNANSWERED_S", 30)
        sheet = await wired.ask("write")
        calls = len(wired.double.rest.calls)
        wired.double.submit(sheet, Text="And on it went.")
        wired.world.pass_time(interactions.ANSWER_S + 1)
        await wired.until(lambda: sum("callback" in path for _, path, _ in wired.double.rest.calls[calls:]) == 2)
        await check(wired, "It began.")


class TestFurtherMessages:
    @pytest.mark.parametrize("fault", list(Fault))
    async def test_each_page_is_posted_once(self, wired: Wired, fault: Fault) -> None:
        await opened(wired)
        sheet = await wired.ask("write")
        wired.double.faults.plan("POST", MESSAGES, fault)
        wired.double.faults.plan("PATCH", MESSAGE, fault)
        await wired.fill_in(sheet, LONG)
        await check(wired, "It began.", LONG)

    async def test_a_channel_that_is_deleted_meanwhile_loses_no_passage(self, wired: Wired) -> None:
        channel = wired.world.add_channel("elsewhere")
        await wired.until(lambda: wired.bot.get_channel(int(channel)))
        sheet = await wired.ask("write", channel)
        wired.world.shut_out(channel)
        await wired.fill_in(sheet, LONG)
        await wired.settled()
        story = await wired.bot.stories.story(story_id("tests", int(channel)))
        passage = await wired.client.passage(story.tip or "")
        assert passage is not None and passage.text == LONG
        (record,) = await wired.bot.ledger.undelivered()
        assert record.owed.job == story.tip
        await wired.bot.stories.require_rest(story.id)


class TestAfterAKill:
    """What the bot had done when it died is made by hand; the bot that comes next finishes it."""

    async def test_kept_and_never_answered(self, wired: Wired) -> None:
        await opened(wired)
        await admitted(wired, "And on it went.")
        await wired.restart_bot()
        await check(wired, "It began.", "And on it went.")
        await wired.press("Undo")
        await wired.until(lambda: wired.buttons(0) == BUTTONS)

    async def test_answered_and_not_noted_down(self, wired: Wired) -> None:
        await opened(wired)
        await admitted(wired, "And on it went.")
        posted(wired, signed("And on it went."))
        await wired.restart_bot()
        await check(wired, "It began.", "And on it went.")

    async def test_noted_down_and_not_hung(self, wired: Wired) -> None:
        await opened(wired)
        await admitted(wired, "And on it went.", posted(wired, signed("And on it went.")))
        await wired.restart_bot()
        await check(wired, "It began.", "And on it went.")

    async def test_with_one_page_of_several(self, wired: Wired) -> None:
        await opened(wired)
        pages = [face.content or "" for face in own_pages(draft(LONG), "en")]
        assert len(pages) > 1
        await admitted(wired, LONG, posted(wired, pages[0]))
        posted(wired, pages[1])
        await wired.restart_bot()
        await check(wired, "It began.", LONG)

    @pytest.mark.parametrize("far", ["stored", "hung", "removed"])
    async def test_on_its_way_into_the_story(self, wired: Wired, far: str) -> None:
        await opened(wired)
        owed = await admitted(wired, "And on it went.", posted(wired, signed("And on it went.")))
        await check(wired, "It began.", "And on it went.")
        await wired.close()
        wired.redis.hset(Keys.deliveries(), owed.job, owed.model_dump_json())
        if far != "removed":
            wired.redis.rpush(Keys.waiting(STORY), owed.request.model_dump_json())
        if far == "stored":
            take_off(wired, owed.job)
        await wired.open()
        await check(wired, "It began.", "And on it went.")

    async def test_behind_a_passage_that_is_being_written(self, wired: Wired) -> None:
        request = await wired.asked(prompt="Go.")
        await admitted(wired, "And on it went.")
        await wired.restart_bot()
        await wired.until(lambda: wired.texts()[1:] == [signed("And on it went.")])
        assert await told(wired) == [] and wired.owed() == 2
        wired.end(request, "Go. He went.")
        await wired.settled()
        assert [text.strip() for text in await told(wired)] == ["Go. He went.", "And on it went."]
        assert wired.texts() == ["**Go.** He went.", signed("And on it went.")]
        assert (wired.buttons(0), wired.buttons(1)) == ([], BUTTONS)

    async def test_the_same_words_twice_are_two_passages_in_two_messages(self, wired: Wired) -> None:
        for count in (1, 2):
            await wired.fill_in(await wired.ask("write"), "On.")
            await check(wired, *["On."] * count)
        await admitted(wired, "On.")
        await wired.restart_bot()
        await check(wired, "On.", "On.", "On.")


def take_off(wired: Wired, node: str) -> None:
    """Put the tree back to where the passage that follows the first one was stored and not hung."""
    first: Any = wired.redis.lindex(Keys.path(STORY), 0)
    head: Any = wired.redis.get(Keys.story(STORY))
    parent: Any = wired.redis.hget(Keys.nodes(STORY), first)
    story = Story.model_validate_json(head).within(tip=first.decode(), passages=1)
    bare = Node.model_validate_json(parent).model_copy(update={"children": (), "chosen": None})
    wired.redis.set(Keys.story(STORY), story.model_dump_json())
    wired.redis.hset(Keys.nodes(STORY), bare.id, bare.model_dump_json())
    wired.redis.hdel(Keys.nodes(STORY), node)
    wired.redis.rpop(Keys.path(STORY))
