"""What Discord takes late, or not before it is back, ends with what the story says."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.buttons import StopButton
from bot.posting import Poster
from bot.stories import story_id
from tests.discord.faults import MESSAGE, Fault
from tests.discord.objects import CHANNEL_ID
from tests.discord.wired import Wired
from worker.contract import GenerateRequest, Keys

STORY = story_id("tests", int(CHANNEL_ID))


async def told(wired: Wired) -> None:
    request = await wired.asked(prompt="Go.")
    wired.end(request, "Go. He went.")
    await wired.settled()


async def asked_for_a_vote(wired: Wired) -> GenerateRequest:
    """Three more takes of the only passage are being written, for members to vote."""
    await told(wired)
    await wired.press("Vote")
    await wired.until(wired.requests)
    await wired.until(lambda: wired.buttons() == ["Stop"])
    return wired.take()


async def voted(wired: Wired) -> list[str]:
    """A vote runs, and the third take leads."""
    ids = wired.end_takes(await asked_for_a_vote(wired), "Go. Two.", "Go. Three.", "Go. Four.")
    await wired.settled()
    await wired.press("3 · 0")
    await wired.until(lambda: "3 · 1" in wired.buttons())
    return ids


def go_away(wired: Wired) -> None:
    """No edit reaches Discord."""
    wired.double.faults.plan("PATCH", MESSAGE, Fault.LOST_REQUEST, 100_000)


def let_votes_end(wired: Wired) -> None:
    for job in wired.redis.zrange(Keys.votes("tests"), 0, -1):
        wired.redis.zadd(Keys.votes("tests"), {job: 1})


async def a_vote_that_ended_unseen(wired: Wired) -> list[str]:
    """The third take won while Discord could not be reached."""
    ids = await voted(wired)
    go_away(wired)
    let_votes_end(wired)
    await wired.until(lambda: wired.tip() == ids[1])
    await asyncio.sleep(0.5)
    assert "3 · 1" in wired.buttons()
    return ids


@pytest.mark.parametrize("restart", [False, True])
async def test_a_vote_that_ended_in_an_outage_is_shown_after_it(wired: Wired, restart: bool) -> None:
    ids = await a_vote_that_ended_unseen(wired)
    if restart:
        await wired.restart_bot()
    wired.double.faults.stop()
    await wired.until(lambda: wired.texts() == ["**Go.** Three."])
    assert wired.buttons()[:2] == ["Continue", "Another take"] and wired.tip() == ids[1]
    await wired.until(lambda: not wired.redis.exists(Keys.votes_over("tests")))


async def test_a_vote_that_ended_in_an_outage_is_not_decided_again(wired: Wired) -> None:
    await a_vote_that_ended_unseen(wired)
    await wired.bot.moves.undo(STORY)
    wired.double.faults.stop()
    await wired.until(lambda: "Taken back" in wired.texts()[0])
    await wired.until(lambda: not wired.redis.exists(Keys.votes_over("tests")))
    assert wired.tip() is None and wired.buttons() == ["Redo"]


async def test_a_vote_that_broke_off_before_the_story_had_its_winner_is_taken_up(
    wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await voted(wired)

    async def killed(*_: Any) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(wired.bot.moves, "decide", killed)
    let_votes_end(wired)
    await wired.until(lambda: not wired.redis.exists(Keys.votes("tests")))
    await wired.restart_bot()
    await wired.until(lambda: wired.texts() == ["**Go.** Three."] and "Continue" in wired.buttons())
    assert wired.tip() == ids[1] and not wired.redis.exists(Keys.waiting(STORY))


async def test_a_ballot_that_comes_after_the_end_of_its_vote_does_not_stay(wired: Wired) -> None:
    request = await asked_for_a_vote(wired)
    go_away(wired)
    wired.end_takes(request, "Go. Two.", "Go. Three.", "Go. Four.")
    await wired.until(lambda: wired.redis.exists(Keys.votes("tests")))
    await asyncio.sleep(0.3)
    let_votes_end(wired)
    await wired.until(lambda: not wired.redis.exists(Keys.waiting(STORY)))
    wired.double.faults.stop()
    await wired.settled()
    await wired.until(lambda: wired.texts() == ["**Go.** He went."] and "Continue" in wired.buttons())
    await asyncio.sleep(0.5)
    assert wired.texts() == ["**Go.** He went."] and "Continue" in wired.buttons()


async def test_a_late_stop_does_not_cover_a_finished_take(wired: Wired, monkeypatch: pytest.MonkeyPatch) -> None:
    dress, go = Poster.dress, asyncio.Event()

    async def held_up(poster: Poster, channel: int, message: int, controls: Any) -> None:
        if any(isinstance(item, StopButton) for item in controls):
            await go.wait()
        await dress(poster, channel, message, controls)

    await told(wired)
    monkeypatch.setattr(Poster, "dress", held_up)
    await wired.press("Another take")
    await wired.until(wired.requests)
    wired.end(wired.take(), "Go. She went.")
    await asyncio.sleep(0.5)
    go.set()
    await wired.until(lambda: wired.texts() == ["**Go.** She went."])
    await wired.settled()
    await asyncio.sleep(0.3)
    assert wired.buttons()[:2] == ["Continue", "Another take"]
