"""Connections to Redis: brisk ones for the client, patient ones for workers."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

import structlog
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import AbstractBackoff, NoBackoff
from redis.exceptions import (
    AuthenticationError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from worker.errors import RedisRefuses

log = structlog.get_logger(__name__)

T = TypeVar("T")

BRISK_S = 0.9
"""Seconds until a command of the client gives up; it is tried twice, so that a stale connection does no harm."""
CONNECTIONS = 1000
"""At once, for commands of a client; of redis-py's 100 a busy server would take all, and more would be refused."""
STREAM_BLOCK_S = 5
"""Seconds that a read of the event stream waits in Redis."""
LONGEST_WAIT_S = 2.0
REFUSED_WAIT_S = 0.5
_STORES_NOTHING = re.compile(r"(?:^|caused error: )(?:MISCONF|NOREPLICAS) ")
"""An error reply, as it comes and as redis-py passes it on from a pipeline."""
LEAVE_S = 5.0
"""Seconds that a stopping worker still waits for a Redis that is away."""
SAY_EVERY_S = 60.0
"""Seconds between two lines of the log that say the same of a Redis that is away."""


def brisk(url: str) -> Redis:
    """For the client's queue operations: fails within 2 s."""
    return Redis.from_url(url, socket_timeout=BRISK_S, socket_connect_timeout=BRISK_S, retry=Retry(NoBackoff(), 1))


def sending(url: str, seconds: float) -> Redis:
    """For large values: `seconds` to send one, and as long until the answer. It is not sent again for want of time."""
    retry = Retry(NoBackoff(), 1, (RedisConnectionError,))
    return Redis.from_url(url, socket_timeout=seconds, socket_connect_timeout=BRISK_S, retry=retry)


def brisk_async(url: str) -> AsyncRedis:
    """For everything else the client does; the caller sets the time limit.

    With a socket timeout redis-py sends under `asyncio.wait_for`, which loses a cancellation on Python 3.11.
    """
    return AsyncRedis.from_url(
        url,
        max_connections=CONNECTIONS,
        socket_timeout=None,
        socket_connect_timeout=BRISK_S,
        retry=AsyncRetry(NoBackoff(), 1),
    )


def stream_async(url: str) -> AsyncRedis:
    """For blocking reads of the event stream; the caller sets the time limit, as for `brisk_async`."""
    return AsyncRedis.from_url(
        url, socket_timeout=None, socket_connect_timeout=BRISK_S, retry=AsyncRetry(NoBackoff(), 0)
    )


def public_address(url: str) -> str:
    """A Redis URL without user name and password."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"


def cannot_store(error: Exception) -> bool:
    """Whether Redis answered that it stores nothing for now: disk or memory full, or a replica."""
    if isinstance(error, OutOfMemoryError | ReadOnlyError):
        return True
    return isinstance(error, ResponseError) and _STORES_NOTHING.search(str(error)) is not None


def reason_of(refusal: Exception) -> str:
    """What Redis said, for a log: redis-py puts the refused command before it, and with it what members wrote."""
    return str(refusal).rpartition("caused error: ")[2]


def refuses(error: Exception) -> bool:
    """Whether Redis answered that it does not do what it is told, be it for now or for good.

    redis-py's asyncio side makes a plain connection error of a wrong password, which is then its cause.
    """
    denials = AuthenticationError | NoPermissionError
    return cannot_store(error) or isinstance(error, denials) or isinstance(error.__cause__, denials)


@contextmanager
def admitted(url: str) -> Iterator[None]:
    """Turns a Redis that does not let us in into RedisRefuses with a sentence for the operator."""
    try:
        yield
    except AuthenticationError as error:
        raise RedisRefuses(
            f"Redis refuses the password of REDIS_URL at {public_address(url)}; correct REDIS_URL and start again."
        ) from error
    except NoPermissionError as error:
        raise RedisRefuses(
            f"Redis at {public_address(url)} denies the user of REDIS_URL what Greenbeard needs ({error}); "
            "extend the user's rights and start again."
        ) from error


class Outage:
    """Keeps the log short while something is away: it says so at once, then once a minute, and when it is back."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._say_at = 0.0

    def is_news(self) -> bool:
        """Whether a failure that just happened is to be told."""
        now = time.monotonic()
        if self._since is None:
            self._since = self._say_at = now
        if now < self._say_at:
            return False
        self._say_at = now + SAY_EVERY_S
        return True

    def ended(self) -> float | None:
        """After a success: how many seconds it was away; None where it was not, or that was asked before."""
        since, self._since = self._since, None
        return None if since is None else round(time.monotonic() - since, 1)


class Patience(AbstractBackoff):
    """Waits for Redis for as long as it takes, says so in the log, and gives up only once the worker is leaving."""

    def __init__(self, url: str) -> None:
        self._address = public_address(url)
        self._outage = Outage()
        self._leave_by: float | None = None

    def __deepcopy__(self, memo: object) -> Patience:
        """redis-py copies the back-off into every connection; leaving concerns them all."""
        return self

    def leave(self) -> None:
        """From now on wait no longer than LEAVE_S."""
        self._leave_by = time.monotonic() + LEAVE_S

    def compute(self, failures: int) -> float:
        """Seconds until the next try."""
        self._check_time()
        wait: float = min(0.1 * 2 ** min(failures, 10), LONGEST_WAIT_S)
        if self._outage.is_news():
            log.warning("waiting for Redis", address=self._address, tries=failures)
        return wait

    def wait_out(self, refusal: ResponseError) -> None:
        """Wait a little because Redis stores nothing for now."""
        self._check_time()
        if self._outage.is_news():
            log.warning("Redis stores nothing for now", address=self._address, reason=reason_of(refusal))
        time.sleep(REFUSED_WAIT_S)

    def found(self) -> None:
        """Redis does again what it is told."""
        away_s = self._outage.ended()
        if away_s is not None:
            log.info("Redis is back", address=self._address, after_s=away_s)

    def _check_time(self) -> None:
        if self._leave_by is not None and time.monotonic() > self._leave_by:
            raise RedisConnectionError("Redis did not come back before the worker had to leave")


class PatientRetry(Retry):
    """Tries for ever while Redis is away or stores nothing; a wrong password is no matter of time."""

    def __init__(self, patience: Patience) -> None:
        super().__init__(patience, -1)
        self._patience = patience

    def call_with_retry(
        self,
        do: Callable[[], T],
        fail: Callable[..., Any],
        is_retryable: Callable[[Exception], bool] | None = None,
        with_failure_count: bool = False,
    ) -> T:
        """As in redis-py, where a refusal to store counts as a lost connection."""
        failed = False

        def attempt() -> T:
            try:
                return do()
            except ResponseError as refusal:
                if not cannot_store(refusal):
                    raise
                self._patience.wait_out(refusal)
                raise RedisConnectionError(str(refusal)) from refusal

        def note(*details: Any) -> None:
            nonlocal failed
            failed = True
            fail(*details)

        def may_pass(error: Exception) -> bool:
            return not isinstance(error, AuthenticationError) and (is_retryable is None or is_retryable(error))

        done = super().call_with_retry(attempt, note, may_pass, with_failure_count)
        if failed:
            self._patience.found()
        return done


def patient(url: str, patience: Patience) -> Redis:
    """For workers: every command waits until Redis is back, so that nothing a worker does is lost."""
    return Redis.from_url(url, socket_connect_timeout=5, retry=PatientRetry(patience))
