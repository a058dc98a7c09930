"""The page of `greenbeard play`: simcord's Preview behind a small front of ours on 127.0.0.1, kept up to date.

A Preview presents one channel; the front gives each tab a channel or thread of its own. It adds what a conversation
that changes by itself needs: it asks for news more often than Preview's own page does, and it lets an action count
although the page changed while the member reached for the button (Preview refuses actions on anything but the newest
state). The key in the URL's fragment stays the same for a home, so that an open tab outlives a restart; without it
nothing is served but the empty page.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import structlog
from aiohttp import web
from simcord import BackendError, ChannelHandle, MemberActor, Preview, ResponseMessage, SetupError

from greenbeard.errors import PortRefused
from greenbeard.play import skin
from greenbeard.play.address import HOST, key_of, ports, timezone_here, why_refused
from greenbeard.play.swift import make_preview_swift
from greenbeard.play.world import World

REFRESH_S = 0.15
QUIET_S = 1.0
"""Longest that a tab hears nothing."""
STOP_LIMIT_S = 2.0
UPLOAD_LIMIT = 26 << 20
KEY, TAB = "X-Simcord-Capability", "X-Simcord-Context"
PASSED_ON = (TAB, "Content-Type")
KEPT = ("Content-Type", "Content-Security-Policy", "X-Frame-Options", "Referrer-Policy", "X-Content-Type-Options")

FONTS, FOR_EVER = "/fonts/", "max-age=31536000, immutable"
"""30 MB, with the version in each name: fetched once, not each time that a tab changes its place."""

log = structlog.get_logger(__name__)


@dataclass
class Answer:
    """What Preview's server said."""

    status: int
    headers: dict[str, str]
    body: bytes

    def response(self, kept: str = "no-store") -> web.Response:
        """The same, to be sent on, and to be kept by the browser as `kept` says (Cache-Control)."""
        headers = {**self.headers, "Cache-Control": kept}
        return web.Response(status=self.status, body=self.body, headers=headers)


