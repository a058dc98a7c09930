"""Makes the book of a story: reads it, looks up names, binds it and writes the files."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp
import discord

from bot.base import BaseBot
from bot.book.binding import bind
from bot.book.book import Book
from bot.book.credits import NAMED
from bot.book.files import BookFile, BookFormat, book_files
from bot.book.hands import authors_of
from bot.errors import Refusal
from bot.telling import Telling, told
from bot.text import escape
from bot.tree import Story
from bot.words import book as say
from bot.words.language import Language, Phrase
from bot.words.refusals import EMPTY_BOOK

SHELF_NAMES: dict[BookFormat, Phrase] = {
    "epub": say.EPUB,
    "html": say.HTML,
    "markdown": say.MARKDOWN,
    "text": say.PLAIN,
}


@dataclass(frozen=True)
class Published:
    """A book and its files."""

    book: Book
    files: tuple[BookFile, ...]
    form: BookFormat

    def line(self, index: int, language: Language) -> str:
        """What stands above a file, as Discord Markdown."""
        title = f"📖 **{escape(self.book.title)}**"
        if len(self.files) > 1:
            title += f" {index + 1}/{len(self.files)}"
        chapters = self.book.titled
        parts = [say.CHAPTERS.of(count=chapters).to(language)] if chapters else []
        return " · ".join([title, *parts, SHELF_NAMES[self.form].to(language)])


async def publish(bot: BaseBot, story: Story, channel: int, form: BookFormat, limit: int) -> Published:
    """The book of a story in files of at most `limit` bytes. Raises Refusal or RedisDown; takes seconds for long ones.

    Binding and writing run in a thread, so that the bot goes on answering.
    """
    telling = await told(bot.stories, bot.queue, story)
    if not any(passage.text.strip() for passage in telling.passages):
        raise Refusal(EMPTY_BOOK)
    authors = await asyncio.to_thread(lambda: authors_of(telling.all)[:NAMED])
    names = await names_of(bot, story.server, authors)
    title = story.title or place_title(await _channel_name(bot, channel))
    return await asyncio.to_thread(_made, telling, names, title, form, limit)


def _made(telling: Telling, names: dict[str, str], title: str, form: BookFormat, limit: int) -> Published:
    book = bind(telling.passages, names, title, telling.earlier)
    return Published(book, tuple(book_files(book, form, limit)), form)


def place_title(name: str | None) -> str:
    """A title made of a channel's name: "the-sixth-book" is "The Sixth Book"; "" where there is no name."""
    words = " ".join((name or "").replace("-", " ").replace("_", " ").split())
    return words.title() if words.islower() and words.isascii() else words


async def _channel_name(bot: BaseBot, channel: int) -> str | None:
    """The name of a channel or thread; None in a direct message and where Discord does not tell."""
    found: object = bot.get_channel(channel)
    if found is None:
        try:
            found = await bot.fetch_channel(channel)
        except (discord.HTTPException, aiohttp.ClientError, OSError):
            return None
    name = getattr(found, "name", None)
    return name if isinstance(name, str) else None


async def names_of(bot: BaseBot, server: int, members: Sequence[str]) -> dict[str, str]:
    """How members are called on a server, else in Discord; without those whom Discord does not know any more."""
    found = await asyncio.gather(*(_name_of(bot, server, member) for member in members))
    return {member: name for member, name in zip(members, found, strict=True) if name}


async def _name_of(bot: BaseBot, server: int, member: str) -> str | None:
    if not member.isdecimal():
        return None
    guild = bot.get_guild(server)
    try:
        if guild is not None:
            try:
                here = guild.get_member(int(member)) or await guild.fetch_member(int(member))
            except discord.NotFound:
                pass
            else:
                return here.display_name
        user = bot.get_user(int(member)) or await bot.fetch_user(int(member))
    except (discord.HTTPException, aiohttp.ClientError, OSError):
        return None
    return user.display_name
