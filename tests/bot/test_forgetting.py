"""A member is forgotten whatever breaks off, in Redis first and then in Discord; the test plays the worker."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest
import redis.asyncio.connection
from redis.exceptions import ConnectionError as RedisConnectionError
from simcord.builders import ChannelHandle

from bot.forgetting import order
from bot.ledger import Owed
from bot.words.server import FORGETTING_GOES_ON, FORGOTTEN
from bot.words.stories import UNTITLED
from tests.bot.house import House
from tests.bot.test_privacy import forget, redrawn
from worker.contract import GenerateRequest, Keys, TrainRequest, new_job_id
from worker.errors import RedisDown

Dump = dict[bytes, bytes]


def held(house: House, key: bytes) -> str:
    """All that a key holds, as text."""
    reads: dict[bytes, Any] = {
        b"string": lambda: house.redis.get(key),
        b"list": lambda: house.redis.lrange(key, 0, -1),
        b"set": lambda: sorted(house.redis.smembers(key)),
        b"zset": lambda: house.redis.zrange(key, 0, -1),
        b"hash": lambda: sorted(house.redis.hgetall(key).items()),
        b"stream": lambda: house.redis.xrange(key),
    }
    kind: Any = house.redis.type(key)
    return f"{key.decode()} {reads[kind]()!r}"


def traces(house: House) -> list[str]:
    """Where Redis has Alice's id, name or words. How many passages she asked for is counted for two hours."""
    marks = (str(house.alice.id), "Alice", "alice", "door opened")
    all_ = [held(house, key) for key in house.redis.scan_iter("greenbeard:*")]
    return [text for text in all_ if any(mark in text for mark in marks) and not text.startswith("greenbeard:used:")]


def threads(house: House) -> list[ChannelHandle]:
    channels = house.env.backend.channels.values()
    return [ChannelHandle(house.env, house.guild, channel) for channel in channels if channel.is_thread]


async def writes(house: House, text: str, channel: Any = None) -> None:
    shown = await house.alice.slash(channel or house.channel, "write")
    await house.alice.submit_modal(shown, {"text": text})


def asks(house: House, **changes: Any) -> Owed:
    request = GenerateRequest(
        **{"job": new_job_id(), "story": "tests:1", "prompt": "Alice asks.", "seed": 1, "reply_to": "tests"},
        **{"member": str(house.alice.id)} | changes,
    )
    return Owed(channel=house.channel.id, request=request)


async def much_of_alice(house: House) -> None:
    """Passages, an edit of one by another member, a branch, a story with her name, requests that wait, a refusal."""
    await writes(house, "Alice was here.")
    await house.told("\n\nThe door opened. It was night.", prompt="The door opened.")
    await house.told(" It snowed.", house.bob)
    shown = await house.admin.context_menu(house.channel, "Edit this passage", house.message(0))
    await house.admin.submit_modal(shown, {"text": "Alice was here. So was the admin."})
    await house.bob.context_menu(house.channel, "Branch from here", house.message(1))
    await house.alice.slash(house.channel, "story start")
    await house.bot.ledger.give_up(asks(house), "Missing Access")
    await house.bob.slash(house.channel, "continue")
    await house.alice.slash(house.channel, "continue", prompt="Alice asks.", note="As Alice would.")
    await writes(house, "Alice waits.")


def saved(house: House) -> Dump:
    return {key: value for key in house.redis.scan_iter() if (value := house.redis.dump(key))}


def put_back(house: House, dump: Dump) -> None:
    house.redis.flushdb()
    for key, value in dump.items():
        house.redis.restore(key, 0, value)


def cut(patch: pytest.MonkeyPatch, after: int, lost: str) -> None:
    """Redis is away for the bot after so many commands; of the first that fails the command or the answer is lost."""
    counter = itertools.count()
    connection: Any = redis.asyncio.connection.AbstractConnection
    send = connection.send_packed_command

    async def fail(self: Any, *args: Any, **options: Any) -> None:
        number = next(counter)
        if number < after or (number == after and lost == "answer"):
            await send(self, *args, **options)
        if number >= after:
            raise RedisConnectionError("cut")

    patch.setattr(connection, "send_packed_command", fail)


def state(house: House) -> tuple[dict[bytes, Any], set[bytes]]:
    """Passages, trees and what waits; and what is to be redrawn."""
    kept = {
        key: held(house, key)
        for kind in ("passage", "story", "nodes", "waiting", "deliveries", "undeliverable", "authored")
        for key in house.redis.scan_iter(f"greenbeard:{kind}*")
    }
    notes: Any = house.redis.lrange(Keys.redraws("tests"), 0, -1)
    return kept, set(notes)


