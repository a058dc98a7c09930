"""The bot as a program: start, commands known to Discord, first words, a database that is away."""

from __future__ import annotations

import json
import re
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import discord
import pytest
import structlog
from aiohttp import web

from bot.app import run_bot
from bot.errors import BadToken, NoRedis
from bot.options import BotOptions
from bot.rights import NEEDED, invite_url
from bot.words.commands import ADD_MENU
from greenbeard.play.valkey import EmbeddedValkey
from tests.bot.house import House
from worker.contract import Keys

ROOT = Path(__file__).parent.parent.parent


def pushes(house: House) -> int:
    return len([r for r in house.env.http_requests if r.method == "PUT" and r.path.endswith("/commands")])


async def test_commands_are_synced_once_per_change(house: House) -> None:
    assert pushes(house) == 1
    await house.restart_bot()
    assert pushes(house) == 1
    house.env.backend.commands.clear()
    await house.restart_bot()
    assert pushes(house) == 2


async def test_descriptions_fit_into_what_discord_takes(house: House) -> None:
    for command in house.bot.tree.walk_commands():
        assert 10 <= len(command.description) <= 100
        for parameter in getattr(command, "parameters", []):
            assert 10 <= len(parameter.description) <= 100


@pytest.mark.parametrize("document", ["README.md", "README.zh-CN.md", "docs/members.md", "docs/play.md"])
async def test_documents_name_commands_and_options_that_exist(house: House, document: str) -> None:
    commands = {command.qualified_name: command for command in house.bot.tree.walk_commands()}
    text = (ROOT / document).read_text(encoding="utf-8")
    lines = re.findall(r"(?<![\w.])`/([a-z][^`]*)`", text) + re.findall(r"^\w+(?:@\S+)?: /([a-z].*)$", text, re.M)
    assert lines
    for line in lines:
        words = line.split()
        name = " ".join(words[:2]) if " ".join(words[:2]) in commands else words[0].rstrip(",")
        assert name in commands, f"{document} names /{line}"
        options = {parameter.display_name for parameter in getattr(commands[name], "parameters", ())}
        assert set(re.findall(r"(?<=\s)([a-z_]+):", line)) <= options, f"{document} names /{line}"


async def test_help_explains_every_command(house: House) -> None:
    answer = await house.alice.slash(house.channel, "help")
    assert answer.ephemeral and answer.response is not None
    (embed,) = answer.response.embeds
    text = str(embed.to_dict())
    for command in ("continue", "chapter", "train start", "train status", "train stop", "model list", "model promote"):
        assert f"/{command}" in text


async def test_hello_where_the_bot_may_write(house: House) -> None:
    guild = house.bot.get_guild(house.guild.id)
    assert guild is not None
    await house.bot.on_guild_join(guild)
    assert "/continue" in house.texts()[-1]


@pytest.mark.parametrize("used", ["command", "menu"])
async def test_a_command_that_fails_is_logged_without_what_members_wrote(house: House, used: str) -> None:
    house.expected_errors = True
    await house.stop_delivery()
    house.redis.set(Keys.rules(house.guild.id), json.dumps({"blocked": "A secret."}))
    with structlog.testing.capture_logs() as logged:
        if used == "command":
            await house.alice.slash(house.channel, "continue", prompt="A secret.", note="Another secret.")
        else:
            await house.alice.send(house.channel, "A secret message.")
            await house.alice.context_menu(house.channel, ADD_MENU.en, house.message())
    (line,) = (line for line in logged if line["event"] == "a command failed")
    assert line["command"] == ("continue" if used == "command" else ADD_MENU.en) and line["interaction"]
    told = "".join(traceback.format_exception(line.pop("exc_info")))
    assert "ValidationError" in told and "secret" not in told + str(line)


def test_the_invite_asks_for_what_is_needed_and_no_more() -> None:
    url = invite_url(42)
    assert f"permissions={NEEDED.value}" in url and "scope=bot+applications.commands" in url
    assert not NEEDED.administrator and not NEEDED.manage_messages


