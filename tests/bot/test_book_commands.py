"""`/book export` and `/book write`, from the command to the file; the test plays the worker."""

from __future__ import annotations

import asyncio
import io
import random
import re
import time
import zipfile
from typing import Any

import discord
import pytest

from bot.book.files import DISCORD_BYTES
from bot.book_runs import BookRun
from bot.options import BotOptions
from bot.publishing import place_title, publish
from bot.tree import Leaf, Story
from bot.words.book import NO_FILE
from bot.words.refusals import EMPTY_BOOK
from bot.words.waiting import TAKEN_BACK
from tests.bot.book.made import passage
from tests.bot.growing import grown
from tests.bot.house import House, with_changes
from worker.contract import GenerateRequest, Keys
from worker.errors import RedisDown

CHAPTER = "Rain fell on the old tower. " * 30


@pytest.fixture
def bob(house: House) -> Any:
    """Another member."""
    return house.guild.add_member(house.env.create_user("bob"))


async def written(house: House, text: str, actor: Any = None, **given: Any) -> None:
    """One finished passage."""
    before = len(house.texts())
    await (actor or house.alice).slash(house.channel, "continue", **given)
    house.end(house.take(), text)
    await house.until(lambda: house.owed() == 0 and len(house.texts()) > before)


async def export(house: House, **given: Any) -> discord.Message:
    await house.alice.slash(house.channel, "book export", **given)
    return house.message()


async def read(message: discord.Message) -> str:
    (file,) = message.attachments
    data = await file.read()
    if not data.startswith(b"PK"):
        return data.decode()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return "\n".join(archive.read(name).decode() for name in archive.namelist() if name.endswith(".xhtml"))


@pytest.mark.parametrize(
    ("form", "name", "shelf"),
    [
        (None, "the-sixth-book.epub", "EPUB, for e-readers and phones"),
        ("html", "the-sixth-book.html", "HTML, for every browser"),
        ("markdown", "the-sixth-book.md", "Markdown"),
        ("text", "the-sixth-book.txt", "plain text"),
    ],
)
async def test_a_story_is_exported_with_credits(
    house: House, bob: Any, form: str | None, name: str, shelf: str
) -> None:
    await written(house, "The king rode north. He was cold.", prompt="The king rode north.")
    await written(house, " Nobody came. Nobody went.", bob, prompt="Nobody came.")
    message = await export(house, **({"format": form} if form else {}))
    assert message.content == f"📖 **The Sixth Book** · {shelf}"
    assert message.attachments[0].filename == name
    text = await read(message)
    assert "The king rode north." in text and "Nobody went." in text and "The Sixth Book" in text
    assert "by alice and bob, with the model" in text
    shares = re.findall(r"(?<![.\d])(\d+)%(?!\")", text)
    assert sum(map(int, shares[-3:])) == 100


async def test_the_file_is_for_all_and_the_answer_comes_at_once(house: House) -> None:
    await written(house, "It began.")
    answer = await house.alice.slash(house.channel, "book export")
    assert answer.acknowledged and not answer.ephemeral
    deferred = [body for body in house.bodies("POST", "/callback") if body["type"] == 5]
    assert len(deferred) == 1 and not deferred[0].get("data", {}).get("flags", 0)


async def test_an_empty_story_has_no_book(house: House) -> None:
    answer = await house.alice.slash(house.channel, "book export")
    assert answer.ephemeral and answer.response is not None and "`/continue` begins it" in answer.response.content
    assert [message for message in house.stored() if message.attachments] == []


async def test_a_book_that_comes_to_nothing_is_told_to_the_member_alone(house: House) -> None:
    await written(house, "It began.")
    house.redis.delete(Keys.passage((await house.story()).tip or ""))
    answer = await house.alice.slash(house.channel, "book export")
    assert [(told.ephemeral, told.content) for told in answer.followups] == [(True, EMPTY_BOOK.en)]
    assert house.texts() == ["It began."]


async def test_what_was_undone_is_not_in_the_book_and_edits_are_credited(house: House, bob: Any) -> None:
    await written(house, "It began.")
    await written(house, " It went wrong.")
    story = await house.bot.stories.here("tests", house.channel.id)
    await house.bot.moves.undo(story.id)
    first = (await house.bot.stories.here("tests", house.channel.id)).tip
    assert first is not None
    await house.bot.moves.edit(story.id, first, "It all began here.", str(bob.id))
    text = await read(await export(house, format="text"))
    assert "It all began here." in text and "wrong" not in text
    assert "by bob, with the model" in text
    assert [int(share) for share in re.findall(r"(\d+)%", text)] == [47, 53]