class Page:
    """The front of one Preview."""

    def __init__(self, world: World, preview: Preview, key: str) -> None:
        self._world = world
        self._preview = preview
        self._key = key
        inner = urlsplit(preview.url)
        self._inner = f"{inner.scheme}://{inner.netloc}"
        self._inner_key = inner.fragment
        self._tabs: dict[str, ChannelHandle] = {}
        """Preview's name of a tab → the place that it shows."""
        self._news = asyncio.Event()
        """Set, and replaced by the next one, when something changed."""
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
        app.router.add_post("/api/pages", self._open_tab)
        app.router.add_post("/api/action", self._action)
        app.router.add_get("/api/state", self._state)
        app.router.add_get("/api/commands", self._list_commands)
        app.router.add_get("/api/places", self._list_places)
        app.router.add_get("/api/menu", self._list_menu)
        app.router.add_post("/api/menu", self._choose_from_menu)
        app.router.add_get("/favicon.ico", self._no_icon)
        for path in skin.ADDED:
            app.router.add_get(path, self._own_file)
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        self._session = aiohttp.ClientSession(auto_decompress=True)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=STOP_LIMIT_S)
        await self._runner.setup()
        refusals: list[OSError] = []
        for candidate in ports(port):
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
        """Answer the tabs that wait for news, and stop listening."""
        self._spread_news()
        await self._runner.cleanup()
        await self._session.close()

    async def _pass_on(self, request: web.Request) -> web.Response:
        """Everything else: as it is, save for what the skin changes."""
        self._check_sender(request)
        answer = await self._ask(request.method, request.rel_url.path_qs, request, await request.read())
        answer.body = skin.changed(request.path, answer.body)
        return answer.response(FOR_EVER if request.path.startswith(FONTS) else "no-store")

    async def refresh(self) -> None:
        """Show in every tab what changed. Raises SetupError while a member acts."""
        await self._preview.refresh()
        self._spread_news()

    def _spread_news(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def _state(self, request: web.Request) -> web.Response:
        """What a tab shows: at once if it has an older state, else when something changed, and after a while anyway.

        A long story is half a megabyte, which no tab should fetch and compare seven times a second for nothing.
        """
        shown = self._preview._pages.get(request.headers.get(TAB, ""))
        if shown is not None and request.query.get("have") == str(shown.revision):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), QUIET_S)
        return await self._pass_on(request)

    async def _list_commands(self, request: web.Request) -> web.Response:
        """The commands that a tab's member may use, in the language of their Discord; Preview knows but one."""
        self._check_sender(request)
        answer = await self._ask("GET", request.path, request, b"")
        tab = request.headers.get(TAB, "")
        shown, place = self._preview._pages.get(tab), self._tabs.get(tab)
        if answer.status == web.HTTPOk.status_code and shown is not None and place is not None:
            wording = self._world.wording(self._member({"as": str(shown.viewer.id)}), place)
            answer.body = skin.worded(answer.body, wording)
        return answer.response()

    async def _own_file(self, request: web.Request) -> web.Response:
        self._check_sender(request)
        headers = {"Cache-Control": "no-store"}
        return web.Response(body=skin.added(request.path), content_type=skin.ADDED[request.path], headers=headers)

    async def _list_places(self, request: web.Request) -> web.Response:
        """The channels and threads that a member sees, each channel before its threads."""
        self._check_sender(request)
        self._check_key(request)
        return web.json_response(self.places(self._member(request.query)), headers={"Cache-Control": "no-store"})

    def places(self, member: MemberActor) -> list[dict[str, object]]:
        """Each place as the page lists it; `newest` is the id of its last message, or 0."""
        seen = self._world.visible(member)
        threads = [place for place in seen if place.is_thread]
        channels = [place for place in seen if not place.is_thread]
        return [
            entry
            for channel in channels
            for entry in (
                self._entry(channel),
                *(self._entry(thread) for thread in threads if self._world.parent(thread) == channel.id),
            )
        ]

    def _entry(self, place: ChannelHandle) -> dict[str, object]:
        return {
            "id": str(place.id),
            "name": place.name,
            "thread": place.is_thread,
            "archived": self._world.archived(place),
            "newest": str(self._world.newest(place)),
        }

    async def _open_tab(self, request: web.Request) -> web.Response:
        """A tab opens on the place, and for the member, that its address names."""
        self._check_sender(request)
        member = self._member(request.query)
        place = self._place(request.query, member)
        async with self._world.turn:
            self._preview.channel = place
            latest = next((message.id for message in self._world.history(member, place)), None)
            wish = {"viewer_id": str(member.id), "target_id": None if latest is None else str(latest)}
            answer = await self._ask("POST", "/api/pages", request, json.dumps(wish).encode())
        if answer.status == web.HTTPOk.status_code:
            self._tabs[json.loads(answer.body)["context"]["id"]] = place
        return answer.response()

    def _member(self, query: Mapping[str, str]) -> MemberActor:
        members = {str(member.id): member for member in self._world.members.values()}
        return members.get(query.get("as", ""), next(iter(members.values())))

    def _place(self, query: Mapping[str, str], member: MemberActor) -> ChannelHandle:
        places = {str(place.id): place for place in self._world.visible(member)}
        return places.get(query.get("place", ""), next(iter(places.values())))

    async def _action(self, request: web.Request) -> web.Response:
        """An action of a member, where their tab is, on the newest state of it."""
        self._check_sender(request)
        body = await request.read()
        async with self._world.turn:
            self._preview.channel = self._tabs.get(request.headers.get(TAB, ""), self._preview.channel)
            if request.content_type == "application/json":
                body = await self._on_newest_state(request, body)
            answer = await self._ask("POST", request.path, request, body)
        self._spread_news()
        return answer.response()

    async def _list_menu(self, request: web.Request) -> web.Response:
        """What the menu of a message offers; Preview has no such menu."""
        self._check_sender(request)
        self._check_key(request)
        place = self._tabs.get(request.headers.get(TAB, ""))
        return web.json_response(self._world.menu(self._member(request.query), place) if place else {})

    async def _choose_from_menu(self, request: web.Request) -> web.Response:
        """An entry of the menu of a message; a form that it opens is shown in the tab."""
        self._check_sender(request)
        self._check_key(request)
        member, tab, asked = self._member(request.query), request.headers.get(TAB, ""), await request.read()
        async with self._world.turn:
            try:
                wish = json.loads(asked)
                message = self._world.env.backend.get_message(self._tabs[tab].id, int(wish["message"]))
                handle = ResponseMessage(self._world.env, message)
                result = await member.context_menu(self._tabs[tab], str(wish["entry"]), handle)
            except (KeyError, TypeError, ValueError, SetupError, BackendError) as error:
                raise web.HTTPBadRequest(text=str(error)) from error
            shown = self._preview._pages.get(tab)
            if shown is not None and result.modal is not None:
                shown.modal, shown.modal_handle = result, f"m_{secrets.token_urlsafe(12)}"
            await self.refresh()
        return web.json_response({})

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
        if self._has_key(request):
            headers[KEY] = self._inner_key
        async with self._session.request(method, self._inner + path, headers=headers, data=body or None) as answer:
            kept = {name: answer.headers[name] for name in KEPT if name in answer.headers}
            return Answer(answer.status, kept, await answer.read())

    def _check_sender(self, request: web.Request) -> None:
        """Only pages of ours may talk to us, under a name that cannot belong to another site."""
        own = {f"{HOST}:{self._port}", f"localhost:{self._port}"}
        origin = request.headers.get("Origin")
        if request.host not in own or (origin is not None and urlsplit(origin).netloc not in own):
            raise web.HTTPForbidden

    def _has_key(self, request: web.Request) -> bool:
        return hmac.compare_digest(request.headers.get(KEY, "").encode(), self._key.encode())

    def _check_key(self, request: web.Request) -> None:
        if not self._has_key(request):
            raise web.HTTPUnauthorized


@asynccontextmanager
async def open_page(world: World, home: Path, port: int | None) -> AsyncIterator[tuple[Page, Preview]]:
    """The page of a home's world for the time of the block. Raises PortRefused."""
    make_preview_swift()
    channel = next(iter(world.channels.values()))
    viewers = list(world.members.values())
    async with world.env.preview(channel, viewers=viewers, layout="channel", timezone=timezone_here()) as preview:
        page = Page(world, preview, key_of(home))
        await page.open(port)
        try:
            yield page, preview
        finally:
            await page.close()


async def keep_fresh(world: World, page: Page | None) -> None:
    """Let time pass, and show on the page what changed; runs until cancelled."""
    shown = -1
    while True:
        await asyncio.sleep(REFRESH_S)
        try:
            await world.follow_clock()
            if page is not None and world.happened != shown:
                async with world.turn:
                    shown = world.happened
                    await page.refresh()
        except SetupError:
            log.debug("the page is busy; the next round shows what changed")
        except TimeoutError as error:
            log.warning("the bot takes long", detail=str(error))
        except Exception:
            log.exception("the page was not brought up to date; the next round tries again")
