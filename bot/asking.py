"""Asks the queue for a passage, and takes a request back."""

from __future__ import annotations

import secrets
from typing import Any

import discord
import structlog

from bot.base import BaseBot
from bot.buttons import StopButton
from bot.errors import Refusal
from bot.gates import require_writer, rules_here, spend
from bot.ledger import Owed
from bot.notices import waiting_line
from bot.places import is_adult
from bot.posting import view_of
from bot.publishing import place_title
from bot.replies import Interaction, answered
from bot.rights import may_clear, require_place
from bot.rules import require_words
from bot.speaking import language_here
from bot.stories import Place
from bot.tree import Story
from bot.words.refusals import ENDED, NOT_YOURS
from bot.words.waiting import AFTER_VOTE, KEPT
from worker.contract import GenerateRequest, new_job_id
from worker.errors import RedisDown

log = structlog.get_logger(__name__)

TAKES = 4
"""Among how many takes members choose."""


async def ask(
    interaction: Interaction,
    *,
    again: str | None = None,
    vote: bool = False,
    takes: int = 1,
    words: int | None = None,
    **wishes: Any,
) -> None:
    """Keep a request, answer with the message that will hold the passage, and give the request to the queue.

    `again` names the newest node, of which another take is asked; with `vote` members choose among the takes. Raises
    Refusal or RedisDown before anything was kept.
    """
    bot = interaction.client
    story = await open_here(interaction)
    if story.mode == "vote" and not again:
        vote, takes = True, TAKES
    texts = {**wishes, "note": wishes.get("note") or story.note}
    rules = await rules_here(interaction)
    require_words(rules.blocked, *(texts.get(name) for name in ("prompt", "title", "pov", "note")))
    await spend(interaction, takes)
    request = GenerateRequest(
        job=new_job_id(),
        story=story.id,
        sampling=story.sampling or bot.options.sampling,
        seed=secrets.randbelow(2**31),
        reply_to=bot.options.consumer,
        member=str(interaction.user.id),
        server=str(interaction.guild_id or interaction.channel_id),
        time_limit_s=bot.options.time_limit_s,
        words=words or story.words or bot.options.continue_words,
        takes=takes,
        blocked=rules.blocked,
        **texts,
    )
    messages = await bot.stories.records.messages(story.id, again) if again else []
    owed = Owed(
        channel=story.channel,
        request=request,
        messages=tuple(messages),
        again=again,
        vote=vote,
        language=story.language,
    )
    if again:
        await interaction.response.defer()
        async with bot.ledger.showing(request.job):  # or a late Stop covers a take that is finished already
            await bot.stories.admit_another(owed, request)
            await bot.screen.wait(story, again, StopButton(request.job, story.language))
        await _pass_on(interaction, owed, story.id, None)
    else:
        await _answer(interaction, owed, request)


async def open_here(interaction: Interaction) -> Story:
    """The story told where a member may write, begun if there is none. Raises Refusal where it has ended."""
    bot = interaction.client
    channel = require_place(interaction)
    await require_writer(interaction)
    story = await bot.stories.here(bot.options.consumer, channel)
    if story.ended is not None:
        raise Refusal(ENDED)
    here = interaction.channel
    roof = here.parent_id if isinstance(here, discord.Thread) else 0
    name = place_title(getattr(here, "name", None))
    place = Place(
        channel=channel,
        server=interaction.guild_id or 0,
        member=interaction.user.id,
        roof=roof,
        adult=is_adult(here),
        name=name,
        language=await language_here(interaction),
    )
    return await bot.stories.open(story, place)


async def _answer(interaction: Interaction, owed: Owed, request: GenerateRequest) -> None:
    """Answer with a message that says how the request waits."""
    bot = interaction.client
    ahead = await bot.ledger.passages_ahead()
    generate, _ = await bot.queue.queues()
    seconds = None
    if not await bot.stories.waiting(request.story):
        seconds = (await bot.queue.waits(request)).get(request.job)
    await bot.stories.admit(owed, request)
    line = waiting_line(ahead, len(generate.workers), seconds)
    if request.story in await bot.votes.stories():
        line = AFTER_VOTE
    try:
        message = await answered(interaction, line.to(owed.language), view_of(StopButton(request.job, owed.language)))
    except discord.HTTPException:
        await bot.ledger.settle(request.job)
        await bot.stories.withdraw(request.story, request.job)
        raise
    await _pass_on(interaction, owed, request.story, message)


async def _pass_on(interaction: Interaction, owed: Owed, story: str, message: int | None) -> None:
    """Note the message down and submit; where Redis went away just now, delivery does both when it is back."""
    bot = interaction.client
    try:
        if message is not None:
            await bot.ledger.add_message(owed.job, message)
        await bot.stories.submit_next(story)
    except RedisDown:
        log.warning("Redis went away between request and submission", job=owed.job)
        await interaction.edit_original_response(content=KEPT.to(owed.language))


def require_own_words(interaction: Interaction, request: GenerateRequest) -> None:
    """Raises Refusal where a request that waits has a prompt of somebody else's."""
    if request.prompt and request.member != str(interaction.user.id) and not may_clear(interaction):
        raise Refusal(NOT_YOURS)


async def take_back(bot: BaseBot, owed: Owed, request: GenerateRequest) -> bool:
    """Stop a job; True if nothing of it was begun, so that the request is gone. Raises RedisDown."""
    await bot.queue.cancel(owed.job)
    if owed.submitted and not await bot.queue.take_back(request):
        return False
    await bot.ledger.settle(owed.job)
    await bot.stories.withdraw(request.story, owed.job)
    if not owed.submitted:  # it may have been just before it was withdrawn
        await bot.queue.take_back(request)
    return True
