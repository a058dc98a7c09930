"""`/train start stories:yes`: only the words of members who agreed, and never the model's."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import discord
from simcord.builders import ChannelHandle

from bot.shared_words import is_open
from bot.words.refusals import NO_SHARED_WORDS, NO_STORIES
from bot.words.training import SHARED_WORDS
from tests.bot.house import House
from tests.bot.test_train import BOOK, running
from tests.bot.test_turns import refusal
from worker.contract import Keys

LONG = " The old tower stood in the rain all night." * 200
"""Enough to train on."""


async def agree(house: House, member: Any, learn: str = "on") -> None:
    await member.slash(house.channel, "privacy training", learn=learn)


async def write(house: House, member: Any, text: str, channel: Any = None) -> None:
    shown = await member.slash(channel or house.channel, "write")
    await member.submit_modal(shown, {"text": text})


async def edit(house: House, member: Any, index: int, text: str) -> None:
    shown = await member.context_menu(house.channel, "Edit this passage", house.message(index))
    await member.submit_modal(shown, {"text": text})


async def train(house: House, **options: Any) -> Any:
    return await house.admin.slash(house.channel, "train start", **({"name": "dragons", "stories": "yes"} | options))


def upload(house: House) -> bytes:
    data = house.redis.get(Keys.upload(running(house).job))
    assert isinstance(data, bytes)
    return data


async def test_words_of_members_who_agreed_are_learned_and_nothing_else(house: House) -> None:
    await write(house, house.alice, "Alice had not agreed yet.")
    await agree(house, house.alice)
    await write(house, house.alice, "Alice is here." + LONG[:3900])
    await write(house, house.bob, "Bob never agreed.")
    await house.told("\n\nThe door opened. The model wrote this.", prompt="The door opened.")
    await write(house, house.alice, "Alice is here again." + LONG[:3900])
    await write(house, house.alice, "This is taken back.")
    await house.alice.click(house.message(), label="Undo")
    answer = await train(house)
    assert running(house).filename == "stories.txt"
    text = upload(house).decode()
    assert [part[:20] for part in text.split("\n\n")] == [
        "Alice is here. The o",
        "The door opened.",
        "Alice is here again.",
    ]
    (card,) = answer.response.embeds
    assert card.description == SHARED_WORDS.of(words=len(text.split()), count=1).to("en")


async def test_edits_count_where_all_agreed_and_edits_of_the_model_never(house: House) -> None:
    for member in (house.alice, house.admin):
        await agree(house, member)
    await write(house, house.alice, "One." + LONG[:3900])
    await write(house, house.alice, "Two." + LONG[:3900])
    await write(house, house.bob, "Three.")
    await house.told("\n\nFour, by the model.")
    await edit(house, house.admin, 0, "One, by two who agreed." + LONG[:3900])
    await edit(house, house.admin, -2, "Three, first by one who did not.")
    await edit(house, house.admin, -1, "Four, with a word changed.")
    await train(house)
    parts = upload(house).decode().split("\n\n")
    assert [part[:23] for part in parts] == ["One, by two who agreed.", "Two. The old tower stoo"]


async def test_who_took_it_back_or_was_forgotten_is_out(house: House) -> None:
    for member in (house.alice, house.bob):
        await agree(house, member)
        await write(house, member, "It rained." + LONG[:3900])
    await agree(house, house.bob, "off")
    await agree(house, house.bob, "on")
    shown = await house.alice.slash(house.channel, "privacy forget", how="give")
    await house.alice.click(shown.response, label="Forget me")
    await house.until(lambda: not house.redis.exists(Keys.forgetting("tests")))
    assert refusal(await train(house)) == NO_SHARED_WORDS.en
    assert house.owed() == 0


async def test_private_threads_and_adult_channels_stay_where_they_are(house: House) -> None:
    await agree(house, house.admin)
    backend = house.env.backend
    private = backend.create_thread(house.channel.id, "secret", owner_id=house.admin.id, type=12)
    adult = house.guild.create_text_channel("adults")
    found = house.bot.get_channel(adult.id)
    assert isinstance(found, discord.TextChannel)
    found.nsfw = True
    for place in (ChannelHandle(house.env, house.guild, private), adult):
        await write(house, house.admin, "It rained." + LONG[:3900], place)
        await write(house, house.admin, "It rained." + LONG[:3900], place)
    assert refusal(await train(house)) == NO_SHARED_WORDS.en
    public = house.open_thread("open to all")
    await write(house, house.admin, "It rained.", public)
    stories = [await house.bot.stories.here("tests", place) for place in (private.id, adult.id, public.id)]
    assert [await is_open(house.bot, story) for story in stories] == [False, False, True]
    backend.delete_channel(public.id)
    assert not await is_open(house.bot, stories[-1])


async def test_stories_come_beside_attached_books(house: House) -> None:
    await agree(house, house.alice)
    await write(house, house.alice, "It rained.")
    await train(house, books=BOOK)
    assert running(house).filename == "tower-and-stories.zip"
    with zipfile.ZipFile(io.BytesIO(upload(house))) as archive:
        assert archive.read("tower.txt") == BOOK[1] and archive.read("stories.txt") == b"It rained."


async def test_stories_come_into_an_attached_zip_under_a_free_name(house: House) -> None:
    await agree(house, house.alice)
    await write(house, house.alice, "It rained.")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("folder/stories.txt", BOOK[1])
    await train(house, books=("books.zip", packed.getvalue()))
    with zipfile.ZipFile(io.BytesIO(upload(house))) as archive:
        assert archive.read("2-stories.txt") == b"It rained." and archive.read("folder/stories.txt") == BOOK[1]


async def test_too_few_words_alone_are_refused(house: House) -> None:
    await agree(house, house.alice)
    await write(house, house.alice, "It rained.")
    assert "stories.txt is too short to learn from" in refusal(await train(house))


async def test_a_branch_does_not_count_twice(house: House) -> None:
    await agree(house, house.alice)
    await write(house, house.alice, "It rained." + LONG[:3900])
    await write(house, house.alice, "It snowed." + LONG[:3900])
    await house.alice.context_menu(house.channel, "Branch from here", house.message(0))
    await train(house)
    assert [part[:10] for part in upload(house).decode().split("\n\n")] == ["It rained.", "It snowed."]


async def test_a_channel_that_becomes_age_restricted_later_is_so_for_its_story(house: House) -> None:
    await agree(house, house.admin)
    channel = house.guild.create_text_channel("becomes")
    await write(house, house.admin, "It rained." + LONG[:3900], channel)
    await write(house, house.admin, "It rained." + LONG[:3900], channel)
    assert "becomes" in refusal_or_list(await house.admin.slash(house.channel, "story list")).lower()
    found = house.bot.get_channel(channel.id)
    assert isinstance(found, discord.TextChannel)
    found.nsfw = True
    assert refusal_or_list(await house.admin.slash(house.channel, "story list")) == NO_STORIES.en
    assert refusal(await train(house)) == NO_SHARED_WORDS.en
    assert not (await house.bot.stories.here("tests", channel.id)).adult
    await write(house, house.admin, "It snowed.", channel)
    assert (await house.bot.stories.here("tests", channel.id)).adult
    found.nsfw = False
    await write(house, house.admin, "It thawed.", channel)
    assert not (await house.bot.stories.here("tests", channel.id)).adult


def refusal_or_list(answer: Any) -> str:
    shown = answer.response
    return str(shown.embeds[0].description if shown.embeds else shown.content)
