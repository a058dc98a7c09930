"""Shows one passage in its messages while it grows, and its end."""

from __future__ import annotations

from dataclasses import replace

import discord

from bot.errors import Undeliverable
from bot.ledger import Ledger, Owed
from bot.notices import LOST, failure
from bot.options import BotOptions
from bot.pages import Copy, copy_of, pages
from bot.posting import Attached, Face, Poster, carries, moment_before
from bot.returned import giving_back
from bot.stories import Stories
from bot.write import ContinueButton, StopButton
from worker.client import Client
from worker.contract import Event, Failed, GenerateRequest, Passage

NAME_CHARS = 40


class PassageDisplay:
    """One passage. Its first message is the answer to the command; long ones go on in further messages."""

    def __init__(
        self,
        request: GenerateRequest,
        *,
        poster: Poster,
        ledger: Ledger,
        stories: Stories,
        client: Client,
        options: BotOptions,
        look: bool,
    ) -> None:
        self._request = request
        self._poster = poster
        self._ledger = ledger
        self._stories = stories
        self._client = client
        self._options = options
        self._look = look
        self._shown: dict[int, tuple[str | None, str]] = {}

    async def notice(self, owed: Owed, line: str) -> None:
        """Say how the request waits."""
        face = Face(line, button=StopButton(owed.job))
        if owed.messages:
            await self._put(owed, owed.messages[0], face, "notice", patient=False)
        else:
            await self._add(owed, face, "notice", [])

    async def grow(self, owed: Owed, event: Event) -> None:
        """Show the text so far."""
        text = await self._client.text(owed.job)
        copy = copy_of(text, prompt=self._request.prompt, chapter=self._request.kind == "chapter")
        if found := pages(copy):
            await self._paint(owed, found, Face(button=StopButton(owed.job)), "grows", patient=False)

    async def keep(self, owed: Owed, event: Event) -> None:
        """Bring the story up to date; Discord has no part in this."""
        passage = await self._client.passage(owed.job)
        if passage is not None:
            await self._stories.append(passage)
        else:
            await self._stories.withdraw(self._request.story, owed.job)

    async def end(self, owed: Owed, event: Event) -> None:
        """Show the finished passage, or why there is none. Raises Undeliverable."""
        passage = await self._client.passage(owed.job)
        if passage is not None:
            await self._finish(owed, passage)
        else:
            sentence = event.message if isinstance(event, Failed) else LOST
            await self._give_up(owed, failure(self._request, sentence))

    async def _give_up(self, owed: Owed, sentence: str) -> None:
        """Say why there is no passage and give the prompt back; where Discord refuses that, at least say why."""
        try:
            face = giving_back(sentence, self._request.prompt)
            await self._paint(owed, [sentence], face, "failed", patient=True)
        except Undeliverable:
            await self._paint(owed, [sentence], Face(), "failed", patient=True)

    async def _finish(self, owed: Owed, passage: Passage) -> None:
        chapter = passage.kind == "chapter"
        copy = copy_of(passage.text, prompt=passage.prompt, chapter=chapter)
        last = Face(
            button=ContinueButton(self._options.continue_words if chapter else self._request.words),
            attached=Attached(file_name(copy), markdown(copy).encode()) if chapter else None,
        )
        await self._paint(owed, pages(copy), last, "done", patient=True)

    async def _paint(self, owed: Owed, found: list[str], last: Face, stage: str, *, patient: bool) -> None:
        """Let the messages show `found`, the last of them with the button and file of `last`."""
        messages = list(owed.messages)
        for index, page in enumerate(found):
            is_last = index == len(found) - 1
            face = replace(last, content=page) if is_last else Face(page)
            label = stage if is_last else ""
            if index < len(messages):
                await self._put(owed, messages[index], face, label, patient=patient)
            else:
                messages.append(await self._add(owed, face, label, messages))
        for message in messages[len(found) :]:
            await self._poster.delete(owed.channel, message)
            await self._ledger.drop_message(owed.job, message)

    async def _put(self, owed: Owed, message: int, face: Face, label: str, *, patient: bool) -> None:
        if self._shown.get(message) == (face.content, label):
            return
        if patient:
            await self._poster.edit(owed.channel, message, face)
        elif not await self._poster.try_edit(owed.channel, message, face):
            return
        self._shown[message] = (face.content, label)

    async def _add(self, owed: Owed, face: Face, label: str, before: list[int]) -> int:
        """Post the message that follows `before`, unless an earlier try did and could not note it down."""
        message = await self._poster.send(
            owed.channel,
            face,
            f"{owed.job}-{len(before)}",
            after=before[-1] if before else moment_before(owed.created),
            look=self._look or not before,
            mine=lambda message: shows(message, owed.job, face.content if before or label == "done" else None),
        )
        look, self._look = self._look, True
        await self._ledger.add_message(owed.job, message)
        self._look = look
        self._shown[message] = (face.content, label)
        return message


def shows(message: discord.Message, job: str, page: str | None) -> bool:
    """Whether a message of the bot shows a job: known by its Stop button, or by the whole `page` that it holds."""
    return carries(message, StopButton(job).custom_id) or (page is not None and message.content == page)


def markdown(copy: Copy) -> str:
    """A chapter as a Markdown file."""
    heading = " – ".join(line.strip() for line in copy.text[: copy.heading].split("\n"))
    return f"# {heading}\n\n{copy.text[copy.heading :].strip()}\n"


def file_name(copy: Copy) -> str:
    """A chapter's file name, made of its heading."""
    words = "".join(char if char.isalnum() else " " for char in copy.text[: copy.heading].lower()).split()
    return f"{'-'.join(words)[:NAME_CHARS].strip('-') or 'chapter'}.md"
