"""Where Discord takes a story and where it does not: forums that want tags, announcements, a server full of threads."""

from __future__ import annotations

import pytest

from bot.words.refusals import NO_TAG, THREAD_REFUSED, THREADS_FULL
from tests.discord import objects
from tests.discord.double import labels
from tests.discord.interactions import ephemeral
from tests.discord.objects import CHANNEL_ID, Json
from tests.discord.wired import Wired

ADMINISTRATOR, MANAGE_THREADS = 1 << 3, 1 << 34


@pytest.fixture
def ordinary(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither bot nor members moderate."""
    held = int(objects.ALL_PERMISSIONS) & ~(ADMINISTRATOR | MANAGE_THREADS)
    monkeypatch.setitem(objects.EVERYONE, "permissions", str(held))


async def known(wired: Wired, channel: str) -> str:
    """A channel that the bot has heard of."""
    await wired.until(lambda: wired.bot.get_channel(int(channel)))
    return channel


async def thread_in(wired: Wired, roof: str) -> Json:
    """The thread that is opened there."""
    found: Json = await wired.until(
        lambda: next((c for c in wired.world.channels.values() if c["parent_id"] == roof), None)
    )
    return found


async def only_i_see(wired: Wired) -> list[str]:
    """What the bot tells the member alone."""
    found: list[str] = await wired.until(
        lambda: [m["content"] for m in wired.world.messages.values() if ephemeral(m) and m["content"]]
    )
    return found


async def test_a_post_has_a_tag_where_its_forum_wants_one(ordinary: None, wired: Wired) -> None:
    tags = objects.tag("7", "announced", moderated=True), objects.tag("8", "stories"), objects.tag("9", "poems")
    forum = await known(wired, wired.world.add_forum("our-books", *tags, require_tag=True))
    await wired.ask("story start", title="The Tower", place=forum)
    post = await thread_in(wired, forum)
    assert post["applied_tags"] == ["8"]
    await wired.until(lambda: any("begins in" in text for text in wired.texts()))
    (card,) = wired.world.shown(post["id"])
    assert labels(card) == ["Continue", "Write"]
    wired.end(await wired.asked(channel=post["id"]), "It began.")
    await wired.settled()
    await wired.ask("story branch", channel=post["id"], title="Elsewhere")
    posts = await wired.until(lambda: [c for c in wired.world.channels.values() if c["parent_id"] == forum][1:])
    assert [(post["name"], post["applied_tags"]) for post in posts] == [("Elsewhere", ["8"])]


async def test_a_post_has_no_tag_where_its_forum_wants_none(wired: Wired) -> None:
    forum = await known(wired, wired.world.add_forum("our-books", objects.tag("8", "stories")))
    await wired.ask("story start", title="The Tower", place=forum)
    assert (await thread_in(wired, forum))["applied_tags"] == []


async def test_a_forum_without_a_tag_for_the_bot_is_named_to_the_member_alone(ordinary: None, wired: Wired) -> None:
    tag = objects.tag("7", "announced", moderated=True)
    forum = await known(wired, wired.world.add_forum("our-books", tag, require_tag=True))
    await wired.ask("story start", title="The Tower", place=forum)
    assert await only_i_see(wired) == [NO_TAG.of(place=f"<#{forum}>").to("en")]
    assert wired.texts() == [] and await wired.bot.stories.records.shelf(int(objects.GUILD_ID), 0, 1) == ([], 0)


async def test_among_announcements_a_story_is_told_in_their_kind_of_thread(wired: Wired) -> None:
    news = await known(wired, wired.world.add_channel("news", type=objects.NEWS_CHANNEL))
    await wired.ask("story start", title="The Tower", place=news)
    thread = await thread_in(wired, news)
    assert thread["type"] == objects.NEWS_THREAD
    await wired.until(lambda: wired.world.shown(thread["id"]) and wired.bot.get_channel(int(thread["id"])))
    wired.end(await wired.asked(channel=thread["id"]), "It began.")
    await wired.settled()
    await wired.ask("story branch", channel=thread["id"], title="Elsewhere")
    await wired.until(lambda: any("goes on in" in text for text in wired.texts(thread["id"])))
    kinds = [c["type"] for c in wired.world.channels.values() if c["parent_id"] == news]
    assert kinds == [objects.NEWS_THREAD] * 2


@pytest.mark.parametrize("command", ["story start", "story branch"])
async def test_a_server_full_of_threads_is_named_to_the_member_alone(wired: Wired, command: str) -> None:
    wired.end(await wired.asked(), "It began.")
    await wired.settled()
    before = wired.texts()
    wired.world.thread_limit = 0
    await wired.ask(command, title="The Tower")
    assert await only_i_see(wired) == [THREADS_FULL.of(place=f"<#{CHANNEL_ID}>").to("en")]
    assert wired.texts() == before


async def test_a_right_that_discord_knows_better_is_named_to_the_member_alone(wired: Wired) -> None:
    other = await known(wired, wired.world.add_channel("elsewhere"))
    wired.world.shut_out(other)
    await wired.ask("story start", title="The Tower", place=other)
    assert await only_i_see(wired) == [THREAD_REFUSED.of(place=f"<#{other}>").to("en")]
    assert wired.texts() == []
