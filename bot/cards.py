"""How stories are presented: the card that opens one, the list, the settings, the history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import discord

from bot.figures import GREEN
from bot.style import style_line
from bot.text import escape, fitting
from bot.tree import Node, Story
from bot.votes import MINUTES, QUORUM
from worker.contract import Passage, SamplingChoice

TITLE_CHARS = 100
"""As many as a thread's name takes."""


def title_of(story: Story) -> str:
    """A story's title as Discord shows it."""
    return escape(story.title) if story.title else "Untitled"


def card(story: Story) -> discord.Embed:
    """How to take part, in one look."""
    embed = discord.Embed(title=f"📖 {title_of(story)}", colour=GREEN)
    embed.description = (
        "We write this story together, passage by passage.\n\n"
        "▶️ **Continue** – I write the next one.\n"
        "✍️ **Write** – you write it.\n"
        "↩️ Whatever happens can be taken back."
    )
    if story.mode == "vote":
        embed.description += "\n🗳️ I write four takes each time; your votes choose."
    return embed


def list_embed(stories: Sequence[Story], first: int, count: int) -> discord.Embed:
    """Some stories of a server, from number `first` (from 0) on, of `count`."""
    lines = [
        f"{'📕' if story.ended else '📖'} **{title_of(story)}** <#{story.channel}> · {passages(story.passages)}"
        for story in stories
    ]
    embed = discord.Embed(title="Stories", description="\n".join(lines), colour=GREEN)
    if count > len(stories):
        embed.set_footer(text=f"{first + 1} to {first + len(stories)} of {count}")
    return embed


def passages(count: int) -> str:
    """A number of passages in words."""
    return "no passage yet" if not count else f"{count:,} passage{'s' if count > 1 else ''}"


def settings_embed(story: Story, sampling: SamplingChoice, words: int) -> discord.Embed:
    """How a story is written."""
    embed = discord.Embed(title=f"Settings of {title_of(story)}", colour=GREEN)
    embed.add_field(name="Style", value=style_line(sampling), inline=False)
    embed.add_field(name="Words a passage", value=str(words))
    quorum = story.quorum or QUORUM
    voting = f"each passage; a vote takes {story.minutes or MINUTES} min or {quorum} voice{'s' if quorum > 1 else ''}"
    embed.add_field(name="Vote", value=voting if story.mode == "vote" else "on demand")
    if story.note:
        embed.add_field(name="Note", value=fitting(escape(story.note), 1000), inline=False)
    return embed


def history_embed(story: Story, rows: Sequence[tuple[Node, Passage | None]]) -> discord.Embed:
    """Who wrote which passage, when, and how; newest first."""
    embed = discord.Embed(title=f"History of {title_of(story)}", colour=GREEN)
    embed.description = fitting("\n".join(history_line(node, passage) for node, passage in rows), 4000)
    if story.passages > len(rows):
        embed.set_footer(text=f"Passages {rows[-1][0].depth} to {rows[0][0].depth} of {story.passages:,}")
    return embed


def history_line(node: Node, passage: Passage | None) -> str:
    """One passage."""
    if passage is None:
        return f"**{node.depth}** – lost"
    when = discord.utils.format_dt(datetime.fromtimestamp(passage.created, UTC), "R")
    member = f"<@{passage.author}>" if int(passage.author) else "someone"
    by = member if passage.kind == "written" else f"{escape(passage.model)} for {member}, seed {passage.seed}"
    edits = f", wording {node.shown + 1} of {len(node.wordings)}" if len(node.wordings) > 1 else ""
    return f"**{node.depth}** {when} {by}{edits} · *{escape(beginning(passage.text))}*"


def beginning(text: str, chars: int = 60) -> str:
    """The first words of a text, on one line."""
    return fitting(" ".join(text.split()), chars)