def test_redis_down_at_start(tmp_path: Path) -> None:
    options = BotOptions("redis://:secret@127.0.0.1:1/0", tmp_path, tmp_path / "shipped")
    with pytest.raises(NoRedis, match=r"redis://127\.0\.0\.1:1/0; is it running there\?"):
        run_bot(options, "token")


def test_a_wrong_redis_password_at_start(redis_url: str, tmp_path: Path) -> None:
    url = redis_url.replace("unix://", "unix://bot:secret@")
    with pytest.raises(NoRedis, match=r"refuses the bot .* check the password") as caught:
        run_bot(BotOptions(url, tmp_path, tmp_path / "shipped"), "token")
    assert "secret" not in str(caught.value)


async def refuse(request: web.Request) -> web.Response:
    return web.json_response({"message": "401: Unauthorized", "code": 0}, status=401)


async def test_a_wrong_token(options: BotOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.app import _run

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", refuse)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    monkeypatch.setattr(discord.http.Route, "BASE", f"http://127.0.0.1:{port}")
    try:
        with pytest.raises(BadToken, match="does not accept DISCORD_TOKEN"):
            await _run(options, "wrong")
    finally:
        await runner.cleanup()


class TestRedisAway:
    @pytest.fixture
    def own_valkey(self, tmp_path: Path) -> Iterator[EmbeddedValkey]:
        server = EmbeddedValkey(tmp_path)
        server.start()
        yield server
        server.stop()

    @pytest.fixture
    def redis_url(self, own_valkey: EmbeddedValkey) -> str:
        return own_valkey.url

    async def test_a_command_gets_a_sentence_within_three_seconds(
        self, house: House, own_valkey: EmbeddedValkey
    ) -> None:
        own_valkey.stop()
        calls: list[tuple[str, dict[str, Any]]] = [
            ("continue", {"prompt": "long " * 100}),
            ("chapter", {}),
            ("status", {}),
            ("train status", {}),
        ]
        for command, options in calls:
            began = time.perf_counter()
            answer = await house.alice.slash(house.channel, command, **options)
            assert time.perf_counter() - began < 3
            assert answer.ephemeral and answer.response is not None
            assert "try again in a moment" in answer.response.content
            if "prompt" in options:
                assert answer.response.attachments[0].filename == "your-text.txt"
        assert house.texts() == []

    async def test_a_database_that_is_full_is_the_operators_matter(self, house: House) -> None:
        house.redis.config_set("maxmemory", 1)
        answer = await house.alice.slash(house.channel, "continue", prompt="long " * 100)
        assert answer.ephemeral and answer.response is not None
        assert "Nothing was changed; please tell the operator." in answer.response.content
        assert answer.response.attachments[0].filename == "your-text.txt"
        house.redis.config_set("maxmemory", 0)
        assert house.owed() == 0

    async def test_autocompletion_and_joining_a_server_are_quiet(
        self, house: House, own_valkey: EmbeddedValkey, caplog: pytest.LogCaptureFixture
    ) -> None:
        guild = house.bot.get_guild(house.guild.id)
        assert guild is not None
        own_valkey.stop()
        await house.stop_delivery()
        with structlog.testing.capture_logs() as logged:
            for option in ("title", "pov"):
                assert await house.alice.autocomplete(house.channel, "chapter", option, "long") == []
            assert logged == []
            await house.bot.on_guild_join(guild)
        assert [(line["event"], line["log_level"]) for line in logged] == [
            ("no hello: Redis does not answer", "warning")
        ]
        assert caplog.records == [] and house.texts() == []

    async def test_delivery_goes_on_when_redis_is_back(self, house: House, own_valkey: EmbeddedValkey) -> None:
        await house.alice.slash(house.channel, "continue", prompt="Go.")
        request = house.take()
        house.grow(request, "Go. He")
        await house.until(lambda: house.texts() == ["**Go.** He"])
        own_valkey.stop()
        own_valkey.start()
        house.end(request, "Go. He went.")
        await house.until(lambda: house.texts() == ["**Go.** He went."])
        await house.until(lambda: house.owed() == 0 and house.pending() == 0)
