"""What leaves the bot, against Discord's own schema and against the limits that the schema leaves out."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jsonschema_rs

from bot.text import MESSAGE_LIMIT, utf16_length

SCHEMA = Path(__file__).parents[3] / "shared" / "discord" / "openapi.json"
"""Discord's OpenAPI document; it lies beside the checkout on the project's machines and not in the repository."""

CALLBACK = (
    "ApplicationCommandAutocompleteCallbackRequest",
    "CreateMessageInteractionCallbackRequest",
    "ModalInteractionCallbackRequest",
    "UpdateMessageInteractionCallbackRequest",
)


def check_requests(requests: Iterable[Any]) -> None:
    """Check every body that a bot sent (simcord's `env.http_requests`)."""
    for request in requests:
        if not isinstance(request.json, dict):
            continue
        parts = request.path.strip("/").split("/")
        body = json.loads(json.dumps(request.json))
        if parts[0] == "interactions":
            _check(_callback(), body)
            check_limits(body.get("data") or {})
        elif parts[0] == "channels" and "messages" in parts:
            _check(_schema("MessageCreateRequest" if request.method == "POST" else "MessageEditRequestPartial"), body)
            check_limits(body)


def check_limits(message: dict[str, Any]) -> None:
    """Length of the content, size of embeds, unique custom ids, and that nothing pings."""
    content = message.get("content") or ""
    assert utf16_length(content) <= MESSAGE_LIMIT
    if "content" in message:
        assert message["allowed_mentions"]["parse"] == []
    for embed in message.get("embeds") or []:
        fields = embed.get("fields", [])
        texts = [embed.get("title", ""), embed.get("description", ""), embed.get("footer", {}).get("text", "")]
        assert utf16_length(embed.get("description") or "") <= 4096
        texts += [part for field in fields for part in (field["name"], field["value"])]
        assert sum(map(len, texts)) <= 6000 and len(fields) <= 25
    ids = [item["custom_id"] for row in message.get("components") or [] for item in row["components"]]
    assert len(ids) == len(set(ids)) and all(len(id) <= 100 for id in ids)


def _check(validator: Any, body: dict[str, Any]) -> None:
    if validator is not None:
        validator.validate(as_on_the_wire(body))


def as_on_the_wire(value: Any, name: str = "") -> Any:
    """Ids as strings, as Discord's schema has them."""
    if isinstance(value, dict):
        return {key: as_on_the_wire(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [as_on_the_wire(item, name) for item in value]
    is_id = name == "id" or name.endswith(("_id", "_ids"))
    return str(value) if is_id and isinstance(value, int) else value


def _callback() -> Any:
    return _validator({"anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in CALLBACK]})


def _schema(name: str) -> Any:
    return _validator({"$ref": f"#/components/schemas/{name}"})


def _validator(root: dict[str, Any]) -> Any:
    return _compiled(json.dumps(root))


@functools.cache
def _compiled(root: str) -> Any:
    if not SCHEMA.exists():
        return None
    document = json.loads(SCHEMA.read_text())
    return jsonschema_rs.Draft202012Validator({**json.loads(root), "components": document["components"]})
