"""`python -m greenbeard.health bot|generate|train`: Docker's health check of a container.

Exit code 0 if the container's own process lately gave a sign of life in Redis, else 1 and one line on stderr. A process
that hangs is found out this way, which merely running would not tell.
"""

from __future__ import annotations

import socket
import sys

import redis

from bot.options import BotOptions
from greenbeard.errors import BadSettings
from greenbeard.settings import load_settings
from worker.contract import DELIVERY_GROUP, Keys
from worker.status import read_queue

LOOK_LIMIT_S = 3.0
BOT_SILENT_S = 60.0
"""Delivery reads its stream every few seconds; while Discord makes it wait, it may be silent for longer."""


def bot_trouble(connection: redis.Redis, consumer: str) -> str | None:
    """Why the bot's delivery does not look alive; None if it does. Raises RedisError."""
    stream = Keys.events(consumer)
    if not connection.exists(stream):
        return "the bot has not begun to listen for events."
    for found in connection.xinfo_consumers(stream, DELIVERY_GROUP):
        if found["name"] == consumer.encode():
            silent = found["idle"] / 1000
            return None if silent < BOT_SILENT_S else f"the bot has not read its events for {silent:.0f} s."
    return "the bot has not begun to listen for events."


def worker_trouble(connection: redis.Redis, queue: str, host: str) -> str | None:
    """Why no worker of this host looks alive; None if one does. Raises RedisError."""
    alive = read_queue(queue, connection).workers
    if any(name.startswith(f"{queue}-{host}-") for name in alive):
        return None
    return f"no worker of this container serves the queue {queue}."


def look(part: str) -> str | None:
    """What is wrong with the part of Greenbeard that runs here; None if nothing is."""
    url = load_settings().redis_url
    if url is None:
        return "REDIS_URL is not set."
    with redis.Redis.from_url(url, socket_timeout=LOOK_LIMIT_S, socket_connect_timeout=LOOK_LIMIT_S) as connection:
        try:
            if part == "bot":
                return bot_trouble(connection, BotOptions.consumer)
            return worker_trouble(connection, part, socket.gethostname())
        except redis.RedisError as error:
            return f"Redis does not answer: {error}"


if __name__ == "__main__":
    try:
        trouble = look(sys.argv[1])
    except BadSettings as error:
        trouble = str(error)
    if trouble is not None:
        sys.exit(trouble)
