"""The double, and discord.py of this process pointed at it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import discord
import pytest

from tests.discord.bot_process import point_at
from tests.discord.double import DiscordDouble


@pytest.fixture
async def double(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DiscordDouble]:
    """Discord on loopback; a bot that sends what Discord would refuse fails its test."""
    double = DiscordDouble()
    await double.start()
    monkeypatch.setattr(discord.http.Route, "BASE", discord.http.Route.BASE)
    gateway = discord.gateway.DiscordWebSocket
    monkeypatch.setattr(gateway, "DEFAULT_GATEWAY", gateway.DEFAULT_GATEWAY)
    point_at(double.url)
    yield double
    await double.stop()
    assert double.rest.violations == []
