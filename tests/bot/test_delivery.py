"""Delivery survives what happens: restarts, refusals, outages, events that come twice or never."""

from __future__ import annotations

import asyncio
import time

import pytest

from bot.ledger import Owed, Undelivered
from bot.options import BotOptions
from bot.stories import Story
from bot.words.server import NOT_POSTED
from bot.words.waiting import LOST
from tests.bot.house import House, with_changes
from worker.contract import DAY, GenerateRequest, Keys, new_job_id

LONG = "\n\n".join(f"Paragraph {i}. " + "Rain fell on the old tower. " * 25 for i in range(8))


def story(house: House) -> Story:
    value = house.redis.get(Keys.story(f"tests:{house.channel.id}"))
    assert isinstance(value, bytes)
    return Story.model_validate_json(value)


def given_back(house: House) -> str | None:
    """A short prompt as the first message gives it back."""
    (embed,) = house.message(0).embeds
    return embed.description


async def test_a_result_that_came_while_the_bot_was_away_is_delivered(house: House) -> None:
    await house.alice.slash(house.channel, "continue", prompt="Go.")
    request = house.take()
    house.grow(request, "Go. He")
    await house.until(lambda: house.texts() == ["**Go.** He"])
    await house.stop_delivery()
    house.end(request, "Go. He went.")
    await house.restart_bot()
    await house.until(lambda: house.texts() == ["**Go.** He went."])
    await house.alice.click(house.message(), label="Continue")
    assert house.take().parent == request.job


async def test_a_running_text_goes_on_after_a_restart(house: House) -> None:
    await house.alice.slash(house.channel, "continue", prompt="Go.")
    request = house.take()
    await house.stop_delivery()
    house.grow(request, "Go. He went on")
    await house.restart_bot()
    await house.until(lambda: house.texts() == ["**Go.** He went on"])
    await house.alice.click(house.message(), label="Stop")
    assert house.redis.exists(Keys.cancel(request.job))


async def test_messages_posted_but_not_noted_down_are_found_again(house: House) -> None:
    await house.alice.slash(house.channel, "chapter")
    request = house.take()
    house.grow(request, f"I\n\n{LONG}")
    await house.until(lambda: len(house.texts()) == 4)
    await house.stop_delivery()
    record = Owed.model_validate_json(house.redis.hget(Keys.deliveries(), request.job))  # type: ignore[arg-type]
    forgetful = record.model_copy(update={"messages": record.messages[:1]})
    house.redis.hset(Keys.deliveries(), request.job, forgetful.model_dump_json())
    house.end(request, f"I\n\n{LONG}")
    await house.restart_bot()
    await house.until(lambda: house.buttons()[:1] == ["Continue"])
    assert len(house.texts()) == 4


async def test_a_request_kept_but_never_answered_is_taken_up(house: House) -> None:
    request = GenerateRequest(
        job=new_job_id(), story=f"tests:{house.channel.id}", prompt="Go.", seed=1, reply_to="tests", member="1"
    )
    await house.bot.stories.admit(Owed(channel=house.channel.id, request=request, created=0), request)
    await house.until(house.requests)
    house.end(house.take(), "Go. He went.")
    await house.until(lambda: house.texts() == ["**Go.** He went."])


async def test_a_job_that_vanished_is_admitted_and_the_next_one_follows(house: House) -> None:
    await house.alice.slash(house.channel, "continue", prompt="Go.")
    await house.alice.slash(house.channel, "continue", prompt="Next.")
    request = house.take()
    house.redis.delete(f"rq:job:{request.job}")
    await house.until(lambda: LOST.en in house.texts()[0])
    assert given_back(house) == "Go."
    await house.until(house.requests)
    assert (house.take().prompt, house.buttons(0)) == ("Next.", [])


async def test_an_end_whose_event_never_came_is_found(house: House) -> None:
    await house.alice.slash(house.channel, "continue", prompt="Go.")
    request = house.take()
    house.store(request, "Go. He went.")
    house.redis.hset(f"rq:job:{request.job}", "status", "finished")
    await house.until(lambda: house.texts() == ["**Go.** He went."])


