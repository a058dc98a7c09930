"""A server's rules: who may write, begin stories and train, how much, and which words never appear."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping

from redis.asyncio import Redis

from bot.errors import Refusal
from bot.locks import Locks
from bot.tree import Record
from bot.words.language import Language, Phrase
from bot.words.refusals import BLOCKED, NO_ROLE, TOO_MANY_HERE, TOO_MANY_MINE
from worker.blocked import blocked_word
from worker.client import answering
from worker.contract import Keys

HOUR = 3600
MAX_BLOCKED = 500
MAX_BLOCKED_CHARS = 50


class Rules(Record):
    """What a server has decided; as it is where it has decided nothing."""

    writers: int = 0
    """Role that may write, 0 for everyone; so with the next two."""
    hosts: int = 0
    """May begin stories."""
    trainers: int = 0
    """May train; 0 for those who may manage the server."""
    member_hour: int = 300
    """Passages that a member may ask for within an hour."""
    server_hour: int = 3000
    """Passages that all members together may ask for within an hour."""
    blocked: tuple[str, ...] = ()
    """Words that never appear."""
    language: Language | None = None
    """Of what everybody reads; None: as the server's own setting says."""


def require_role(role: int, held: Collection[int], *, manages: bool, what: Phrase) -> None:
    """Raises Refusal unless a member has the role that something needs, or manages the server."""
    if role and role not in held and not manages:
        raise Refusal(NO_ROLE.of(what=what, role=f"<@&{role}>"))


def folded(text: str) -> str:
    """`text` such that spellings of one word are alike."""
    return unicodedata.normalize("NFKC", text).casefold()


def require_words(blocked: Iterable[str], *texts: str | None) -> None:
    """Raises Refusal where a text holds a word that never appears."""
    words = tuple(blocked)
    if words and any(text and blocked_word(text, words) for text in texts):
        raise Refusal(BLOCKED)


class RuleBook:
    """The rules of all servers, and how much of them is used. Every method may raise RedisDown."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._changing = Locks()

    async def of(self, server: int) -> Rules:
        """A server's rules; 0 stands for direct messages."""
        async with answering():
            value = await self._redis.get(Keys.rules(server))
        return Rules.model_validate_json(value) if value else Rules()

    async def change(self, server: int, change: Callable[[Rules], Mapping[str, object]]) -> Rules:
        """Decide something by what holds so far, one after the other: no decision is lost. `change` may refuse."""
        async with self._changing.of(str(server)):
            rules = await self.of(server)
            rules = rules.model_copy(update=change(rules))
            async with answering():
                await self._redis.set(Keys.rules(server), rules.model_dump_json())
        return rules

    async def spend(self, rules: Rules, server: int, member: int, passages: int) -> None:
        """Count passages that are asked for. Raises Refusal where that is too many in this hour, and counts nothing."""
        hour = int(time.time()) // HOUR
        mine, all_ = Keys.used(server, str(member), hour), Keys.used(server, "all", hour)
        async with answering(), self._redis.pipeline(transaction=True) as pipe:
            for key in (mine, all_):
                pipe.incrby(key, passages)
                pipe.expire(key, 2 * HOUR)
            by_me, _, by_all, _ = await pipe.execute()
        over_mine, over_all = by_me > rules.member_hour, bool(server) and by_all > rules.server_hour
        if over_mine or over_all:
            async with answering(), self._redis.pipeline(transaction=True) as pipe:
                pipe.decrby(mine, passages)
                pipe.decrby(all_, passages)
                await pipe.execute()
            limit = rules.member_hour if over_mine else rules.server_hour
            phrase = TOO_MANY_MINE if over_mine else TOO_MANY_HERE
            raise Refusal(phrase.of(limit=limit, when=f"<t:{(hour + 1) * HOUR}:R>"))
