"""The page of `greenbeard play`: simcord's Preview behind a small front of ours on 127.0.0.1, kept up to date.

The front adds what a conversation that changes by itself needs: it asks for news more often than Preview's own page
does, and it lets an action count although the page changed while the member reached for the button (Preview refuses
actions on anything but the newest state). The key in the URL's fragment is Preview's; without it nothing is served
but the empty page.
"""

from __future__ import annotations

import asyncio
import errno
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
import structlog
from aiohttp import web
from simcord import Preview, SetupError

from greenbeard.errors import PortRefused
from greenbeard.play.world import World

PORT = 8686
PORTS_TRIED = 20
HOST = "127.0.0.1"
REFRESH_S = 0.15
STOP_LIMIT_S = 2.0
UPLOAD_LIMIT = 26 << 20
PASSED_ON = ("X-Simcord-Capability", "X-Simcord-Context", "Content-Type")
KEPT = ("Content-Type", "Content-Security-Policy", "X-Frame-Options", "Referrer-Policy", "X-Content-Type-Options")

CHANGES = {
    "/": (("<title>SimCord Preview</title>", "<title>Greenbeard</title>"),),
    "/session.js": (("interval = 500", "interval = 150"),),
}
"""Path → what the front changes in Preview's own files."""

log = structlog.get_logger(__name__)


@dataclass
class Answer:
    """What Preview's server said."""

    status: int
    headers: dict[str, str]
    body: bytes

    def response(self) -> web.Response:
        """The same, to be sent on."""
        headers = {**self.headers, "Cache-Control": "no-store"}
        return web.Response(status=self.status, body=self.body, headers=headers)


def why_refused(port: int | None, error: OSError) -> str:
    """Why the page got neither the wished port nor, without a wish, any of those tried."""
    which = f"Port {port}" if port is not None else f"No port from {PORT} to {PORT + PORTS_TRIED - 1}"
    reason, advice = error.strerror or str(error), "name another one with --port"
    if error.errno == errno.EADDRINUSE:
        reason = "another program has it" if port is not None else "other programs have them all"
    elif error.errno == errno.EACCES:
        reason, advice = "this user may not listen there", "name one from 1024 up with --port"
    return f"{which} {'cannot' if port is not None else 'can'} be used: {reason}; {advice}."


class Page:
    """The front of one Preview."""

    def __init__(self, world: World, preview: Preview) -> None:
        self._world = world
        self._preview = preview
        inner = urlsplit(preview.url)
        self._inner = f"{inner.scheme}://{inner.netloc}"
        self._key = inner.fragment
        self._session: aiohttp.ClientSession
        self._runner: web.AppRunner
        self._port = 0

    @property
    def url(self) -> str:
        """Where the page is, with its key."""
        return f"http://{HOST}:{self._port}/#{self._key}"

    async def open(self, port: int | None) -> None:
        """Listen on `port`, or on the first free one from PORT on. Raises PortRefused."""
        app = web.Application(client_max_size=UPLOAD_LIMIT)
        app.router.add_post("/api/action", self._action)
        app.router.add_get("/favicon.ico", self._no_icon)
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        self._session = aiohttp.ClientSession(auto_decompress=True)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=STOP_LIMIT_S)
        await self._runner.setup()
        refusals: list[OSError] = []
        for candidate in [port] if port is not None else range(PORT, PORT + PORTS_TRIED):
            try:
                await web.TCPSite(self._runner, HOST, candidate).start()
            except OSError as error:
                refusals.append(error)
                continue
            self._port = candidate
            return
        await self.close()
        raise PortRefused(why_refused(port, refusals[-1]))

    async def close(self) -> None:
        """Stop listening."""
        await self._runner.cleanup()
        await self._session.close()

    async def _pass_on(self, request: web.Request) -> web.Response:
        """Everything but actions: as it is, save for CHANGES."""
        self._check_sender(request)
        answer = await self._ask(request.method, request.rel_url.path_qs, request, await request.read())
        for old, new in CHANGES.get(request.path, ()):
            answer.body = answer.body.replace(old.encode(), new.encode())
        return answer.response()

    async def _action(self, request: web.Request) -> web.Response:
        """An action of a member, on the newest state of their page."""
        self._check_sender(request)
        body = await request.read()
        async with self._world.turn:
            if request.content_type == "application/json":
                body = await self._on_newest_state(request, body)
            answer = await self._ask("POST", request.path, request, body)
        return answer.response()

    async def _no_icon(self, request: web.Request) -> web.Response:
        return web.Response(status=web.HTTPNoContent.status_code)

    async def _on_newest_state(self, request: web.Request, body: bytes) -> bytes:
        answer = await self._ask("GET", "/api/state", request, b"")
        if answer.status != web.HTTPOk.status_code:
            return body
        action, state = json.loads(body), json.loads(answer.body)
        if not isinstance(action, dict):
            return body
        return json.dumps({**action, "published_revision": state["publishedRevision"]}).encode()

    async def _ask(self, method: str, path: str, request: web.Request, body: bytes) -> Answer:
        headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
        async with self._session.request(method, self._inner + path, headers=headers, data=body or None) as answer:
            kept = {name: answer.headers[name] for name in KEPT if name in answer.headers}
            return Answer(answer.status, kept, await answer.read())

    def _check_sender(self, request: web.Request) -> None:
        """Only pages of ours may talk to us, under a name that cannot belong to another site."""
        own = {f"{HOST}:{self._port}", f"localhost:{self._port}"}
        origin = request.headers.get("Origin")
        if request.host not in own or (origin is not None and urlsplit(origin).netloc not in own):
            raise web.HTTPForbidden


@asynccontextmanager
async def open_page(world: World, port: int | None) -> AsyncIterator[tuple[Page, Preview]]:
    """The page of the world's first channel for the time of the block. Raises PortRefused."""
    channel = next(iter(world.channels.values()))
    async with world.env.preview(channel, viewers=list(world.members.values()), layout="channel") as preview:
        page = Page(world, preview)
        await page.open(port)
        try:
            yield page, preview
        finally:
            await page.close()


async def keep_fresh(world: World, preview: Preview | None) -> None:
    """Let time pass, and show on the page what changed; runs until cancelled."""
    shown = -1
    while True:
        await asyncio.sleep(REFRESH_S)
        try:
            await world.follow_clock()
            if preview is not None and world.happened != shown:
                async with world.turn:
                    shown = world.happened
                    await preview.refresh()
        except SetupError:
            log.debug("the page is busy; the next round shows what changed")
        except TimeoutError as error:
            log.warning("the bot takes long", detail=str(error))
        except Exception:
            log.exception("the page was not brought up to date; the next round tries again")
