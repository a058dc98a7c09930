"""`/continue` and `/chapter`, from the command to the finished messages; the test plays the worker."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from tests.bot.house import House
from worker.errors import RedisDown

LONG = "\n\n".join(f"Paragraph {i}. " + "Rain fell on the old tower. " * 25 for i in range(8))
CHAPTER = f"I\nThe Long Road\n\n{LONG}"


async def test_continue_shows_the_prompt_then_the_text_as_it_grows(house: House) -> None:
    answer = await house.alice.slash(house.channel, "continue", prompt="The king rode north.", words=30)
    assert answer.acknowledged and not answer.ephemeral
    assert "No worker is running" in house.texts()[0]
    assert house.buttons() == ["Stop"]

    request = house.take()
    assert (request.prompt, request.words, request.parent) == ("The king rode north.", 30, None)
    house.grow(request, "The king rode north. He was")
    await house.until(lambda: house.texts() == ["**The king rode north.** He was"])
    assert house.buttons() == ["Stop"]

    house.end(request, "The king rode north. He was cold.")
    await house.until(lambda: house.buttons()[:1] == ["Continue"])
    assert house.texts() == ["**The king rode north.** He was cold."]
    await house.until(lambda: house.owed() == 0 and house.pending() == 0)


async def test_requests_of_one_story_follow_each_other(house: House) -> None:
    for prompt in ("One.", "Two.", "Three."):
        await house.alice.slash(house.channel, "continue", prompt=prompt)
    assert [request.prompt for request in house.requests()] == ["One."]
    parent = None
    for prompt in ("One.", "Two.", "Three."):
        request = house.take()
        assert (request.prompt, request.parent) == (prompt, parent)
        house.end(request, f"{prompt} And so on.")
        await house.until(lambda r=request: f"**{r.prompt}** And so on." in house.texts())
        if prompt != "Three.":
            await house.until(house.requests)
        parent = request.job
    assert house.texts() == ["**One.** And so on.", "**Two.** And so on.", "**Three.** And so on."]


async def test_stories_of_two_channels_run_side_by_side(house: House) -> None:
    other = house.guild.create_text_channel("another-book")
    await house.alice.slash(house.channel, "continue", prompt="Here.")
    await house.admin.slash(other, "continue", prompt="There.")
    assert {request.prompt for request in house.requests()} == {"Here.", "There."}
    here, there = house.take(), house.take()
    assert here.story != there.story
    house.end(there, "There. Done.")
    house.end(here, "Here. Done.")
    await house.until(lambda: house.texts() == ["**Here.** Done."] and house.texts(other) == ["**There.** Done."])


async def test_a_chapter_comes_in_messages_and_as_a_file(house: House) -> None:
    await house.alice.slash(house.channel, "chapter", title="The Long Road", pov="Milady", words=900)
    request = house.take()
    assert (request.kind, request.title, request.pov, request.chapter) == ("chapter", "The Long Road", "Milady", 1)
    house.grow(request, CHAPTER[:400])
    await house.until(lambda: house.texts()[0].startswith("## I\n## The Long Road\n\nParagraph 0."))
    house.grow(request, CHAPTER[:3000])
    await house.until(lambda: len(house.texts()) == 2)
    assert house.buttons(0) == [] and house.buttons(1) == ["Stop"]

    house.end(request, CHAPTER, heading="I\nThe Long Road")
    await house.until(lambda: house.buttons()[:1] == ["Continue"])
    texts = house.texts()
    assert len(texts) == 4 and all(len(text) <= 2000 for text in texts)
    assert all(text.startswith("Paragraph") for text in texts[1:])
    (file,) = house.message().attachments
    assert file.filename == "i-the-long-road.md"
    assert (await file.read()).decode() == f"# I – The Long Road\n\n{LONG.strip()}\n"
    nonces = [body["nonce"] for body in house.bodies("POST", "/messages")]
    assert nonces == [f"{request.job}-{part}" for part in (1, 2, 3)]
    assert all(len(nonce) <= 25 for nonce in nonces)


async def test_the_second_chapter_is_number_two(house: House) -> None:
    await house.alice.slash(house.channel, "chapter")
    house.end(house.take(), "I\n\nIt began.", heading="I")
    await house.until(lambda: house.buttons()[:1] == ["Continue"])
    await house.alice.slash(house.channel, "chapter")
    assert house.take().chapter == 2


async def test_a_request_says_how_many_are_ahead(house: House) -> None:
    house.redis.hset("rq:worker:w", "birth", "now")
    house.redis.sadd("rq:workers:generate", "rq:worker:w")
    for _ in range(3):
        await house.alice.slash(house.channel, "continue")
    assert house.texts() == ["✍️ Writing …", "⏳ Waiting: 1 request ahead.", "⏳ Waiting: 2 requests ahead."]
    house.end(house.take(), "It began.")
    await house.until(lambda: house.texts()[1:] == ["✍️ Writing …", "⏳ Waiting: 1 request ahead."])


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"prompt": ""}, "nothing in it that can be read"),
        ({"prompt": "\u200b\u200d\ufeff"}, "nothing in it that can be read"),
        ({"prompt": "\x00\x07\x1b"}, "nothing in it that can be read"),
        ({"prompt": "x" * 6000}, "6,000 characters and I take 4,000"),
        ({"words": 0}, "1 to 600 words at a time, not 0"),
        ({"words": -5}, "1 to 600 words at a time, not -5"),
        ({"words": 10**6}, "1 to 600 words at a time, not 1,000,000"),
    ],
)
async def test_refusals_are_one_sentence_for_the_member_alone(
    house: House, given: dict[str, Any], sentence: str
) -> None:
    answer = await house.alice.slash(house.channel, "continue", **given)
    assert answer.ephemeral and answer.response is not None
    assert sentence in answer.response.content
    assert house.texts() == [] and house.requests() == [] and house.owed() == 0


async def test_a_long_prompt_that_was_refused_is_given_back(house: House) -> None:
    answer = await house.alice.slash(house.channel, "continue", prompt="word " * 1200)
    assert answer.response is not None
    (file,) = answer.response.attachments
    assert (await file.read()).decode() == "word " * 1200


async def test_a_prompt_of_emoji_is_story(house: House) -> None:
    await house.alice.slash(house.channel, "continue", prompt="🐉🔥")
    assert house.take().prompt == "🐉🔥"


LOUD = "@everyone @here <@1> <@&2> <#3> **bold** ```py\ncode``` # big [x](https://example.org) ||s||"


async def test_nothing_pings_and_no_format_breaks(house: House) -> None:
    prompt = f"{LOUD} <@{house.alice.id}>"
    await house.alice.slash(house.channel, "continue", prompt=prompt)
    request = house.take()
    house.grow(request, f"{prompt} {LOUD}")
    await house.until(lambda: "py" in house.texts()[0])
    house.end(request, f"{prompt} {LOUD} {LONG}")
    await house.until(lambda: house.buttons()[:1] == ["Continue"])
    for message in house.stored():
        assert not message.mention_everyone and not message.mention_user_ids and not message.mention_role_ids
        assert "```" not in message.content and "@everyone" not in message.content
    for sent in house.env.http_requests:
        data = sent.json.get("data", sent.json) if isinstance(sent.json, dict) else {}
        if data and "content" in data:
            assert data["allowed_mentions"]["parse"] == []


async def test_an_answer_that_discord_refuses_leaves_nothing_behind(house: House) -> None:
    house.expected_errors = True
    house.env.inject_error("POST", "/interactions/*", status=404, code=10062, times=None)
    await house.alice.slash(house.channel, "continue", prompt="Go.")
    assert house.owed() == 0 and house.requests() == []
    assert house.env.errors


async def test_a_request_is_kept_when_redis_goes_away_after_the_answer(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(job: str, message: int) -> None:
        raise RedisDown

    monkeypatch.setattr(house.bot.ledger, "add_message", down)
    await house.alice.slash(house.channel, "continue", prompt="Go.")
    assert "Your request is kept" in house.texts()[0] and house.buttons() == ["Stop"]
    assert house.owed() == 1


async def test_a_right_that_the_bot_lacks_is_named(house: House) -> None:
    assert house.bot.user is not None
    closed = house.guild.create_text_channel(
        "closed", overwrites={house.bot.user: discord.PermissionOverwrite(attach_files=False, embed_links=False)}
    )
    answer = await house.alice.slash(closed, "continue", prompt="Go.")
    assert answer.ephemeral and answer.response is not None
    assert "I lack Embed Links and Attach Files" in answer.response.content
    assert house.owed() == 0


async def test_a_direct_message_has_a_story_too(house: House) -> None:
    await house.alice.user.slash("continue", prompt="Only for us.")
    request = house.take()
    house.end(request, "Only for us. And so on.")
    channel = house.alice.user.dm_channel
    await house.until(lambda: house.texts(channel) == ["**Only for us.** And so on."])


async def test_a_thread_has_a_story_of_its_own(house: House) -> None:
    await house.alice.slash(house.channel, "continue", prompt="In the channel.")
    thread = house.open_thread("side-story")
    await house.alice.slash(thread, "continue", prompt="In the thread.")
    stories = {request.story for request in house.requests()}
    assert len(stories) == 2