async def test_a_failure_says_why_and_gives_the_prompt_back(house: House) -> None:
    await house.alice.slash(house.channel, "continue", prompt="Go *on*.")
    house.publisher(house.take()).failed("The model had nothing to say.")
    await house.until(lambda: house.texts() == ["⚠️ The model had nothing to say."])
    await house.until(lambda: house.owed() == 0 and house.buttons() == [])
    assert given_back(house) == "Go \\*on\\*."


async def test_a_failure_gives_a_long_prompt_back_whole(house: House) -> None:
    prompt = "*🐉_" * 1000
    await house.alice.slash(house.channel, "continue", prompt=prompt)
    house.publisher(house.take()).failed("🐉" * 3000)
    await house.until(lambda: house.owed() == 0)
    assert house.texts()[0].startswith("⚠️ 🐉") and house.buttons() == []
    (file,) = house.message().attachments
    assert (file.filename, (await file.read()).decode()) == ("your-text.txt", prompt)


async def test_a_failure_is_told_even_where_discord_refuses_the_prompt(house: House) -> None:
    await house.alice.slash(house.channel, "continue", prompt="Go.")
    request = house.take()
    house.env.inject_error("PATCH", "/channels/*/messages/*", status=400, code=50035)
    house.publisher(request).failed("The model had nothing to say.")
    await house.until(lambda: house.texts() == ["⚠️ The model had nothing to say."])
    await house.until(lambda: house.owed() == 0 and house.buttons() == [])


async def test_a_story_goes_on_where_its_newest_passage_is_gone(house: House) -> None:
    await house.alice.slash(house.channel, "continue")
    first = house.take()
    house.end(first, "It began.")
    await house.until(lambda: house.buttons()[:1] == ["Continue"])
    house.redis.delete(Keys.passage(first.job))
    for text in (" It went on.", " And on."):
        await house.alice.click(house.message(), label="Continue")
        request = house.take()
        house.end(request, text)
        await house.until(lambda: house.owed() == 0)
        assert story(house).tip == request.job
    assert house.texts() == ["It began.", "It went on.", "And on."]


async def test_events_that_come_twice_change_nothing(house: House) -> None:
    await house.alice.slash(house.channel, "continue")
    request = house.take()
    house.end(request, "It began.")
    await house.until(lambda: house.owed() == 0)
    house.publisher(request).ended(request.passages)
    house.publisher(request).grew()
    await house.until(lambda: house.pending() == 0)
    await asyncio.sleep(0.3)
    assert (story(house).passages, house.texts(), house.pending()) == (1, ["It began."], 0)


