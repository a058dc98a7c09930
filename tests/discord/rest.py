"""Discord's REST v10 on 127.0.0.1: each body is checked, each fault happens here."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.discord import objects
from tests.discord.faults import CALLBACK, MESSAGE, MESSAGES, Fault, Faults
from tests.discord.interactions import Interactions
from tests.discord.objects import API, TOKEN, Json
from tests.discord.schema import Violation, check_body
from tests.discord.world import File, Refused, World

RETRY_AFTER_S = 0.2
HOOK = "/webhooks/{app}/{token}"


class Call:
    """One request, read."""

    def __init__(self, request: web.Request, body: Any, files: list[File]) -> None:
        self.request, self.body, self.files = request, body, files
        self.path = request.path.removeprefix(API)

    def part(self, name: str) -> str:
        """A part of the path."""
        return self.request.match_info[name]

    def number(self, name: str) -> int | None:
        """A number of the query, None where there is none."""
        value = self.request.query.get(name)
        return None if value is None else int(value)


Do = Callable[[Call], Any]


class Rest:
    """The routes, over one world."""

    def __init__(self, world: World, interactions: Interactions, faults: Faults) -> None:
        self._world = world
        self._interactions = interactions
        self._faults = faults
        self.calls: list[tuple[str, str, Any]] = []
        """Method, path and body of each request, in order."""
        self.violations: list[str] = []
        """Bodies that Discord would not have taken."""

    def routes(self, app: web.Application) -> None:
        """Add everything to a web application."""
        w, i = self._world, self._interactions
        table: list[tuple[str, str, Do]] = [
            ("GET", "/users/@me", lambda c: objects.BOT),
            ("GET", "/oauth2/applications/@me", lambda c: objects.APPLICATION),
            ("GET", "/applications/{app}/commands", lambda c: i.commands),
            ("PUT", "/applications/{app}/commands", self._sync),
            ("POST", CALLBACK, self._call_back),
            ("POST", HOOK, lambda c: i.follow_up(c.part("token"), c.body, c.files)),
            ("GET", HOOK + "/messages/{message}", lambda c: i.original(c.part("token"), c.part("message"))),
            ("PATCH", HOOK + "/messages/{message}", self._edit_answer),
            ("DELETE", HOOK + "/messages/{message}", self._delete_answer),
            ("GET", "/channels/{channel}", lambda c: w.channel(c.part("channel"))),
            ("PATCH", "/channels/{channel}", lambda c: w.change_channel(c.part("channel"), c.body)),
            ("POST", "/channels/{channel}/threads", lambda c: w.open_thread(c.part("channel"), c.body)),
            ("GET", MESSAGES, self._history),
            ("POST", MESSAGES, lambda c: w.post(c.part("channel"), c.body, c.files)),
            ("GET", MESSAGE, lambda c: w.message(c.part("channel"), c.part("message"))),
            ("PATCH", MESSAGE, self._edit),
            ("DELETE", MESSAGE, self._delete),
            ("POST", MESSAGE + "/threads", self._thread_below),
        ]
        for method, path, do in table:
            app.router.add_route(method, API + path, self._handler(method, path, do))
        app.router.add_get("/cdn/{id}/{name}", self._file)

    def _handler(self, method: str, route: str, do: Do) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.StreamResponse:
            body, files = await _read(request)
            call = Call(request, body, files)
            self.calls.append((method, call.path, body))
            fault = self._faults.next(method, route)
            if fault is Fault.RATE_LIMIT:
                return _slow_down()
            if fault is Fault.SERVER_ERROR:
                return _answer({"message": "500: Internal Server Error", "code": 0}, 500)
            if fault is Fault.LOST_REQUEST:
                return _hang_up(request)
            answer = self._answer_to(method, call, do)
            if fault is Fault.LOST_ANSWER:
                return _hang_up(request)
            if fault is Fault.DONE_AND_ERROR:
                return _answer({"message": "500: Internal Server Error", "code": 0}, 500)
            return answer

        return handle

    def _answer_to(self, method: str, call: Call, do: Do) -> web.Response:
        if call.request.headers.get("Authorization") != f"Bot {TOKEN}" and not call.path.startswith(
            ("/interactions", "/webhooks")
        ):
            return _answer({"message": "401: Unauthorized", "code": 0}, 401)
        try:
            if call.body is not None:
                check_body(method, call.path, call.body)
            result = do(call)
        except Violation as violation:
            self.violations.append(f"{method} {call.path}: {violation!r} in {json.dumps(call.body)}")
            return _answer({"message": "Invalid Form Body", "code": 50035}, 400)
        except Refused as refusal:
            return _answer({"message": refusal.text, "code": refusal.code}, refusal.status)
        return web.Response(status=204, headers=VIA) if result is None else _answer(result)

    def _sync(self, call: Call) -> list[Json]:
        added = {"description": "", "application_id": objects.BOT_ID, "default_member_permissions": None}
        new_id = self._world.new_id
        self._interactions.commands = [{**added, **c, "id": new_id(), "version": new_id()} for c in call.body]
        return self._interactions.commands

    def _call_back(self, call: Call) -> Json | None:
        told = self._interactions.call_back(call.part("id"), call.part("token"), call.body, call.files)
        return told if call.number("with_response") else None

    def _edit_answer(self, call: Call) -> Json:
        return self._interactions.edit_answer(call.part("token"), call.part("message"), call.body, call.files)

    def _delete_answer(self, call: Call) -> None:
        self._world.delete(self._interactions.original(call.part("token"), call.part("message")))

    def _history(self, call: Call) -> list[Json]:
        return self._world.history(
            call.part("channel"),
            after=call.number("after"),
            before=call.number("before"),
            limit=call.number("limit") or 50,
        )

    def _edit(self, call: Call) -> Json:
        self._world.writable(call.part("channel"))
        return self._world.edit(self._world.message(call.part("channel"), call.part("message")), call.body, call.files)

    def _delete(self, call: Call) -> None:
        self._world.writable(call.part("channel"))
        self._world.delete(self._world.message(call.part("channel"), call.part("message")))

    def _thread_below(self, call: Call) -> Json:
        return self._world.open_thread(call.part("channel"), call.body, call.part("message"))

    async def _file(self, request: web.Request) -> web.Response:
        data = self._world.files.get(request.match_info["id"])
        return web.Response(status=404) if data is None else web.Response(body=data)


VIA = {"Via": "1.1 double"}
"""Without it discord.py takes a 429 for a ban."""


async def _read(request: web.Request) -> tuple[Any, list[File]]:
    """The JSON of a request, also of one that carries files, and the files."""
    if request.content_type == "application/json":
        return await request.json(), []
    if request.content_type != "multipart/form-data":
        return None, []
    form = await request.post()
    files = [(part.filename, part.file.read()) for part in form.values() if isinstance(part, web.FileField)]
    return json.loads(str(form["payload_json"])), files


def _answer(data: object, status: int = 200, **headers: str) -> web.Response:
    """discord.py wants exactly this content type, without a character set."""
    told = {"Content-Type": "application/json", **VIA, **headers}
    return web.Response(body=json.dumps(data).encode(), status=status, headers=told)


def _slow_down() -> web.Response:
    told = {"message": "You are being rate limited.", "retry_after": RETRY_AFTER_S, "global": False}
    return _answer(told, 429, **{"Retry-After": str(RETRY_AFTER_S), "X-RateLimit-Scope": "user"})


def _hang_up(request: web.Request) -> web.Response:
    """The client's socket breaks; nothing of the response reaches it."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
