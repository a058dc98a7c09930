"""What goes wrong between the bot and Discord: chosen one by one, or drawn from a seed request by request."""

from __future__ import annotations

import enum
import random
from collections.abc import Mapping
from dataclasses import dataclass

MESSAGES, MESSAGE = "/channels/{channel}/messages", "/channels/{channel}/messages/{message}"
CALLBACK = "/interactions/{id}/{token}/callback"
AT_WORK = ("/channels", "/interactions", "/webhooks")
"""Where faults are drawn at random: not while a bot logs in."""


class Fault(enum.Enum):
    """One thing that goes wrong with one request."""

    RATE_LIMIT = "Discord answers 429 and does nothing"
    SERVER_ERROR = "Discord answers 500 and does nothing"
    LOST_REQUEST = "the connection breaks before Discord has the request"
    LOST_ANSWER = "Discord does what is asked, and the connection breaks before the answer"
    DONE_AND_ERROR = "Discord does what is asked and answers 500"


@dataclass
class _Planned:
    method: str
    route: str
    fault: Fault
    times: int


class Faults:
    """Decides about each request in the order in which they come."""

    def __init__(self) -> None:
        self._planned: list[_Planned] = []
        self._random: random.Random | None = None
        self._shares: dict[Fault, float] = {}
        self.happened: list[tuple[str, str, Fault]] = []
        """Method, route and fault, in order."""

    def plan(self, method: str, route: str, fault: Fault, times: int = 1) -> None:
        """The next `times` requests of this kind meet `fault`."""
        self._planned.append(_Planned(method, route, fault, times))

    def draw(self, seed: int, shares: Mapping[Fault, float]) -> None:
        """From now on each request meets each fault with this probability."""
        self._random, self._shares = random.Random(seed), dict(shares)

    def stop(self) -> None:
        """Nothing goes wrong any more."""
        self._planned.clear()
        self._shares.clear()

    def next(self, method: str, route: str) -> Fault | None:
        """What happens to the request that came just now."""
        fault = self._chosen(method, route) or self._drawn(route)
        if fault is not None:
            self.happened.append((method, route, fault))
        return fault

    def _chosen(self, method: str, route: str) -> Fault | None:
        for planned in self._planned:
            if planned.times and (planned.method, planned.route) == (method, route):
                planned.times -= 1
                return planned.fault
        return None

    def _drawn(self, route: str) -> Fault | None:
        if self._random is None or not route.startswith(AT_WORK):
            return None
        drawn = self._random.random()
        for fault, share in self._shares.items():
            drawn -= share
            if drawn < 0:
                return fault
        return None
