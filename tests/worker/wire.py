"""A wire between a client and Redis on which transactions get lost and large values take their time."""

from __future__ import annotations

import asyncio
from typing import Literal

LARGE = 64 << 10
"""Bytes that come at once only where a large value is sent."""


class Wire:
    """Passes everything on, except what becomes of claims of the trainer."""

    def __init__(self, server_url: str) -> None:
        self._server = server_url.removeprefix("unix://")
        self.loses: Literal["nothing", "one answer", "every claim"] = "nothing"
        """Whether Redis carries out the next claim and its answer gets lost, or never gets any."""
        self.slow_s = 0.0
        """Seconds that each connection pauses at its first large piece."""
        self.claims = 0
        """Claims that were sent."""
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def open(self) -> None:
        """Listen."""
        self._listening = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.url = f"redis://127.0.0.1:{self._listening.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        """Listen no more, and cut what is connected."""
        self._listening.close()
        for writer in self._connections.values():
            writer.transport.abort()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._listening.wait_closed()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections[task] = writer
        task.add_done_callback(self._connections.pop)
        answers, server = await asyncio.open_unix_connection(self._server)
        back = asyncio.create_task(_pass(answers, writer))
        slow_s = self.slow_s
        try:
            while data := await reader.read(1 << 20):
                if len(data) >= LARGE and slow_s:
                    await asyncio.sleep(slow_s)
                    slow_s = 0.0
                if b"EXEC" in data and b"greenbeard:training" in data:
                    self.claims += 1
                    if self.loses == "every claim":
                        break
                    if self.loses == "one answer":
                        self.loses = "nothing"
                        back.cancel()
                server.write(data)
                await server.drain()
        except ConnectionError:
            pass  # the client went away
        finally:
            back.cancel()
            for end in (server, writer):
                end.close()
            await asyncio.gather(back, server.wait_closed(), writer.wait_closed(), return_exceptions=True)


async def _pass(answers: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await answers.read(1 << 20):
        writer.write(data)
        await writer.drain()
