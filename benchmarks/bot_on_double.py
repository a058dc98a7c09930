"""`python -m benchmarks.bot_on_double DOUBLE_URL REDIS_URL HOME`: what `greenbeard bot` runs, towards the double."""

from __future__ import annotations

import sys
from pathlib import Path

import discord
from yarl import URL

from benchmarks.discord_double import TOKEN
from bot.app import run_bot
from greenbeard.settings import load_settings


def main(double: str, redis_url: str, home: str) -> None:
    """Point discord.py at the double, then run the bot until a signal ends it."""
    discord.http.Route.BASE = f"{double}/api/v10"
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = URL(double.replace("http", "ws")) / "gateway"
    run_bot(load_settings(home=Path(home)).bot_options(redis_url), TOKEN)


if __name__ == "__main__":
    main(*sys.argv[1:])
