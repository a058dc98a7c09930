"""Members at the same moment: what one of them asks for falls between another one's press and the work it does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.ledger import Owed
from bot.stories import Written
from bot.words.refusals import BUSY, GONE_ON
from tests.bot.house import House
from tests.bot.test_turns import ALL, refusal
from worker.contract import GenerateRequest, Keys, new_job_id

LONG = "Rain fell on the old tower. " * 200


async def request_in(house: House) -> GenerateRequest:
    story = (await house.story()).id
    return GenerateRequest(job=new_job_id(), story=story, seed=1, reply_to="tests", member=str(house.alice.id))


async def go_on(house: House) -> None:
    """Alice's `/continue` is kept."""
    request = await request_in(house)
    await house.bot.stories.admit(Owed(channel=house.channel.id, request=request, created=0), request)


async def write(house: House) -> None:
    """Alice's own words are kept."""
    story, member = (await house.story()).id, str(house.alice.id)
    written = Written(job=new_job_id(), story=story, member=member, text="Rain fell.")
    house.redis.rpush(Keys.waiting(story), written.model_dump_json())


async def write_on(house: House) -> None:
    """They are in the story already."""
    await write(house)
    await house.bot.stories.submit_next((await house.story()).id)


Act = Callable[[House], Awaitable[None]]


def after(house: House, patch: pytest.MonkeyPatch, owner: object, name: str, act: Act) -> None:
    """The first call of a method is followed by something that another member does."""
    method = getattr(owner, name)

    async def followed(*args: Any) -> Any:
        patch.setattr(owner, name, method)
        result = await method(*args)
        await act(house)
        return result

    patch.setattr(owner, name, followed)


@pytest.mark.parametrize("label", ["Another take", "Vote"])
@pytest.mark.parametrize(("act", "why"), [(go_on, BUSY), (write, BUSY), (write_on, GONE_ON)])
async def test_another_take_is_refused_where_the_story_went_on_meanwhile(
    house: House, monkeypatch: pytest.MonkeyPatch, label: str, act: Any, why: Any
) -> None:
    await house.told("It began.")
    after(house, monkeypatch, house.bot.rule_book, "spend", act)
    assert refusal(await house.bob.click(house.message(), label=label)) == why.en
    if act is go_on:
        await house.until(house.requests)
        await house.written(" It went on.")
        assert house.texts() == ["It began.", "It went on."]
        assert [house.buttons(0), house.buttons(1)] == [[], [*ALL, "Vote"]]
    assert (house.requests(), house.owed(), house.texts()[0]) == ([], 0, "It began.")


async def test_another_take_is_refused_where_words_came_at_the_last_moment(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.told("It began.")
    after(house, monkeypatch, house.bot.stories, "at_rest", write)
    assert refusal(await house.bob.click(house.message(), label="Another take")) == BUSY.en
    assert (house.requests(), house.owed(), house.buttons()) == ([], 0, [*ALL, "Vote"])


async def another_take_behind_other_words(house: House) -> GenerateRequest:
    """One that waited in the line of an earlier version of the bot; it is being written, and fills further messages."""
    first = await house.told("It began.")
    await house.alice.slash(house.channel, "continue")
    request = await request_in(house)
    messages = await house.bot.stories.records.messages(request.story, first.id)
    owed = Owed(channel=house.channel.id, request=request, again=first.id, messages=tuple(messages))
    await house.bot.stories.admit(owed, request)
    passage = house.end(house.take(), " It went on.")
    await house.until(house.requests)
    taken = house.take()
    assert taken.job == request.job and taken.parent is None
    house.grow(taken, LONG)
    await house.until(lambda: len(house.texts()) > 2)
    assert (await house.story()).tip == passage.id
    return taken


async def test_a_take_that_comes_too_late_leaves_the_channel_as_the_story_reads(house: House) -> None:
    house.end(await another_take_behind_other_words(house), "It never began.")
    await house.until(lambda: house.owed() == 0 and house.pending() == 0)
    assert house.texts() == ["It began.", "It went on."]
    assert [house.buttons(0), house.buttons(1)] == [[], [*ALL, "Vote"]]
    assert await house.told_texts() == ["It began.", " It went on."]


async def test_a_take_that_fails_gives_its_messages_back(house: House) -> None:
    taken = await another_take_behind_other_words(house)
    house.publisher(taken).failed("The model had nothing to say.")
    await house.until(lambda: house.owed() == 0 and house.pending() == 0)
    assert house.texts() == ["It began.", "It went on.", "⚠️ The model had nothing to say."]
    assert [house.buttons(0), house.buttons(1)] == [[], [*ALL, "Vote"]]


async def test_a_passage_that_is_taken_back_before_it_is_shown_says_so(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def undo(house: House) -> None:
        story, taken = await house.bot.moves.undo((await house.story()).id)
        await house.bot.screen.hide(story, taken, house.alice.id)
        await house.bot.screen.dress(story)

    await house.told("It began.")
    await house.alice.slash(house.channel, "continue")
    after(house, monkeypatch, house.bot.stories, "append", undo)
    await house.written(" It went on.")
    assert house.texts()[0] == "It began." and "Taken back" in house.texts()[1]
    assert [house.buttons(0), house.buttons(1)] == [[*ALL, "Vote"], ["Redo"]]
