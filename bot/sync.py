"""Tells Discord the commands, once per change."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import discord
import structlog
from discord import app_commands
from redis.asyncio import Redis

from bot.words.language import Phrase, language_of
from worker.client import answering
from worker.contract import Keys

log = structlog.get_logger(__name__)


class Translations(app_commands.Translator):
    """Chinese for those whose Discord is Chinese; what is no phrase of the catalogue has one name everywhere."""

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        """What Discord shows instead of the English; None for that."""
        phrase = string.extras.get("phrase")
        language = language_of(locale)
        return phrase.to(language) if isinstance(phrase, Phrase) and language != "en" else None


async def tree_hash(tree: app_commands.CommandTree[Any]) -> str:
    """Changes whenever a command, an option or a description changes, in either language."""
    translator = tree.translator
    payload = [
        await command.get_translated_payload(tree, translator) if translator else command.to_dict(tree)
        for command in tree.get_commands()
    ]
    return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()


async def sync_commands(tree: app_commands.CommandTree[Any], redis: Redis, application: int) -> bool:
    """Send the commands to Discord unless it has them already; whether they were sent. Raises RedisDown."""
    key, wanted = Keys.commands(str(application)), await tree_hash(tree)
    async with answering():
        known = await redis.get(key)
    if known == wanted.encode():
        there = {command.name for command in await tree.fetch_commands()}
        if there == {command.name for command in tree.get_commands()}:
            return False
    await tree.sync()
    async with answering():
        await redis.set(key, wanted)
    log.info("commands synced", commands=len(tree.get_commands()))
    return True
