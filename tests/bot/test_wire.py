"""The net under all other tests of this folder: bodies that Discord would refuse do not pass."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import jsonschema_rs
import pytest

from tests.bot.house import House
from tests.discord.schema import SCHEMA, check_requests

QUIET: dict[str, Any] = {"allowed_mentions": {"parse": []}}


def sent(**body: Any) -> list[SimpleNamespace]:
    return [SimpleNamespace(method="POST", path="/channels/1/messages", json=body)]


def test_what_pings_or_is_too_long_does_not_pass() -> None:
    check_requests(sent(content="x" * 2000, **QUIET))
    for body in (sent(content="x", allowed_mentions={"parse": ["users"]}), sent(content="🐉" * 1001, **QUIET)):
        with pytest.raises(AssertionError):
            check_requests(body)


@pytest.mark.skipif(not SCHEMA.exists(), reason="bodies are not checked against Discord's schema: no ../shared/discord")
async def test_what_discords_schema_refuses_does_not_pass(house: House) -> None:
    await house.alice.slash(house.channel, "continue", prompt="Go.")
    check_requests(house.env.http_requests)
    with pytest.raises(jsonschema_rs.ValidationError):
        check_requests(sent(content=17, **QUIET))
