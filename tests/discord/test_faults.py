"""What the double lets go wrong is what discord.py takes for a real fault."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.discord.double import DiscordDouble
from tests.discord.faults import MESSAGES, Fault, Faults
from tests.discord.objects import CHANNEL_ID, MEMBER, TOKEN
from tests.discord.rest import RETRY_AFTER_S
from tests.discord.small_bot import SmallBot

CHANNEL = int(CHANNEL_ID)


@pytest.fixture
async def bot(double: DiscordDouble) -> AsyncIterator[SmallBot]:
    bot = SmallBot()
    running = asyncio.create_task(bot.start(TOKEN))
    await double.until(bot.is_ready)
    yield bot
    await bot.close()
    await asyncio.wait_for(running, 10)


async def test_a_rate_limit_is_waited_out(double: DiscordDouble, bot: SmallBot) -> None:
    double.faults.plan("POST", MESSAGES, Fault.RATE_LIMIT, 2)
    began = time.monotonic()
    await bot.get_partial_messageable(CHANNEL).send("x")
    assert time.monotonic() - began >= 2 * RETRY_AFTER_S
    assert len(double.world.shown()) == 1


async def test_an_error_of_the_server_is_tried_again(double: DiscordDouble, bot: SmallBot) -> None:
    double.faults.plan("POST", MESSAGES, Fault.SERVER_ERROR)
    await bot.get_partial_messageable(CHANNEL).send("x")
    assert len(double.world.shown()) == 1


@pytest.mark.parametrize(("fault", "made"), [(Fault.LOST_REQUEST, 0), (Fault.LOST_ANSWER, 1)])
async def test_a_lost_answer_hides_a_message_that_was_made(
    double: DiscordDouble, bot: SmallBot, fault: Fault, made: int
) -> None:
    double.faults.plan("POST", MESSAGES, fault)
    with pytest.raises((aiohttp.ClientError, OSError)):
        await bot.get_partial_messageable(CHANNEL).send("x")
    assert len(double.world.shown()) == made


async def test_the_nonce_of_discord_py_covers_an_error_after_the_deed(double: DiscordDouble, bot: SmallBot) -> None:
    double.faults.plan("POST", MESSAGES, Fault.DONE_AND_ERROR)
    await bot.get_partial_messageable(CHANNEL).send("x", nonce="job-0")
    assert len(double.world.shown()) == 1


@pytest.mark.parametrize("way", ["operation 7", "a broken socket"])
async def test_what_happens_while_the_socket_is_away_comes_with_the_resume(
    double: DiscordDouble, bot: SmallBot, way: str
) -> None:
    heard: list[str] = []

    @bot.event
    async def on_message(message: object) -> None:
        heard.append(str(getattr(message, "id", "")))

    if way == "operation 7":
        double.gateway.ask_to_reconnect()
    else:
        double.gateway.cut()
    said = double.world.say(MEMBER, "meanwhile")
    await double.until(lambda: heard == [said["id"]])
    await double.until(lambda: bot.resumes == 1)
    assert (double.gateway.identified, double.gateway.resumed) == (1, 1)


async def test_a_session_that_discord_forgot_begins_anew(double: DiscordDouble, bot: SmallBot) -> None:
    double.gateway.forget()
    await double.until(lambda: double.gateway.identified == 2, 30)
    used = double.slash("parts", name="again")
    await asyncio.wait_for(used.answered.wait(), 5)


def test_drawn_faults_depend_on_the_seed_alone() -> None:
    def drawn(seed: int) -> list[Fault | None]:
        faults = Faults()
        faults.draw(seed, {Fault.SERVER_ERROR: 0.2, Fault.LOST_ANSWER: 0.2})
        assert faults.next("GET", "/users/@me") is None
        return [faults.next("POST", MESSAGES) for _ in range(300)]

    assert drawn(1) == drawn(1) != drawn(2)
    assert 30 < drawn(1).count(Fault.LOST_ANSWER) < 90
