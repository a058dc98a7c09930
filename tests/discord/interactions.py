"""What members do with commands, buttons, menus and modals, and the rules for answers: 3 s, once, 15 min."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.discord import objects
from tests.discord.objects import BOT_ID, GUILD_ID, MEMBER, Json
from tests.discord.world import EPHEMERAL, File, Refused, World

ANSWER_S, TOKEN_S = 3.0, 900.0
COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
MESSAGE, THINKING, LATER, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
FIELD, BUTTON, ROW = 4, 2, 1
SUBCOMMAND, SUBCOMMAND_GROUP, CHANNEL, ATTACHMENT = 1, 2, 7, 11


@dataclass
class Interaction:
    """One use of a command, button, menu or modal."""

    id: str
    kind: int
    channel: str
    who: Json
    began: float
    source: Json | None = None
    """The message with the button."""
    answer: Json | None = None
    """What the bot called back with."""
    message: Json | None = None
    """The message that its answer made or changed."""
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def token(self) -> str:
        """What an answer has to name."""
        return f"token-of-{self.id}"


class Interactions:
    """All of them, for one world."""

    def __init__(self, world: World, publish: Callable[[str, Json], None]) -> None:
        self._world = world
        self._publish = publish
        self._all: dict[str, Interaction] = {}
        self.commands: list[Json] = []
        """As the bot registered them last."""

    # What members do
    def command(self, name: str, options: dict[str, Any], channel: str, who: Json, focused: str = "") -> Interaction:
        """Use a command, named with its group: `train start`; `focused` asks for what completes that option."""
        path = name.split()
        spec = next(command for command in self.commands if command["name"] == path[0])
        data: Json = {"id": spec["id"], "name": path[0], "type": spec.get("type", 1)}
        resolved: Json = {}
        inner = data
        for part in path[1:]:
            spec = next(option for option in spec["options"] if option["name"] == part)
            inner["options"] = [{"name": part, "type": spec["type"]}]
            inner = inner["options"][0]
        inner["options"] = [self._option(spec, key, value, resolved, focused) for key, value in options.items()]
        if resolved:
            data["resolved"] = resolved
        return self._begin(AUTOCOMPLETE if focused else COMMAND, data, channel, who)

    def press(self, message: Json, custom_id: str, who: Json, values: Sequence[str] | None = None) -> Interaction:
        """Click a button of a message or choose in its menu."""
        item = next(item for item in objects.items(message) if item.get("custom_id") == custom_id)
        data = {"custom_id": custom_id, "component_type": item["type"]}
        if values is not None:
            data["values"] = list(values)
        return self._begin(COMPONENT, data, message["channel_id"], who, message)

    def submit(self, asked: Interaction, fields: dict[str, str]) -> Interaction:
        """Fill in the modal that `asked` opened: text by label."""
        assert asked.answer is not None and asked.answer["type"] == MODAL, "no modal was opened"
        modal = asked.answer["data"]
        rows = []
        for row in modal["components"]:
            for item in row.get("components") or [row["component"]]:
                text = fields.get(row.get("label") or item["label"], item.get("value") or "")
                filled = {"type": FIELD, "custom_id": item["custom_id"], "value": text}
                rows.append(
                    {**row, "component": filled} if "component" in row else {"type": ROW, "components": [filled]}
                )
        data = {"custom_id": modal["custom_id"], "components": rows}
        return self._begin(MODAL_SUBMIT, data, asked.channel, asked.who, asked.source)

    def _option(self, spec: Json, name: str, value: Any, resolved: Json, focused: str) -> Json:
        kind = next(option for option in spec["options"] if option["name"] == name)["type"]
        if kind == ATTACHMENT:
            (attachment,) = self._world.keep_files([value])
            resolved.setdefault("attachments", {})[attachment["id"]] = attachment
            value = attachment["id"]
        elif kind == CHANNEL:
            resolved.setdefault("channels", {})[value] = self._world.channels[value]
        given = {"name": name, "type": kind, "value": value}
        return given | {"focused": True} if name == focused else given

    def _begin(
        self, kind: int, data: Json, channel: str, who: Json | None = None, source: Json | None = None
    ) -> Interaction:
        world = self._world
        begun = Interaction(world.new_id(), kind, channel, who or MEMBER, world.now(), source)
        self._all[begun.id] = begun
        payload = {
            **{"id": begun.id, "application_id": BOT_ID, "type": kind, "token": begun.token, "data": data},
            **{"guild_id": GUILD_ID, "channel_id": channel, "channel": world.channels[channel], "version": 1},
            **{"member": objects.member(begun.who), "context": 0, "entitlements": [], "locale": "en-US"},
            **{"guild": {"id": GUILD_ID, "locale": "en-US", "features": []}, "guild_locale": "en-US"},
            **{"app_permissions": objects.ALL_PERMISSIONS, "authorizing_integration_owners": {"0": GUILD_ID}},
            **{"attachment_size_limit": objects.FILE_LIMIT},
        }
        self._publish("INTERACTION_CREATE", payload | ({"message": source} if source else {}))
        return begun

    # What the bot does
    def call_back(self, id: str, token: str, body: Json, files: Sequence[File]) -> Json:
        """The first answer. Raises Refused."""
        found = self._all.get(id)
        if found is None or found.token != token or self._world.now() - found.began > ANSWER_S:
            raise Refused(404, 10062, "Unknown interaction")
        if found.answer is not None:
            raise Refused(400, 40060, "Interaction has already been acknowledged.")
        kind, data = body["type"], body.get("data") or {}
        if kind == MODAL and found.kind == MODAL_SUBMIT:
            raise Refused(400, 50035, "Invalid Form Body")
        if kind == MESSAGE:
            found.message = self._answer(found, data, files)
        elif kind == THINKING:
            loading = objects.message(self._world.new_id(), found.channel, objects.BOT, self._world.now())
            loading["flags"] = data.get("flags") or 0
            found.message = self._world.messages[loading["id"]] = loading
        elif kind == UPDATE and found.source is not None:
            found.message = self._world.edit(found.source, data, files)
        elif kind == LATER:
            found.message = found.source
        found.answer = body
        found.answered.set()
        return _told(found, kind)

    def hook(self, token: str) -> Interaction:
        """An answered interaction whose token still counts. Raises Refused."""
        found = next((known for known in self._all.values() if known.token == token), None)
        if found is None or self._world.now() - found.began > TOKEN_S:
            raise Refused(401, 50027, "Invalid Webhook Token")
        if found.answer is None:
            raise Refused(404, 10015, "Unknown Webhook")
        return found

    def original(self, token: str, message: str) -> Json:
        """The answer of an interaction (`@original`) or one of its further messages. Raises Refused."""
        found = self.hook(token)
        shown = found.message if message == "@original" else self._world.messages.get(message)
        if shown is None or shown["id"] not in self._world.messages:
            raise Refused(404, 10008, "Unknown Message")
        return shown

    def edit_answer(self, token: str, message: str, body: Json, files: Sequence[File]) -> Json:
        """Change an answer; "thinking" is over with it. Raises Refused."""
        shown, found = self.original(token, message), self.hook(token)
        if found.answer is not None and found.answer["type"] == THINKING and shown is found.message:
            found.answer = found.answer | {"type": MESSAGE}
        return self._world.edit(shown, body, files)

    def follow_up(self, token: str, body: Json, files: Sequence[File]) -> Json:
        """A further message; the first one after "thinking" takes its place, seen by as many. Raises Refused."""
        found = self.hook(token)
        if found.answer is not None and found.answer["type"] == THINKING:
            return self.edit_answer(token, "@original", body, files)
        return self._answer(found, body, files)

    def _answer(self, found: Interaction, data: Json, files: Sequence[File]) -> Json:
        more = {"application_id": BOT_ID, "webhook_id": BOT_ID, "type": 20 if found.kind == COMMAND else 19}
        return self._world.create(found.channel, data, files, **more)


def ephemeral(message: Json) -> bool:
    """Whether only one member sees it."""
    return bool(message["flags"] & EPHEMERAL)


def _told(found: Interaction, kind: int) -> Json:
    """What Discord says of an answer that it took."""
    told: Json = {"interaction": {"id": found.id, "type": found.kind}, "resource": {"type": kind}}
    if found.message is not None:
        told["interaction"]["response_message_id"] = found.message["id"]
        told["resource"]["message"] = found.message
    return told
