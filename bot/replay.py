"""Replay: a passage is written once more from the same state, seed, settings and model, and compared by the letter."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import discord
import structlog
from discord import app_commands

from bot.base import BaseBot
from bot.errors import Refusal
from bot.gates import require_writer, rules_here, spend
from bot.ledger import Owed
from bot.notices import failure, trouble
from bot.posting import passes
from bot.replies import Interaction, replying
from bot.speaking import language_of_member
from bot.text import escape, fitting
from bot.tree import ROOT, Node, Story, address
from bot.turns import passage_at, shown_by, told_here
from bot.words import replay as say
from bot.words.commands import REPLAY_MENU
from bot.words.language import Phrase
from bot.words.refusals import NO_PASSAGE
from worker.contract import (
    Event,
    Failed,
    GenerateRequest,
    Link,
    Passage,
    Recipe,
    Replay,
    chain_hash,
    new_job_id,
)
from worker.errors import DamagedVersion, UnknownVersion
from worker.separator import count_words

log = structlog.get_logger(__name__)

CUT_OFF = ("stopped", "time")
"""Ends of a passage after which the model would have written on."""
EXCERPT_CHARS = 80
LONGEST_WORD = 40
"""Characters; what goes on longer without a gap is in a script without spaces."""


async def replay(interaction: Interaction, node: str) -> None:
    """Have the passage of a node written again; the answer tells how it came out. Raises Refusal."""
    bot = interaction.client
    await require_writer(interaction)
    story = await told_here(interaction)
    place, _ = await passage_at(interaction, story, node)
    passage = await bot.queue.passage(place.wordings[0].passage)
    if passage is None:
        raise Refusal(NO_PASSAGE)
    recipe = known_recipe(passage)
    await require_model(bot, passage)
    path, whole = await way_to(bot, story, place, passage)
    request = GenerateRequest(
        job=new_job_id(),
        story=story.id,
        path=path,
        whole=whole,
        kind="chapter" if passage.kind == "chapter" else "continue",
        prompt=passage.prompt,
        title=recipe.title,
        pov=recipe.pov,
        chapter=recipe.chapter,
        note=passage.note,
        words=passage.asked,
        blocked=(await rules_here(interaction)).blocked,
        sampling=passage.sampling,
        seed=passage.seed,
        reply_to=bot.options.consumer,
        member=str(interaction.user.id),
        server=str(interaction.guild_id or interaction.channel_id),
        time_limit_s=bot.options.time_limit_s,
        replay=Replay(version=passage.model, forbidden=recipe.forbidden),
    )
    await spend(interaction, 1)
    language = language_of_member(interaction)
    answer = await interaction.response.send_message(say.REPLAYING.to(language), ephemeral=True)
    owed = Owed(
        channel=story.channel,
        request=request,
        messages=(answer.message_id,) if answer.message_id else (),
        submitted=True,
        passage=passage.id,
        token=interaction.token,
        language=language,
    )
    await bot.ledger.enter(owed)
    await bot.queue.submit(request)


def known_recipe(passage: Passage) -> Recipe:
    """What a passage was asked for with. Raises Refusal where that is not known."""
    if passage.kind == "written":
        raise Refusal(say.MEMBERS_OWN)
    if passage.recipe is None or not passage.asked:
        raise Refusal(say.UNKNOWN)
    return passage.recipe


async def require_model(bot: BaseBot, passage: Passage) -> None:
    """Raises Refusal where the model that wrote a passage is gone, or was trained anew under the same name."""
    try:
        info = await asyncio.to_thread(bot.queue.versions.info, passage.model)
    except (UnknownVersion, DamagedVersion) as error:
        raise Refusal(say.MODEL_GONE.of(name=escape(passage.model))) from error
    if datetime.fromisoformat(info.created).timestamp() > passage.created:
        raise Refusal(say.MODEL_GONE.of(name=escape(passage.model)))


async def way_to(bot: BaseBot, story: Story, place: Node, passage: Passage) -> tuple[tuple[Link, ...], bool]:
    """The path before a passage, and whether it reaches back to the beginning. Raises Refusal where it has changed."""
    parent = await bot.stories.records.node(story.id, place.parent or ROOT)
    before = address(story, parent)
    if chain_hash(before, passage.text) != passage.chain or not await bot.stories.records.is_on_path(story.id, parent):
        raise Refusal(say.CHANGED)
    tail = await bot.stories.records.tail(story, parent)
    return tuple(Link(passage=node.passage, chain=address(story, node)) for node in tail), len(tail) == parent.depth


def replayed(passage: Passage, again: str) -> Phrase:
    """How a passage came out that was written once more."""
    model = escape(passage.model)
    if again == passage.text or (passage.ended in CUT_OFF and again.startswith(passage.text)):
        return say.THE_SAME.of(model=model, seed=passage.seed)
    place = next((i for i, (a, b) in enumerate(zip(passage.text, again, strict=False)) if a != b), len(again))
    gap = max(again.rfind(" ", 0, place), again.rfind("\n", 0, place)) + 1
    begin = gap if place - gap <= LONGEST_WORD else place
    begins = escape(fitting(again[begin:].strip() or "…", EXCERPT_CHARS))
    return say.ANOTHER.of(model=model, seed=passage.seed, word=count_words(again[:begin]) + 1, text=begins)


class ReplayDisplay:
    """How one replay came out, in the answer that only the member sees. Discord takes it for 15 minutes."""

    def __init__(self, request: GenerateRequest, *, bot: BaseBot) -> None:
        self._request = request
        self._bot = bot
        self._line = ""

    async def notice(self, owed: Owed, line: str) -> None:
        """Say how the request waits."""
        if line != self._line:
            await self._say(owed, line)
            self._line = line

    async def grow(self, owed: Owed, event: Event) -> None:
        """Nothing: only the end is told."""

    async def keep(self, owed: Owed, event: Event) -> None:
        """Nothing: no passage comes of it."""

    async def end(self, owed: Owed, event: Event) -> None:
        """Tell whether it is the same."""
        passage, again = await self._bot.queue.passage(owed.passage), await self._bot.queue.text(owed.job)
        if isinstance(event, Failed) or passage is None or not again:
            outcome = failure(self._request, trouble(event))
        else:
            outcome = replayed(passage, again)
        await self._say(owed, outcome.to(owed.language))

    async def _say(self, owed: Owed, sentence: str) -> None:
        answer = discord.Webhook.partial(self._bot.application_id or 0, owed.token, client=self._bot)
        try:
            for message in owed.messages:
                await answer.edit_message(message, content=sentence)
        except discord.HTTPException as error:
            if passes(error):
                raise
            log.info("the answer to a replay is gone", job=owed.job, error=str(error))


@app_commands.context_menu(name=REPLAY_MENU.label)
async def replay_message(interaction: Interaction, message: discord.Message) -> None:
    """Have a passage written again from its seed."""
    async with replying(interaction):
        await replay(interaction, await shown_by(interaction, message))


def setup(tree: app_commands.CommandTree[Any]) -> None:
    """Add the menu."""
    tree.add_command(replay_message)
