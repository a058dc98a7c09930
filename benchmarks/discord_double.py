"""A small stand-in for Discord (REST v10 and gateway v10 on 127.0.0.1) that a real discord.py client connects to.

Just enough for a bot to start, register its commands, take one member's slash commands, and post and edit messages.
The double plays fair only about what the benchmarks look at; tests of the bot use simcord, which knows Discord's rules.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from aiohttp import web

TOKEN = "token-of-the-double"
BOT_ID, MEMBER_ID, GUILD_ID, CHANNEL_ID = "100", "200", "300", "400"
ALL_PERMISSIONS = str((1 << 50) - 1)
DISCORD_EPOCH_MS = 1_420_070_400_000
HEARTBEAT_MS = 41_250
HELLO, HEARTBEAT, IDENTIFY, HEARTBEAT_ACK, DISPATCH = 10, 1, 2, 11, 0
APPLICATION_COMMAND = 2

Json = dict[str, Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_count = itertools.count()


def new_id() -> str:
    """A fresh snowflake."""
    return str((int(time.time() * 1000) - DISCORD_EPOCH_MS << 22) | (next(_count) & 0xFFF))


def now() -> str:
    """This moment as Discord writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())


def user(id: str, name: str, *, bot: bool = False) -> Json:
    """A user object."""
    return {"id": id, "username": name, "discriminator": "0", "global_name": name, "avatar": None, "bot": bot}


def member(of: Json) -> Json:
    """A guild member who may do everything."""
    return {
        **{"user": of, "roles": [], "joined_at": now(), "deaf": False, "mute": False, "flags": 0},
        "permissions": ALL_PERMISSIONS,
    }


BOT, MEMBER = user(BOT_ID, "greenbeard", bot=True), user(MEMBER_ID, "alice")
CHANNEL = {
    **{"id": CHANNEL_ID, "type": 0, "guild_id": GUILD_ID, "name": "story", "position": 0, "nsfw": False},
    **{"permission_overwrites": [], "parent_id": None, "last_message_id": None, "permissions": ALL_PERMISSIONS},
}
EVERYONE = {
    **{"id": GUILD_ID, "name": "@everyone", "permissions": ALL_PERMISSIONS, "position": 0, "color": 0},
    **{"hoist": False, "managed": False, "mentionable": False, "flags": 0},
}


def guild() -> Json:
    """The one server, with its bot and its member."""
    return {
        **{"id": GUILD_ID, "name": "Readers", "owner_id": MEMBER_ID, "member_count": 2, "channels": [CHANNEL]},
        **{"roles": [EVERYONE], "members": [member(BOT), member(MEMBER)], "joined_at": now(), "unavailable": False},
        **{"threads": [], "emojis": [], "stickers": [], "features": [], "voice_states": [], "presences": []},
        **{"stage_instances": [], "guild_scheduled_events": [], "soundboard_sounds": [], "large": False},
    }


