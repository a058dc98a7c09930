"""The double, discord.py of this process pointed at it, and our bot on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import discord
import pytest

from bot.options import BotOptions
from tests.discord import interactions
from tests.discord.bot_process import point_at
from tests.discord.double import DiscordDouble
from tests.discord.wired import Wired

PATIENT_ANSWER_S = 30.0
"""Instead of Discord's 3 s where a test is about something else: the machine may be busy."""


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


@pytest.fixture
def options(redis_url: str, tmp_path: Path) -> BotOptions:
    return BotOptions(
        **{"redis_url": redis_url, "home": tmp_path / "home", "shipped": tmp_path / "shipped", "consumer": "tests"},
        **{"edit_interval_s": 0.05, "waiting_interval_s": 0.2},
    )


@pytest.fixture
async def wired(double: DiscordDouble, options: BotOptions, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Wired]:
    monkeypatch.setattr(interactions, "ANSWER_S", PATIENT_ANSWER_S)
    monkeypatch.setattr("bot.posting.FIRST_PAUSE_S", 0.05)
    monkeypatch.setattr("bot.delivery.UNANSWERED_S", 0.5)
    wired = Wired(options, double)
    await wired.open()
    yield wired
    await wired.close()
    wired.redis.close()
