"""`python -m tests.discord.bot_process DOUBLE_URL REDIS_URL HOME`: what `greenbeard bot` runs, towards the double.

It imports nothing of the double that weighs: benchmarks.memory looks at this process.
"""

from __future__ import annotations

import sys
from pathlib import Path

import discord
from yarl import URL

from bot.app import run_bot
from greenbeard.logs import configure_logs
from greenbeard.settings import load_settings
from tests.discord.objects import API, TOKEN


def point_at(url: str) -> None:
    """Let discord.py of this process take the double for Discord."""
    discord.http.Route.BASE = f"{url}{API}"
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = URL(url.replace("http", "ws")) / "gateway"


def main(double: str, redis_url: str, home: str) -> None:
    """Run the bot until a signal ends it."""
    settings = load_settings(home=Path(home))
    configure_logs(settings.log_level, "json")
    point_at(double)
    run_bot(settings.bot_options(redis_url), TOKEN)


if __name__ == "__main__":
    main(*sys.argv[1:])
