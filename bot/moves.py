"""Moves in the tree of a story: undo, redo, another take, edit, branch, the end of a vote. Nothing is ever removed."""

from __future__ import annotations

from collections.abc import Sequence

from bot.errors import Refusal
from bot.stories import Stories
from bot.tree import (
    ROOT,
    Change,
    Leaf,
    Node,
    Story,
    Take,
    choose,
    edit_id,
    go_back,
    pick,
    place_of,
    reword,
    takes,
)
from bot.words.refusals import GONE_ON, NOTHING_TO_REDO, NOTHING_TO_UNDO, TOO_FAR_BACK
from bot.written import edited_passage
from worker.client import Client
from worker.contract import Passage

MOST_AT_ONCE = 20
"""Passages that are taken back in one move: each of their messages is changed."""


class Moves:
    """Every method may raise RedisDown, and Refusal where nothing was changed."""

    def __init__(self, stories: Stories, client: Client) -> None:
        self._stories = stories
        self._records = stories.records
        self._client = client

    async def undo(self, id: str, node: str | None = None, member: str = "") -> tuple[Story, Node]:
        """Let a member take back the newest passage, which must be `node` where one is given; what was taken back."""
        async with self._stories.writing(id):
            story = await self._stories.at_rest(id)
            if story.tip is None:
                raise Refusal(NOTHING_TO_UNDO)
            tip = await self._records.tip(story)
            if node not in (None, tip.id):
                raise Refusal(GONE_ON)
            taken = await self._taken([tip], member)
            change = go_back(story, await self._records.node(id, tip.parent or ROOT), taken)
            await self._records.commit(change)
        return change.story, tip

    async def _taken(self, nodes: Sequence[Node], member: str) -> list[Node]:
        """Nodes as a member takes them back; `member` is "" where nobody in particular does."""
        passages = await self._client.passages(node.passage for node in nodes)
        return [
            node.model_copy(update={"barred": bool(member) and passage is not None and passage.author != member})
            for node, passage in zip(nodes, passages, strict=True)
        ]

    async def back_to(self, id: str, node: str, member: str = "") -> tuple[Story, list[Node]]:
        """Let a member end the story with a passage of its path; what was taken back, oldest first."""
        async with self._stories.writing(id):
            story = await self._stories.at_rest(id)
            target = await self._records.node(id, node)
            if not await self._records.is_on_path(id, target):
                raise Refusal(GONE_ON)
            taken = await self._records.nodes(id, await self._records.path(id, target.depth))
            if len(taken) > MOST_AT_ONCE:
                raise Refusal(TOO_FAR_BACK.of(count=len(taken), most=MOST_AT_ONCE))
            change = go_back(story, target, await self._taken(taken, member))
            await self._records.commit(change)
        return change.story, taken

    async def redo(self, id: str, node: str | None = None) -> tuple[Story, Node]:
        """Bring back what was taken back last, which must be `node` where one is given."""
        async with self._stories.writing(id):
            story = await self._stories.at_rest(id)
            tip = await self._records.tip(story)
            if tip.chosen is None:
                raise Refusal(NOTHING_TO_REDO if node is None else GONE_ON)
            if node not in (None, tip.chosen):
                raise Refusal(GONE_ON)
            child = await self._records.node(id, tip.chosen)
            change = choose(story, tip, child)
            await self._records.commit(change)
        return change.story, child

    async def turn(self, id: str, node: str, by: int, *, barred_too: bool = True) -> tuple[Story, Node]:
        """Show another take of the newest passage, which must be `node`; the one that counts now.

        Takes that are barred are passed over, unless `barred_too`.
        """
        async with self._stories.writing(id):
            story = await self._stories.at_rest(id)
            if story.tip != node:
                raise Refusal(GONE_ON)
            found = await self.takes(story)
            at = place_of(found, await self._records.tip(story))
            others = [found[(at + by * step) % len(found)] for step in range(1, len(found))]
            take = next((take for take in others if barred_too or not take.node.barred), found[at])
            change = await self._picked(story, take)
            await self._records.commit(change)
        return change.story, await self._records.tip(change.story)

    async def _picked(self, story: Story, take: Take) -> Change:
        parent = await self._records.node(story.id, take.node.parent or ROOT)
        passage = await self._client.passage(take.passage)
        return pick(story, parent, take, passage.text if passage else "")

    async def decide(self, id: str, job: str, winner: str) -> Story:
        """End a vote: the winner counts where its place is still the newest, and what waits follows.

        One whose request is in the line no more was decided before, and nothing is changed.
        """
        async with self._stories.writing(id):
            story = await self._stories.story(id)
            if any(waits.job == job for waits in await self._stories.waiting(id)):
                story = await self._won_by(story, await self._records.node(id, winner))
                await self._stories.remove(id, job)
        await self._stories.submit_next(id)
        return story

    async def _won_by(self, story: Story, node: Node) -> Story:
        parent = await self._records.node(story.id, node.parent or ROOT)
        tip = await self._records.tip(story)
        if tip.id not in (parent.id, *parent.children):
            return story
        change = await self._picked(story, Take(node, node.shown))
        await self._records.commit(change)
        return change.story

    async def takes(self, story: Story) -> list[Take]:
        """All texts that can stand where the story ends."""
        if story.tip is None:
            return []
        tip = await self._records.tip(story)
        parent = await self._records.node(story.id, tip.parent or ROOT)
        return takes(await self._records.nodes(story.id, parent.children))

    async def edit(self, id: str, node: str, text: str, member: str) -> tuple[Story, Node]:
        """Give a passage another wording, also in the middle of the story; what follows it stays."""
        async with self._stories.writing(id):
            story = await self._stories.story(id)
            place = await self._records.node(id, node)
            old = await self._client.passage(place.passage)
            if old is None:
                raise Refusal(GONE_ON)
            edited = await self._kept_edit(old, place, text, member)
            parent = await self._records.node(id, place.parent or ROOT)
            change = reword(story, parent, place, Leaf(edited.id, edited.text, edited.words))
            await self._records.commit(change)
        return change.story, change.nodes[0]

    async def _kept_edit(self, old: Passage, place: Node, text: str, member: str) -> Passage:
        """A new wording under the first name that is free: stories that share a passage share its edits' names."""
        number = len(place.wordings)
        while True:
            edited = edited_passage(old, edit_id(place, number), text, member)
            if await self._client.passage(edited.id) is None and await self._stories.store(edited):
                return edited
            number += 1

    async def branch(self, source: Story, node: str, new: Story) -> Story:
        """Begin `new` with a copy of the story up to a passage of it; later moves in one do not touch the other."""
        async with self._stories.writing(source.id):
            target = await self._records.node(source.id, node)
            keep, push = await self._way(source.id, target)
            story = source.within(
                id=new.id,
                title=new.title,
                channel=new.channel,
                roof=new.roof,
                adult=new.adult,
                server=new.server,
                language=new.language,
                host=new.host,
                named_after=new.named_after,
                created=new.created,
                ended=None,
                tip=None if target.id == ROOT else target.id,
                passages=target.depth,
                chapters=target.chapters,
            )
            await self._records.copy(source, Change(story, keep=keep, push=push))
        return story

    async def _way(self, id: str, node: Node) -> tuple[int, tuple[str, ...]]:
        """How the path leads to a node: how much of it stays, and what follows."""
        push: list[str] = []
        while not await self._records.is_on_path(id, node):
            push.append(node.id)
            node = await self._records.node(id, node.parent or ROOT)
        return node.depth, tuple(reversed(push))
