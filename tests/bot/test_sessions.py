"""Members do what comes to their minds, the bot is restarted in between: the story and what Discord shows stay one."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.bot.house import House
from tests.bot.naive import Naive

STEPS = 40
MEMBERS = ("alice", "bob", "admin")


class Session:
    """A story under random hands, beside what it must be."""

    def __init__(self, house: House, seed: int) -> None:
        self.house = house
        self.chance = random.Random(seed)
        self.root = self.tip = Naive("root", [""])
        self.count = 0
        self.log: list[str] = []

    async def step(self) -> None:
        """Somebody does something that can be done."""
        acts = [self.go_on, self.several_ask_at_once, self.write, self.write_meanwhile, self.redo, self.restart]
        if self.tip.above:
            acts += [self.undo, self.undo, self.edit]
        labels = self.buttons()
        acts += [self.another_take] * 2 * ("Another take" in labels) + [self.look_through] * 2 * ("▶" in labels)
        act = self.chance.choice(acts)
        self.log.append(act.__name__)
        await act()

    def member(self) -> str:
        return self.chance.choice(MEMBERS)

    def actor(self, name: str) -> Any:
        return getattr(self.house, name)

    def new_text(self) -> str:
        self.count += 1
        return f"Text {self.count}."

    def grow(self, above: Naive, text: str, author: str) -> None:
        child = Naive(text, [text], above=above, authors=[author])
        above.below.append(child)
        above.chosen = self.tip = child

    def may_alter(self, member: str, place: Naive) -> bool:
        return self.decides(member) or member == place.authors[place.shown]

    def decides(self, member: str) -> bool:
        return bool(self.root.below) and member in ("admin", self.root.below[0].authors[0])

    async def settled(self) -> None:
        await self.house.until(lambda: self.house.owed() == 0 and self.house.pending() == 0)

    def newest(self) -> Any:
        (found,) = [message for message in self.house.channel.history() if "Undo" in labels_of(message)]
        return found

    def buttons(self) -> list[str]:
        return [label for message in self.house.channel.history() for label in labels_of(message)]

    async def go_on(self) -> None:
        member, text = self.member(), self.new_text()
        await self.actor(member).slash(self.house.channel, "continue")
        self.house.end(self.house.take(), text)
        await self.settled()
        self.grow(self.tip, text, member)

    async def several_ask_at_once(self) -> None:
        asked = [(self.member(), self.new_text()) for _ in range(3)]
        for member, _ in asked:
            await self.actor(member).slash(self.house.channel, "continue")
        for member, text in asked:
            await self.house.until(self.house.requests)
            self.house.end(self.house.take(), text)
            self.grow(self.tip, text, member)
        await self.settled()

    async def write(self) -> None:
        member, text = self.member(), self.new_text()
        shown = await self.actor(member).slash(self.house.channel, "write")
        await self.actor(member).submit_modal(shown, {"text": text})
        self.grow(self.tip, text, member)

    async def write_meanwhile(self) -> None:
        first, text = self.member(), self.new_text()
        await self.actor(first).slash(self.house.channel, "continue")
        member, own = self.member(), self.new_text()
        shown = await self.actor(member).slash(self.house.channel, "write")
        await self.actor(member).submit_modal(shown, {"text": own})
        self.house.end(self.house.take(), text)
        await self.settled()
        self.grow(self.tip, text, first)
        self.grow(self.tip, own, member)

    async def another_take(self) -> None:
        member, text = self.member(), self.new_text()
        await self.actor(member).click(self.newest(), label="Another take")
        request = self.house.take()
        above = self.tip.above
        assert above is not None
        if self.chance.random() < 0.3:
            self.house.publisher(request).failed("No.")
        else:
            self.house.end(request, text)
            self.grow(above, text, member)
        await self.settled()

    async def look_through(self) -> None:
        by, member = self.chance.choice((-1, 1)), self.member()
        await self.actor(member).click(self.newest(), label="▶" if by > 0 else "◀")
        above = self.tip.above
        assert above is not None
        takes = above.takes()
        at = takes.index((self.tip, self.tip.shown)) + by
        while takes[at % len(takes)][0].barred and not self.decides(member):
            at += by
        child, index = takes[at % len(takes)]
        child.shown, above.chosen, self.tip = index, child, child
        child.barred = False

    async def undo(self) -> None:
        member = self.member()
        await self.actor(member).click(self.newest(), label="Undo")
        if self.may_alter(member, self.tip):
            assert self.tip.above is not None
            self.tip.barred = member != self.tip.authors[self.tip.shown]
            self.tip = self.tip.above

    async def redo(self) -> None:
        member, child = self.member(), self.tip.chosen
        await self.actor(member).slash(self.house.channel, "story redo")
        if child is not None and (self.decides(member) if child.barred else self.may_alter(member, child)):
            self.tip = child
            child.barred = False

    async def edit(self) -> None:
        path = self.tip.path()
        depth, member, text = self.chance.randrange(len(path)), self.member(), self.new_text()
        records, story = self.house.bot.stories.records, await self.house.story()
        (node,) = await records.path(story.id, depth, depth)
        message = (await records.messages(story.id, node))[-1]
        found = next(one for one in self.house.channel.history() if one.id == message)
        shown = await self.actor(member).context_menu(self.house.channel, "Edit this passage", found)
        if self.may_alter(member, path[depth]):
            await self.actor(member).submit_modal(shown, {"text": text})
            path[depth].texts.append(text)
            path[depth].authors.append(member)
            path[depth].shown = len(path[depth].texts) - 1

    async def restart(self) -> None:
        await self.house.restart_bot()

    async def check(self) -> None:
        """The story reads as it must, Discord shows it and one set of buttons, and nothing is lost."""
        wanted = [place.texts[place.shown] for place in self.tip.path()]
        assert [text.strip() for text in await self.house.told_texts()] == wanted, self.log
        shown = [text.partition("\n-# ")[0] for text in self.house.texts() if text.startswith("Text ")]
        assert shown == wanted, self.log
        assert self.buttons().count("Continue") == bool(wanted), self.log
        keys = list(self.house.redis.scan_iter("greenbeard:passage:*"))
        kept = b"\n".join(value for key in keys if (value := self.house.redis.get(key)))
        assert all(f'{text}"'.encode() in kept for text in self.root.everything()), self.log


def labels_of(message: Any) -> list[str]:
    return [item.label for row in message.components for item in row.children if item.label]


@pytest.mark.parametrize("seed", range(2))
async def test_a_session_of_several_members(house: House, seed: int) -> None:
    await house.admin.slash(house.channel, "rules limits", member=1000)
    session = Session(house, seed)
    for _ in range(STEPS):
        await session.step()
        await session.check()
