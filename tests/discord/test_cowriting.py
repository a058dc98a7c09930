"""What members do with a story, on the wire: threads, buttons, sheets, takes. The double checks each body."""

from __future__ import annotations

import asyncio

from tests.discord.double import labels
from tests.discord.objects import CHANNEL_ID
from tests.discord.wired import Wired


async def started(wired: Wired) -> str:
    """A story in a thread: the thread."""
    await wired.ask("story start", title="The Old Tower")
    await wired.until(lambda: "begins in" in "".join(wired.texts()))
    (thread,) = [id for id, channel in wired.world.channels.items() if channel["parent_id"] == CHANNEL_ID]
    return thread


async def told(wired: Wired, thread: str, text: str) -> None:
    """The button Continue below the newest message, and what comes of it."""
    await wired.press("Continue", thread)
    await wired.until(wired.requests)
    wired.end(wired.take(), text)
    await wired.settled()


async def test_a_story_in_a_thread_that_falls_asleep(wired: Wired) -> None:
    thread = await started(wired)
    assert wired.world.channels[thread]["name"] == "The Old Tower"
    await told(wired, thread, "It began.")
    wired.world.archive(thread)
    await told(wired, thread, " And on it went.")
    assert wired.texts(thread)[1:] == ["It began.", "And on it went."]
    assert not wired.world.channels[thread]["thread_metadata"]["archived"]


async def test_a_members_own_words_edited_and_taken_back(wired: Wired) -> None:
    thread = await started(wired)
    await told(wired, thread, "It began.")
    await wired.fill_in(await wired.press("Write", thread), "Rain fell.")
    await wired.until(lambda: "Rain fell." in wired.texts(thread)[-1])
    await wired.fill_in(await wired.press("Edit", thread), "Snow fell.")
    await wired.until(lambda: "Snow fell." in wired.texts(thread)[-1])
    await wired.press("Undo", thread)
    await wired.until(lambda: "Snow fell." not in wired.texts(thread)[-1])
    await wired.press("Redo", thread)
    await wired.until(lambda: "Snow fell." in wired.texts(thread)[-1])


async def test_another_take_and_back(wired: Wired) -> None:
    thread = await started(wired)
    await told(wired, thread, "It began.")
    await wired.press("Another take", thread)
    await wired.until(wired.requests)
    wired.end(wired.take(), "It began otherwise.")
    await wired.settled()
    assert wired.texts(thread)[-1] == "It began otherwise."
    await wired.press("◀", thread)
    await wired.until(lambda: wired.texts(thread)[-1] == "It began.")
    await wired.until(lambda: "1/2" in labels(wired.world.shown(thread)[-1]))


async def test_fifty_presses_within_a_second_are_one_passage(wired: Wired) -> None:
    thread = await started(wired)
    await told(wired, thread, "It began.")
    for label in ("Another take", "Continue"):
        message = wired.world.shown(thread)[-1]
        presses = [wired.double.click(message, label) for _ in range(50)]
        await asyncio.wait_for(asyncio.gather(*(press.answered.wait() for press in presses)), 20)
        await wired.until(wired.requests)
        assert len(wired.requests()) == 1 and wired.owed() == 1
        wired.end(wired.take(), f" {label}.")
        await wired.settled()
    assert wired.texts(thread)[1:] == ["Another take.", "Continue."]
