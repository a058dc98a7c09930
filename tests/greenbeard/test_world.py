"""The simulated Discord over two starts of `play`: same places, same stories, what was owed goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from bot.app import GreenbeardBot
from bot.ledger import Owed
from bot.stories import story_id
from greenbeard.play.recall import PASSAGES_SHOWN, recall
from greenbeard.play.shown import Shown, changed, look
from greenbeard.play.world import World, open_world
from greenbeard.settings import Settings
from worker.client import Client
from worker.contract import GenerateRequest, Keys, Passage, SamplingChoice, TrainRequest, new_job_id

JOB = new_job_id()


@asynccontextmanager
async def opened(redis_url: str, home: Path) -> AsyncIterator[tuple[GreenbeardBot, World]]:
    settings = Settings(home=home, redis_url=redis_url)
    client = Client(redis_url, settings.versions())
    bot = GreenbeardBot(settings.bot_options(redis_url, consumer="play"), client)
    async with open_world(bot) as world:
        yield bot, world
    await client.close()


async def write(bot: GreenbeardBot, story: str, text: str, parent: str | None) -> str:
    passage = Passage(
        id=new_job_id(),
        story=story,
        parent=parent,
        kind="continue",
        text=text,
        prompt="",
        author="1",
        model="tiny",
        seed=1,
        sampling=SamplingChoice(),
        words=1,
        tokens=1,
        seconds=0.1,
        ended="sentence",
        created=0.0,
        chain="",
    )
    await bot.queue.redis.set(Keys.passage(passage.id), passage.model_dump_json())
    await bot.stories.append([passage])
    return passage.id


def shown(world: World) -> list[Shown]:
    return list(look(world).values())


async def test_places_and_members_stay_and_everything_later_is_new(redis_url: str, tmp_path: Path) -> None:
    ids: list[dict[str, int]] = []
    messages: list[int] = []
    for _ in range(2):
        async with opened(redis_url, tmp_path) as (bot, world):
            ids.append({name: place.id for name, place in (world.channels | world.members).items()})
            await world.say(world.member("alice"), world.channel("tavern-tales"), "Hello")
            messages += [message.id for message in shown(world)]
            assert abs((datetime.now(UTC) - world.env.now()).total_seconds()) < 5
            assert bot.user is not None
            assert bot.user.name == "Greenbeard"
    assert ids[0] == ids[1]
    assert len(set(messages)) == 2


async def test_a_new_house_greets(redis_url: str, tmp_path: Path) -> None:
    async with opened(redis_url, tmp_path) as (bot, world):
        await recall(bot, [channel.id for channel in world.channels.values()])
        (hello,) = shown(world)
        assert hello.channel == "the-sixth-book"
        assert "/continue" in hello.content


async def test_stories_are_shown_where_they_were(redis_url: str, tmp_path: Path) -> None:
    async with opened(redis_url, tmp_path) as (bot, world):
        channel, other = (channel.id for channel in world.channels.values())
        tip = None
        for number in range(PASSAGES_SHOWN + 2):
            tip = await write(bot, story_id("play", channel), f"\n\nPassage {number}.", tip)
        await write(bot, story_id("play", other), "Another story.", None)
        await recall(bot, [channel, other])
        assert [(m.channel, m.content, m.buttons) for m in shown(world)] == [
            ("the-sixth-book", "Passage 2.", ()),
            ("the-sixth-book", "Passage 3.", ()),
            ("the-sixth-book", "Passage 4.", ("Continue",)),
            ("tavern-tales", "Another story.", ("Continue",)),
        ]


async def test_what_was_being_written_gets_a_message_anew(redis_url: str, tmp_path: Path) -> None:
    async with opened(redis_url, tmp_path) as (bot, world):
        channel = world.channel("the-sixth-book").id
        writing = GenerateRequest(job=JOB, story="play:1", seed=1, reply_to="play", member="1")
        training = TrainRequest(job=new_job_id(), name="mine", filename="a.txt", reply_to="play", member="1")
        for request in (writing, training):
            await bot.ledger.enter(Owed(channel=channel, request=request, messages=(1, 2), submitted=True))
        await recall(bot, [channel])
        owed = {record.job: record for record in await bot.ledger.owed("play")}
        now = look(world)
        said = [now[owed[request.job].messages[0]] for request in (writing, training)]
        assert [message.buttons for message in said] == [("Stop",), ()]
        assert "Writing" in said[0].content
        assert "training of **mine**" in said[1].content
        assert all(len(record.messages) == 1 and record.submitted for record in owed.values())


async def test_only_what_a_member_can_see_counts_as_a_change(redis_url: str, tmp_path: Path) -> None:
    async with opened(redis_url, tmp_path) as (bot, world):
        await recall(bot, [world.channel("the-sixth-book").id])
        before = look(world)
        assert changed(before, shown(world)) == []
        result = await world.command(world.member("carol"), world.channel("the-sixth-book"), "help", {})
        assert result.acknowledged
        (help_,) = changed(before, shown(world))
        assert (help_.author, help_.ephemeral) == ("Greenbeard", True)
        assert "".join(help_.lines({})).startswith("#the-sixth-book Greenbeard (only you see this):")
