"""Tells Discord the commands, once per change."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import structlog
from discord import app_commands
from redis.asyncio import Redis

from worker.client import answering
from worker.contract import Keys

log = structlog.get_logger(__name__)


def tree_hash(tree: app_commands.CommandTree[Any]) -> str:
    """Changes whenever a command, an option or a description changes."""
    payload = [command.to_dict(tree) for command in tree.get_commands()]
    return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()


async def sync_commands(tree: app_commands.CommandTree[Any], redis: Redis, application: int) -> bool:
    """Send the commands to Discord unless it has them already; whether they were sent. Raises RedisDown."""
    key, wanted = Keys.commands(str(application)), tree_hash(tree)
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