async def test_another_channels_story_stays_there(house: House) -> None:
    other = house.guild.create_text_channel("secret")
    await house.alice.slash(other, "continue", prompt="Only here.")
    house.end(house.take(), "Only here. Nowhere else.")
    await written(house, "It began.")
    assert "Only here" not in await read(await export(house, format="text"))


async def test_a_direct_message_and_a_thread_have_books_of_their_own(house: House) -> None:
    await house.alice.user.slash("continue", prompt="Only for us.")
    house.end(house.take(), "Only for us. And so on.")
    await house.until(lambda: house.owed() == 0)
    await house.alice.user.slash("book export", format="text")
    text = await read(house.alice.user.dm_channel.history()[-1])
    assert text.startswith("Our Story\nby alice, with the model\n") and "Only for us." in text
    thread = house.open_thread("Side Story")
    await house.alice.slash(thread, "continue")
    house.end(house.take(), "It began.")
    await house.until(lambda: house.owed() == 0)
    await house.alice.slash(thread, "book export", format="text")
    assert (await read(thread.history()[-1])).startswith("Side Story\nwritten by a model\n")


async def test_a_member_who_left_is_credited_by_the_name_that_discord_knows(house: House, bob: Any) -> None:
    await written(house, "Nobody came.", bob, prompt="Nobody came.")
    house.env.inject_error("GET", "/guilds/*/members/*", status=404, code=10007, times=None)
    assert "by bob" in await read(await export(house, format="text"))


async def test_a_member_whom_discord_does_not_know_is_credited_without_a_name(house: House, bob: Any) -> None:
    await written(house, "Nobody came.", bob, prompt="Nobody came.")
    house.env.inject_error("GET", "/guilds/*/members/*", status=404, code=10007, times=None)
    house.env.inject_error("GET", "/users/*", status=404, code=10013, times=None)
    text = await read(await export(house, format="text"))
    assert "by members\n" in text and "members: 100%" in text


async def test_nothing_in_a_title_or_text_pings_or_formats(house: House) -> None:
    loud = house.guild.create_text_channel("**@everyone**")
    await house.alice.slash(loud, "continue", prompt="@everyone <b>bold</b>")
    house.end(house.take(), "@everyone <b>bold</b> and so on.")
    await house.until(lambda: house.owed() == 0)
    await house.alice.slash(loud, "book export", format="html")
    message = loud.history()[-1]
    assert "**@everyone**" not in message.content and not message.mention_everyone
    assert "<b>bold" not in await read(message)


def stored(house: House, texts: list[str]) -> Story:
    """A story of this channel that nobody saw being written; each text that begins with a break opens a chapter."""
    id = f"tests:{house.channel.id}"
    leaves = []
    with house.redis.pipeline() as pipe:
        for number, text in enumerate(texts):
            opens = text.startswith("\n\n\n")
            made = passage(text, kind="chapter" if opens else "continue", id=f"{number:020x}", story=id)
            pipe.set(Keys.passage(made.id), made.model_dump_json())
            leaves.append(Leaf(made.id, text, made.words, opens))
        change = grown(Story(id=id, channel=house.channel.id), leaves)
        pipe.set(Keys.story(id), change.story.model_dump_json())
        pipe.hset(Keys.nodes(id), mapping={node.id: node.model_dump_json() for node in change.nodes})
        pipe.rpush(Keys.path(id), *change.push)
        pipe.execute()
    return change.story


async def test_a_file_over_the_members_limit_comes_packed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    stored(house, [f"\n\n{number} {CHAPTER}" for number in range(200)])

    def small(self: discord.Interaction, data: Any, original: Any = discord.Interaction._from_data) -> None:
        original(self, data | {"attachment_size_limit": 30_000})

    monkeypatch.setattr(discord.Interaction, "_from_data", small)
    message = await export(house, format="html")
    assert message.attachments[0].filename == "the-sixth-book.html.zip"
    assert message.attachments[0].size <= 30_000


async def test_a_book_over_the_limit_even_so_comes_in_volumes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    stored(house, [f"\n\n\n{number}\n\n{random_words(number)}" for number in range(40)])

    def small(self: discord.Interaction, data: Any, original: Any = discord.Interaction._from_data) -> None:
        original(self, data | {"attachment_size_limit": 60_000})

    monkeypatch.setattr(discord.Interaction, "_from_data", small)
    await export(house, format="epub")
    volumes = [message for message in house.channel.history() if message.attachments]
    assert len(volumes) > 1 and all(message.attachments[0].size <= 60_000 for message in volumes)
    titles = [f"📖 **The Sixth Book** {n}/{len(volumes)} · 40 chapters" for n in range(1, len(volumes) + 1)]
    assert [message.content.rpartition(" · ")[0] for message in volumes] == titles
    texts = [await read(message) for message in volumes]
    assert all(any(random_words(number)[:50] in text for text in texts) for number in range(40))


