"""Makes simcord's Preview fast enough to show a long story being written.

For each change that it shows, several times a second, Preview parses the Markdown of every message of the channel
anew, 4 ms a passage, and lists them all in a sidebar that our page does not have: a channel of a hundred passages
stood still. What was parsed before is remembered here, and the list stays empty.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from simcord.preview import _component_projection, _messages, _queries, _snapshot
from simcord.preview._markdown import markdown_tokens

Tokens = list[dict[str, Any]]

REMEMBERED = 1000
"""Texts; some 10 kB each for a long passage."""
PARSE = (_component_projection, _messages, _queries, _snapshot)
"""Modules of Preview that parse Markdown."""
NO_LIST = {
    "query": "",
    "filter": "all",
    "hasPrevious": False,
    "hasNext": False,
    "previousCursor": None,
    "nextCursor": None,
}
"""How Preview describes an empty list of messages."""


@lru_cache(maxsize=REMEMBERED)
def _parsed(text: str, profile: str, context: str) -> str:
    return json.dumps(markdown_tokens(text, profile, context=json.loads(context)))


def remembered_tokens(value: Any, profile: str = "message", *, context: Mapping[str, Any] | None = None) -> Tokens:
    """What `markdown_tokens` returns for a text, a kind of text and the names in it, as a copy that may be changed."""
    if value is None:
        return []
    tokens: Tokens = json.loads(_parsed(str(value), profile, json.dumps(context or {}, sort_keys=True)))
    return tokens


def _no_list(*_: object) -> tuple[list[object], dict[str, object]]:
    return [], dict(NO_LIST)


def make_preview_swift() -> None:
    """Let every Preview of this process parse once and list nothing."""
    remembered: Callable[..., Tokens] = remembered_tokens
    for module in PARSE:
        module.markdown_tokens = remembered  # type: ignore[attr-defined]
    _snapshot._message_navigation = _no_list  # type: ignore[attr-defined, assignment]
