"""What leaves the bot, against Discord's own schema and against the limits that the schema leaves out."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs

from bot.text import MESSAGE_LIMIT, utf16_length

SCHEMA = Path(__file__).parents[3] / "shared" / "discord" / "openapi.json"
"""Discord's OpenAPI document; it lies beside the checkout on the project's machines and not in the repository."""

Violation = (AssertionError, jsonschema_rs.ValidationError)
"""What `check_body` raises."""


def check_requests(requests: Iterable[Any]) -> None:
    """Check every body that a bot sent (simcord's `env.http_requests`)."""
    for request in requests:
        if isinstance(request.json, dict | list):
            check_body(request.method, request.path, json.loads(json.dumps(request.json)))


def check_body(method: str, path: str, body: Any) -> None:
    """Raises one of `Violation` where Discord would refuse `body`; `path` begins behind `/api/v10`."""
    validator = _validator(method, path)
    if validator is not None:
        validator.validate(as_on_the_wire(body))
    for message in _messages(method, path, body):
        check_limits(message)


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
    rows = [row.get("components", []) for row in message.get("components") or []]
    ids = [item["custom_id"] for row in rows for item in row if "custom_id" in item]
    assert len(ids) == len(set(ids)) and all(len(id) <= 100 for id in ids)


def _messages(method: str, path: str, body: Any) -> Iterator[dict[str, Any]]:
    """The messages in a body."""
    first, *parts = path.strip("/").split("/")
    if first == "interactions" and body["type"] in (4, 5, 6, 7):
        yield body.get("data") or {}
    elif (first == "channels" and "messages" in parts and parts[-1] != "threads") or first == "webhooks":
        yield body


def as_on_the_wire(value: Any, name: str = "") -> Any:
    """Ids as strings, as Discord's schema has them."""
    if isinstance(value, dict):
        return {key: as_on_the_wire(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [as_on_the_wire(item, name) for item in value]
    is_id = name == "id" or name.endswith(("_id", "_ids"))
    return str(value) if is_id and isinstance(value, int) else value


def _validator(method: str, path: str) -> Any:
    """What checks the bodies of one operation; None for one without a body, or without the document."""
    for template, operations in _operations():
        if template.fullmatch(path) and method.lower() in operations:
            content = operations[method.lower()].get("requestBody", {}).get("content", {})
            return _compiled(json.dumps(content["application/json"]["schema"])) if content else None
    assert not _operations(), f"Discord has no {method} {path}"
    return None


@functools.cache
def _document() -> Any:
    return json.loads(SCHEMA.read_text()) if SCHEMA.exists() else {"paths": {}}


@functools.cache
def _operations() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    """The document's paths as patterns, each with what can be done there."""
    found = _document()["paths"].items()
    return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", template)), operations) for template, operations in found]


@functools.cache
def _compiled(schema: str) -> Any:
    return jsonschema_rs.Draft202012Validator({**json.loads(schema), "components": _document()["components"]})
