"""Shows one passage in its messages while it grows, and its end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace

import discord

from bot.buttons import StopButton, stop_id
from bot.errors import MessageGone, Undeliverable
from bot.ledger import Ledger, Owed
from bot.notices import failure, trouble
from bot.pages import copy_of, pages
from bot.posting import Face, Poster, carries, moment_before
from bot.returned import giving_back
from bot.screen import Screen, faces
from bot.stories import Stories
from bot.text import fitting
from bot.tree import Story
from bot.votes import MINUTES, QUORUM, Vote, Votes
from bot.voting import ballot, takes_of
from bot.words.waiting import WRITING
from worker.client import Client
from worker.contract import Event, GenerateRequest, Passage
from worker.errors import RedisDown

PAUSE_S = 2.0
"""Before another try to show a passage again of which there is no other take."""


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
        screen: Screen,
        votes: Votes,
        look: bool,
    ) -> None:
        self._request = request
        self._poster = poster
        self._ledger = ledger
        self._stories = stories
        self._client = client
        self._screen = screen
        self._votes = votes
        self._look = look
        self._shown: dict[int, tuple[str | None, str]] = {}

    async def notice(self, owed: Owed, line: str) -> None:
        """Say how the request waits."""
        face = Face(line, button=StopButton(owed.job, owed.language))
        if owed.again:
            return
        if owed.messages:
            await self._put(owed, owed.messages[0], face, "notice", patient=False)
        else:
            await self._add(owed, face, "notice", [])

    async def grow(self, owed: Owed, event: Event) -> None:
        """Show the text so far."""
        text = await self._client.text(owed.job)
        copy = copy_of(text, prompt=self._request.prompt, chapter=self._request.kind == "chapter")
        if found := pages(copy):
            await self._paint(owed, found, Face(button=StopButton(owed.job, owed.language)), "grows", patient=False)

    async def keep(self, owed: Owed, event: Event) -> None:
        """Bring the story up to date; Discord has no part in this."""
        passages = await self._written()
        if passages and owed.vote:
            await self._stories.keep_beside(passages)
        elif passages:
            await self._stories.append(passages)
        else:
            await self._stories.withdraw(self._request.story, owed.job)

    async def end(self, owed: Owed, event: Event) -> None:
        """Show the finished passage, or why there is none. Raises Undeliverable."""
        passages = await self._written()
        if passages and owed.vote:
            await self._put_to_vote(owed, passages)
        elif passages:
            await self._finish(owed, passages[-1])
        else:
            sentence = failure(self._request, trouble(event)).to(owed.language)
            await self._give_up(owed, fitting(sentence))

    async def _written(self) -> list[Passage]:
        """What came of the request."""
        return [passage for passage in await self._client.passages(self._request.passages) if passage is not None]

    async def _put_to_vote(self, owed: Owed, passages: list[Passage]) -> None:
        """Let members choose among the takes, the one there was before with them."""
        if not owed.messages:
            shown = await self._paint(owed, [WRITING.to(owed.language)], Face(), "notice", patient=True)
            owed = owed.model_copy(update={"messages": tuple(shown)})
        story = await self._stories.story(self._request.story)
        candidates = [*([owed.again] if owed.again else []), *(passage.id for passage in passages)]
        vote = Vote(
            job=owed.job,
            story=story.id,
            channel=owed.channel,
            message=owed.messages[0],
            candidates=tuple(candidates),
            ends=time.time() + 60 * (story.minutes or MINUTES),
            quorum=story.quorum or QUORUM,
        )
        vote = await self._votes.open(vote)
        if not await self._votes.runs(vote.job):
            return
        takes = await takes_of(vote, self._stories, self._client)
        face = ballot(vote, takes, await self._votes.cast_so_far(vote), owed.language)
        (message,) = await self._paint(owed, [face.content or ""], face, "vote", patient=True)
        if message != vote.message:
            await self._votes.move(vote, message)
        if not await self._votes.runs(vote.job):
            await self._votes.show_end(vote)

    async def _give_up(self, owed: Owed, sentence: str) -> None:
        """Say why there is no passage and give the prompt back; where Discord refuses that, at least say why."""
        story = await self._stories.story(self._request.story)
        if owed.again:
            await self._put_back(owed, owed.again, story)
            if story.tip != owed.again:
                await self._screen.dress(story)
            await self._say(owed, sentence)
            return
        await self._give_back(owed, sentence)
        reworded = await self._ledger.find(owed.job)
        if reworded is not None and prompt_of(reworded) != prompt_of(owed):  # its member was forgotten meanwhile
            await self._give_back(reworded, sentence)
        await self._screen.dress(story)

    async def _give_back(self, owed: Owed, sentence: str) -> None:
        """Show the sentence with the prompt, also where the same sentence stands already with another one."""
        self._shown.clear()
        try:
            face = giving_back(sentence, prompt_of(owed), owed.language)
            await self._paint(owed, [sentence], face, "failed", patient=True)
        except Undeliverable:
            await self._paint(owed, [sentence], Face(), "failed", patient=True)

    async def _say(self, owed: Owed, sentence: str) -> None:
        """A message of its own."""
        await self._poster.send(
            owed.channel,
            Face(sentence),
            owed.job,
            after=moment_before(owed.created),
            look=self._look,
            mine=lambda message: message.content == sentence,
        )

    async def _put_back(self, owed: Owed, node: str, story: Story) -> None:
        """Another take of a node came to nothing, or too late: its messages show again what they showed before."""
        records = self._stories.records
        before = await records.messages(story.id, node)
        await records.show(story, node, dict.fromkeys((*before, *owed.messages)))
        while True:
            if await self._screen.show(story, await records.node(story.id, node)):
                return
            await asyncio.sleep(PAUSE_S)

    async def _finish(self, owed: Owed, passage: Passage) -> None:
        records = self._stories.records
        story = await self._stories.story(passage.story)
        node = await records.node(story.id, passage.id)
        if owed.again and await records.is_on_path(story.id, await records.node(story.id, owed.again)):
            await self._put_back(owed, owed.again, story)
            return
        await records.show(story, node.id, owed.messages)  # from here on members may press what is below it
        words = self._request.words if passage.kind == "continue" else None
        controls = await self._screen.controls(story, words) if story.tip == node.id else ()
        *_, last = found = faces(passage, owed.language)
        shown = await self._paint(
            owed, [face.content or "" for face in found], replace(last, controls=tuple(controls)), "done", patient=True
        )
        if shown != list(owed.messages):
            await records.show(story, node.id, shown)
        if not owed.again:
            await self._screen.undress(story, node.parent)
        if story.tip != node.id:
            await self._screen.dress(story)
        now = await self._stories.story(story.id)
        place = await records.node(story.id, await records.shown_in(owed.channel, shown[-1]) or node.id)
        if now.tip != story.tip or place != node or not await records.is_on_path(story.id, node):
            # it was gone on from, taken back, edited or turned over while it was being shown
            await self._screen.refresh(now, place)

    async def _paint(self, owed: Owed, found: list[str], last: Face, stage: str, *, patient: bool) -> list[int]:
        """Let the messages show `found`, the last of them with the buttons and file of `last`; which messages do.

        Where it is `patient`, a message that was deleted is made up for: those behind it move up, and one more follows.
        """
        messages = list(owed.messages)
        gone: list[int] = []
        for index, page in enumerate(found):
            is_last = index == len(found) - 1
            face = replace(last, content=page) if is_last else Face(page)
            label = stage if is_last else ""
            while index < len(messages):
                try:
                    await self._put(owed, messages[index], face, label, patient=patient)
                    break
                except MessageGone:
                    if not patient:
                        raise
                    gone.append(messages.pop(index))
            else:
                messages.append(await self._add(owed, face, label, messages, gone))
        for message in messages[len(found) :]:
            await self._poster.delete(owed.channel, message)
        for message in (*gone, *messages[len(found) :]):
            await self._ledger.drop_message(owed.job, message)
        return messages[: len(found)]

    async def _put(self, owed: Owed, message: int, face: Face, label: str, *, patient: bool) -> None:
        if self._shown.get(message) == (face.content, label):
            return
        if patient:
            await self._poster.edit(owed.channel, message, face)
        elif not await self._poster.try_edit(owed.channel, message, face):
            return
        self._shown[message] = (face.content, label)

    async def _add(self, owed: Owed, face: Face, label: str, before: list[int], gone: Sequence[int] = ()) -> int:
        """Post the message that follows `before`, unless an earlier try did and could not note it down.

        One that makes up for messages that are `gone` has a nonce of its own: theirs would give one of them back.
        """
        message = await self._poster.send(
            owed.channel,
            face,
            f"{gone[0] if gone else owed.job}-{len(before)}",
            after=before[-1] if before else moment_before(owed.created),
            look=self._look or not before,
            mine=lambda message: shows(message, owed.job, face.content if before or label == "done" else None),
        )
        try:
            await self._ledger.add_message(owed.job, message)
        except RedisDown:
            self._look = True
            raise
        self._shown[message] = (face.content, label)
        return message


def prompt_of(owed: Owed) -> str:
    """The prompt as it is owed now: its member may have been forgotten meanwhile."""
    return owed.request.prompt if isinstance(owed.request, GenerateRequest) else ""


def shows(message: discord.Message, job: str, page: str | None) -> bool:
    """Whether a message of the bot shows a job: known by its Stop button, or by the whole `page` that it holds."""
    return carries(message, stop_id(job)) or (page is not None and message.content == page)
