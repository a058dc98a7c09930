"""Shows texts that grow and listens for wishes to stop: a few times a second, and for all jobs together."""

from __future__ import annotations

import time
from collections.abc import Sequence

from redis import Redis

from worker.contract import TEXT_TTL, Keys
from worker.running import Running

SHOW_EVERY_S = 0.25


def show_texts(redis: Redis, running: Sequence[Running]) -> None:
    """Store what has grown and say so, each job's first words at once, then SHOW_EVERY_S apart; not of replays."""
    now = time.monotonic()
    told = [one for one in running if one.request.replay is None]
    due = [one for one in told if one.grown and now >= one.show_next and one.drafts[0].text.strip()]
    if not due:
        return
    with redis.pipeline(transaction=False) as pipe:
        for one in due:
            pipe.set(Keys.text(one.request.job), one.drafts[0].text, ex=TEXT_TTL)
            one.publisher.grew(pipe)
            one.grown = False
            one.show_next = now + SHOW_EVERY_S if one.drafts[0].written else 0.0
        pipe.execute()


def find_cancelled(redis: Redis, running: Sequence[Running]) -> list[Running]:
    """Those that somebody wants to stop."""
    asked = [one for one in running if not one.cancelled]
    if not asked:
        return []
    marks = redis.mget([Keys.cancel(one.request.job) for one in asked])
    return [one for one, mark in zip(asked, marks, strict=True) if mark is not None]
