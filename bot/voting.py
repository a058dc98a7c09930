"""What members see of a vote, and its buttons."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from typing import Any

import discord
from discord import app_commands

from bot.asking import TAKES, ask
from bot.base import BaseBot
from bot.buttons import CastButton, DecideButton
from bot.errors import Refusal
from bot.figures import GREEN
from bot.pages import copy_of, render
from bot.posting import Attached, Face, view_of
from bot.replies import Interaction, once, pressing
from bot.rights import require_host
from bot.stories import Stories
from bot.text import split, utf16_length
from bot.votes import Vote, is_over
from bot.words.language import Language
from bot.words.refusals import VOTE_OVER
from bot.words.stories import BALLOT
from bot.write import require_tip, wishes_of
from worker.client import Client
from worker.contract import Passage

TAKE_CHARS = 950
"""How much of a take the ballot shows; the rest is in the file below it."""


def ballot(vote: Vote, takes: Sequence[Passage], counted: Sequence[int], language: Language) -> Face:
    """The message of a vote."""
    shown = [excerpt(passage) for passage in takes]
    lines = [f"**{number}**\n{text}" for number, (text, _) in enumerate(shown, start=1)]
    whole = "\n\n".join(f"{number}\n\n{passage.text.strip()}" for number, passage in enumerate(takes, start=1))
    is_cut = any(cut for _, cut in shown)
    return Face(
        BALLOT.of(when=f"<t:{int(vote.ends)}:R>", count=vote.quorum).to(language),
        embed=discord.Embed(description="\n\n".join(lines), colour=GREEN),
        controls=ballot_buttons(vote, counted, language),
        attached=Attached("takes.txt", whole.encode()) if is_cut else None,
        bare=True,
    )


async def takes_of(vote: Vote, stories: Stories, client: Client) -> list[Passage]:
    """What a vote is about, as it reads now. Raises RedisDown."""
    nodes = await stories.records.nodes(vote.story, vote.candidates)
    return [passage for passage in await client.passages(node.passage for node in nodes) if passage is not None]


async def refresh_ballots(bot: BaseBot, nodes: Collection[str]) -> bool:
    """Show the running votes among these nodes anew; False where something stood in the way. Raises RedisDown."""
    taken = True
    for vote in await bot.votes.running():
        if not set(vote.candidates).isdisjoint(nodes):
            story = await bot.stories.story(vote.story)
            takes = await takes_of(vote, bot.stories, bot.queue)
            async with bot.votes.showing(vote.job):
                if await bot.votes.runs(vote.job):
                    face = ballot(vote, takes, await bot.votes.cast_so_far(vote), story.language)
                    taken = await bot.screen.repaint(vote.channel, vote.message, face) and taken
    return taken


def ballot_buttons(vote: Vote, counted: Sequence[int], language: Language) -> tuple[discord.ui.Item[Any], ...]:
    """A button a take with its votes, and one for the host."""
    buttons = (CastButton(vote.job, take, count) for take, count in enumerate(counted))
    return (*buttons, DecideButton(vote.job, language))


def excerpt(passage: Passage) -> tuple[str, bool]:
    """As much of a take as the ballot shows, and whether something is left out."""
    copy = copy_of(passage.text, prompt=passage.prompt, chapter=passage.kind == "chapter")

    def measure(start: int, end: int) -> int:
        return utf16_length(render(copy, start, end))

    first, *more = split(copy.text, TAKE_CHARS, measure)
    return render(copy, *first) + (" …" if more else ""), bool(more)


async def begin_vote(interaction: Interaction, node: str) -> None:
    """The button Vote: further takes of the newest passage, among which and itself members choose."""
    async with pressing(interaction), once(interaction, lasting=False):
        story = await require_tip(interaction, node)
        wishes = await wishes_of(interaction, story, node)
        await ask(interaction, again=node, vote=True, takes=TAKES - 1, **wishes)


async def running(interaction: Interaction, job: str) -> Vote:
    """The vote of a ballot. Raises Refusal where it is over."""
    votes = interaction.client.votes
    vote = await votes.find(job)
    if vote is None or not await votes.runs(job):
        raise Refusal(VOTE_OVER)
    return vote


async def press_cast(interaction: Interaction, job: str, take: int) -> None:
    """A button with a number: one vote each."""
    async with pressing(interaction):
        votes = interaction.client.votes
        vote = await running(interaction, job)
        story = await interaction.client.stories.story(vote.story)
        await votes.cast(vote, interaction.user.id, min(take, len(vote.candidates) - 1))
        await interaction.response.defer()
        async with votes.showing(job):
            if not await votes.runs(job):
                return
            counted = await votes.cast_so_far(vote)
            view = view_of(*ballot_buttons(vote, counted, story.language))
            await interaction.edit_original_response(view=view)
        if is_over(vote, counted, time.time()):
            await votes.close(vote)


async def press_decide(interaction: Interaction, job: str) -> None:
    """The button Decide: the host ends the vote."""
    async with pressing(interaction):
        vote = await running(interaction, job)
        story = await interaction.client.stories.story(vote.story)
        require_host(interaction, story.host)
        await interaction.response.defer()
        await interaction.client.votes.close(vote)


def setup(tree: app_commands.CommandTree[Any]) -> None:
    """What the buttons do."""
    tree.client.presses |= {"vote": begin_vote, "cast": press_cast, "decide": press_decide}