@pytest.mark.parametrize("way", ["settled", "given up"])
async def test_a_change_that_was_begun_does_not_bring_a_record_back(
    house: House, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    await house.stop_delivery()
    await house.alice.slash(house.channel, "continue")
    ledger, job = house.bot.ledger, house.take().job
    owed, find = await ledger.find(job), ledger.find
    assert owed is not None

    async def slow(job: str) -> Owed | None:
        found = await find(job)
        await asyncio.sleep(0.1)
        return found

    monkeypatch.setattr(ledger, "find", slow)
    end = ledger.settle(job) if way == "settled" else ledger.give_up(owed, "Missing Access")
    await asyncio.gather(ledger.add_message(job, 7), end)
    assert house.owed() == 0


async def test_a_retried_job_starts_its_message_over(house: House) -> None:
    await house.alice.slash(house.channel, "chapter")
    request = house.take()
    house.grow(request, f"I\n\n{LONG}")
    await house.until(lambda: len(house.texts()) == 4)
    house.end(request, "I\n\nShort this time.")
    await house.until(lambda: house.texts() == ["## I\n\nShort this time."])


@pytest.mark.parametrize("path", ["/channels/*/messages/*", "*"])
async def test_a_passing_failure_of_discord_is_tried_again(house: House, path: str) -> None:
    await house.alice.slash(house.channel, "continue")
    request = house.take()
    house.env.inject_error("PATCH", path, status=503, times=2)
    house.grow(request, "It")
    house.end(request, "It began.")
    await house.until(lambda: house.buttons()[:1] == ["Continue"])
    await house.until(lambda: house.pending() == 0)


async def test_a_message_that_was_deleted_does_not_lose_the_passage(house: House) -> None:
    await house.told("It began.")
    await house.alice.slash(house.channel, "continue", prompt="Go.")
    request = house.take()
    await house.message().delete()
    house.grow(request, "Go. He")
    house.end(request, "Go. He went.")
    await house.until(lambda: house.owed() == 0 and house.pending() == 0)
    assert story(house).tip == request.job
    assert house.texts() == ["It began.", "**Go.** He went."] and await house.bot.ledger.undelivered() == []
    assert (house.buttons(0), house.buttons()[:1]) == ([], ["Continue"])
    await house.alice.click(house.message(), label="Continue")
    assert house.take().parent == request.job


async def test_a_failure_is_told_where_its_message_was_deleted(house: House) -> None:
    await house.alice.slash(house.channel, "continue", prompt="Go.")
    request = house.take()
    await house.message().delete()
    house.publisher(request).failed("The model had nothing to say.")
    await house.until(lambda: house.owed() == 0 and house.pending() == 0)
    assert house.texts() == ["⚠️ The model had nothing to say."] and given_back(house) == "Go."


async def test_a_right_that_was_withdrawn_does_not_lose_the_passage(house: House) -> None:
    await house.alice.slash(house.channel, "continue", prompt="Go.")
    request = house.take()
    house.env.inject_error("PATCH", "/channels/*/messages/*", status=403, code=50001, times=None)
    house.end(request, "Go. He went.")
    await house.until(lambda: house.owed() == 0 and house.pending() == 0)
    assert story(house).tip == request.job


def followed() -> int:
    """How many jobs have a follower."""
    running = (task.get_coro() for task in asyncio.all_tasks())
    return sum(getattr(coroutine, "__qualname__", "") == "Delivery._follow" for coroutine in running)


async def test_what_was_taken_back_is_followed_no_more(house: House) -> None:
    for _ in range(3):
        await house.alice.slash(house.channel, "continue")
    await house.until(lambda: followed() == 3)
    for left in (2, 1, 0):
        await house.alice.click(house.message(left), label="Stop")
        await house.until(lambda left=left: followed() == left)
    assert house.owed() == 0


class TestPace:
    @pytest.fixture
    def options(self, options: BotOptions) -> BotOptions:
        return with_changes(options, edit_interval_s=0.5)

    async def test_edits_keep_their_distance_and_the_end_is_shown(self, house: House) -> None:
        await house.alice.slash(house.channel, "continue")
        request, began = house.take(), time.monotonic()
        for words in range(1, 31):
            house.grow(request, "word " * words)
            await asyncio.sleep(0.05)
        house.end(request, "word " * 30)
        await house.until(lambda: house.buttons()[:1] == ["Continue"])
        took = time.monotonic() - began
        assert 3 <= len(house.bodies("PATCH", "/messages/")) <= 2 + took / 0.5


async def test_status_tells_what_was_refused_lately(house: House) -> None:
    request = GenerateRequest(job=new_job_id(), story="tests:1", seed=1, reply_to="tests", member="1")
    refused = Undelivered(owed=Owed(channel=1, request=request), reason="Missing Access")

    async def told() -> str:
        return str((await house.alice.slash(house.channel, "status")).response.embeds[0].to_dict())

    def refuse(count: int, days: float) -> None:
        record = refused.model_copy(update={"at": time.time() - days * DAY}).model_dump_json()
        house.redis.lpush(Keys.undeliverable(), *[record] * count)

    refuse(150, 8)
    assert NOT_POSTED.en not in await told()
    refuse(130, 6)
    assert NOT_POSTED.en in await told() and "130: Discord did not let me" in await told()
