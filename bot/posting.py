"""Posts and edits messages by id, and tells a failure that passes from one that stays."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import aiohttp
import discord
import structlog

from bot.errors import MessageGone, Undeliverable

log = structlog.get_logger(__name__)

T = TypeVar("T")

THREAD_ARCHIVED = 50083
"""Discord's code for a message in a thread that was archived meanwhile."""
UNKNOWN_MESSAGE = 10008
"""Discord's code for a message that is not there (any more)."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
CLOCKS_DIFFER_S = 60.0
"""By how much this machine's clock may differ from Discord's."""
LOOK_THROUGH = 1000
"""Messages of a channel among which an own one is sought."""


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
    """Buttons below a message, in force for ever: each is looked up by its id (`add_dynamic_items`), none is kept.

    discord.py would keep a view with anything else in it, such as "2/4", in memory for each message that showed it.
    """
    view = discord.ui.View(timeout=None)
    for button in buttons:
        view.add_item(button)
    view.stop()
    return view


def carries(message: discord.Message, custom_id: str) -> bool:
    """Whether a message has a certain button."""
    rows = [row.children for row in message.components if isinstance(row, discord.ActionRow)]
    return any(getattr(item, "custom_id", None) == custom_id for row in rows for item in row)


def moment_before(created: float) -> int:
    """A Discord id older than whatever was posted since Unix time `created`."""
    return discord.utils.time_snowflake(datetime.fromtimestamp(created - CLOCKS_DIFFER_S, UTC))


def passes(error: Exception) -> bool:
    """Whether it makes sense to try again after `error`: the network, Discord's own trouble, its rate limits.

    An answer without one of Discord's codes comes from something before it, or concerns the token, not the message.
    """
    if isinstance(error, discord.HTTPException):
        return error.status >= 500 or error.status == 429 or error.code == 0
    return isinstance(error, (aiohttp.ClientError, OSError, TimeoutError))


class Poster:
    """Messages of one bot, reached through their channel and id, so that they outlive interactions and restarts."""

    def __init__(self, bot: discord.Client) -> None:
        self._bot = bot

    async def send(
        self, channel: int, face: Face, nonce: str, *, after: int, look: bool, mine: Callable[[discord.Message], bool]
    ) -> int:
        """Post a message, trying until Discord takes it, and return its id. Raises Undeliverable.

        `nonce` (≤ 25 characters) makes a repeat within minutes harmless. Before any repeat, and at once with `look`,
        the channel is searched behind message `after` for what an earlier try may have posted: a message of the bot
        that is `mine`.
        """
        parts: dict[str, Any] = {"content": face.content, "embed": face.embed, "view": face.view()}
        searching = look

        async def post() -> int:
            nonlocal searching
            if searching and (found := await self._find(channel, after, mine)) is not None:
                await self._edit(channel, found, face)
                return found
            searching = True
            files = [face.attached.open()] if face.attached else []
            message = await self._bot.get_partial_messageable(channel).send(nonce=nonce, files=files, **parts)
            if message.content != (face.content or "").strip():
                await self._edit(channel, message.id, face)
            return message.id

        return await self._insist(channel, post)

    async def try_post(self, channel: int, face: Face) -> int | None:
        """Post a message unless something stands in the way just now, and return its id. Raises Undeliverable."""
        parts: dict[str, Any] = {"content": face.content, "embed": face.embed, "view": face.view()}

        async def post() -> int:
            files = [face.attached.open()] if face.attached else []
            return (await self._bot.get_partial_messageable(channel).send(files=files, **parts)).id

        try:
            return await self._once(channel, post)
        except Exception as error:
            if not passes(error):
                raise
            log.warning("a message has to wait", channel=channel, error=str(error))
            return None

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
        """Take a message away, be it there or not. Raises Undeliverable."""

        async def remove() -> None:
            try:
                await self._bot.get_partial_messageable(channel).get_partial_message(message).delete()
            except discord.NotFound as error:
                if error.code != UNKNOWN_MESSAGE:
                    raise

        await self._insist(channel, remove)

    async def _edit(self, channel: int, message: int, face: Face) -> None:
        parts: dict[str, Any] = {"content": face.content, "embed": face.embed, "view": face.view()}
        if face.attached or face.bare:
            parts["attachments"] = [face.attached.open()] if face.attached else []
        await self._bot.get_partial_messageable(channel).get_partial_message(message).edit(**parts)

    async def _find(self, channel: int, after: int, mine: Callable[[discord.Message], bool]) -> int | None:
        """The bot's own message after another one that is `mine`."""
        history = self._bot.get_partial_messageable(channel).history(after=discord.Object(after), limit=LOOK_THROUGH)
        async for message in history:
            if self._bot.user is not None and message.author.id == self._bot.user.id and mine(message):
                return message.id
        return None

    async def _insist(self, channel: int, act: Callable[[], Awaitable[T]]) -> T:
        pause = FIRST_PAUSE_S
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
            if error.code == UNKNOWN_MESSAGE:
                raise MessageGone(str(error)) from error
            raise Undeliverable(f"Discord refuses a message in channel {channel} for good: {error}") from error

    async def _unarchive(self, channel: int) -> None:
        thread = await self._bot.fetch_channel(channel)
        if isinstance(thread, discord.Thread):
            await thread.edit(archived=False)
