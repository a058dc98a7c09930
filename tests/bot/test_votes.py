"""Votes among takes; the test plays the worker."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.votes import Vote, is_over, tally, winner
from bot.words.refusals import NOT_HOST, VOTE_OVER, VOTING
from bot.words.waiting import AFTER_VOTE
from tests.bot.house import House
from tests.bot.test_story_commands import threads
from worker.contract import Keys

TEXTS = ("It began.", "It *never* began.", "It snowed.", "x" * 3000)


@given(st.lists(st.integers(0, 3), max_size=20))
def test_the_winner_has_the_most_votes_and_was_written_first_among_equals(cast: list[int]) -> None:
    counted = tally(cast, 4)
    won = winner(counted)
    assert sum(counted) == len(cast)
    assert counted[won] == max(counted) and all(count < counted[won] for count in counted[:won])


def test_a_vote_ends_by_time_or_by_quorum() -> None:
    vote = Vote(job="j", story="s", channel=1, message=1, candidates=("a", "b"), ends=100, quorum=2)
    assert [is_over(vote, *at) for at in (([0, 0], 99), ([0, 0], 100), ([1, 1], 0), ([1, 0], 0))] == [
        False,
        True,
        True,
        False,
    ]


async def voted_story(house: House, **settings: Any) -> list[str]:
    """A story in mode vote, whose first passage is being voted on."""
    shown = await house.alice.slash(house.channel, "write")
    await house.alice.submit_modal(shown, {"text": "Once."})
    await house.alice.slash(house.channel, "story settings", mode="vote", **settings)
    await house.alice.slash(house.channel, "continue")
    request = house.take()
    assert request.takes == 4
    ids = house.end_takes(request, *TEXTS)
    await house.until(lambda: house.owed() == 0 and house.pending() == 0)
    return ids


async def test_members_choose_and_the_winner_becomes_the_passage(house: House) -> None:
    ids = await voted_story(house, quorum=3)
    ballot = house.message()
    assert "Which one goes on?" in ballot.content and "with 3 votes" in ballot.content
    assert house.buttons() == ["1 · 0", "2 · 0", "3 · 0", "4 · 0", "Decide"]
    assert "It \\*never\\* began." in str(ballot.embeds[0].description) and len(ballot.attachments) == 1
    assert await house.told_texts() == ["Once."]

    await house.alice.click(house.message(), label="3 · 0")
    assert house.buttons()[2] == "3 · 1"
    await house.alice.click(house.message(), label="2 · 0")
    assert house.buttons()[:3] == ["1 · 0", "2 · 1", "3 · 0"]
    await house.restart_bot()
    await house.bob.click(house.message(), label="1 · 0")
    await house.admin.click(house.message(), label="2 · 1")
    assert house.texts()[-1] == "It \\*never\\* began." and house.message().attachments == []
    assert house.message().embeds == []
    assert (await house.story()).tip == ids[1]
    assert house.buttons() == ["Continue", "Another take", "Write", "Edit", "Undo", "◀", "2/4", "▶", "Vote"]
    assert house.buttons(-2) == []


async def test_the_host_decides_and_nobody_else(house: House) -> None:
    ids = await voted_story(house)
    answer = await house.bob.click(house.message(), label="Decide")
    assert answer.response is not None and answer.response.content == NOT_HOST.en
    await house.bob.click(house.message(), label="3 · 0")
    ballot = house.message()
    await house.alice.click(ballot, label="Decide")
    assert (await house.story()).tip == ids[2] and house.texts()[-1] == "It snowed."
    assert not await house.bot.votes.runs(ids[0].partition(".")[0])


async def test_a_vote_ends_by_time_and_what_waited_follows(house: House) -> None:
    ids = await voted_story(house)
    job = ids[0].partition(".")[0]
    await house.bob.slash(house.channel, "continue")
    assert house.requests() == []
    assert house.texts()[-1] == AFTER_VOTE.en
    answer = await house.alice.slash(house.channel, "story undo")
    assert answer.response is not None and answer.response.content == VOTING.en
    house.redis.zadd(Keys.votes("tests"), {job: 1})
    await house.until(house.requests)
    request = house.take()
    assert request.parent == ids[0] and request.takes == 4
    await house.until(lambda: house.texts()[2] == "It began.")


async def test_a_vote_on_the_newest_passage(house: House) -> None:
    first = await house.told("It began.")
    await house.bob.click(house.message(), label="Vote")
    request = house.take()
    assert (request.takes, request.parent) == (3, None)
    ids = house.end_takes(request, "Two.", "Three.", "Four.")
    await house.until(lambda: house.owed() == 0)
    assert len(house.texts()) == 1 and len(house.buttons()) == 5
    await house.bob.click(house.message(), label="4 · 0")
    await house.alice.click(house.message(), label="Decide")
    assert house.texts() == ["Four."] and (await house.story()).tip == ids[2]
    for _ in range(3):
        await house.bob.click(house.message(), label="◀")
    assert (await house.story()).tip == first.id and house.texts() == ["It began."]


async def test_a_late_vote_never_covers_the_winner(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The vote ends by time while one more is being counted."""
    await voted_story(house)
    cast = house.bot.votes.cast

    async def slow(vote: Vote, member: int, take: int) -> Any:
        result = await cast(vote, member, take)
        await house.bot.votes.close(vote)
        return result

    monkeypatch.setattr(house.bot.votes, "cast", slow)
    await house.alice.click(house.message(), label="2 · 0")
    assert house.buttons()[:2] == ["Continue", "Another take"]


