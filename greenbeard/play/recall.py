"""The simulated Discord forgets its messages when `play` ends; the stories and what is owed lie in Redis.

At a new start the latest passages of each story are posted again, and what was still being written gets a message
anew, in which delivery goes on.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.app import GreenbeardBot
from bot.buttons import ContinueButton, StopButton
from bot.guide import HELLO
from bot.notices import WRITING, training_line
from bot.pages import copy_of, pages
from bot.posting import view_of
from bot.stories import story_id
from worker.contract import GenerateRequest, Passage

PASSAGES_SHOWN = 3
OWN_TRAINERS = 1
"""Training workers that `play` has started, though Redis may not know of them yet."""


async def recall(bot: GreenbeardBot, channels: Sequence[int]) -> None:
    """Show where each channel's story stands, or greet; give unsettled requests a message. Raises RedisDown."""
    stories = [await _show_story(bot, channel) for channel in channels]
    if not stories[0]:
        await bot.get_partial_messageable(channels[0]).send(HELLO)
    for owed in await bot.ledger.owed(bot.options.consumer):
        place = bot.get_partial_messageable(owed.channel)
        if isinstance(owed.request, GenerateRequest):
            message = await place.send(WRITING, view=view_of(StopButton(owed.job)))
        else:
            message = await place.send(training_line(owed.request.name, OWN_TRAINERS))
        await bot.ledger.enter(owed.model_copy(update={"messages": (message.id,)}))


async def _show_story(bot: GreenbeardBot, channel: int) -> bool:
    """Whether there is a story to show."""
    story = await bot.stories.story(story_id(bot.options.consumer, channel))
    passages = await _latest(bot, story.tip)
    place = bot.get_partial_messageable(channel)
    for passage in passages:
        found = pages(copy_of(passage.text, prompt=passage.prompt, chapter=passage.kind == "chapter"))
        for index, page in enumerate(found):
            if passage is passages[-1] and index == len(found) - 1:
                await place.send(page, view=view_of(ContinueButton(bot.options.continue_words)))
            else:
                await place.send(page)
    return bool(passages)


async def _latest(bot: GreenbeardBot, tip: str | None) -> list[Passage]:
    """The last passages of a story, in reading order."""
    found: list[Passage] = []
    while tip is not None and len(found) < PASSAGES_SHOWN:
        passage = await bot.queue.passage(tip)
        if passage is None:
            break
        found.append(passage)
        tip = passage.parent
    return found[::-1]
