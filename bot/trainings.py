"""Shows one training in one message: its progress, then its figures."""

from __future__ import annotations

import re
import time

import discord

from bot.errors import MessageGone
from bot.figures import progress_embed, result_embed
from bot.ledger import Ledger, Owed
from bot.models import PromoteButton
from bot.notices import failure, trouble
from bot.posting import Attached, Face, Poster, moment_before
from bot.text import escape, fitting
from worker.client import Client
from worker.contract import Event, Progressed, Started, Trained, TrainProgress, TrainRequest

CURVE_NAME = "learning-curve.png"
OLD_S = 50 * 60.0
"""Well before Discord takes a message for an old one, which may be edited seldom only (30046): at an hour."""
OLD_PAUSE_S = 60.0


class TrainingDisplay:
    """One training. Its message is an ordinary one of the channel: it changes for hours."""

    def __init__(self, request: TrainRequest, *, poster: Poster, ledger: Ledger, client: Client) -> None:
        self._request = request
        self._poster = poster
        self._ledger = ledger
        self._client = client
        self._line: str | None = None
        self._progressed_at = 0.0

    async def notice(self, owed: Owed, line: str) -> None:
        """Say how the training waits."""
        if line != self._line:
            await self._show(owed, Face(line), patient=False)
            self._line = line

    async def grow(self, owed: Owed, event: Event) -> None:
        """Show how far it is."""
        if isinstance(event, Progressed):
            now = time.time()
            if now - self._progressed_at >= progress_pause_s(now - owed.created):
                await self._show(owed, self._progress(owed, event.progress), patient=False)
                self._progressed_at = now
        elif isinstance(event, Started):
            await self._show(owed, self._progress(owed, None), patient=False)

    def _progress(self, owed: Owed, progress: TrainProgress | None) -> Face:
        return Face(embed=progress_embed(self._request, progress, owed.language))

    async def keep(self, owed: Owed, event: Event) -> None:
        """Nothing: the model is a folder already."""

    async def end(self, owed: Owed, event: Event) -> None:
        """Show the figures, or why there are none. Raises Undeliverable."""
        if isinstance(event, Trained):
            picture = await self._client.curve(owed.job)
            face = Face(
                embed=result_embed(event.result, owed.language),
                button=PromoteButton(event.result.version, owed.language),
                attached=None if picture is None else Attached(CURVE_NAME, picture),
            )
        else:
            face = Face(fitting(failure(self._request, trouble(event)).to(owed.language)))
        await self._show(owed, face, patient=True)

    async def _show(self, owed: Owed, face: Face, *, patient: bool) -> None:
        if not owed.messages:
            await self._post(owed, face, owed.job)
        elif not patient:
            await self._poster.try_edit(owed.channel, owed.messages[0], face)
        else:
            try:
                await self._poster.edit(owed.channel, owed.messages[0], face)
            except MessageGone:
                await self._post(owed, face, str(owed.messages[0]))

    async def _post(self, owed: Owed, face: Face, part: str) -> None:
        """A message, unless an earlier try posted it; `part` tells it from one that it makes up for."""
        after = moment_before(owed.created)
        message = await self._poster.send(
            owed.channel, face, f"{part}-0", after=after, look=True, mine=self._is_shown_by
        )
        await self._ledger.add_message(owed.job, message)

    def _is_shown_by(self, message: discord.Message) -> bool:
        """Whether a message of the bot, newer than the request, tells of this training."""
        name = escape(self._request.name)
        told = [message.content, *(embed.title or "" for embed in message.embeds)]
        return any(re.search(rf"(?<!\S){re.escape(name)}(?!\S)", text.replace("*", " ")) for text in told)


def progress_pause_s(age_s: float) -> float:
    """Least time between two looks at the progress in a message of this age, beside that between any two edits."""
    return OLD_PAUSE_S if age_s >= OLD_S else 0.0