def random_words(seed: int) -> str:
    return "".join(random.Random(seed).choices("abcdefghijklmnopqrstuvwxyz ", k=6000)).strip()


async def test_a_story_of_ten_thousand_passages_is_exported_within_seconds(house: House) -> None:
    texts = [
        f" Then {number} came, and it went on." if number % 50 else f"\n\n\n{number}\n\nIt began."
        for number in range(10_000)
    ]
    story = stored(house, texts)
    began = time.process_time()
    published = await publish(house.bot, story, house.channel.id, "text", DISCORD_BYTES)
    assert time.process_time() - began < 30
    assert published.line(0, "en") == "📖 **The Sixth Book** · 200 chapters · plain text"
    text = published.files[0].data.decode()
    assert all(f"Then {number} came" in text for number in (1, 5001, 9999))


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("the-sixth-book", "The Sixth Book"),
        ("红楼梦", "红楼梦"),
        ("My Story", "My Story"),
        (None, ""),
        ("-", ""),
    ],
)
def test_a_story_without_title_is_named_after_its_channel(name: str | None, title: str) -> None:
    assert place_title(name) == title


def run_of(house: House) -> BookRun | None:
    values: Any = house.redis.hvals(Keys.book_runs())
    return BookRun.model_validate_json(values[0]) if values else None


def finish(house: House, number: int) -> GenerateRequest:
    request = house.take()
    house.end(request, f"{number}\nThe Tower\n\n{CHAPTER}", heading=f"{number}\nThe Tower")
    return request


async def next_one(house: House) -> None:
    await house.until(house.requests)


async def test_five_chapters_come_as_one_file_from_one_command(house: House) -> None:
    await house.alice.slash(house.channel, "book write", chapters=5, words=120)
    assert len(house.texts()) == 1 and "Chapter 1 of 5" in house.texts()[0] and house.buttons() == ["Stop"]
    parent = None
    for number in range(1, 6):
        await next_one(house)
        assert len(house.requests()) == 1
        request = house.take()
        assert (request.kind, request.words, request.parent, request.chapter) == ("chapter", 120, parent, number)
        house.grow(request, f"{number}\nThe Tower\n\nRain fell on *the* tower.")
        await house.until(lambda n=number: f"Chapter {n} of 5" in house.texts()[0] and "Rain fell" in house.texts()[0])
        assert f"*{number} – The Tower*\n> Rain fell on \\*the\\* tower." in house.texts()[0]
        house.end(request, f"{number}\nThe Tower\n\n{CHAPTER}", heading=f"{number}\nThe Tower")
        parent = request.job
    await house.until(lambda: house.owed() == 0)
    assert house.texts() == [
        "📖 5 of 5 chapters are written.",
        "📖 **The Sixth Book** · 5 chapters · EPUB, for e-readers and phones",
    ]
    assert house.buttons(0) == [] and house.buttons() == ["Continue"]
    text = await read(house.message())
    assert all(f'<span class="number">{n}</span>' in text for n in range(1, 6))
    assert run_of(house) is None
    await house.until(lambda: house.pending() == 0)
    await house.alice.click(house.message(), label="Continue")
    assert house.take().parent == parent


async def test_the_format_is_chosen_at_the_beginning(house: House) -> None:
    await house.alice.slash(house.channel, "book write", chapters=1, format="text")
    finish(house, 1)
    await house.until(lambda: house.owed() == 0)
    assert house.message().attachments[0].filename == "the-sixth-book.txt"


async def test_stop_keeps_what_is_written_and_posts_it(house: House, bob: Any) -> None:
    await house.alice.slash(house.channel, "book write", chapters=4)
    finish(house, 1)
    await next_one(house)
    second = house.take()
    house.grow(second, "2\nThe Tower\n\nRain")
    await house.until(lambda: "Chapter 2 of 4" in house.texts()[0])
    await bob.click(house.message(0), label="Stop")
    assert house.redis.exists(Keys.cancel(second.job)) and house.buttons(0) == []
    assert "Stopping" in house.texts()[0] and house.owed() == 1
    house.end(second, "2\nThe Tower\n\nRain", heading="2\nThe Tower")
    await house.until(lambda: house.owed() == 0)
    assert house.texts()[0] == "⏹️ Stopped: 2 of 4 chapters are written."
    assert "2 chapters" in house.texts()[1] and house.requests() == []
    await house.alice.slash(house.channel, "continue")
    assert house.take().parent == second.job


