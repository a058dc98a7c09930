"""Preview stays fast in a long channel, and shows the same as without our help."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from simcord import Preview
from simcord.preview import _messages, _snapshot
from simcord.preview._markdown import markdown_tokens
from simcord.preview._queries import _message_navigation

from greenbeard.play import swift
from greenbeard.play.world import World, open_world
from tests.greenbeard.garden import Garden

PASSAGE = (
    '"Ah!" cried **Athos**, "it is you, my dear friend, who have come <@{}> from so far." -- https://example.org\n\n'
    * 15
)


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    yield
    for module in swift.PARSE:
        module.markdown_tokens = markdown_tokens  # type: ignore[attr-defined]
    _snapshot._message_navigation = _message_navigation  # type: ignore[attr-defined]


def shown(preview: Preview) -> Any:
    """What a page shows; handles, which differ each time, and the list left out."""
    page = preview._open_page()
    payload = preview._page_payload(page)
    preview._close_page(page.id)
    told = json.dumps([payload["messages"], payload["timeline"], payload["history"]], sort_keys=True)
    return re.sub(r'"[am]_[\w-]{16}"', "handle", told)


def fill(world: World, passages: int) -> int:
    place, author = world.place("the-sixth-book"), world.env.backend.bot_user.id
    for number in range(passages):
        world.env.backend.create_message(
            place.id, author, f"{number} {PASSAGE.replace('{}', str(world.members['bob'].id))}"[:1900]
        )
    return place.id


async def test_the_same_is_shown(tmp_path: Path) -> None:
    async with open_world(Garden(), tmp_path) as world:
        fill(world, 3)
        async with world.env.preview(
            world.place("the-sixth-book"), viewers=[world.member("alice")], layout="channel"
        ) as preview:
            plain = shown(preview)
            swift.make_preview_swift()
            assert "@bob" in plain
            assert shown(preview) == shown(preview) == plain


async def test_a_change_in_a_long_channel_is_shown_many_times_faster(tmp_path: Path) -> None:
    async with open_world(Garden(), tmp_path) as world:
        place = fill(world, 60)
        newest = max(world.env.backend.messages[place])
        async with world.env.preview(
            world.place("the-sixth-book"), viewers=[world.member("alice")], layout="channel"
        ) as preview:

            async def seconds() -> float:
                world.env.backend.edit_message(place, newest, {"content": f"{time.perf_counter()}"})
                began = time.process_time()
                await preview.refresh()
                return time.process_time() - began

            plain = await seconds()
            swift.make_preview_swift()
            await seconds()
            assert min([await seconds() for _ in range(3)]) < plain / 5
            assert _messages.markdown_tokens is not markdown_tokens
