"""`python -m benchmarks.stories [--json] [--smoke]`: commands in a story of 10,000 passages, beside 1,000 stories.

The real bot in the simulated Discord, a real Valkey. Each figure is processor time of the bot's process over the whole
command, the simulation's share included; an edit and a branch are what the bot does of them. Memory is Valkey's, per
passage of about 120 words.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from benchmarks.report import Figure, finish, read_arguments
from bot.options import BotOptions
from bot.records import Records
from bot.tree import Change, Leaf, Story
from greenbeard.play.valkey import EmbeddedValkey
from tests.bot.growing import grown
from tests.bot.house import House
from worker.contract import Keys, Passage, SamplingChoice

PASSAGES, STORIES, ROUNDS = 10_000, 1_000, 9
SMOKE_PASSAGES, SMOKE_STORIES, SMOKE_ROUNDS = 100, 20, 1
TEXT = "The rain fell on the old tower and nobody came. " * 12
COMMAND_MS = 100
TREE_BYTES, PASSAGE_BYTES = 600, 2000


def passage(id: str, story: str, parent: str | None, author: int) -> Passage:
    """One of many alike."""
    return Passage(
        **{"id": id, "story": story, "parent": parent, "kind": "continue", "text": f" {TEXT}{id}", "prompt": ""},
        **{"author": str(author), "model": "musketeers", "seed": 1, "sampling": SamplingChoice(), "words": 121},
        **{"tokens": 160, "seconds": 1.0, "ended": "sentence", "created": time.time(), "chain": "0" * 64},
    )


async def fill(house: House, passages: int, stories: int) -> tuple[float, float]:
    """One long story in the house's channel and many short ones beside it; bytes a passage: tree, and text."""
    redis, records = house.client.redis, Records(house.client.redis)
    place = {"channel": house.channel.id, "server": house.guild.id, "host": house.alice.id}
    start = (await redis.info("memory"))["used_memory"]
    ids = [f"{number:020x}" for number in range(passages)]
    story = Story(id=f"tests:{house.channel.id}").within(**place)
    await records.commit(grown(story, [Leaf(id, f" {TEXT}{id}", 121) for id in ids]))
    tree = (await redis.info("memory"))["used_memory"]
    for first in range(0, passages, 500):
        async with redis.pipeline(transaction=False) as pipe:
            for number in range(first, min(first + 500, passages)):
                made = passage(ids[number], story.id, ids[number - 1] if number else None, house.alice.id)
                pipe.set(Keys.passage(made.id), made.model_dump_json())
            await pipe.execute()
    text = (await redis.info("memory"))["used_memory"]
    for number in range(stories):
        other = Story(id=f"tests:{number}").within(**place).within(title=f"Story {number}", passages=1)
        await records.commit(Change(other))
    return (tree - start) / passages, (text - tree) / passages


async def timed(rounds: int, act: Callable[[], Awaitable[Any]]) -> float:
    """Median milliseconds of this process: waiting for a busy machine is not the bot's."""
    times = []
    for _ in range(rounds):
        began = time.process_time()
        await act()
        times.append(1000 * (time.process_time() - began))
    return statistics.median(times)


async def measure(passages: int, stories: int, rounds: int) -> list[Figure]:
    """All figures, from one house."""
    with tempfile.TemporaryDirectory() as folder:
        valkey = EmbeddedValkey(Path(folder))
        valkey.start()
        house = House(BotOptions(valkey.url, Path(folder) / "home", Path(folder) / "shipped", consumer="tests"))
        await house.open()
        try:
            tree, text = await fill(house, passages, stories)
            found = await commands(house, passages, rounds)
        finally:
            await house.close()
            valkey.stop()
    return [
        *(Figure(what, value, "ms", COMMAND_MS) for what, value in found.items()),
        Figure("the tree, per passage", tree, "bytes", TREE_BYTES),
        Figure("its text and record, per passage", text, "bytes", PASSAGE_BYTES),
    ]


async def commands(house: House, passages: int, rounds: int) -> dict[str, float]:
    """Milliseconds of each command."""
    member, channel = house.alice, house.channel

    def command(name: str, **options: Any) -> Callable[[], Awaitable[Any]]:
        return lambda: member.slash(channel, name, **options)

    async def ask_and_take_back() -> None:
        await member.slash(channel, "continue")
        await member.click(channel.history()[-1], label="Stop")

    async def edit() -> None:
        story = await house.story()
        (node,) = await house.bot.stories.records.path(story.id, passages // 2, passages // 2)
        await house.bot.moves.edit(story.id, node, f"Edited at {time.time()}.", str(member.id))

    async def branch() -> None:
        story = await house.story()
        (node,) = await house.bot.stories.records.path(story.id, passages // 2, passages // 2)
        await house.bot.moves.branch(story, node, Story(id=f"tests:{time.time()}", channel=channel.id))

    return {
        "/continue, and Stop before the first word": await timed(rounds, ask_and_take_back),
        "/story undo": await timed(rounds, command("story undo")),
        "/story redo": await timed(rounds, command("story redo")),
        "/story read, in the middle": await timed(rounds, command("story read", passage=passages // 2)),
        "/story history": await timed(rounds, command("story history")),
        "an edit in the middle": await timed(rounds, edit),
        "a branch from the middle": await timed(rounds, branch),
        "/story list": await timed(rounds, command("story list")),
    }


def main() -> None:
    """Measure and tell."""
    arguments = read_arguments(__doc__)
    size = (SMOKE_PASSAGES, SMOKE_STORIES, SMOKE_ROUNDS) if arguments.smoke else (PASSAGES, STORIES, ROUNDS)
    finish("stories", asyncio.run(measure(*size)), arguments)


if __name__ == "__main__":
    main()
