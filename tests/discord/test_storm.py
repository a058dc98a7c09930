"""Bot, worker and Valkey are killed again and again, Discord fails at each tenth request: nothing is lost or doubled.

GREENBEARD_STORM sets how many passages are asked for (40), GREENBEARD_STORM_SEED what is drawn (1).
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import redis

from bot.screen import faces
from bot.stories import story_id
from tests.discord.double import DiscordDouble, labels
from tests.discord.storm import CONSUMER, Storm, drawn
from worker.contract import Keys, Passage

REQUESTS, SEED = int(os.environ.get("GREENBEARD_STORM", "40")), int(os.environ.get("GREENBEARD_STORM_SEED", "1"))
CHANNELS = 4
LIMIT_S = 120 + 4 * REQUESTS
"""Far more than it takes, on a machine that does much else."""


@pytest.mark.timeout(LIMIT_S + 30)
async def test_each_request_ends_in_one_passage_and_its_messages(
    double: DiscordDouble, tmp_path: Path, tiny_version: Path
) -> None:
    storm = Storm(double, tmp_path, tiny_version, SEED, drawn(SEED, REQUESTS, CHANNELS))
    try:
        await storm.run(LIMIT_S)
        with redis.Redis.from_url(storm.valkey.url) as client:
            check_passages(storm, client)
            for channel in storm.channels:
                check_channel(storm, channel, read_story(client, channel))
    except BaseException:
        print(storm.last_words())
        raise
    finally:
        storm.valkey.stop()
    assert sorted(storm.struck) == sorted(storm.plan.blows.values())
    assert len({fault for _, _, fault in double.faults.happened}) >= 4


def read_story(client: redis.Redis, channel: str) -> list[Passage]:
    """A channel's passages, oldest first."""
    path: Any = client.lrange(Keys.path(story_id(CONSUMER, int(channel))), 0, -1)
    values: Any = client.mget([Keys.passage(node.decode()) for node in path])
    assert all(values), "a passage is lost"
    found = [Passage.model_validate_json(value) for value in values]
    assert [passage.parent for passage in found] == [None, *(passage.id for passage in found[:-1])]
    return found


def check_passages(storm: Storm, client: redis.Redis) -> None:
    """Each promise was kept once, no passage is outside its story, and nothing waits."""
    told = [passage for channel in storm.channels for passage in read_story(client, channel)]
    stored = {key.decode().removeprefix(Keys.passage("")) for key in client.keys(Keys.passage("*"))}
    assert Counter(passage.id for passage in told) == Counter(stored)
    marks = Counter(mark for passage in told for mark in [mark_of(storm, passage)])
    promised = [tried.mark for tried in storm.tries if tried.answered]
    assert len(promised) == sum(map(len, storm.plan.wishes))
    assert {mark: marks[mark] for mark in promised} == dict.fromkeys(promised, 1)
    assert max(marks.values()) == 1
    assert client.keys(Keys.waiting("*")) == [] and client.llen(Keys.undeliverable()) == 0


def mark_of(storm: Storm, passage: Passage) -> str:
    """The try from which a passage came."""
    (mark,) = {t.mark for t in storm.tries if f"{t.mark} " in f"{passage.text} ".replace(".", " ").replace("\n", " ")}
    return mark


def check_channel(storm: Storm, channel: str, story: list[Passage]) -> None:
    """The channel shows the story, each page once and in order, and promises came true in their own messages."""
    assert [passage.id for passage in story] == sorted(passage.id for passage in story)
    shown = storm.double.world.shown(channel)
    place = {message["content"]: index for index, message in enumerate(shown)}
    found = [page_list(passage) for passage in story]
    assert Counter(message["content"] for message in shown) == Counter(page for pages in found for page in pages)
    for passage, its_pages in zip(story, found, strict=True):
        places = [place[page] for page in its_pages]
        assert places == sorted(places)
        assert len(shown[places[-1]]["attachments"]) == (passage.kind == "chapter")
    buttons = [labels(message) for message in shown]
    assert "Continue" in buttons[place[found[-1][-1]]] and not any("Stop" in below for below in buttons)
    of_mark = {mark_of(storm, passage): its_pages[0] for passage, its_pages in zip(story, found, strict=True)}
    promised = [tried for tried in storm.tries if tried.channel == channel and tried.answered]
    for tried in promised:
        assert tried.used.message is not None and tried.used.message["content"] == of_mark[tried.mark]
    marks = [tried.mark for tried in promised]
    assert [mark for mark in of_mark if mark in set(marks)] == marks


def page_list(passage: Passage) -> list[str]:
    """What the messages of a passage say."""
    return [face.content or "" for face in faces(passage, "en")]
