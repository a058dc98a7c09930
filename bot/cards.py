"""How stories are presented: the card that opens one, the list, the settings, the history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import get_args

import discord

from bot.figures import GREEN
from bot.style import style_line
from bot.text import escape, fitting
from bot.tree import Node, Story
from bot.votes import MINUTES, QUORUM
from bot.words import stories as say
from bot.words.language import Language, Phrase
from worker.contract import Passage, SamplingChoice

TITLE_CHARS = 100
"""As many as a thread's name takes."""


def title_of(story: Story, language: Language) -> str:
    """A story's title as Discord shows it."""
    return escape(story.title) if story.title else say.UNTITLED.to(language)


def names_somebody(title: str) -> bool:
    """Whether a title may be the one that a story gets where nobody chooses one, or of a branch of such a story."""
    patterns = (say.A_STORY_BY.of(name="\0").to(language) for language in get_args(Language))
    return any(all(part in title for part in pattern.split("\0")) for pattern in patterns)


def card(story: Story) -> discord.Embed:
    """How to take part, in one look."""
    language = story.language
    embed = discord.Embed(title=f"📖 {title_of(story, language)}", description=say.CARD.to(language), colour=GREEN)
    if story.mode == "vote":
        embed.description = f"{embed.description}\n{say.CARD_VOTE.to(language)}"
    return embed


def list_embed(stories: Sequence[Story], first: int, count: int, language: Language) -> discord.Embed:
    """Some stories of a server, from number `first` (from 0) on, of `count`."""
    lines = [
        f"{'📕' if story.ended else '📖'} **{title_of(story, language)}** <#{story.channel}> · "
        f"{passages(story.passages).to(language)}"
        for story in stories
    ]
    embed = discord.Embed(title=say.LIST.to(language), description="\n".join(lines), colour=GREEN)
    if count > len(stories):
        shown = say.LIST_FOOTER.of(first=first + 1, last=first + len(stories), count=count)
        embed.set_footer(text=shown.to(language))
    return embed


def passages(count: int) -> Phrase:
    """A number of passages in words."""
    return say.PASSAGES.of(count=count) if count else say.NO_PASSAGES


def settings_embed(story: Story, sampling: SamplingChoice, words: int, language: Language) -> discord.Embed:
    """How a story is written."""
    embed = discord.Embed(title=say.SETTINGS.of(title=title_of(story, language)).to(language), colour=GREEN)
    embed.add_field(name=say.STYLE.to(language), value=style_line(sampling).to(language), inline=False)
    embed.add_field(name=say.WORDS_A_PASSAGE.to(language), value=str(words))
    always = say.VOTE_ALWAYS.of(minutes=story.minutes or MINUTES, count=story.quorum or QUORUM)
    voting = always if story.mode == "vote" else say.VOTE_ON_DEMAND
    embed.add_field(name=say.VOTE.to(language), value=voting.to(language))
    if story.note:
        embed.add_field(name=say.NOTE.to(language), value=fitting(escape(story.note), 1000), inline=False)
    return embed


def history_embed(story: Story, rows: Sequence[tuple[Node, Passage | None]], language: Language) -> discord.Embed:
    """Who wrote which passage, when, and how; newest first."""
    embed = discord.Embed(title=say.HISTORY.of(title=title_of(story, language)).to(language), colour=GREEN)
    embed.description = fitting("\n".join(history_line(node, passage, language) for node, passage in rows), 4000)
    if story.passages > len(rows):
        shown = say.HISTORY_FOOTER.of(first=rows[-1][0].depth, last=rows[0][0].depth, count=story.passages)
        embed.set_footer(text=shown.to(language))
    return embed


def history_line(node: Node, passage: Passage | None, language: Language) -> str:
    """One passage."""
    if passage is None:
        return say.PASSAGE_LOST.of(number=node.depth).to(language)
    when = discord.utils.format_dt(datetime.fromtimestamp(passage.created, UTC), "R")
    member = f"<@{passage.author}>" if int(passage.author) else say.SOMEONE.to(language)
    by_model = say.MODEL_FOR.of(model=escape(passage.model), member=member, seed=passage.seed).to(language)
    by = member if passage.kind == "written" else by_model
    wording = say.WORDING.of(number=node.shown + 1, count=len(node.wordings)).to(language)
    edits = wording if len(node.wordings) > 1 else ""
    return f"**{node.depth}** {when} {by}{edits} · *{escape(beginning(passage.text))}*"


def beginning(text: str, chars: int = 60) -> str:
    """The first words of a text, on one line."""
    return fitting(" ".join(text.split()), chars)
