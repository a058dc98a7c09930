from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.replay import replayed
from bot.words.replay import CHANGED, MEMBERS_OWN, MODEL_GONE, REPLAYING, UNKNOWN
from bot.words.waiting import NO_WRITER
from tests.bot.house import House
from tests.bot.test_turns import refusal
from worker.contract import GenerateRequest, Keys, Passage, Recipe, Replay

TEXT = "It began with rain, and it went on with *snow*."


@pytest.fixture
def shipped(tiny_version: Path) -> Path:
    """The model that wrote what is replayed."""
    return tiny_version


async def known(house: House, **changes: object) -> Passage:
    """The first passage of a story, with its recipe."""
    await house.alice.slash(house.channel, "continue", prompt="It began", note="Cold.", words=33)
    passage = house.store(house.take(), TEXT)
    recipe = Recipe(chapter=1, forbidden="f00d")
    passage = passage.model_copy(update={"recipe": recipe, **changes})
    house.redis.set(Keys.passage(passage.id), passage.model_dump_json())
    house.redis.hset(f"rq:job:{passage.id}", "status", "finished")
    await house.until(lambda: house.owed() == 0)
    return passage


async def ask(house: House) -> GenerateRequest:
    answer = await house.bob.context_menu(house.channel, "Replay this passage", house.message(0))
    assert refusal(answer) in (REPLAYING.en, NO_WRITER.en)
    return house.take()


def told(house: House) -> list[str]:
    """What only members see, as it reads now."""
    messages = house.env.backend.messages[house.channel.id].values()
    return [message.content for message in messages if message.is_ephemeral]


async def finish(house: House, request: GenerateRequest, text: str) -> str:
    house.redis.set(Keys.text(request.job), text)
    house.publisher(request).ended(())
    await house.until(lambda: house.owed() == 0)
    return told(house)[-1]


async def test_the_same_is_asked_for_and_the_member_alone_hears_how_it_came_out(house: House) -> None:
    passage = await known(house)
    request = await ask(house)
    assert request.replay == Replay(version="tiny", forbidden="f00d")
    assert (request.prompt, request.note, request.words, request.seed) == ("It began", "Cold.", 33, passage.seed)
    assert (request.path, request.whole, request.takes, request.sampling) == ((), True, 1, passage.sampling)
    assert await finish(house, request, TEXT) == replayed(passage, TEXT).to("en")
    other = await finish(house, await ask(house), TEXT.replace("went", "wept"))
    assert "from word 7 on: *wept on with" in other
    assert await house.told_texts() == [TEXT] and len(house.texts()) == 1


async def test_a_passage_that_was_stopped_is_the_same_as_far_as_it_goes(house: House) -> None:
    passage = await known(house, ended="stopped")
    assert replayed(passage, TEXT + " And so on.").to("en").startswith("🟰")
    assert replayed(passage.model_copy(update={"ended": "sentence"}), TEXT + " And so on.").to("en").startswith("≠")
    assert replayed(passage, TEXT[:-5]).to("en").startswith("≠")


async def test_a_replay_outlives_a_restart_and_an_event_that_never_came(house: House) -> None:
    passage = await known(house)
    request = await ask(house)
    await house.restart_bot()
    house.redis.set(Keys.text(request.job), TEXT)
    house.redis.hset(f"rq:job:{request.job}", "status", "finished")
    await house.until(lambda: house.owed() == 0)
    assert told(house)[-1] == replayed(passage, TEXT).to("en")


async def test_a_failure_is_told(house: House) -> None:
    await known(house)
    request = await ask(house)
    house.publisher(request).failed("The state is gone.")
    await house.until(lambda: house.owed() == 0)
    assert told(house)[-1] == "⚠️ The state is gone."


async def refused(house: House) -> str:
    answer = await house.bob.context_menu(house.channel, "Replay this passage", house.message(0))
    assert house.requests() == [] and house.owed() == 0
    return refusal(answer)


async def test_a_members_own_passage(house: House) -> None:
    shown = await house.alice.slash(house.channel, "write")
    await house.alice.submit_modal(shown, {"text": "It rained."})
    assert await refused(house) == MEMBERS_OWN.en


async def test_a_passage_whose_settings_nobody_knows(house: House) -> None:
    await known(house, recipe=None)
    assert await refused(house) == UNKNOWN.en


async def test_a_model_that_is_gone_or_was_trained_anew(house: House) -> None:
    passage = await known(house, model="gone")
    assert await refused(house) == MODEL_GONE.of(name="gone").to("en")
    long_ago = datetime(2020, 1, 1, tzinfo=UTC).timestamp()
    older = passage.model_copy(update={"model": "tiny", "created": long_ago})
    house.redis.set(Keys.passage(passage.id), older.model_dump_json())
    assert await refused(house) == MODEL_GONE.of(name="tiny").to("en")


async def test_an_edit_can_be_replayed_as_it_was_and_what_follows_it_cannot(house: House) -> None:
    passage = await known(house)
    shown = await house.alice.context_menu(house.channel, "Edit this passage", house.message(0))
    await house.alice.submit_modal(shown, {"text": "It never began."})
    assert await finish(house, await ask(house), TEXT) == replayed(passage, TEXT).to("en")
    changed = passage.model_copy(update={"chain": "another"})
    house.redis.set(Keys.passage(passage.id), changed.model_dump_json())
    assert await refused(house) == CHANGED.en
