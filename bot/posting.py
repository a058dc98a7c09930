"""Posts and edits messages by id, and tells a failure that passes from one that stays."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp
import discord
import structlog

from bot.errors import Undeliverable

log = structlog.get_logger(__name__)

T = TypeVar("T")

THREAD_ARCHIVED = 50083
"""Discord's code for a message in a thread that was archived meanwhile."""
LONGEST_PAUSE_S = 30.0
SAME_BEGINNING = 80
"""Characters by which a message is known again in its channel."""


@dataclass(frozen=True)
class Attached:
    """A file below a message."""

    name: str
    data: bytes

    def open(self) -> discord.File:
        """For one upload."""
        return discord.File(io.BytesIO(self.data), self.name)


@dataclass(frozen=True)
class Face:
    """All that a message shows; edits replace text, embed and buttons, and leave files unless there is a new one."""

    content: str | None = None
    embed: discord.Embed | None = None
    button: discord.ui.Item[Any] | None = None
    attached: Attached | None = None
    controls: tuple[discord.ui.Item[Any], ...] = ()
    """Instead of one button."""
    bare: bool = False
    """An edit takes files away."""

    def view(self) -> discord.ui.View | None:
        """The buttons as Discord takes them."""
        items = self.controls or ((self.button,) if self.button else ())
        return view_of(*items) if items else None


def view_of(*buttons: discord.ui.Item[Any]) -> discord.ui.View:
    """Buttons below a message, in force for ever."""
    view = discord.ui.View(timeout=None)
    for button in buttons:
        view.add_item(button)
    return view


def passes(error: Exception) -> bool:
    """Whether it makes sense to try again after `error`: the network, Discord's own trouble, its rate limits."""
    if isinstance(error, discord.HTTPException):
        return error.status >= 500 or error.status == 429
    return isinstance(error, (aiohttp.ClientError, OSError, TimeoutError))


class Poster:
    """Messages of one bot, reached through their channel and id, so that they outlive interactions and restarts."""

    def __init__(self, bot: discord.Client) -> None:
        self._bot = bot

    async def send(self, channel: int, face: Face, nonce: str, *, after: int | None, look: bool) -> int:
        """Post a message, trying until Discord takes it, and return its id. Raises Undeliverable.

        `nonce` (≤ 25 characters) makes a repeat within minutes harmless. Before any later repeat, and at once with
        `look`, the channel is searched behind message `after` for what an earlier try may have posted.
        """
        parts: dict[str, Any] = {"content": face.content, "embed": face.embed, "view": face.view()}
        searching = look

        async def post() -> int:
            nonlocal searching
            if searching and (found := await self._find(channel, after, face.content)) is not None:
                await self._edit(channel, found, face)
                return found
            searching = True
            files = [face.attached.open()] if face.attached else []
            message = await self._bot.get_partial_messageable(channel).send(nonce=nonce, files=files, **parts)
            return message.id

        return await self._insist(channel, post)

    async def edit(self, channel: int, message: int, face: Face) -> None:
        """Change a message, trying until Discord takes it. Raises Undeliverable."""
        await self._insist(channel, lambda: self._edit(channel, message, face))

    async def try_edit(self, channel: int, message: int, face: Face) -> bool:
        """Change a message unless something stands in the way just now. Raises Undeliverable."""
        try:
            await self._once(channel, lambda: self._edit(channel, message, face))
        except Exception as error:
            if not passes(error):
                raise
            log.info("an edit has to wait", channel=channel, message=message, error=str(error))
            return False
        return True

    async def dress(self, channel: int, message: int, controls: Sequence[discord.ui.Item[Any]]) -> None:
        """Change nothing but the buttons of a message, where that is possible just now."""
        view = view_of(*controls) if controls else None
        try:
            partial = self._bot.get_partial_messageable(channel).get_partial_message(message)
            await self._once(channel, lambda: partial.edit(view=view))
        except (Undeliverable, discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.info("buttons stay as they are", channel=channel, message=message, reason=str(error))

    async def delete(self, channel: int, message: int) -> None:
        """Take a message away. Raises Undeliverable."""
        await self._insist(channel, self._bot.get_partial_messageable(channel).get_partial_message(message).delete)

    async def _edit(self, channel: int, message: int, face: Face) -> None:
        parts: dict[str, Any] = {"content": face.content, "embed": face.embed, "view": face.view()}
        if face.attached or face.bare:
            parts["attachments"] = [face.attached.open()] if face.attached else []
        await self._bot.get_partial_messageable(channel).get_partial_message(message).edit(**parts)

    async def _find(self, channel: int, after: int | None, content: str | None) -> int | None:
        """The bot's own message after another one that begins as `content` does."""
        if after is None or not content:
            return None
        history = self._bot.get_partial_messageable(channel).history(after=discord.Object(after), limit=100)
        async for message in history:
            mine = self._bot.user is not None and message.author.id == self._bot.user.id
            if mine and message.content and content.startswith(message.content[:SAME_BEGINNING]):
                return message.id
        return None

    async def _insist(self, channel: int, act: Callable[[], Awaitable[T]]) -> T:
        pause = 1.0
        while True:
            try:
                return await self._once(channel, act)
            except Exception as error:
                if not passes(error):
                    raise
                log.warning("Discord does not take a message; trying again", channel=channel, error=str(error))
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)

    async def _once(self, channel: int, act: Callable[[], Awaitable[T]]) -> T:
        try:
            try:
                return await act()
            except discord.HTTPException as error:
                if error.code != THREAD_ARCHIVED:
                    raise
            await self._unarchive(channel)
            return await act()
        except discord.HTTPException as error:
            if passes(error):
                raise
            raise Undeliverable(f"Discord refuses a message in channel {channel} for good: {error}") from error

    async def _unarchive(self, channel: int) -> None:
        thread = await self._bot.fetch_channel(channel)
        if isinstance(thread, discord.Thread):
            await thread.edit(archived=False)