async def test_a_vote_that_is_over_is_not_decided_again(house: House) -> None:
    ids = await voted_story(house)
    vote = await house.bot.votes.find(ids[0].partition(".")[0])
    assert vote is not None and await house.bot.votes.close(vote) == 0
    await house.alice.click(house.message(), label="▶")
    assert (await house.story()).tip == ids[1]
    assert await house.bot.votes.close(vote) == 0
    assert (await house.story()).tip == ids[1] and "never" in house.texts()[-1]


async def test_fifty_members_at_once_are_fifty_votes_and_one_winner(house: House) -> None:
    ids = await voted_story(house, quorum=50)
    job = ids[0].partition(".")[0]
    vote = await house.bot.votes.find(job)
    assert vote is not None
    await asyncio.gather(*(house.bot.votes.cast(vote, member, member % 3) for member in range(50)))
    assert await house.bot.votes.cast_so_far(vote) == [17, 17, 16, 0]
    won = await asyncio.gather(*(house.bot.votes.close(vote) for _ in range(5)))
    assert won == [0] * 5
    assert await house.told_texts() == ["Once.", "It began."]
    story = await house.story()
    assert (
        len(
            (
                await house.bot.stories.records.node(story.id, (await house.bot.stories.records.path(story.id))[0])
            ).children
        )
        == 4
    )


@pytest.mark.parametrize("gone", ["message", "nothing"])
async def test_a_ballot_that_was_deleted_ends_all_the_same(house: House, gone: str) -> None:
    ids = await voted_story(house)
    if gone == "message":
        await house.message().delete()
    house.redis.zadd(Keys.votes("tests"), {ids[0].partition(".")[0]: 1})
    await house.until(lambda: house.texts()[-1] == "It began.")
    assert (await house.story()).tip == ids[0]


async def test_a_vote_after_the_end_is_refused(house: House) -> None:
    ids = await voted_story(house)
    vote = await house.bot.votes.find(ids[0].partition(".")[0])
    assert vote is not None
    ballot = house.message()
    house.redis.zrem(Keys.votes("tests"), vote.job)
    answer = await house.bob.click(ballot, label="1 · 0")
    assert answer.ephemeral and answer.response is not None and answer.response.content == VOTE_OVER.en


async def test_a_first_passage_that_was_voted_for_leaves_the_card_without_buttons(house: House) -> None:
    await house.alice.slash(house.channel, "story start", title="The Tower")
    (thread,) = threads(house)
    await house.alice.slash(thread, "story settings", mode="vote")
    assert house.buttons(0, thread) == ["Continue", "Write"]
    await house.alice.slash(thread, "continue")
    house.end_takes(house.take(), *TEXTS)
    await house.until(lambda: house.owed() == 0)
    await house.alice.click(thread.history()[-1], label="Decide")
    assert house.texts(thread)[-1] == "It began."
    assert (house.buttons(0, thread), house.buttons(-1, thread)[:1]) == ([], ["Continue"])


async def test_a_vote_that_cannot_end_does_not_hold_up_its_story(house: House) -> None:
    ids = await voted_story(house)
    story = await house.story()
    house.redis.hdel(Keys.nodes(story.id), *ids)
    house.redis.zadd(Keys.votes("tests"), {ids[0].partition(".")[0]: 1})
    await house.until(lambda: not house.redis.exists(Keys.waiting(story.id)))
    await house.until(lambda: "Continue" in house.buttons(0))
    await house.alice.slash(house.channel, "story undo")
    assert await house.told_texts() == []


async def test_takes_whose_message_was_deleted_are_voted_on_in_another_one(house: House) -> None:
    shown = await house.alice.slash(house.channel, "write")
    await house.alice.submit_modal(shown, {"text": "Once."})
    await house.alice.slash(house.channel, "story settings", mode="vote")
    await house.alice.slash(house.channel, "continue")
    request = house.take()
    await house.message().delete()
    house.end_takes(request, *TEXTS)
    await house.until(lambda: house.owed() == 0)
    assert house.buttons() == ["1 · 0", "2 · 0", "3 · 0", "4 · 0", "Decide"]
    await house.admin.click(house.message(), label="3 · 0")
    await house.admin.click(house.message(), label="Decide")
    assert house.texts()[2:] == ["It snowed."] and house.buttons()[:1] == ["Continue"]
