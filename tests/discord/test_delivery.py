"""Exactly once on Discord, whatever is lost on the way: a bot on the wire, with faults where they hurt most."""

from __future__ import annotations

import asyncio

import pytest

from bot.follower import Follower
from bot.stories import story_id
from bot.words.controls import FORGET_ME
from bot.words.server import FORGOTTEN
from bot.words.waiting import KEPT
from tests.discord import interactions
from tests.discord.faults import CALLBACK, MESSAGE, MESSAGES, Fault
from tests.discord.interactions import TOKEN_S
from tests.discord.objects import CHANNEL_ID
from tests.discord.wired import Wired
from tests.discord.world import NONCE_WINDOW_S
from worker.contract import Keys
from worker.errors import RedisDown
from worker.events import Received

LONG = "\n\n".join(f"Paragraph {i}. " + "Rain fell on the old tower. " * 25 for i in range(8))
HIDDEN = [Fault.LOST_ANSWER, Fault.DONE_AND_ERROR]


class TestTheFirstMessage:
    """The answer to the command: no nonce protects it."""

    @pytest.mark.parametrize("fault", [*HIDDEN, Fault.LOST_REQUEST, Fault.SERVER_ERROR, Fault.RATE_LIMIT])
    async def test_an_answer_in_doubt_holds_the_passage(self, wired: Wired, fault: Fault) -> None:
        wired.double.faults.plan("POST", CALLBACK, fault)
        request = await wired.asked(prompt="Go.")
        wired.end(request, "Go. He went.")
        await wired.settled()
        assert wired.texts() == ["**Go.** He went."]

    async def test_an_answer_that_came_too_late_keeps_no_request(
        self, wired: Wired, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bot.delivery.UNANSWERED_S", 30)
        wired.double.slash("continue", prompt="Go.")
        wired.world.pass_time(interactions.ANSWER_S + 1)
        await wired.until(lambda: any("callback" in path for _, path, _ in wired.double.rest.calls))
        await wired.until(lambda: wired.owed() == 0)
        await wired.until(lambda: not wired.redis.exists(Keys.waiting(story_id("tests", int(CHANNEL_ID)))))
        assert wired.requests() == [] and wired.texts() == []

    async def test_an_answer_not_noted_down_is_found_after_a_restart(self, wired: Wired) -> None:
        request = await wired.asked(prompt="Go.")
        wired.forget_messages(request)
        await wired.restart_bot()
        wired.end(request, "Go. He went.")
        await wired.settled()
        assert wired.texts() == ["**Go.** He went."]

    async def test_redis_away_after_the_answer_costs_no_second_message(
        self, wired: Wired, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def down(job: str, message: int) -> None:
            raise RedisDown

        with monkeypatch.context() as patch:
            patch.setattr(wired.bot.ledger, "add_message", down)
            await wired.ask(prompt="Go.")
            await wired.until(lambda: wired.texts() == [KEPT.en])
        await wired.until(wired.requests)
        wired.end(wired.take(), "Go. He went.")
        await wired.settled()
        assert wired.texts() == ["**Go.** He went."]

    async def test_a_request_without_a_message_gets_one_of_its_own(self, wired: Wired) -> None:
        request = await wired.asked(prompt="Go.")
        await wired.close()
        wired.world.delete(wired.world.shown()[0])
        wired.forget_messages(request)
        wired.double.faults.plan("POST", MESSAGES, Fault.LOST_ANSWER)
        wired.end(request, "Go. He went.")
        await wired.open()
        await wired.settled()
        assert wired.texts() == ["**Go.** He went."]


class TestFurtherMessages:
    @pytest.mark.parametrize("fault", list(Fault))
    async def test_each_page_is_posted_once(self, wired: Wired, fault: Fault) -> None:
        request = await wired.asked("chapter")
        times = 1 if fault in (Fault.SERVER_ERROR, Fault.DONE_AND_ERROR) else 3
        wired.double.faults.plan("POST", MESSAGES, fault, times)
        wired.double.faults.plan("PATCH", MESSAGE, fault, times)
        wired.end(request, f"I\n\n{LONG}")
        await wired.settled()
        assert len(wired.texts()) == 4 and len(set(wired.texts())) == 4
        assert wired.buttons()[:1] == ["Continue"]
        assert wired.texts() == sorted(wired.texts(), key=lambda text: f"I\n\n{LONG}".find(text[-80:]))

    async def test_after_an_outage_the_bot_looks_before_it_posts_again(self, wired: Wired) -> None:
        request = await wired.asked("chapter")
        wired.double.faults.plan("POST", MESSAGES, Fault.LOST_ANSWER)
        wired.double.faults.plan("GET", MESSAGES, Fault.LOST_REQUEST, 6)
        wired.end(request, f"I\n\n{LONG}")
        await wired.until(lambda: len(wired.texts()) == 2)
        wired.world.pass_time(NONCE_WINDOW_S + 60)
        await wired.settled()
        assert len(wired.texts()) == len(set(wired.texts())) == 4

    async def test_a_restart_long_after_finds_what_was_posted(self, wired: Wired) -> None:
        request = await wired.asked("chapter")
        wired.grow(request, f"I\n\n{LONG}")
        await wired.until(lambda: len(wired.texts()) == 4)
        first = int(wired.world.shown()[0]["id"])
        await wired.close()
        wired.forget_messages(request, first)
        for number in range(250):
            wired.world.say(wired.world.users[1], f"What do you think? {number}")
        wired.world.pass_time(3600)
        wired.end(request, f"I\n\n{LONG}")
        await wired.open()
        await wired.settled()
        ours = [m["content"] for m in wired.world.shown() if m["author"]["bot"]]
        assert len(ours) == len(set(ours)) == 4

    async def test_a_repeated_nonce_does_not_leave_an_older_text(self, wired: Wired) -> None:
        request = await wired.asked(prompt="Go.")
        await wired.close()
        wired.world.delete(wired.world.shown()[0])
        wired.forget_messages(request)
        wired.world.post(CHANNEL_ID, {"content": "earlier", "nonce": f"{request.job}-0", "enforce_nonce": True}, [])
        wired.end(request, "Go. He went.")
        await wired.open()
        await wired.settled()
        assert wired.texts() == ["**Go.** He went."]

    @pytest.mark.parametrize("page", [0, 1, 3])
    async def test_a_page_that_was_deleted_is_made_up_for(self, wired: Wired, page: int) -> None:
        request = await wired.asked("chapter")
        wired.grow(request, f"I\n\n{LONG}")
        await wired.until(lambda: len(wired.texts()) == 4)
        await wired.until(lambda: len(wired.record(request).messages) == 4)
        await wired.close()
        wired.world.delete(wired.world.shown()[page])
        wired.end(request, f"I\n\n{LONG}")
        await wired.open()
        await wired.settled()
        assert len(wired.texts()) == len(set(wired.texts())) == 4
        assert wired.texts() == sorted(wired.texts(), key=lambda text: f"I\n\n{LONG}".find(text[-80:]))
        assert wired.buttons()[:1] == ["Continue"] and await wired.bot.ledger.undelivered() == []

    async def test_a_message_too_many_is_taken_away_though_the_answer_is_lost(self, wired: Wired) -> None:
        request = await wired.asked("chapter")
        wired.grow(request, f"I\n\n{LONG}")
        await wired.until(lambda: len(wired.texts()) == 4)
        wired.double.faults.plan("DELETE", MESSAGE, Fault.DONE_AND_ERROR)
        wired.end(request, "I\n\nShort this time.")
        await wired.settled()
        assert wired.texts() == ["## I\n\nShort this time."]
        assert await wired.bot.ledger.undelivered() == []

    async def test_a_note_that_redis_did_not_take_costs_no_second_message(
        self, wired: Wired, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        request = await wired.asked("chapter")
        note, failures = wired.bot.ledger.add_message, iter([True, True])

        async def sometimes_down(job: str, message: int) -> None:
            if next(failures, False):
                wired.world.pass_time(NONCE_WINDOW_S + 1)
                raise RedisDown
            await note(job, message)

        monkeypatch.setattr(wired.bot.ledger, "add_message", sometimes_down)
        wired.end(request, f"I\n\n{LONG}")
        await wired.settled()
        assert len(wired.texts()) == len(set(wired.texts())) == 4


class TestAfterARestart:
    async def test_what_was_not_acknowledged_comes_first(self, wired: Wired, monkeypatch: pytest.MonkeyPatch) -> None:
        other = wired.world.add_channel("elsewhere")
        await wired.until(lambda: wired.bot.get_channel(int(other)))
        new = await wired.asked(prompt="New.", channel=other)
        old = await wired.asked(prompt="Old.")
        wired.double.faults.plan("PATCH", MESSAGE, Fault.LOST_REQUEST, 1000)
        wired.end(old, "Old. It was.")
        await wired.until(lambda: wired.pending() == 1)
        await wired.close()
        wired.double.faults.stop()
        wired.end(new, "New. It is.")
        heard: list[str] = []
        hear = Follower.hear

        def listen(follower: Follower, received: Received) -> None:
            if received.id:
                heard.append(received.event.job)
            hear(follower, received)

        monkeypatch.setattr(Follower, "hear", listen)
        await wired.open()
        await wired.settled()
        assert heard == [old.job, new.job]
        assert wired.texts() == ["**Old.** It was."] and wired.texts(other) == ["**New.** It is."]

    async def test_a_result_after_fifteen_minutes_needs_no_interaction(self, wired: Wired) -> None:
        request = await wired.asked(prompt="Go.")
        wired.world.pass_time(TOKEN_S + 1)
        before = len(wired.double.rest.calls)
        wired.grow(request, "Go. He")
        await wired.until(lambda: wired.texts() == ["**Go.** He"])
        wired.end(request, "Go. He went.")
        await wired.settled()
        assert wired.texts() == ["**Go.** He went."]
        later = [path for _, path, _ in wired.double.rest.calls[before:]]
        assert later and all(path.startswith("/channels/") for path in later)


class TestRefusals:
    @pytest.mark.parametrize("way", ["deleted", "withdrawn"])
    async def test_a_permanent_refusal_keeps_the_passage_and_is_remembered(self, wired: Wired, way: str) -> None:
        channel = wired.world.add_channel("elsewhere")
        await wired.until(lambda: wired.bot.get_channel(int(channel)))
        request = await wired.asked(prompt="Go.", channel=channel)
        if way == "deleted":
            wired.world.remove_channel(channel)
        else:
            wired.world.shut_out(channel)
        wired.end(request, "Go. He went.")
        await wired.settled()
        assert wired.tip(channel) == request.job
        (record,) = await wired.bot.ledger.undelivered()
        assert (record.owed.job, record.owed.channel) == (request.job, int(channel))
        assert ("Unknown Channel" if way == "deleted" else "Missing Access") in record.reason
        status = (await wired.ask("status")).message
        assert status is not None and "1: Discord did not let me" in str(status["embeds"])

    async def test_a_token_that_was_reset_is_no_refusal(self, wired: Wired, monkeypatch: pytest.MonkeyPatch) -> None:
        request = await wired.asked(prompt="Go.")
        with monkeypatch.context() as patch:
            patch.setattr(wired.bot.http, "token", "reset")
            wired.end(request, "Go. He went.")
            await wired.until(lambda: wired.tip() == request.job)
            await asyncio.sleep(0.5)
            assert wired.owed() == 1
        await wired.settled()
        assert wired.texts() == ["**Go.** He went."]

    async def test_an_archived_thread_is_reopened(self, wired: Wired) -> None:
        thread = wired.world.open_thread(CHANNEL_ID, {"name": "The tower"})["id"]
        await wired.until(lambda: wired.bot.get_channel(int(thread)))
        request = await wired.asked("chapter", channel=thread)
        wired.world.archive(thread)
        wired.double.faults.plan("PATCH", "/channels/{channel}", Fault.LOST_ANSWER)
        wired.end(request, f"I\n\n{LONG}")
        await wired.settled()
        assert len(wired.texts(thread)) == 4
        assert not wired.world.channels[thread]["thread_metadata"]["archived"]

    async def test_a_thread_locked_by_a_moderator_is_a_refusal(self, wired: Wired) -> None:
        thread = wired.world.open_thread(CHANNEL_ID, {"name": "The tower"})["id"]
        await wired.until(lambda: wired.bot.get_channel(int(thread)))
        request = await wired.asked(prompt="Go.", channel=thread)
        wired.world.archive(thread, locked=True)
        wired.end(request, "Go. He went.")
        await wired.settled()
        assert wired.tip(thread) == request.job
        assert len(await wired.bot.ledger.undelivered()) == 1


class TestForgetting:
    async def test_what_discord_does_not_take_is_redrawn_later_and_needs_no_interaction(self, wired: Wired) -> None:
        request = await wired.asked(prompt="Go.")
        wired.end(request, "Go. He went.")
        await wired.settled()
        asked = await wired.ask("privacy forget", how="replace")
        assert asked.message is not None
        wired.double.faults.plan("PATCH", MESSAGE, Fault.LOST_REQUEST, 1000)
        wired.double.click(asked.message, FORGET_ME.en)
        await wired.until(lambda: asked.message and asked.message["content"] == FORGOTTEN.en)
        await wired.until(lambda: ("PATCH", MESSAGE, Fault.LOST_REQUEST) in wired.double.faults.happened)
        assert wired.texts()[0] == "**Go.** He went." and wired.redis.exists(Keys.redraws("tests"))
        wired.world.pass_time(TOKEN_S + 1)
        before = len(wired.double.rest.calls)
        wired.double.faults.stop()
        await wired.until(lambda: not wired.redis.exists(Keys.redraws("tests")))
        assert wired.texts()[0] == "**\\[…]** He went."
        assert all(path.startswith("/channels/") for _, path, _ in wired.double.rest.calls[before:])
