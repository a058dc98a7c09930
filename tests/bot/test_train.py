"""`/train` and `/model`; the test plays the trainer."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import time
import zipfile
from typing import Any

import discord
import pytest
import redis

from bot.ledger import Owed
from bot.options import BotOptions
from bot.trainings import OLD_S, progress_pause_s
from bot.words.notes import NOTES
from bot.words.refusals import PERHAPS_BEGUN
from bot.words.training import ENDS_NOW, NEVER_BEGAN
from tests.bot.house import House, with_changes
from tests.worker.wire import Wire
from worker.contract import Keys, TrainNote, TrainProgress, TrainRequest, TrainResult, WorkerSpeed

BOOK = ("tower.txt", b"It rained on the old tower. " * 400)
PROGRESS = TrainProgress(
    fraction=0.25,
    seconds=150,
    seconds_left=450,
    epoch=1.5,
    loss_bits_per_char=2.0,
    valid_bits_per_char=2.1,
    tokens_per_s=12345,
    sample="The *queen* rode south.",
)
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(100)
RESULT = TrainResult(
    version="dragons",
    seconds=600,
    tokens_per_s=12345,
    epochs=6,
    valid_bits_per_char=1.512,
    parameters=7_000_000,
    sample="The *king*\nrode north. @everyone",
    preset="base",
    notes=(TrainNote(about="small vocabulary", sentence="The books support only 900 tokens."),),
)


def running(house: House) -> TrainRequest:
    from worker.queue import fetch_job

    job: Any = house.redis.lindex("rq:queue:train", 0)
    return TrainRequest.model_validate(fetch_job(job.decode(), house.redis).args[0])


def take(house: House) -> None:
    """Take the training out of the queue, as a trainer does."""
    job: Any = house.redis.lpop("rq:queue:train")
    house.redis.hset(f"rq:job:{job.decode()}", "status", "started")


def embed(house: House) -> Any:
    return house.message().embeds[0]


async def start(house: House, **options: Any) -> Any:
    return await house.admin.slash(house.channel, "train start", **({"name": "dragons", "books": BOOK} | options))


async def test_a_training_from_start_to_promotion(house: House, tiny_version: Any) -> None:
    answer = await start(house, budget="10m")
    assert answer.ephemeral and "takes 10 min" in answer.response.content
    await house.until(lambda: any("No training worker is running" in text for text in house.texts()))
    request = running(house)
    assert (request.name, request.filename, request.budget_s) == ("dragons", "tower.txt", 600)
    assert house.redis.get(Keys.upload(request.job)) == BOOK[1]

    publisher = house.publisher(request)
    take(house)
    publisher.started()
    publisher.progressed(PROGRESS)
    await house.until(lambda: house.message().embeds and "25%" in (embed(house).description or ""))
    fields = {field.name: field.value for field in embed(house).fields}
    assert (fields["Time left"], fields["Loss"]) == ("8 min", "2.000 bits per character")
    assert fields["On unseen pages"] == "2.100 bits per character"

    assert fields["It writes by now"] == "> The \\*queen\\* rode south."

    house.redis.set(Keys.curve(request.job), PICTURE)
    publisher.trained(RESULT)
    await house.until(lambda: house.buttons() == ["Promote"])
    (file,) = house.message().attachments
    assert (file.filename, file.size) == ("learning-curve.png", len(PICTURE))
    fields = {field.name: field.value for field in embed(house).fields}
    assert fields["Good to know"] == f"• {NOTES['small vocabulary'].en}"
    assert "> The \\*king\\*\n> rode north. @\u200beveryone" in embed(house).description
    assert len(house.texts()) == 1
    await house.until(lambda: house.owed() == 0)


async def test_a_training_that_fails_says_why(house: House) -> None:
    await start(house)
    request = running(house)
    house.publisher(request).failed("The books hold too little text.")
    await house.until(lambda: house.texts()[-1:] and "too little text" in house.texts()[-1])
    await house.until(lambda: house.owed() == 0)


async def test_a_training_is_told_of_where_the_bot_may_not_read_the_history(house: House) -> None:
    """Discord then answers with an empty history."""
    assert house.bot.user is not None
    unread = {house.bot.user: discord.PermissionOverwrite(read_message_history=False)}
    channel = house.guild.create_text_channel("unread", overwrites=unread)
    await house.admin.slash(channel, "train start", name="dragons", books=BOOK)
    publisher = house.publisher(running(house))
    publisher.started()
    await house.until(lambda: house.stored(channel))
    publisher.trained(RESULT)
    await house.until(lambda: house.buttons(channel=channel) == ["Promote"])
    await house.until(lambda: house.owed() == 0)
    assert await house.bot.ledger.undelivered() == []


async def test_the_figures_are_posted_where_the_message_of_a_training_was_deleted(house: House) -> None:
    await start(house)
    publisher = house.publisher(running(house))
    publisher.started()
    await house.until(lambda: house.texts() and house.message().embeds)
    await house.message().delete()
    publisher.trained(RESULT)
    await house.until(lambda: house.owed() == 0)
    assert house.buttons() == ["Promote"] and await house.bot.ledger.undelivered() == []


def test_old_messages_are_edited_once_a_minute() -> None:
    assert [progress_pause_s(age) for age in (0, 600, OLD_S - 1, OLD_S, 4 * 3600)] == [0, 0, 0, 60, 60]


async def test_a_long_training_is_told_of_rarely_and_its_end_at_once(house: House) -> None:
    await start(house)
    request = running(house)
    publisher = house.publisher(request)
    publisher.started()
    for fraction, told in ((0.25, "25%"), (0.5, "50%")):
        publisher.progressed(PROGRESS.model_copy(update={"fraction": fraction}))
        await house.until(
            lambda told=told: house.texts() and house.message().embeds and told in embed(house).description
        )
    record = Owed.model_validate_json(house.redis.hget(Keys.deliveries(), request.job))  # type: ignore[arg-type]
    older = record.model_copy(update={"created": record.created - OLD_S})
    house.redis.hset(Keys.deliveries(), request.job, older.model_dump_json())
    publisher.progressed(PROGRESS.model_copy(update={"fraction": 0.75}))
    await house.until(lambda: house.pending() == 0)
    await asyncio.sleep(0.3)
    assert "50%" in (embed(house).description or "")
    publisher.trained(RESULT)
    await house.until(lambda: house.buttons() == ["Promote"])


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"books": ("empty.txt", b"")}, "empty.txt is empty"),
        ({"books": ("blank.txt", b" \n ")}, "blank.txt is empty"),
        ({"books": ("photo.txt", b"\x89PNG\r\n\x1a\n\0\0\0" * 900)}, "not a text file"),
        ({"books": ("leaf.txt", b"It rained all day long, and on. " * 9)}, "too short to learn from: it has 225"),
        ({"books": ("books.zip", BOOK[1])}, "is not a zip"),
        ({"books": ("books.zip", b"PK\x03\x04" + BOOK[1])}, "is damaged"),
        ({"name": "../../x"}, "1 to 40 letters"),
        ({"budget": "soon"}, "Write it like `10m`"),
        ({"budget": "9h"}, "10 s to 4 h"),
    ],
)
async def test_bad_input_is_refused(house: House, given: dict[str, Any], sentence: str) -> None:
    answer = await start(house, **given)
    assert answer.ephemeral
    assert sentence in answer.response.content
    assert house.redis.llen("rq:queue:train") == 0 and house.owed() == 0


async def test_without_a_book_the_answer_says_what_a_book_is(house: House) -> None:
    answer = await house.admin.slash(house.channel, "train start", name="dragons")
    assert answer.ephemeral and "Attach your book" in answer.response.content


async def test_several_books_come_in_a_zip(house: House) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("one.txt", BOOK[1])
    await start(house, books=("books.zip", packed.getvalue()))
    assert running(house).filename == "books.zip"


async def test_without_the_right_nobody_trains(house: House) -> None:
    for command, options in (
        ("train start", {"name": "x", "books": BOOK}),
        ("train stop", {}),
        ("model promote", {"version": "tiny"}),
    ):
        answer = await house.alice.slash(house.channel, command, **options)
        assert answer.ephemeral and "Manage Server" in answer.response.content
    assert house.redis.llen("rq:queue:train") == 0


async def test_a_direct_message_is_no_place_to_train(house: House) -> None:
    answer = await house.admin.user.slash("train start", name="x", books=BOOK)
    assert answer.ephemeral and "belongs to a server" in answer.response.content


async def test_one_training_at_a_time(house: House) -> None:
    await start(house)
    answer = await start(house, name="second")
    assert answer.ephemeral and "is running already" in answer.response.content
    assert house.redis.llen("rq:queue:train") == 1 and house.owed() == 1


async def test_where_nobody_knows_whether_a_training_began_the_channel_hears_of_it(
    options: BotOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = Wire(options.redis_url)
    await wire.open()
    house = House(with_changes(options, redis_url=wire.url))
    house.redis = redis.Redis.from_url(options.redis_url)
    await house.open()
    try:
        wire.loses = "every claim"
        answer = await start(house)
        assert answer.ephemeral and answer.response.content == PERHAPS_BEGUN.en
        assert house.owed() == 1 and house.redis.llen("rq:queue:train") == 0
        monkeypatch.setattr("bot.delivery.ORPHAN_S", 1.0)
        await house.until(lambda: house.texts()[-1:] and "was lost on its way" in house.texts()[-1])
        await house.until(lambda: house.owed() == 0)
        wire.loses = "one answer"
        answer = await start(house)
        assert "takes 10 min" in answer.response.content
        await house.until(lambda: any("No training worker is running" in text for text in house.texts()))
        assert running(house).name == "dragons"
    finally:
        await house.close()
        await wire.close()


async def test_status_and_stop(house: House) -> None:
    answer = await house.alice.slash(house.channel, "train status")
    assert "No training is running" in answer.response.content  # type: ignore[union-attr]
    answer = await house.admin.slash(house.channel, "train stop")
    assert "nothing to stop" in answer.response.content  # type: ignore[union-attr]

    await start(house)
    answer = await house.alice.slash(house.channel, "train status")
    assert "has not begun yet" in answer.response.content  # type: ignore[union-attr]
    request = running(house)
    house.redis.hset(f"rq:job:{request.job}", "status", "started")
    house.redis.set(Keys.progress(request.job), PROGRESS.model_dump_json())
    answer = await house.alice.slash(house.channel, "train status")
    assert "25%" in answer.response.embeds[0].description  # type: ignore[union-attr, operator]
    answer = await house.admin.slash(house.channel, "train stop")
    assert answer.response.content == NEVER_BEGAN.en
    await house.until(lambda: house.texts()[-1:] and "stopped before it began" in house.texts()[-1])
    assert house.texts()[-1].count("The training") == 1
    await start(house)
    take(house)
    answer = await house.admin.slash(house.channel, "train stop")
    assert answer.response.content == ENDS_NOW.en


class TestModels:
    @pytest.fixture
    def shipped(self, tiny_version: Any) -> Any:
        return tiny_version

    async def test_promote_and_list(self, house: House) -> None:
        shutil.copytree(house.options.shipped, house.options.home / "models" / "dragons")
        choices = await house.admin.autocomplete(house.channel, "model promote", "version", "dra")
        assert [choice["value"] for choice in choices] == ["dragons"]
        await house.admin.slash(house.channel, "model promote", version="dragons")
        assert "**dragons** is live" in house.texts()[-1]
        assert house.client.versions.live() == "dragons"
        answer = await house.alice.slash(house.channel, "model list")
        listed = answer.response.embeds[0].description  # type: ignore[union-attr]
        assert listed is not None
        assert "**tiny** (came with me)" in listed and "**dragons** (live)" in listed

    async def test_a_list_of_models_with_long_names_of_books_fits_and_counts_the_rest(self, house: House) -> None:
        for number in range(25):
            folder = house.options.home / "models" / f"dragons-{number}"
            shutil.copytree(house.options.shipped, folder)
            record = json.loads((folder / "version.json").read_text())
            book = record["corpus"][0] | {"name": f"{'the_' * 60}{number}.txt"}
            (folder / "version.json").write_text(json.dumps(record | {"corpus": [book, book]}))
        answer = await house.alice.slash(house.channel, "model list")
        listed = answer.response.embeds[0].description.split("\n")  # type: ignore[union-attr]
        *shown, more = listed
        assert all(line.startswith("• **") and line.endswith("…") for line in shown[1:]) and len(shown) > 5
        assert more == f"… and {26 - len(shown)} more"

    async def test_a_model_that_is_not_there(self, house: House) -> None:
        answer = await house.admin.slash(house.channel, "model promote", version="nobody")
        assert answer.ephemeral and "no model **nobody**. `/model list`" in answer.response.content  # type: ignore[union-attr]
        assert house.client.versions.live() == "tiny"

    async def test_the_promote_button_asks_for_the_right(self, house: House) -> None:
        await start(house)
        request = running(house)
        house.publisher(request).trained(RESULT.model_copy(update={"version": "tiny"}))
        await house.until(lambda: house.buttons() == ["Promote"])
        answer = await house.alice.click(house.message(), label="Promote")
        assert answer.ephemeral and "Manage Server" in answer.response.content  # type: ignore[union-attr]
        await house.restart_bot()
        await house.admin.click(house.message(), label="Promote")
        assert "**tiny** is live" in house.texts()[-1]
        assert house.buttons(0) == []

    async def test_status_shows_the_model(self, house: House) -> None:
        answer = await house.alice.slash(house.channel, "status")
        fields = {field.name: field.value for field in answer.response.embeds[0].fields}  # type: ignore[union-attr]
        assert fields["Model"] == "tiny"
        speed = WorkerSpeed(tokens_per_s=90, words_per_s=60, version="older", at=time.time())
        house.redis.set(Keys.speed(), speed.model_dump_json())
        answer = await house.alice.slash(house.channel, "status")
        fields = {field.name: field.value for field in answer.response.embeds[0].fields}  # type: ignore[union-attr]
        assert fields["Model"] == "tiny (the last passage came from older)"
        assert fields["Writing workers"] == "none is running"
