"""The double against the unmodified discord.py: commands, messages, files, threads, modals, and Discord's own rules."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import discord
import pytest

from tests.discord.double import DiscordDouble
from tests.discord.interactions import THINKING, Interaction
from tests.discord.objects import CHANNEL_ID, TOKEN
from tests.discord.schema import SCHEMA
from tests.discord.small_bot import SmallBot
from tests.discord.world import EPHEMERAL, NONCE_WINDOW_S

CHANNEL = int(CHANNEL_ID)


@pytest.fixture
async def bot(double: DiscordDouble) -> AsyncIterator[SmallBot]:
    bot = SmallBot()
    running = asyncio.create_task(bot.start(TOKEN))
    await asyncio.wait_for(double.gateway.ready.wait(), 10)
    await double.until(bot.is_ready)
    yield bot
    await bot.close()
    await asyncio.wait_for(running, 10)


async def answered(interaction: Interaction) -> Interaction:
    await asyncio.wait_for(interaction.answered.wait(), 5)
    return interaction


async def texts(double: DiscordDouble, *expected: str) -> None:
    await double.until(lambda: double.texts() == list(expected), 5)


async def test_a_command_its_choices_and_its_buttons(double: DiscordDouble, bot: SmallBot) -> None:
    choices = (await answered(double.autocomplete("parts", "name", "At"))).answer
    assert choices is not None and [choice["value"] for choice in choices["data"]["choices"]] == ["Athos"]
    message = (await answered(double.slash("parts", name="Athos"))).message
    assert message is not None and message["content"] == "Hello Athos"
    await answered(double.click(message, "Change"))
    assert message["content"] == "changed"
    picked = (await answered(double.select(message, "1"))).message
    assert picked is not None and picked["content"] == "1"
    await texts(double, "changed")


async def test_a_modal(double: DiscordDouble, bot: SmallBot) -> None:
    message = (await answered(double.slash("parts", name="you"))).message
    assert message is not None
    opened = await answered(double.click(message, "Write"))
    await answered(double.submit(opened, Words="Rain fell."))
    await texts(double, "Hello you", "Rain fell.")


async def test_answers_that_come_later_with_files(double: DiscordDouble, bot: SmallBot) -> None:
    double.slash("later")
    await texts(double, "first")
    (file,) = double.world.shown()[0]["attachments"]
    assert double.world.files[file["id"]] == b"bytes"
    await double.until(lambda: "second" in [m["content"] for m in double.world.messages.values()])


async def test_an_attachment_in_a_group_of_commands(double: DiscordDouble, bot: SmallBot) -> None:
    double.slash("book add", book=("tower.txt", b"Once"), pages=3)
    await texts(double, "Once 3")


async def test_messages_are_posted_found_edited_and_deleted(double: DiscordDouble, bot: SmallBot) -> None:
    place = bot.get_partial_messageable(CHANNEL)
    sent = [await place.send(text) for text in ("one", "two", "three")]
    double.world.say(double.world.users[1], "hello")
    found = [message.content async for message in place.history(after=sent[0])]
    assert found == ["two", "three", "hello"]
    assert [message.content async for message in place.history(limit=2)] == ["hello", "three"]
    await sent[1].edit(content="TWO")
    await sent[0].delete()
    await texts(double, "TWO", "three", "hello")
    with pytest.raises(discord.NotFound) as caught:
        await sent[0].edit(content="gone")
    assert caught.value.code == 10008
    with pytest.raises(discord.HTTPException) as caught_empty:
        await place.send("  ")
    assert caught_empty.value.code == 50006


async def test_a_repeated_nonce_gives_the_first_message_back_for_some_minutes(
    double: DiscordDouble, bot: SmallBot
) -> None:
    place = bot.get_partial_messageable(CHANNEL)
    first = await place.send("one", nonce="job-1")
    again = await place.send("other", nonce="job-1")
    assert (again.id, again.content) == (first.id, "one")
    double.world.pass_time(NONCE_WINDOW_S + 1)
    later = await place.send("other", nonce="job-1")
    assert later.id != first.id
    await texts(double, "one", "other")


async def test_threads_are_opened_archived_and_reopened(double: DiscordDouble, bot: SmallBot) -> None:
    place = bot.get_channel(CHANNEL)
    assert isinstance(place, discord.TextChannel)
    below = await (await place.send("a story")).create_thread(name="The tower")
    message = await below.send("It began.")
    double.world.archive(str(below.id))
    for act in (lambda: below.send("And on."), lambda: message.edit(content="It ended.")):
        with pytest.raises(discord.HTTPException) as caught:
            await act()
        assert caught.value.code == 50083
    await below.edit(archived=False)
    await below.send("And on.")
    assert double.texts(str(below.id)) == ["It began.", "And on."]
    double.world.archive(str(below.id), locked=True)
    with pytest.raises(discord.Forbidden):
        await below.edit(archived=False)


async def test_a_channel_that_is_closed_or_gone(double: DiscordDouble, bot: SmallBot) -> None:
    channel = double.world.add_channel("elsewhere")
    place = bot.get_partial_messageable(int(channel))
    double.world.shut_out(channel)
    with pytest.raises(discord.Forbidden) as closed:
        await place.send("x")
    double.world.let_in(channel)
    await place.send("x")
    double.world.remove_channel(channel)
    with pytest.raises(discord.NotFound) as gone:
        await place.send("x")
    assert (closed.value.code, gone.value.code) == (50001, 10003)


async def test_what_follows_a_wait_is_for_whom_the_wait_was(double: DiscordDouble, bot: SmallBot) -> None:
    used = await answered(double.slash("ponder"))
    hook = f"/webhooks/100/{used.token}"
    only_one = {"content": "no", "flags": EPHEMERAL, "allowed_mentions": {"parse": []}}
    assert used.answer is not None and used.answer["type"] == THINKING
    assert await raw(bot, double, "POST", hook, only_one) == (200, 0)
    assert double.texts() == ["no"]
    assert await raw(bot, double, "POST", hook, only_one) == (200, 0)
    assert double.texts() == ["no"]
    used = await answered(double.slash("ponder"))
    await raw(bot, double, "DELETE", f"/webhooks/100/{used.token}/messages/@original", None)
    assert await raw(bot, double, "POST", f"/webhooks/100/{used.token}", only_one) == (404, 10008)


async def test_an_answer_that_comes_too_late_or_twice(double: DiscordDouble, bot: SmallBot) -> None:
    failures: list[int] = []

    async def note(interaction: object, error: discord.app_commands.AppCommandError) -> None:
        cause = error.__cause__ or getattr(error, "original", None)
        failures.append(getattr(cause, "code", -1))

    bot.tree.error(note)
    double.slash("parts", name="slow")
    double.world.pass_time(3.1)
    await double.until(lambda: failures == [10062], 5)
    used = await answered(double.slash("parts", name="quick"))
    double.world.pass_time(901)
    for call in (("POST", f"/interactions/{used.id}/{used.token}/callback"), ("GET", "")):
        path = call[1] or f"/webhooks/100/{used.token}/messages/@original"
        status, code = await raw(bot, double, call[0], path, {"type": 5})
        assert (status, code) == ((404, 10062) if call[1] else (401, 50027))


async def test_a_second_answer_is_refused(double: DiscordDouble, bot: SmallBot) -> None:
    used = await answered(double.slash("parts", name="quick"))
    path = f"/interactions/{used.id}/{used.token}/callback"
    assert await raw(bot, double, "POST", path, {"type": 5}) == (400, 40060)


@pytest.mark.skipif(not SCHEMA.exists(), reason="bodies are not checked against Discord's schema: no ../shared/discord")
async def test_a_body_that_discord_would_refuse_is_refused_and_noted(double: DiscordDouble, bot: SmallBot) -> None:
    assert await raw(bot, double, "POST", f"/channels/{CHANNEL}/messages", {"content": 17}) == (400, 50035)
    assert len(double.rest.violations) == 1
    double.rest.violations.clear()


async def raw(bot: SmallBot, double: DiscordDouble, method: str, path: str, body: object) -> tuple[int, int]:
    """A request that discord.py itself would not send: status and Discord's code."""
    route = discord.http.Route(method, path)
    try:
        await bot.http.request(route, json=body)
    except discord.HTTPException as error:
        return error.status, error.code
    return 200, 0
