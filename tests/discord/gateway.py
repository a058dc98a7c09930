"""Discord's gateway v10 on 127.0.0.1: sessions that outlive their sockets, events that wait for a RESUME."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.discord import objects
from tests.discord.objects import BOT, GUILD_ID, TOKEN, Json

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 0, 1, 2, 6, 7, 9, 10, 11
HEARTBEAT_MS = 41_250
BAD_TOKEN = 4004


@dataclass
class _Session:
    """What one bot was sent, numbered from 1."""

    id: str
    sent: list[tuple[str, Json]] = field(default_factory=list)
    connection: _Connection | None = None


class _Connection:
    """One socket; frames leave it in order."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self.socket = socket
        self._transport = request.transport
        self._packer = zlib.compressobj() if request.query.get("compress") == "zlib-stream" else None
        self._frames: asyncio.Queue[bytes] = asyncio.Queue()

    def send(self, operation: int, data: Any = None, number: int | None = None, event: str | None = None) -> None:
        """Queue one frame."""
        raw = json.dumps({"op": operation, "d": data, "s": number, "t": event}).encode()
        self._frames.put_nowait(raw)

    def abort(self) -> None:
        """Break it."""
        if self._transport is not None:
            self._transport.abort()

    async def pump(self) -> None:
        """Send what is queued, for ever."""
        while True:
            raw = await self._frames.get()
            if self._packer:
                await self.socket.send_bytes(self._packer.compress(raw) + self._packer.flush(zlib.Z_SYNC_FLUSH))
            else:
                await self.socket.send_str(raw.decode())


class Gateway:
    """One bot at a time; `guild` says what the server is like when a bot identifies itself."""

    def __init__(self, guild: Callable[[], Json], new_id: Callable[[], str]) -> None:
        self._guild = guild
        self._new_id = new_id
        self._session: _Session | None = None
        self.url = ""
        self.ready = asyncio.Event()
        """Set once a bot has identified itself."""
        self.identified = self.resumed = 0
        """How often."""

    @property
    def connected(self) -> bool:
        """Whether a bot listens just now."""
        return self._session is not None and self._session.connection is not None

    def publish(self, event: str, data: Json) -> None:
        """An event for the bot; one without a socket gets it when it resumes."""
        session = self._session
        if session is not None:
            session.sent.append((event, json.loads(json.dumps(data))))
            if session.connection is not None:
                session.connection.send(DISPATCH, data, len(session.sent), event)

    def ask_to_reconnect(self) -> None:
        """Operation 7: the bot is to leave and resume. What happens meanwhile waits for it."""
        if self._session is not None and self._session.connection is not None:
            self._session.connection.send(RECONNECT)
            self._session.connection = None

    def cut(self) -> None:
        """The socket breaks without a word."""
        if self._session is not None and self._session.connection is not None:
            self._session.connection.abort()
            self._session.connection = None

    def forget(self) -> None:
        """Discord forgets the session: a RESUME is answered with operation 9, and the bot identifies itself anew."""
        self.cut()
        self._session = None

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """One connection, from HELLO to its end."""
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        connection = _Connection(request, socket)
        connection.send(HELLO, {"heartbeat_interval": HEARTBEAT_MS})
        pump = asyncio.create_task(connection.pump())
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    await self._hear(connection, frame.json())
        finally:
            pump.cancel()
            await asyncio.gather(pump, return_exceptions=True)
            if self._session is not None and self._session.connection is connection:
                self._session.connection = None
        return socket

    async def _hear(self, connection: _Connection, frame: Json) -> None:
        operation, data = frame["op"], frame["d"]
        if operation == HEARTBEAT:
            connection.send(HEARTBEAT_ACK)
        elif operation == IDENTIFY and data["token"] != TOKEN:
            await connection.socket.close(code=BAD_TOKEN, message=b"Authentication failed.")
        elif operation == IDENTIFY:
            self._session = _Session(self._new_id(), connection=connection)
            self._welcome(self._session)
        elif operation == RESUME:
            self._resume(connection, data)

    def _welcome(self, session: _Session) -> None:
        self.identified += 1
        waiting = [{"id": GUILD_ID, "unavailable": True}]
        of = {"user": BOT, "guilds": waiting, "application": {"id": BOT["id"], "flags": 0}}
        self.publish("READY", {"v": 10, "session_id": session.id, "resume_gateway_url": self.url, **of})
        self.publish("GUILD_CREATE", self._guild())
        self.ready.set()

    def _resume(self, connection: _Connection, data: Json) -> None:
        session = self._session
        if session is None or session.id != data["session_id"]:
            connection.send(INVALID_SESSION, False)
            return
        self.resumed += 1
        session.connection = connection
        for number, (event, missed) in enumerate(session.sent, 1):
            if number > data["seq"]:
                connection.send(DISPATCH, missed, number, event)
        self.publish("RESUMED", {"_trace": [objects.GUILD_ID]})
