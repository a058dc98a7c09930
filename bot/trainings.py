"""Shows one training in one message: its progress, then its figures."""

from __future__ import annotations

import re

import discord

from bot.figures import progress_embed, result_embed
from bot.ledger import Ledger, Owed
from bot.models import PromoteButton
from bot.notices import failure, trouble
from bot.posting import Attached, Face, Poster, moment_before
from bot.text import escape, fitting
from worker.client import Client
from worker.contract import Event, Progressed, Started, Trained, TrainRequest

CURVE_NAME = "learning-curve.png"


class TrainingDisplay:
    """One training. Its message is an ordinary one of the channel: it changes for hours."""

    def __init__(self, request: TrainRequest, *, poster: Poster, ledger: Ledger, client: Client) -> None:
        self._request = request
        self._poster = poster
        self._ledger = ledger
        self._client = client
        self._line: str | None = None

    async def notice(self, owed: Owed, line: str) -> None:
        """Say how the training waits."""
        if line != self._line:
            await self._show(owed, Face(line), patient=False)
            self._line = line

    async def grow(self, owed: Owed, event: Event) -> None:
        """Show how far it is."""
        if isinstance(event, Started | Progressed):
            progress = event.progress if isinstance(event, Progressed) else None
            await self._show(owed, Face(embed=progress_embed(self._request, progress, owed.language)), patient=False)

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
            after = moment_before(owed.created)
            message = await self._poster.send(
                owed.channel, face, f"{owed.job}-0", after=after, look=True, mine=self._is_shown_by
            )
            await self._ledger.add_message(owed.job, message)
        elif patient:
            await self._poster.edit(owed.channel, owed.messages[0], face)
        else:
            await self._poster.try_edit(owed.channel, owed.messages[0], face)

    def _is_shown_by(self, message: discord.Message) -> bool:
        """Whether a message of the bot, newer than the request, tells of this training."""
        name = escape(self._request.name)
        told = [message.content, *(embed.title or "" for embed in message.embeds)]
        return any(re.search(rf"(?<!\S){re.escape(name)}(?!\S)", text.replace("*", " ")) for text in told)