class DiscordDouble:
    """One bot, one server, one channel, one member."""

    def __init__(self) -> None:
        self.url = ""
        self.messages: dict[str, Json] = {}
        self.ready = asyncio.Event()
        """Set once a bot has identified itself."""
        self._changed = asyncio.Event()
        self._commands: list[Json] = []
        self._send: Callable[[int, Json, str | None], Awaitable[None]] | None = None
        self._sequence = itertools.count(1)
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen on a free port of 127.0.0.1."""
        app = web.Application()
        routes: list[tuple[str, str, Handler]] = [
            ("GET", "/users/@me", self._me),
            ("GET", "/oauth2/applications/@me", self._application),
            ("GET", "/applications/{app}/commands", self._known_commands),
            ("PUT", "/applications/{app}/commands", self._sync),
            ("POST", "/interactions/{id}/{token}/callback", self._callback),
            ("PATCH", "/channels/{channel}/messages/{message}", self._edit),
            ("POST", "/channels/{channel}/messages", self._create),
        ]
        for method, path, handler in routes:
            app.router.add_route(method, "/api/v10" + path, handler)
        app.router.add_get("/gateway", self._gateway)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Hang up."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def until_messages_show(self, button: str, count: int) -> None:
        """Wait until so many messages show a button with this label."""
        while self._showing(button) < count:
            self._changed.clear()
            await self._changed.wait()

    async def slash(self, name: str, **options: Any) -> None:
        """The member uses a command; integers and strings only."""
        command = next(command for command in self._commands if command["name"] == name)
        given = [
            {"name": key, "type": 4 if isinstance(value, int) else 3, "value": value} for key, value in options.items()
        ]
        await self._dispatch(
            "INTERACTION_CREATE",
            {
                **{"id": new_id(), "application_id": BOT_ID, "type": APPLICATION_COMMAND, "token": "interaction"},
                **{"data": {"id": command["id"], "name": name, "type": 1, "options": given}, "version": 1},
                **{"guild_id": GUILD_ID, "channel_id": CHANNEL_ID, "channel": CHANNEL, "member": member(MEMBER)},
                **{"guild": {"id": GUILD_ID, "locale": "en-US", "features": []}, "context": 0, "entitlements": []},
                **{"locale": "en-US", "guild_locale": "en-US", "app_permissions": ALL_PERMISSIONS},
                **{"authorizing_integration_owners": {"0": GUILD_ID}, "attachment_size_limit": 10 << 20},
            },
        )

    async def _me(self, request: web.Request) -> web.Response:
        return _answer(BOT)

    async def _application(self, request: web.Request) -> web.Response:
        told = {"name": "greenbeard", "description": "", "icon": None, "owner": MEMBER, "verify_key": "0" * 64}
        return _answer({"id": BOT_ID, "bot_public": True, "bot_require_code_grant": False, "flags": 0, **told})

    async def _known_commands(self, request: web.Request) -> web.Response:
        return _answer(self._commands)

    async def _sync(self, request: web.Request) -> web.Response:
        added = {"application_id": BOT_ID, "default_member_permissions": None}
        self._commands = [{**added, **c, "id": new_id(), "version": new_id()} for c in await request.json()]
        return _answer(self._commands)

    async def _callback(self, request: web.Request) -> web.Response:
        sent = await request.json()
        message = self._message(sent.get("data") or {})
        told = {"id": request.match_info["id"], "type": APPLICATION_COMMAND, "response_message_id": message["id"]}
        return _answer({"interaction": told, "resource": {"type": sent["type"], "message": message}})

    async def _create(self, request: web.Request) -> web.Response:
        return _answer(self._message(await _body(request)))

    async def _edit(self, request: web.Request) -> web.Response:
        message = self.messages[request.match_info["message"]]
        message |= {key: value for key, value in (await _body(request)).items() if key != "attachments"}
        message["edited_timestamp"] = now()
        self._changed.set()
        return _answer(message)

    def _message(self, body: Json) -> Json:
        message: Json = {
            **{"id": new_id(), "channel_id": CHANNEL_ID, "author": BOT, "timestamp": now(), "edited_timestamp": None},
            **{"content": body.get("content") or "", "embeds": body.get("embeds") or [], "type": 0, "flags": 0},
            **{"components": body.get("components") or [], "mention_everyone": False, "tts": False, "pinned": False},
            **{"mentions": [], "mention_roles": [], "attachments": []},
        }
        self.messages[message["id"]] = message
        self._changed.set()
        return message

    def _showing(self, button: str) -> int:
        rows = [message["components"] for message in self.messages.values()]
        return sum(any(item["label"] == button for row in found for item in row["components"]) for found in rows)

    async def _gateway(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        packer = zlib.compressobj() if request.query.get("compress") == "zlib-stream" else None

        async def send(operation: int, data: Json, event: str | None) -> None:
            number = next(self._sequence) if operation == DISPATCH else None
            raw = _json({"op": operation, "d": data, "s": number, "t": event})
            if packer:
                await socket.send_bytes(packer.compress(raw) + packer.flush(zlib.Z_SYNC_FLUSH))
            else:
                await socket.send_str(raw.decode())

        await send(HELLO, {"heartbeat_interval": HEARTBEAT_MS}, None)
        async for frame in socket:
            if frame.type is not aiohttp.WSMsgType.TEXT:
                continue
            operation = frame.json()["op"]
            if operation == HEARTBEAT:
                await send(HEARTBEAT_ACK, {}, None)
            elif operation == IDENTIFY:
                self._send = send
                await self._welcome()
        return socket

    async def _welcome(self) -> None:
        waiting = [{"id": GUILD_ID, "unavailable": True}]
        application = {"id": BOT_ID, "flags": 0}
        session = {"session_id": new_id(), "resume_gateway_url": self.url.replace("http", "ws") + "/gateway"}
        await self._dispatch("READY", {"v": 10, "user": BOT, "guilds": waiting, "application": application, **session})
        await self._dispatch("GUILD_CREATE", guild())
        self.ready.set()

    async def _dispatch(self, event: str, data: Json) -> None:
        if self._send is None:
            raise RuntimeError("no bot is connected to the double")
        await self._send(DISPATCH, data, event)


async def _body(request: web.Request) -> Json:
    """The JSON of a request, also of one that carries files."""
    if request.content_type != "multipart/form-data":
        body: Json = await request.json()
        return body
    form = await request.post()
    parsed: Json = json.loads(str(form["payload_json"]))
    return parsed


def _json(data: object) -> bytes:
    return json.dumps(data).encode()


def _answer(data: object) -> web.Response:
    """discord.py wants exactly this content type, without a character set."""
    return web.Response(body=_json(data), headers={"Content-Type": "application/json", "Via": "1.1 double"})
