from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import discord
import pytest
from yarl import URL

from bot.app import GreenbeardBot, connect
from bot.options import BotOptions
from tests.discord.double import DiscordDouble
from tests.discord.objects import TOKEN
from worker.client import Client
from worker.versions import VersionStore


async def test_a_gateway_that_is_away_at_first_is_waited_for(
    double: DiscordDouble, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        away = URL(f"ws://127.0.0.1:{nobody.getsockname()[1]}")
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", away)
    monkeypatch.setattr("bot.app.GATEWAY_RETRY_S", 0.1)
    monkeypatch.setattr(discord.backoff.ExponentialBackoff, "delay", lambda self: 0.1)
    client = Client(redis_url, VersionStore(tmp_path / "models", tmp_path / "shipped"))
    bot = GreenbeardBot(BotOptions(redis_url=redis_url, home=tmp_path, shipped=tmp_path / "shipped"), client)
    async with bot:
        await bot.login(TOKEN)
        connection = asyncio.create_task(connect(bot))
        await asyncio.sleep(0.5)
        assert not connection.done()
        back = URL(double.gateway.url)
        monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", back)
        await asyncio.wait_for(bot.wait_until_ready(), 10)
        connection.cancel()
        await asyncio.gather(connection, return_exceptions=True)
    await client.close()