async def test_stop_between_two_chapters_posts_the_first(house: House) -> None:
    await house.alice.slash(house.channel, "book write", chapters=3)
    finish(house, 1)
    await next_one(house)
    await house.alice.click(house.message(0), label="Stop")
    await house.until(lambda: house.owed() == 0)
    assert house.texts()[0] == "⏹️ Stopped: 1 of 3 chapters is written."
    assert len(house.message().attachments) == 1 and house.requests() == []


async def test_what_stop_says_never_covers_the_end(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The chapter is found to be gone while the press is being answered."""
    await house.alice.slash(house.channel, "book write", chapters=3)
    finish(house, 1)
    await next_one(house)
    text = house.client.text

    async def slow(job: str) -> str:
        await asyncio.sleep(10 * house.options.waiting_interval_s)
        return await text(job)

    monkeypatch.setattr(house.client, "text", slow)
    await house.alice.click(house.message(0), label="Stop")
    await house.until(lambda: house.owed() == 0)
    assert house.texts()[0] == "⏹️ Stopped: 1 of 3 chapters is written."


async def test_stop_before_the_first_word_takes_all_back(house: House) -> None:
    await house.alice.slash(house.channel, "book write", chapters=3)
    await house.alice.click(house.message(), label="Stop")
    assert house.texts() == [TAKEN_BACK.en] and house.buttons() == []
    assert house.owed() == 0 and house.requests() == [] and run_of(house) is None
    assert not house.redis.exists(Keys.waiting(f"tests:{house.channel.id}"))


async def test_a_change_that_was_begun_does_not_bring_a_run_back(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.stop_delivery()
    await house.alice.slash(house.channel, "book write", chapters=2)
    run, runs = run_of(house), house.bot.book_runs
    assert run is not None
    find = runs.find

    async def slow(id: str) -> BookRun | None:
        found = await find(id)
        await asyncio.sleep(0.1)
        return found

    monkeypatch.setattr(runs, "find", slow)
    await asyncio.gather(runs.show(run.id, 7), runs.settle(run.id))
    assert run_of(house) is None


async def test_a_run_goes_on_after_restarts(house: House) -> None:
    await house.alice.slash(house.channel, "book write", chapters=3)
    first = house.take()
    house.grow(first, "1\nThe Tower\n\nRain")
    await house.restart_bot()
    house.end(first, f"1\nThe Tower\n\n{CHAPTER}", heading="1\nThe Tower")
    await next_one(house)
    await house.stop_delivery()
    finish(house, 2)
    await house.restart_bot()
    await next_one(house)
    finish(house, 3)
    await house.until(lambda: house.owed() == 0)
    assert house.texts()[0] == "📖 3 of 3 chapters are written."
    assert len(house.texts()) == 2 and "3 chapters" in house.texts()[1]


async def test_a_restart_while_the_file_is_posted_posts_it_once(house: House) -> None:
    await house.alice.slash(house.channel, "book write", chapters=1)
    record: Any = house.redis.hgetall(Keys.deliveries())
    run: Any = house.redis.hgetall(Keys.book_runs())
    request = finish(house, 1)
    await house.until(lambda: house.owed() == 0)
    await house.stop_delivery()
    house.redis.hset(Keys.deliveries(), mapping=record)
    house.redis.hset(Keys.book_runs(), mapping=run)
    house.publisher(request, "2").ended(request.passages)
    await house.restart_bot()
    await house.until(lambda: house.owed() == 0 and run_of(house) is None)
    assert len(house.texts()) == 2 and len(house.message().attachments) == 1


async def test_a_chapter_that_fails_is_named_and_the_rest_is_written(house: House) -> None:
    await house.alice.slash(house.channel, "book write", chapters=2)
    house.publisher(house.take()).failed("The model had nothing to say.")
    await next_one(house)
    finish(house, 1)
    await house.until(lambda: house.owed() == 0)
    assert house.texts()[0] == "📖 1 of 2 chapters is written. ⚠️ The model had nothing to say."
    assert len(house.message().attachments) == 1


async def test_a_run_without_a_chapter_says_why(house: House) -> None:
    await house.alice.slash(house.channel, "book write", chapters=1)
    house.publisher(house.take()).failed("The model had nothing to say.")
    await house.until(lambda: house.owed() == 0)
    assert house.texts() == ["⚠️ The model had nothing to say."] and run_of(house) is None


async def test_a_file_that_cannot_be_made_is_admitted_and_the_chapters_stay(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("bot.book_display.publish", fail)
    await house.alice.slash(house.channel, "book write", chapters=1)
    finish(house, 1)
    await house.until(lambda: house.owed() == 0)
    assert house.texts() == [f"📖 The chapter is written. ⚠️ {NO_FILE.en}"]
    assert "Rain fell" in await read(await export(house, format="text"))


async def test_a_message_that_was_deleted_does_not_keep_the_file_back(house: House) -> None:
    await house.alice.slash(house.channel, "book write", chapters=1)
    await house.message().delete()
    finish(house, 1)
    await house.until(lambda: house.owed() == 0)
    assert len(house.texts()) == 1 and len(house.message().attachments) == 1


async def test_a_right_that_was_withdrawn_loses_no_chapter(house: House) -> None:
    await house.alice.slash(house.channel, "book write", chapters=2)
    house.env.inject_error("*", "/channels/*/messages*", status=403, code=50001, times=None)
    first = finish(house, 1)
    await next_one(house)
    assert house.requests()[0].parent == first.job
    finish(house, 2)
    await house.until(lambda: house.owed() == 0 and run_of(house) is None)


async def test_what_waits_behind_a_book_follows_it(house: House) -> None:
    await house.alice.slash(house.channel, "book write", chapters=2)
    await house.alice.slash(house.channel, "continue", prompt="And then.")
    finish(house, 1)
    await next_one(house)
    second = finish(house, 2)
    await next_one(house)
    request = house.take()
    assert (request.prompt, request.parent) == ("And then.", second.job)


async def test_one_book_at_a_time_in_a_story(house: House) -> None:
    await house.alice.slash(house.channel, "book write", chapters=2)
    answer = await house.admin.slash(house.channel, "book write", chapters=2)
    assert answer.ephemeral and answer.response is not None and "writing a book here" in answer.response.content
    other = house.guild.create_text_channel("another-book")
    assert not (await house.admin.slash(other, "book write", chapters=1)).ephemeral


async def test_a_run_that_lost_its_chapters_does_not_stand_in_the_way(house: House) -> None:
    await house.alice.slash(house.channel, "book write", chapters=2)
    house.redis.delete(Keys.deliveries(), Keys.waiting(f"tests:{house.channel.id}"))
    assert not (await house.alice.slash(house.channel, "book write", chapters=1)).ephemeral


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"chapters": 0}, "1 to 20 chapters at a time, not 0"),
        ({"chapters": 21}, "1 to 20 chapters at a time, not 21"),
        ({"chapters": 5, "words": 0}, "1 to 3,000 words"),
    ],
)
async def test_refusals_are_one_sentence(house: House, given: dict[str, int], sentence: str) -> None:
    answer = await house.alice.slash(house.channel, "book write", **given)
    assert answer.ephemeral and answer.response is not None and sentence in answer.response.content
    assert house.owed() == 0 and run_of(house) is None


async def test_an_answer_that_discord_refuses_leaves_nothing_behind(house: House) -> None:
    house.expected_errors = True
    house.env.inject_error("POST", "/interactions/*", status=404, code=10062, times=None)
    await house.alice.slash(house.channel, "book write", chapters=3)
    assert house.owed() == 0 and house.requests() == [] and run_of(house) is None


class TestOrphans:
    @pytest.fixture
    def options(self, options: BotOptions) -> BotOptions:
        return with_changes(options, waiting_interval_s=0.1)

    async def test_a_run_kept_but_never_answered_gets_its_message(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(house.bot.book_runs, "show", _lost)
        monkeypatch.setattr(house.bot.ledger, "add_message", _lost)
        await house.stop_delivery()
        await house.alice.slash(house.channel, "book write", chapters=2)
        assert house.requests() == [] and "request is kept" in house.texts()[0]
        monkeypatch.undo()
        house.start_delivery()
        await next_one(house)
        finish(house, 1)
        await next_one(house)
        finish(house, 2)
        await house.until(lambda: house.owed() == 0)
        kept, *shown = house.texts()  # simcord's clock is behind ours, so that its message is not known again
        assert "request is kept" in kept and shown == [
            "📖 2 of 2 chapters are written.",
            "📖 **The Sixth Book** · 2 chapters · EPUB, for e-readers and phones",
        ]


async def _lost(*_: Any) -> None:
    raise RedisDown


def test_discords_own_limit_is_ours() -> None:
    assert discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES == DISCORD_BYTES
