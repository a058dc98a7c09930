"""Answers to members: a refusal only they see, what a failure says, and buttons."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias

import aiohttp
import discord
import structlog

from bot.base import BaseBot
from bot.errors import Refusal
from bot.posting import passes
from bot.returned import LONG_TEXT, as_file
from bot.speaking import language_of_member
from bot.words.language import Phrase
from bot.words.refusals import BROKEN, PERHAPS_BEGUN, PERHAPS_KEPT, PRESSED, REDIS_DOWN, REDIS_REFUSES
from worker.client import answering
from worker.contract import Keys
from worker.errors import PerhapsBegun, PerhapsKept, RedisDown, RedisRefuses

log = structlog.get_logger(__name__)

Interaction: TypeAlias = discord.Interaction[BaseBot]

PRESS_S = 60
"""How long a button that was pressed and could not be taken away does nothing more."""


@asynccontextmanager
async def replying(interaction: Interaction, text: str | None = None) -> AsyncIterator[None]:
    """Turns a refusal, also one by the database, into a sentence for the member; `text` is what they typed."""
    try:
        yield
    except Refusal as refusal:
        await tell(interaction, refusal.phrase, text)
    except RedisDown as down:
        log.warning("a member was sent away", reason=str(down))
        await tell(interaction, _worded(down), text)


def _worded(down: RedisDown) -> Phrase:
    match down:
        case RedisRefuses():
            return REDIS_REFUSES
        case PerhapsKept():
            return PERHAPS_KEPT
        case PerhapsBegun():
            return PERHAPS_BEGUN
        case _:
            return REDIS_DOWN


@asynccontextmanager
async def pressing(interaction: Interaction, text: str | None = None) -> AsyncIterator[None]:
    """Like `replying`, for buttons: discord.py would only log what nobody expected, so the member is told here."""
    try:
        async with replying(interaction, text):
            yield
    except Exception:
        await tell_broken(interaction)
        raise


@asynccontextmanager
async def once(interaction: Interaction, *, lasting: bool = True) -> AsyncIterator[None]:
    """What the button of a message does once, however often it is pressed; where it fails it may be pressed again.

    Without `lasting` it may also be pressed again when it has done its work: something else tells that it was pressed.

    Raises Refusal at a further press, and RedisDown.
    """
    if interaction.message is None:
        yield
        return
    redis, key = interaction.client.queue.redis, Keys.pressed(interaction.message.id)
    async with answering():
        is_first = await redis.set(key, 1, nx=True, ex=PRESS_S)
    if not is_first:
        raise Refusal(PRESSED)
    done = False
    try:
        yield
        done = True
    finally:
        if not (done and lasting):
            async with answering():
                await redis.delete(key)


async def answered(interaction: Interaction, content: str, view: discord.ui.View = discord.utils.MISSING) -> int | None:
    """Answer a command with a message and return its id; None where Discord does not say whether it took it.

    Raises discord.HTTPException where Discord did not. An answer may be taken although an error came back: what counts
    is whether the message is there.
    """
    for last in (False, True):
        try:
            return (await interaction.response.send_message(content, view=view)).message_id
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.info("an answer is in doubt", error=str(error))
            try:
                return (await interaction.original_response()).id
            except discord.NotFound:
                if isinstance(error, discord.HTTPException) and (last or not passes(error)):
                    raise error from None
            except (discord.HTTPException, aiohttp.ClientError, OSError):
                return None
    return None


@asynccontextmanager
async def thinking(interaction: Interaction) -> AsyncIterator[None]:
    """Lets everybody see that an answer to all takes a while; where none comes of it, that is taken back.

    Discord shows whatever comes first behind a public wait to everybody. One that was deleted while it lasted took
    nothing more (discord-api-docs issue 2739): it ends with a sign of its own, and that goes; then `tell` speaks to one
    member.
    """
    await interaction.response.defer(thinking=True)
    try:
        yield
    except Exception:
        try:
            await interaction.edit_original_response(content="…")
            await interaction.delete_original_response()
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.info("a public wait stays", reason=str(error))
        raise


async def drop_button(interaction: Interaction) -> None:
    """Take the pressed button away: it has done what it is for. Where that fails it stays."""
    if interaction.message is None:
        return
    try:
        await interaction.message.edit(view=None)
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        log.info("a used button stays", message=interaction.message.id, reason=str(error))


async def tell(interaction: Interaction, phrase: Phrase, text: str | None = None) -> None:
    """Say something that only this member sees, and give a long text back so that it need not be typed again."""
    files = [as_file(text).open()] if text and len(text) > LONG_TEXT else []
    sentence = phrase.to(language_of_member(interaction))
    if interaction.response.is_done():
        await interaction.followup.send(sentence, ephemeral=True, files=files)
    else:
        await interaction.response.send_message(sentence, ephemeral=True, files=files)


async def tell_broken(interaction: Interaction) -> None:
    """Tell the member that something failed which nobody expected, if Discord lets the bot."""
    await tell_if_possible(interaction, BROKEN)


async def tell_if_possible(interaction: Interaction, phrase: Phrase) -> None:
    """Say something that only this member sees, if Discord lets the bot."""
    try:
        await tell(interaction, phrase)
    except (discord.HTTPException, aiohttp.ClientError, OSError):
        log.warning("the member could not be told")