@pytest.mark.parametrize("lost", ["command", "answer"])
async def test_broken_off_anywhere_it_is_done_by_the_next_run(
    house: House, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    await much_of_alice(house)
    await house.stop_delivery()
    forgetting, alice, dump = house.bot.forgetting, house.alice.id, saved(house)
    assert len(traces(house)) > 8
    await forgetting.begin(alice, "replace")
    await forgetting.forget(alice)
    wanted = state(house)
    assert len(wanted[1]) == 6
    for step in itertools.count():
        put_back(house, dump)
        with monkeypatch.context() as patch:
            cut(patch, step, lost)
            try:
                await forgetting.begin(alice, "replace")
                await forgetting.forget(alice)
                break
            except RedisDown:
                pass
        if not house.redis.exists(Keys.forgetting("tests")):
            await forgetting.begin(alice, "replace")
        await forgetting.go_on()
        assert state(house) == wanted, f"broken off at command {step}"
        house.redis.delete(Keys.deliveries())
        await forgetting.go_on()
        assert traces(house) == [], f"broken off at command {step}"
    assert step > 40


@pytest.mark.parametrize("how", ["replace", "give"])
async def test_messages_are_redrawn_after_a_restart(house: House, how: str) -> None:
    for number in range(6):
        await writes(house, f"Alice was here {number}.")
    await house.stop_delivery()
    answer = await house.alice.slash(house.channel, "privacy forget", how=how)
    pressed = await house.alice.click(answer.response, label="Forget me")
    assert pressed is not None and said_last(house, answer) == FORGOTTEN.en
    assert traces(house) == [] or how == "give"
    assert all("Alice" in text and str(house.alice.id) in text for text in house.texts())
    wanted = ["\\[…]"] * 6 if how == "replace" else [f"Alice was here {number}." for number in range(6)]
    house.start_delivery()
    await house.until(lambda: house.texts()[1] == wanted[1])
    await house.stop_delivery()
    left: Any = house.redis.llen(Keys.redraws("tests"))
    assert 0 < left < 6 and house.texts() != wanted
    await house.restart_bot()
    await redrawn(house)
    assert house.texts() == wanted


def said_last(house: House, answer: Any) -> str:
    """What an answer that only Alice sees says by now."""
    return str(house.env.backend.messages[house.channel.id][answer.response.id].content)


async def test_redis_away_midway_is_told_and_made_up_for(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await writes(house, "Alice was here.")
    await house.told("\n\nThe door opened. It was night.", prompt="The door opened.")
    await house.stop_delivery()
    answer = await house.alice.slash(house.channel, "privacy forget", how="replace")
    with monkeypatch.context() as patch:
        cut(patch, 12, "command")
        await house.alice.click(answer.response, label="Forget me")
    assert said_last(house, answer) == FORGETTING_GOES_ON.en
    assert traces(house)
    house.start_delivery()
    await redrawn(house)
    assert traces(house) == [] and house.texts() == ["\\[…]", "**\\[…]** It was night."]


@pytest.mark.parametrize("how", ["replace", "give"])
async def test_what_waits_and_what_is_being_written_goes_too(house: House, how: str) -> None:
    await house.alice.slash(house.channel, "continue", prompt="Alice asks.")
    first = house.take()
    await house.bob.slash(house.channel, "continue", prompt="Bob asks.")
    await house.alice.slash(house.channel, "continue", prompt="Alice asks again.", note="As Alice would.")
    await writes(house, "Alice waits.")
    answer = await house.alice.slash(house.channel, "privacy forget", how=how)
    await house.alice.click(answer.response, label="Forget me")
    await house.until(lambda: not house.redis.exists(Keys.redraws("tests")))
    mark = "\\[…]" if how == "replace" else "Alice waits."
    assert house.texts()[-1] == mark and house.redis.exists(Keys.forgetting("tests"))
    house.end(first, "Alice asks. It was.")
    await house.until(house.requests)
    await house.written("\n\nBob asks. It is.")
    await house.until(house.requests)
    request = house.take()
    prompt = "" if how == "replace" else "Alice asks again."
    assert (request.member, request.prompt, request.note) == ("0", prompt, "")
    house.end(request, f"\n\n{prompt} It goes on.")
    await house.until(lambda: house.owed() == 0 and house.pending() == 0)
    await redrawn(house)
    assert [text for text in [*traces(house), *house.texts()] if str(house.alice.id) in text] == []
    if how == "replace":
        assert traces(house) == []
        assert house.texts() == ["**\\[…]** It was.", "**Bob asks.** It is.", "It goes on.", "\\[…]"]
        assert [text.strip() for text in await house.told_texts()][-1] == "[…]"


async def test_nothing_that_was_read_before_covers_what_was_forgotten(house: House) -> None:
    await house.bob.slash(house.channel, "continue", prompt="Bob asks.")
    await writes(house, "Alice waits.")
    await asyncio.sleep(10 * house.options.waiting_interval_s)  # whoever follows the passage has read it
    answer = await house.alice.slash(house.channel, "privacy forget", how="replace")
    await house.alice.click(answer.response, label="Forget me")
    await house.written("Bob asks. It is.")
    await house.until(lambda: house.owed() == 0 and house.pending() == 0)
    await redrawn(house)
    assert house.texts() == ["**Bob asks.** It is.", "\\[…]"] and traces(house) == []


async def test_an_operator_lets_the_bot_forget_who_left(house: House) -> None:
    await writes(house, "Alice was here.")
    await house.stop_delivery()
    assert order(house.redis, "tests", house.alice.id, "replace")
    assert not order(house.redis, "tests", house.alice.id, "give")
    house.start_delivery()
    await redrawn(house)
    assert traces(house) == [] and house.texts() == ["\\[…]"]


async def test_a_prompt_is_not_given_back_after_its_member_was_forgotten(house: House) -> None:
    await house.alice.slash(house.channel, "continue", prompt="Alice asks.")
    request = house.take()
    house.grow(request, "Alice asks. It")
    await house.until(lambda: house.texts() == ["**Alice asks.** It"])
    answer = await house.alice.slash(house.channel, "privacy forget", how="replace")
    await house.alice.click(answer.response, label="Forget me")
    house.redis.delete(Keys.text(request.job))
    house.publisher(request).failed("No.")
    await house.until(lambda: house.owed() == 0 and house.pending() == 0)
    await redrawn(house)
    assert "Alice" not in house.texts()[0] and house.message(0).embeds == [] and traces(house) == []


async def test_takes_that_come_late_go_too(house: House) -> None:
    await house.told("It began.", house.bob)
    await house.bob.click(house.message(), label="Vote")
    await house.alice.slash(house.channel, "continue", prompt="Alice asks.")
    request = house.take()
    answer = await house.bob.slash(house.channel, "privacy forget", how="give")
    await house.bob.click(answer.response, label="Forget me")
    house.end_takes(request, "One.", "Two.", "Three.")
    await house.until(lambda: house.owed() == 1 and house.pending() == 0)
    await redrawn(house)
    left = [held(house, key) for key in house.redis.scan_iter("greenbeard:*") if b":used:" not in key]
    assert not any(str(house.bob.id) in text for text in left)
    assert house.buttons(0) == ["1 · 0", "2 · 0", "3 · 0", "4 · 0", "Decide"]


async def test_what_discord_refused_is_forgotten_with_the_member(house: House) -> None:
    bob, alice = str(house.bob.id), str(house.alice.id)
    training = TrainRequest(job=new_job_id(), name="dragons", filename="a.txt", reply_to="tests", member=alice)
    refused = [asks(house), asks(house, member=bob), asks(house, member=bob, prompted_by=alice)]
    for owed in (*refused, Owed(channel=1, request=training)):
        await house.bot.ledger.give_up(owed, "Missing Access")
    await forget(house)
    (left,) = await house.bot.ledger.undelivered()
    assert left.owed == refused[1] and traces(house) == [held(house, Keys.undeliverable().encode())]


async def test_no_story_is_named_after_a_member_who_is_forgotten(house: House) -> None:
    await house.alice.slash(house.channel, "story start")
    (thread,) = threads(house)
    assert thread.name == "A story by alice"
    await house.bob.slash(thread, "continue")
    house.end(house.take(), "It began.")
    await house.until(lambda: house.owed() == 0)
    await house.bob.context_menu(thread, "Branch from here", thread.history()[-1])
    await house.bob.slash(house.channel, "story start")
    await house.alice.slash(house.channel, "story start", title="A story by the sea")
    await forget(house)
    assert house.stored(thread)[0].embeds[0]["title"] == f"📖 {UNTITLED.en}"
    names = sorted(thread.name for thread in threads(house))
    assert names == ["A story by bob", "A story by the sea", UNTITLED.en, UNTITLED.en]
    assert traces(house) == []
    (listed,) = (await house.bob.slash(house.channel, "story list")).response.embeds
    assert "alice" not in str(listed.description) and str(listed.description).count(UNTITLED.en) == 2


async def test_a_title_that_was_chosen_later_stays(house: House) -> None:
    await house.alice.slash(house.channel, "story start")
    (thread,) = threads(house)
    await house.alice.slash(thread, "story rename", title="A story by the sea")
    await forget(house)
    assert (await house.bot.stories.here("tests", thread.id)).title == "A story by the sea"


async def test_a_note_that_makes_no_sense_does_not_hold_up_the_others(house: House) -> None:
    house.expected_errors = True
    house.redis.rpush(Keys.redraws("tests"), "tests:1 nowhere", f"tests:{house.channel.id} root")
    await house.until(lambda: not house.redis.exists(Keys.redraws("tests")))
    house.redis.set(Keys.story("tests:2"), "damaged")
    house.redis.rpush(Keys.redraws("tests"), "tests:2 root")
    await writes(house, "Alice was here.")
    answer = await house.alice.slash(house.channel, "privacy forget", how="replace")
    await house.alice.click(answer.response, label="Forget me")
    await house.until(lambda: house.redis.lrange(Keys.redraws("tests"), 0, -1) == [b"tests:2 root"])
    assert house.texts() == ["\\[…]"]
