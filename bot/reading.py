"""Paging: through the text of a story, its history, and the stories of a server. Only the member who asks sees it."""

from __future__ import annotations

import re
from typing import Any

import discord

from bot.buttons import Button
from bot.cards import history_embed, list_embed, title_of
from bot.errors import Refusal
from bot.figures import GREEN
from bot.pages import copy_of, pages
from bot.places import may_see
from bot.posting import view_of
from bot.replies import Interaction, pressing
from bot.speaking import language_of_member
from bot.tree import Story
from bot.turns import told_here
from bot.words import stories as say
from bot.words.refusals import NO_STORIES, NO_STORY

PASSAGES_A_PAGE = 5
ROWS = 10
EMBED_CHARS = 4000
MOST_STORIES = 1000


class PageButton(
    discord.ui.DynamicItem[Button],
    template=r"greenbeard:page:(?P<what>read|history|list):(?P<page>\d{1,6})\.(?P<part>\d{1,3}):(?P<way>[<>])",
):
    """Another page of what is being read."""

    def __init__(self, what: str, page: int, part: int, way: str) -> None:
        id = f"greenbeard:page:{what}:{page}.{part}:{way}"
        super().__init__(discord.ui.Button(label="◀" if way == "<" else "▶", custom_id=id))
        self.what, self.page, self.part = what, page, part

    @classmethod
    async def from_custom_id(cls, interaction: Any, item: Any, match: re.Match[str], /) -> PageButton:
        """The button that a member pressed."""
        return cls(match["what"], int(match["page"]), int(match["part"]), match["way"])

    async def callback(self, interaction: Any) -> None:
        """Pressed."""
        async with pressing(interaction):
            embed, view = await PAGES[self.what](interaction, self.page, self.part)
            await interaction.response.edit_message(embed=embed, view=view)


Page = tuple[discord.Embed, discord.ui.View | None]


def turning(what: str, before: tuple[int, int] | None, after: tuple[int, int] | None) -> discord.ui.View | None:
    """Buttons to the pages around this one."""
    buttons = [PageButton(what, *before, "<")] if before else []
    buttons += [PageButton(what, *after, ">")] if after else []
    return view_of(*buttons) if buttons else None


async def read_page(interaction: Interaction, page: int, part: int) -> Page:
    """Some passages of the story told here, as far as one embed holds them; pages and parts count from 0."""
    bot = interaction.client
    story = await told_here(interaction)
    count = -(-story.passages // PASSAGES_A_PAGE)
    if not count:
        raise Refusal(NO_STORY)
    page = min(page, count - 1)
    first = page * PASSAGES_A_PAGE
    ids = await bot.stories.records.path(story.id, first, first + PASSAGES_A_PAGE - 1)
    nodes = await bot.stories.records.nodes(story.id, ids)
    texts = [passage for passage in await bot.queue.passages(node.passage for node in nodes) if passage]
    rendered = "".join(passage.text for passage in texts)
    parts = pages(copy_of(rendered), EMBED_CHARS) or ["…"]
    part = min(part, len(parts) - 1)
    language = language_of_member(interaction)
    embed = discord.Embed(title=title_of(story, language), description=parts[part], colour=GREEN)
    place = say.PAGE_PART if parts[1:] else say.PAGE
    values = {"page": page + 1, "pages": count} | ({"part": part + 1, "parts": len(parts)} if parts[1:] else {})
    embed.set_footer(text=place.of(**values).to(language))
    before = (page, part - 1) if part else (page - 1, MOST_PARTS) if page else None
    after = (page, part + 1) if part + 1 < len(parts) else (page + 1, 0) if page + 1 < count else None
    return embed, turning("read", before, after)


MOST_PARTS = 999
"""Stands for the last part of a page."""


async def history_page(interaction: Interaction, page: int, part: int) -> Page:
    """Who wrote what, newest first."""
    bot = interaction.client
    story = await told_here(interaction)
    if not story.passages:
        raise Refusal(NO_STORY)
    last = max(1, story.passages - page * ROWS)
    ids = await bot.stories.records.path(story.id, max(0, last - ROWS), last - 1)
    nodes = await bot.stories.records.nodes(story.id, ids)
    rows = list(zip(nodes, await bot.queue.passages(node.passage for node in nodes), strict=True))
    embed = history_embed(story, rows[::-1], language_of_member(interaction))
    before = (page - 1, 0) if page else None
    return embed, turning("history", before, (page + 1, 0) if last > ROWS else None)


async def list_page(interaction: Interaction, page: int, part: int) -> Page:
    """The stories of this server that the member may see, the one that grew last first."""
    bot = interaction.client
    found, _ = await bot.stories.records.shelf(interaction.guild_id or interaction.channel_id or 0, 0, MOST_STORIES)
    seen: list[Story] = [story for story in found if may_see(interaction, story)]
    if not seen:
        raise Refusal(NO_STORIES)
    first = min(page * ROWS, (len(seen) - 1) // ROWS * ROWS)
    embed = list_embed(seen[first : first + ROWS], first, len(seen), language_of_member(interaction))
    before = (page - 1, 0) if first else None
    return embed, turning("list", before, (page + 1, 0) if first + ROWS < len(seen) else None)


PAGES = {"read": read_page, "history": history_page, "list": list_page}
