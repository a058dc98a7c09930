"""`/story`: begin, find, read, steer, branch; the test plays the worker."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from simcord.builders import ChannelHandle

from bot.words.refusals import (
    ENDED,
    NO_STORIES,
    NO_STORY,
    NO_THREADS,
    NOT_HOST,
    NOT_YOUR_PLACE,
    PRIVATE_STORY,
    TOLD_ALREADY,
)
from bot.words.stories import RENAMED, THREAD_KEEPS_NAME
from tests.bot.house import House
from worker.contract import Keys, SamplingChoice, new_job_id


def threads(house: House) -> list[ChannelHandle]:
    channels = house.env.backend.channels.values()
    return [ChannelHandle(house.env, house.guild, channel) for channel in channels if channel.is_thread]


def said(answer: Any) -> str:
    shown = answer.followups[-1] if answer.followups else answer.response
    return str(shown.content)


def embed(answer: Any) -> discord.Embed:
    (found,) = answer.response.embeds
    return discord.Embed.from_dict(found) if isinstance(found, dict) else found


async def test_a_story_begins_in_a_thread_with_a_card(house: House) -> None:
    answer = await house.alice.slash(house.channel, "story start", title="The Winds of *Winter*")
    (thread,) = threads(house)
    assert thread.name == "The Winds of *Winter*" and f"<#{thread.id}>" in said(answer)
    (card,) = house.stored(thread)
    assert "Continue" in card.embeds[0]["description"] and len(card.embeds[0]["description"]) < 300
    assert house.buttons(channel=thread) == ["Continue", "Write"]

    await house.bob.click(thread.history()[-1], label="Continue")
    request = house.take()
    house.end(request, "It began.")
    await house.until(lambda: house.owed() == 0)
    assert house.texts(thread)[-1] == "It began." and said(answer) in house.texts()
    assert request.story == f"tests:{thread.id}"
    stale = await house.bob.slash(house.channel, "story history")
    assert said(stale) == NO_STORY.en


@pytest.mark.parametrize("place", ["thread", "channel"])
async def test_the_card_has_buttons_as_long_as_the_story_has_no_passage(house: House, place: str) -> None:
    told = house.channel
    if place == "channel":
        assert house.bot.user is not None
        barred = {house.bot.user: discord.PermissionOverwrite(create_public_threads=False)}
        told = house.guild.create_text_channel("bare", overwrites=barred)
    await house.alice.slash(told, "story start", title="The Tower")
    told = threads(house)[0] if place == "thread" else told
    assert house.buttons(0, told) == ["Continue", "Write"]
    await house.bob.slash(told, "continue")
    house.end(house.take(), "It began.")
    await house.until(lambda: house.owed() == 0)
    assert house.buttons(0, told) == [] and house.texts(told)[-1] == "It began."
    await house.bob.slash(told, "story undo")
    assert house.buttons(0, told) == ["Continue", "Write"]
    await house.bob.slash(told, "story redo")
    assert house.buttons(0, told) == []
    await house.bob.slash(told, "story undo")
    shown = await house.alice.slash(told, "write")
    await house.alice.submit_modal(shown, {"text": "It began otherwise."})
    assert house.buttons(0, told) == []
    await house.alice.slash(told, "story undo")
    await house.alice.slash(told, "story end")
    assert house.buttons(0, told) == []


async def test_a_story_in_a_forum_is_a_post(house: House) -> None:
    forum = house.guild.create_forum_channel("our-books")
    await house.alice.slash(house.channel, "story start", title="The Tower", place=forum)
    (post,) = threads(house)
    assert post.name == "The Tower" and house.buttons(channel=post) == ["Continue", "Write"]
    shown = await house.alice.slash(post, "write")
    await house.alice.submit_modal(shown, {"text": "Once."})
    assert house.texts(post)[-1].startswith("Once.")


async def test_a_channel_without_threads_is_the_story(house: House) -> None:
    channel = house.alice.user
    await channel.slash("story start", title="Ours")
    await channel.slash("continue", prompt="Go.")
    house.end(house.take(), "Go. It went.")
    await house.until(lambda: house.owed() == 0)
    assert said(await channel.slash("story start")) == TOLD_ALREADY.en
    await channel.slash("story end")
    assert said(await channel.slash("continue")) == ENDED.en
    await channel.slash("story start", title="Another")
    await channel.slash("continue")
    request = house.take()
    assert request.path == () and request.story != f"tests:{channel.dm_channel.id}"


async def test_a_bot_that_may_not_open_threads_tells_the_story_in_the_channel(house: House) -> None:
    assert house.bot.user is not None
    channel = house.guild.create_text_channel(
        "bare", overwrites={house.bot.user: discord.PermissionOverwrite(create_public_threads=False)}
    )
    await house.alice.slash(channel, "story start", title="Here")
    assert threads(house) == [] and house.buttons(channel=channel) == ["Continue", "Write"]


async def test_a_place_that_the_bot_may_not_use_is_named_with_what_it_lacks(house: House) -> None:
    assert house.bot.user is not None
    for right, name in {
        "create_public_threads": "Create Public Threads",
        "send_messages_in_threads": "Send Messages in Threads",
        "embed_links": "Embed Links",
        "view_channel": "View Channel",
    }.items():
        barred = {house.bot.user: discord.PermissionOverwrite(**{right: False})}
        channel = house.guild.create_text_channel(name.lower().replace(" ", "-"), overwrites=barred)
        answer = await house.alice.slash(house.channel, "story start", title="There", place=channel)
        assert answer.ephemeral and f"in <#{channel.id}>: I lack {name}. Ask" in said(answer)
    assert threads(house) == [] and house.stored() == []


async def test_a_place_where_a_member_may_not_write_is_not_theirs_to_tell_a_story_in(house: House) -> None:
    assert house.bot.user is not None
    only_bot = {
        house.guild.default_role: discord.PermissionOverwrite(send_messages=False, create_public_threads=False),
        house.bot.user: discord.PermissionOverwrite(send_messages=True, create_public_threads=True),
    }
    channel = house.guild.create_text_channel("rules-of-the-house", overwrites=only_bot)
    answer = await house.alice.slash(house.channel, "story start", title="Mine", place=channel)
    assert answer.ephemeral and said(answer) == NOT_YOUR_PLACE.of(place=f"<#{channel.id}>").to("en")
    assert threads(house) == [] and house.stored() == []


async def test_stories_of_a_channel_have_ids_of_one_length(house: House) -> None:
    alice = house.alice.user
    told = []
    for number in range(4):
        await alice.slash("story start", title=f"Book {number}")
        told.append((await house.bot.stories.here("tests", alice.dm_channel.id)).id)
    first = f"tests:{alice.dm_channel.id}"
    assert told[0] == first and len(set(told)) == 4
    assert {len(id) for id in told[1:]} == {len(first) + 1 + len(new_job_id())}
    old = f"{told[1]}.{new_job_id()}"
    await house.bot.stories.records.tell_here("tests", alice.dm_channel.id, old)
    await alice.slash("continue")
    assert house.take().story == old


async def test_a_story_of_a_private_thread_is_not_branched_into_a_public_one(house: House) -> None:
    made = house.env.backend.create_thread(house.channel.id, "among us", owner_id=house.alice.id, type=12)
    private = ChannelHandle(house.env, house.guild, made)
    await house.alice.slash(private, "continue")
    house.end(house.take(), "Only we know.")
    await house.until(lambda: house.owed() == 0)
    before = len(threads(house))
    answer = await house.alice.slash(private, "story branch")
    assert answer.ephemeral and said(answer) == PRIVATE_STORY.en and len(threads(house)) == before


async def test_where_no_threads_are_no_branch_is_opened(house: House) -> None:
    alice = house.alice.user
    await alice.slash("continue")
    house.end(house.take(), "It began.")
    await house.until(lambda: house.owed() == 0)
    assert said(await alice.slash("story branch")) == NO_THREADS.en


async def test_the_list_shows_what_a_member_may_see(house: House) -> None:
    assert said(await house.alice.slash(house.channel, "story list")) == NO_STORIES.en
    assert house.bot.user is not None
    secret = house.guild.create_text_channel(
        "secret",
        overwrites={
            house.guild.default_role: discord.PermissionOverwrite(view_channel=False),
            house.admin: discord.PermissionOverwrite(view_channel=True),
            house.bot.user: discord.PermissionOverwrite(view_channel=True),
        },
    )
    for number in range(12):
        await house.alice.slash(house.channel, "story start", title=f"Book {number}")
    await house.admin.slash(secret, "story start", title="Hidden")
    answer = await house.alice.slash(house.channel, "story list")
    shown = embed(answer)
    assert answer.ephemeral and shown.description is not None and shown.footer.text == "1 to 10 of 12"
    assert "Hidden" not in shown.description and "**Book 11**" in shown.description.split("\n")[0]
    assert answer.response is not None
    await house.alice.click(answer.response, label="▶")
    assert "Hidden" in str(embed(await house.admin.slash(secret, "story list")).description)


async def test_stories_of_adults_show_among_adults_only(house: House) -> None:
    adults = house.guild.create_text_channel("adults")
    found = house.bot.get_channel(adults.id)
    assert isinstance(found, discord.TextChannel)
    found.nsfw = True
    await house.alice.slash(adults, "story start", title="Red")
    await house.alice.slash(house.channel, "story start", title="White")
    assert "Red" not in str(embed(await house.alice.slash(house.channel, "story list")).description)
    assert "Red" in str(embed(await house.alice.slash(adults, "story list")).description)


async def test_reading_pages_through_a_story(house: House) -> None:
    assert said(await house.alice.slash(house.channel, "story read")) == NO_STORY.en
    for number in range(7):
        await house.told(f"\n\nPassage {number}. @everyone *says*")
    answer = await house.bob.slash(house.channel, "story read")
    assert answer.ephemeral and answer.response is not None
    assert str(embed(answer).description).startswith("Passage 0. @\u200beveryone \\*says\\*\n\nPassage 1.")
    assert embed(answer).footer.text == "Page 1 of 2"
    await house.bob.click(answer.response, label="▶")
    assert "Passage 6" in str(embed(await house.bob.slash(house.channel, "story read", passage=6)).description)
    history = embed(await house.bob.slash(house.channel, "story history"))
    lines = str(history.description).split("\n")
    assert lines[0].startswith("**7** <t:") and f"tiny for <@{house.alice.id}>, seed " in lines[0]


async def test_settings_are_kept_and_used(house: House) -> None:
    await house.told("It began.")
    await house.alice.slash(
        house.channel, "story settings", style="wild", words=60, note="Snow falls.", commonness=0.3, top_k=40
    )
    await house.bob.slash(house.channel, "continue")
    request = house.take()
    assert (request.words, request.note) == (60, "Snow falls.")
    assert request.sampling == SamplingChoice(temperature=1.2, min_p=0.07, top_k=40, commonness=0.3)
    house.end(request, " It went on.")
    await house.until(lambda: house.owed() == 0)
    assert said(await house.bob.slash(house.channel, "story settings", words=90)) == NOT_HOST.en
    shown = str(embed(await house.bob.slash(house.channel, "story settings")).to_dict())
    assert "top-k 40" in shown and "commonness 0.3" in shown and "60" in shown
    await house.admin.slash(house.channel, "story settings", style="calm", note="-")
    assert (await house.story()).note == ""
    await house.bob.slash(house.channel, "continue", note="Only now.")
    assert house.take().note == "Only now."


async def test_a_story_is_renamed_ended_and_reopened_by_its_host(house: House) -> None:
    await house.alice.slash(house.channel, "story start", title="First")
    (thread,) = threads(house)
    assert said(await house.bob.slash(thread, "story rename", title="Mine")) == NOT_HOST.en
    await house.alice.slash(thread, "story rename", title="Second")
    assert threads(house)[0].name == "Second"
    await house.alice.slash(thread, "continue")
    house.end(house.take(), "It began.")
    await house.until(lambda: house.owed() == 0)
    await house.alice.slash(thread, "story end")
    assert (house.buttons(1, channel=thread) == [] and "Second" in house.texts(thread)[-1]) or house.texts(thread)
    assert said(await house.bob.slash(thread, "write")) == ENDED.en
    await house.alice.slash(thread, "story reopen")
    assert (await house.bob.slash(thread, "continue")).acknowledged
    assert len(house.requests()) == 1


async def test_a_thread_that_keeps_its_name_does_not_spoil_the_title(house: House) -> None:
    await house.alice.slash(house.channel, "story start", title="First")
    (thread,) = threads(house)
    house.env.inject_error("PATCH", f"/channels/{thread.id}", status=403, code=50013)
    answer = await house.alice.slash(thread, "story rename", title="Second")
    assert answer.response is not None and answer.response.content == RENAMED.of(title="Second").to("en")
    assert [(told.ephemeral, told.content) for told in answer.followups] == [(True, THREAD_KEEPS_NAME.en)]
    assert (await house.bot.stories.here("tests", thread.id)).title == "Second" and threads(house)[0].name == "First"


@pytest.mark.parametrize("by", ["command", "menu"])
async def test_a_branch_goes_on_in_a_thread_and_leaves_the_story_alone(house: House, by: str) -> None:
    for text in ("One.", " Two.", " Three."):
        await house.told(text)
    if by == "command":
        await house.bob.slash(house.channel, "story branch", passage=2, title="Elsewhere")
    else:
        await house.bob.context_menu(house.channel, "Branch from here", house.message(1))
    (thread,) = threads(house)
    assert "branch of" in house.texts(thread)[0] and house.texts(thread)[1] == "Two."
    await house.bob.click(thread.history()[-1], label="Continue")
    request = house.take()
    told = await house.bot.stories.records.path((await house.story()).id, 0, 1)
    assert [link.passage for link in request.path] == told
    house.end(request, " Four.")
    await house.until(lambda: house.owed() == 0)
    assert house.texts(thread)[2] == "Four." and await house.told_texts() == ["One.", " Two.", " Three."]
    assert house.buttons(2)[0] == "Continue"
    branch = await house.bot.stories.here("tests", thread.id)
    assert (branch.passages, branch.host) == (3, house.bob.id)
    shown = await house.alice.context_menu(house.channel, "Edit this passage", house.message(0))
    await house.alice.submit_modal(shown, {"text": "Zero."})
    first = await house.bot.stories.records.node(branch.id, (await house.bot.stories.records.path(branch.id))[0])
    assert first.shown == 0 and house.redis.exists(Keys.nodes(branch.id))


async def test_a_passage_is_edited_in_a_branch_and_in_its_story(house: House) -> None:
    await house.told("One.")
    await house.bob.slash(house.channel, "story branch", passage=1, title="Elsewhere")
    (thread,) = threads(house)
    branched = thread.history()[-1]
    for channel, message, text in (
        (house.channel, house.message(0), "Here."),
        (thread, branched, "There."),
        (thread, branched, "Over there."),
        (house.channel, house.message(0), "Right here."),
    ):
        shown = await house.admin.context_menu(channel, "Edit this passage", message)
        await house.admin.submit_modal(shown, {"text": text})

    assert await house.told_texts() == ["Right here."] and house.texts()[0] == "Right here."
    branch = await house.bot.stories.here("tests", thread.id)
    node = await house.bot.stories.records.tip(branch)
    passage = await house.bot.queue.passage(node.passage)
    assert passage is not None and passage.text == "Over there."
    assert house.texts(thread)[-1] == "Over there."


async def test_an_archived_thread_is_reopened_when_someone_writes(house: House) -> None:
    await house.alice.slash(house.channel, "story start", title="Old")
    (thread,) = threads(house)
    await house.alice.slash(thread, "continue")
    request = house.take()
    channel = house.env.backend.channels[thread.id]
    found = house.bot.get_channel(thread.id)
    assert isinstance(found, discord.Thread)
    await found.edit(archived=True)
    house.end(request, "It began.")
    await house.until(lambda: house.owed() == 0)
    assert house.texts(thread)[-1] == "It began." and channel.is_thread
