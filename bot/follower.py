"""Follows one job from its first sign to the end that Discord has taken. One task per job, so edits never cross."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

from bot.errors import Undeliverable
from bot.ledger import Ledger, Owed, Request
from worker.contract import Ended, Event, Failed, Trained
from worker.errors import RedisDown
from worker.events import Received

log = structlog.get_logger(__name__)

PAUSE_S = 1.0
"""Before another try when Redis is away."""


class Display(Protocol):
    """How one kind of job looks in Discord. Every method may raise Undeliverable or RedisDown, and may come twice."""

    async def notice(self, owed: Owed, line: str) -> None:
        """Say how the request waits."""

    async def grow(self, owed: Owed, event: Event) -> None:
        """Show what is there so far."""

    async def keep(self, owed: Owed, event: Event) -> None:
        """Keep the result, whatever Discord says."""

    async def end(self, owed: Owed, event: Event) -> None:
        """Show the end."""


class Follower:
    """What happened to a job and is not shown yet; only the newest of what overtakes itself is kept."""

    def __init__(
        self,
        job: str,
        ledger: Ledger,
        display: Callable[[Owed], Display],
        acknowledge: Callable[[Received], Awaitable[None]],
        interval_s: float,
    ) -> None:
        self.job = job
        self._ledger = ledger
        self._make_display = display
        self._display: Display | None = None
        self._displayed: Request | None = None
        self._acknowledge = acknowledge
        self._interval_s = interval_s
        self._wake = asyncio.Event()
        self._line: str | None = None
        self._heard: list[Received] = []
        self._begun = False
        self._refused = False

    def say(self, line: str) -> None:
        """The request waits, as `line` says; no matter once something was written."""
        if not self._begun:
            self._line = line
            self._wake.set()

    def hear(self, received: Received) -> None:
        """An event came."""
        self._begun = True
        self._line = None
        self._heard.append(received)
        self._wake.set()

    def wake(self) -> None:
        """Look whether anything is owed still."""
        self._wake.set()

    async def run(self) -> None:
        """Show what comes, at most once per interval, until the end is shown or nothing is owed any more."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                if await self._step():
                    return
            except RedisDown:
                self._wake.set()
                await asyncio.sleep(PAUSE_S)
                continue
            await asyncio.sleep(self._interval_s)

    async def _step(self) -> bool:
        """Show the newest; True if there is nothing left to follow."""
        async with self._ledger.showing(self.job):
            owed = await self._ledger.find(self.job)
            events = list(self._heard)
            if owed is not None:
                display = self._display_of(owed)
                end = next((received.event for received in events if is_end(received.event)), None)
                if end is not None:
                    await self._finish(display, owed, end)
                    owed = None
                else:
                    await self._show(display, owed, events[-1].event if events else None)
        for received in events:
            await self._acknowledge(received)
        del self._heard[: len(events)]
        return owed is None and not self._heard

    def _display_of(self, owed: Owed) -> Display:
        """The same at every step, unless the request was reworded meanwhile: its member was forgotten."""
        if self._display is None or self._displayed != owed.request:
            self._display, self._displayed = self._make_display(owed), owed.request
        return self._display

    async def _show(self, display: Display, owed: Owed, newest: Event | None) -> None:
        line, self._line = self._line, None
        if self._refused:
            return
        try:
            if newest is not None:
                await display.grow(owed, newest)
            elif line is not None:
                await display.notice(owed, line)
        except Undeliverable as refusal:
            self._refused = True
            log.warning("undeliverable", job=self.job, channel=owed.channel, reason=str(refusal))

    async def _finish(self, display: Display, owed: Owed, end: Event) -> None:
        await display.keep(owed, end)
        try:
            await display.end(owed, end)
        except Undeliverable as refusal:
            log.warning("undeliverable", job=self.job, channel=owed.channel, reason=str(refusal))
            await self._ledger.give_up(owed, str(refusal))
        else:
            await self._ledger.settle(self.job)


def is_end(event: Event) -> bool:
    """Whether nothing comes after this event."""
    return isinstance(event, Ended | Failed | Trained)
