"""The same with real workers and a tiny model that was really trained."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.options import BotOptions
from bot.stories import story_id
from tests.bot.house import House
from tests.forked import Forked
from worker.contract import Keys
from worker.generation import run_generation_worker
from worker.options import WorkerOptions
from worker.training import run_training_worker

StartWorker = Callable[[Callable[[WorkerOptions], None]], Forked]


@pytest.fixture
def shipped(tiny_version: Path) -> Path:
    return tiny_version


@pytest.fixture
def start_worker(options: BotOptions, tmp_path: Path) -> Iterator[StartWorker]:
    started: list[Forked] = []
    used, log = WorkerOptions(options.redis_url, options.home, options.shipped, "cpu"), tmp_path / "worker.log"

    def start(serve: Callable[[WorkerOptions], None]) -> Forked:
        started.append(Forked(log, log, serve, used))
        return started[-1]

    yield start
    for process in started:
        process.terminate()
    for process in started:
        process.wait()


async def test_a_request_kept_without_a_worker_is_written_when_one_starts(
    house: House, start_worker: StartWorker
) -> None:
    await house.alice.slash(house.channel, "continue", prompt="Athos went to 塔 🐉.", words=40)
    await house.alice.slash(house.channel, "chapter", title="The Old Tower", words=120)
    assert all("No worker is running" in text for text in house.texts())

    start_worker(run_generation_worker)
    await house.until(lambda: house.buttons()[:1] == ["Continue"], 60)
    first, chapter = house.texts()[0], house.texts()[1]
    assert first.startswith("**Athos went to 塔 🐉.**") and len(first.split()) > 30
    assert chapter.startswith("## ") and "The Old Tower" in chapter.split("\n\n")[0]
    (file,) = house.message().attachments
    assert (await file.read()).decode().startswith("# ")
    await house.until(lambda: house.owed() == 0 and house.pending() == 0)


async def test_a_book_is_written_by_one_command_and_survives_restarts_of_bot_and_worker(
    house: House, start_worker: StartWorker
) -> None:
    await house.alice.slash(house.channel, "book write", chapters=3, words=300, format="text")
    worker = start_worker(run_generation_worker)
    await house.until(lambda: house.redis.llen(Keys.path(story_id("tests", house.channel.id))) >= 1, 60)
    worker.terminate()
    await house.restart_bot()
    await asyncio.to_thread(worker.wait)
    start_worker(run_generation_worker)
    await house.until(lambda: house.owed() == 0, 90)
    assert house.texts()[0] == "📖 3 of 3 chapters are written."
    (file,) = house.message().attachments
    text = (await file.read()).decode()
    assert file.filename == "the-sixth-book.txt" and "written by a model" in text and "the model: 100%" in text


async def test_a_model_of_ones_own_book(house: House, start_worker: StartWorker, tiny_book_text: str) -> None:
    start_worker(run_training_worker)
    await house.admin.slash(
        house.channel, "train start", name="tower", books=("tower.txt", tiny_book_text.encode()), budget="60s"
    )
    await house.until(lambda: house.redis.keys(Keys.progress("*")), 60)
    await house.admin.slash(house.channel, "train stop")
    await house.until(lambda: house.buttons() == ["Promote"], 120)
    embed = house.message().embeds[0]
    assert embed.title == "The model tower is trained"
    await house.admin.click(house.message(), label="Promote")
    assert house.client.versions.live() == "tower"
