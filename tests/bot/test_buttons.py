"""Stop and Continue below a passage; the test plays the worker."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from bot.posting import Poster
from bot.replies import once
from bot.words.refusals import BROKEN, BUSY, NOT_YOURS, PRESSED
from bot.words.waiting import LOST, TAKEN_BACK
from tests.bot.house import House
from worker.contract import Keys


@pytest.fixture
def bob(house: House) -> Any:
    """Another member, without any right of his own."""
    return house.bob


async def one_passage(house: House) -> None:
    await house.alice.slash(house.channel, "continue")
    house.end(house.take(), "It began.")
    await house.until(lambda: house.buttons()[:1] == ["Continue"])


async def test_the_continue_button_goes_on_with_the_story(house: House) -> None:
    await house.alice.slash(house.channel, "continue", words=77)
    first = house.take()
    house.end(first, "It began.")
    await house.until(lambda: house.buttons()[:1] == ["Continue"])
    await house.alice.click(house.message(), label="Continue")
    second = house.take()
    assert (second.parent, second.words, second.prompt) == (first.job, 77, "")
    assert house.buttons(0) == []
    house.end(second, " It went on.")
    await house.until(lambda: house.texts() == ["It began.", "It went on."])


async def test_of_two_presses_at_once_one_works(house: House) -> None:
    press: Any = SimpleNamespace(client=house.bot, message=SimpleNamespace(id=7))
    worked: list[bool] = []

    async def work() -> None:
        async with once(press):
            await asyncio.sleep(0.05)
            worked.append(True)

    first, second = await asyncio.gather(work(), work(), return_exceptions=True)
    assert len(worked) == 1
    assert [str(refusal) for refusal in (first, second) if refusal is not None] == [PRESSED.en]


@pytest.mark.parametrize(("status", "code"), [(404, 10008), (403, 50001), (400, 50035)])
async def test_a_button_that_cannot_be_taken_away_does_nothing_more(house: House, status: int, code: int) -> None:
    await one_passage(house)
    house.env.inject_error("PATCH", "/channels/*/messages/*", status=status, code=code, times=None)
    answer = await house.alice.click(house.message(), label="Continue")
    assert not answer.ephemeral and house.buttons(0)[0] == "Continue"
    again = await house.alice.click(house.message(0), label="Continue")
    assert again.ephemeral and again.response is not None and again.response.content == BUSY.en
    assert len(house.requests()) == 1


async def test_a_press_that_failed_may_be_repeated_and_the_member_is_told(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> None:
        raise ZeroDivisionError

    await one_passage(house)
    with monkeypatch.context() as patch:
        patch.setattr(house.bot.stories, "admit", fail)
        answer = await house.alice.click(house.message(), label="Continue")
    assert answer.ephemeral and answer.response is not None and answer.response.content == BROKEN.en
    await house.alice.click(house.message(), label="Continue")
    assert len(house.requests()) == 1


async def test_stop_asks_the_worker_and_keeps_the_text(house: House) -> None:
    await house.alice.slash(house.channel, "continue", prompt="Go.")
    request = house.take()
    house.grow(request, "Go. He went")
    await house.until(lambda: house.texts() == ["**Go.** He went"])
    await house.admin.click(house.message(), label="Stop")
    assert house.redis.exists(Keys.cancel(request.job))
    house.end(request, "Go. He went")
    await house.until(lambda: house.buttons()[:1] == ["Continue"])


async def test_stop_before_the_first_word_takes_the_request_back(house: House) -> None:
    await house.alice.slash(house.channel, "continue", prompt="One.")
    await house.alice.slash(house.channel, "continue", prompt="Two.")
    await house.alice.click(house.message(0), label="Stop")
    assert house.texts()[0] == "⏹️ Stopped before I wrote a word."
    assert [request.prompt for request in house.requests()] == ["Two."]
    await house.alice.click(house.message(1), label="Stop")
    assert house.requests() == [] and house.owed() == 0


async def test_a_request_that_was_taken_back_leaves_nothing_in_the_queue(house: House) -> None:
    await house.alice.slash(house.channel, "continue", prompt="A secret.")
    await house.alice.click(house.message(), label="Stop")
    assert house.texts() == [TAKEN_BACK.en]
    assert list(house.redis.scan_iter("rq:job:*")) == [] and list(house.redis.scan_iter("rq:canceled:*")) == []


async def test_a_request_that_fell_out_of_the_queue_blocks_no_story(house: House) -> None:
    """As a Stop left it whose second step was never done."""
    for prompt in ("One.", "Two.", "Three."):
        await house.alice.slash(house.channel, "continue", prompt=prompt)
    house.redis.delete("rq:queue:generate")
    await house.until(lambda: [request.prompt for request in house.requests()] == ["Two."])
    await house.until(lambda: LOST.en in house.texts()[0] and house.owed() == 2)
    await house.stop_delivery()
    house.redis.delete("rq:queue:generate")
    await house.alice.click(house.message(1), label="Stop")
    assert house.texts()[1] == TAKEN_BACK.en
    assert [request.prompt for request in house.requests()] == ["Three."] and house.owed() == 1


async def test_how_a_request_waits_never_covers_that_it_was_taken_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Discord takes its time with an edit that was on its way when Stop was pressed."""
    began, ended = asyncio.Event(), asyncio.Event()
    edit = Poster._edit

    async def slow(*given: Any) -> None:
        began.set()
        await asyncio.sleep(0.5)
        await edit(*given)
        ended.set()

    monkeypatch.setattr(Poster, "_edit", slow)
    await house.alice.slash(house.channel, "continue")
    await asyncio.wait_for(began.wait(), 10)
    await house.alice.click(house.message(), label="Stop")
    await asyncio.wait_for(ended.wait(), 10)
    assert house.texts() == [TAKEN_BACK.en] and house.buttons() == [] and house.owed() == 0


async def test_only_who_asked_takes_back_a_prompt_that_waits(house: House, bob: Any) -> None:
    for prompt in ("One.", "Two."):
        await house.alice.slash(house.channel, "continue", prompt=prompt)
    for index in (0, 1):
        answer = await bob.click(house.message(index), label="Stop")
        assert answer.ephemeral and answer.response.content == NOT_YOURS.en
    assert house.owed() == 2 and len(house.requests()) == 1

    await house.admin.click(house.message(1), label="Stop")
    assert house.texts()[1] == TAKEN_BACK.en and house.owed() == 1
    assert [embed.description for embed in house.message(1).embeds] == ["Two."]

    request = house.take()
    house.grow(request, "One. He")
    await house.until(lambda: house.texts()[0] == "**One.** He")
    await bob.click(house.message(0), label="Stop")
    assert house.redis.exists(Keys.cancel(request.job))


async def test_anybody_takes_back_a_request_without_a_prompt(house: House, bob: Any) -> None:
    await house.alice.slash(house.channel, "chapter", title="The Tower")
    await bob.click(house.message(), label="Stop")
    assert house.texts() == [TAKEN_BACK.en] and house.owed() == 0


async def test_a_long_prompt_that_is_taken_back_comes_as_a_file(house: House) -> None:
    await house.alice.slash(house.channel, "continue", prompt="word " * 700)
    await house.alice.click(house.message(), label="Stop")
    (file,) = house.message().attachments
    assert (await file.read()).decode() == ("word " * 700).strip()
    assert house.texts() == [TAKEN_BACK.en] and house.buttons() == []
