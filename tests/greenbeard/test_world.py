"""The simulated Discord over two starts of `play`: what was there is there again, under the same ids."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from greenbeard.play import memory
from greenbeard.play.deeds import Deeds
from greenbeard.play.script import Restart, Wait, read_line
from greenbeard.play.shown import Shown, changed, look
from greenbeard.play.world import World, open_world
from tests.greenbeard.garden import Garden


@asynccontextmanager
async def opened(home: Path) -> AsyncIterator[World]:
    async with open_world(Garden(), home) as world:
        yield world
        assert world.env.errors == []


async def do(world: World, *lines: str) -> None:
    deeds = Deeds(world)
    for text in lines:
        line = read_line(1, text)
        assert line is not None
        assert not isinstance(line.action, Wait | Restart)
        assert isinstance(world.env.bot, Garden)
        await deeds.do(line.action, line.member, line.channel, world.env.bot.tree)


def lasting(world: World) -> list[Shown]:
    """What everybody sees, without how often it was edited since the start."""
    return [dataclasses.replace(shown, edits=0) for shown in look(world).values() if not shown.ephemeral]


async def test_places_and_members_stay_and_everything_later_is_new(tmp_path: Path) -> None:
    ids: list[dict[str, int]] = []
    messages: set[int] = set()
    for count in (1, 2):
        async with opened(tmp_path) as world:
            ids.append({name: place.id for name, place in (world.channels | world.members).items()})
            await do(world, "alice@tavern-tales: say Hello")
            messages |= set(look(world))
            assert len(messages) == len(look(world)) == count
            assert abs((datetime.now(UTC) - world.env.now()).total_seconds()) < 5
    assert ids[0] == ids[1]


async def test_threads_members_and_messages_are_found_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        await do(world, "alice: /panel", "alice: click ▶", "bob: /card", "carol: say me too", "bob: react 🔥")
        await do(world, "carol: /begin title:The Tower", "carol: say in the thread")
        await do(world, "bob@tavern-tales: /begin title:Secrets private:True")
        place = world.place("the tower")
        await world.member("carol").send(place, "a book", attachments=[("a book.txt", b"once upon a time")])
        before, carol = lasting(world), world.member("carol").id
        ephemeral = [shown for shown in look(world).values() if shown.ephemeral]
    assert ephemeral
    async with opened(tmp_path) as world:
        assert lasting(world) == before
        assert world.member("carol").id == carol
        assert [str(place.name) for place in world.places()] == [*world.channels, "The Tower", "Secrets"]
        assert [str(place.name) for place in world.visible(world.member("carol"))] == [*world.channels, "The Tower"]
        assert [thread.name for guild in world.env.bot.guilds for thread in guild.threads] == ["The Tower", "Secrets"]
        (file,) = [file for shown in lasting(world) for file in shown.files]
        assert world.env.backend.cdn.get(file.url) == b"once upon a time"
        await do(world, "carol: say on we go", "bob: menu Add to the story on the next take")
        now = lasting(world)
        assert ("The Tower", "on we go") in [(shown.channel, shown.content) for shown in now]
    async with opened(tmp_path) as world:
        assert lasting(world) == now


async def test_what_was_deleted_stays_away(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        await do(world, "alice: say one", "alice: say two", "alice: /begin title:The Tower", "alice: say three")
        backend, first = world.env.backend, world.place("the-sixth-book").id
        backend.delete_message(first, min(backend.messages[first]))
        backend.delete_channel(world.place("The Tower").id)
    async with opened(tmp_path) as world:
        assert [shown.content for shown in lasting(world)] == ["two", "The Tower"]
        assert [place.name for place in world.places()] == list(world.channels)


async def test_a_long_home_keeps_the_newest_of_each_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MESSAGES_KEPT", 2)
    async with opened(tmp_path) as world:
        await do(world, *(f"alice: say {number}" for number in range(4)), "alice@tavern-tales: say five")
    async with opened(tmp_path) as world:
        assert [shown.content for shown in lasting(world)] == ["2", "3", "five"]


async def test_a_memory_that_cannot_be_read_is_put_aside(tmp_path: Path) -> None:
    file = tmp_path / "discord.sqlite"
    file.write_bytes(b"no database at all, but long enough to be taken for one" * 100)
    async with opened(tmp_path) as world:
        assert look(world) == {}
    assert file.with_suffix(".unreadable").read_bytes().startswith(b"no database")


async def test_only_what_a_member_can_see_counts_as_a_change(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        await do(world, "alice: /card")
        before = look(world)
        assert changed(before, look(world).values()) == []
        await do(world, "carol: click Join")
        (joined,) = changed(before, look(world).values())
        assert (joined.author, joined.ephemeral) == ("Greenbeard", True)
        assert "".join(joined.lines({})).startswith("#the-sixth-book Greenbeard (only you see this):")


async def test_records_that_nobody_reads_do_not_pile_up(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        await do(world, "alice: say Hello", "bob: react 🔥")
        happened = world.happened
        assert happened > 2
        await world.follow_clock()
        assert world.happened >= happened
        assert len(world.env.backend.transcript) == len(world.env.http_requests) == 0
