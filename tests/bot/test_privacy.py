"""What is kept of a member, and forgetting it; the test plays the worker."""

from __future__ import annotations

import io
import json
import random
import zipfile
from typing import Any

import discord
import pytest
from simcord.builders import ChannelHandle

from bot.words.server import TRAINING_OFF, TRAINING_ON
from bot.words.waiting import UNDONE_BY_SOMEONE
from tests.bot.house import House
from worker.contract import Keys, Recipe, chain_hash


async def shared_story(house: House) -> None:
    """Alice writes a passage and a prompt, Bob edits what the model wrote for him."""
    shown = await house.alice.slash(house.channel, "write")
    await house.alice.submit_modal(shown, {"text": "Alice was here."})
    await house.told("\n\nThe door opened. It was night.", prompt="The door opened.")
    await house.told(" It snowed.", house.bob)
    shown = await house.bob.click(house.message(), label="Edit")
    await house.bob.submit_modal(shown, {"text": "It rained."})


def description(answer: Any) -> str:
    (embed,) = answer.response.embeds
    return str(embed.description)


async def test_what_is_kept_is_shown_and_exported(house: House) -> None:
    await shared_story(house)
    answer = await house.alice.slash(house.channel, "privacy show")
    assert answer.ephemeral and "**2** passages" in description(answer) and "**6** words" in description(answer)
    answer = await house.alice.slash(house.channel, "privacy export")
    (file,) = (answer.followups[-1] if answer.followups else answer.response).attachments
    kept = json.loads(await file.read())
    assert [passage["your_words"] for passage in kept["passages"]] == ["Alice was here.", "The door opened."]


@pytest.mark.parametrize("how", ["replace", "give"])
async def test_a_member_is_forgotten_as_they_choose(house: House, how: str) -> None:
    await shared_story(house)
    answer = await house.alice.slash(house.channel, "privacy forget", how=how)
    assert answer.ephemeral and "cannot be undone" in answer.response.content
    await house.alice.click(answer.response, label="Forget me")
    await redrawn(house)
    texts = await house.told_texts()
    if how == "replace":
        assert texts == ["[…]", "\n\n[…] It was night.", " It rained."]
        assert house.texts() == ["\\[…]", "**\\[…]** It was night.", "It rained."]
        await house.bob.click(house.message(), label="Continue")
        request = house.take()
        assert request.path[1].chain == chain_hash(chain_hash("", "[…]"), "\n\n[…] It was night.")
    else:
        assert texts == ["Alice was here.", "\n\nThe door opened. It was night.", " It rained."]
    assert not house.redis.exists(Keys.authored(str(house.alice.id)))
    names = list(house.redis.scan_iter("greenbeard:passage:*"))
    assert all(str(house.alice.id).encode() not in (house.redis.get(name) or b"") for name in names)
    assert (await house.story()).host == 0
    history = description(await house.bob.slash(house.channel, "story history"))
    assert "tiny for someone, seed" in history and "<@0>" not in history
    assert "**0** passages" in description(await house.alice.slash(house.channel, "privacy show"))


async def test_consent_is_recorded_passage_by_passage_and_can_be_withdrawn(house: House) -> None:
    async def say(text: str) -> None:
        shown = await house.alice.slash(house.channel, "write")
        await house.alice.submit_modal(shown, {"text": text})

    def answered(answer: Any) -> str:
        return str(answer.response.content)

    await say("Before.")
    assert answered(await house.alice.slash(house.channel, "privacy training", learn="on")) == TRAINING_ON.en
    await say("After.")
    agreed = {id.decode() for id in house.redis.smembers(Keys.agreed())}
    assert agreed == {(await house.story()).tip}
    assert answered(await house.alice.slash(house.channel, "privacy training", learn="off")) == TRAINING_OFF.en
    assert house.redis.scard(Keys.agreed()) == 0


async def forget(house: House, how: str = "replace") -> None:
    answer = await house.alice.slash(house.channel, "privacy forget", how=how)
    await house.alice.click(answer.response, label="Forget me")
    await redrawn(house)


async def redrawn(house: House) -> None:
    """Nothing is left to forget or to redraw."""
    await house.until(lambda: not house.redis.exists(Keys.forgetting("tests"), Keys.redraws("tests")))


async def test_branches_show_it_too_and_go_on_from_it(house: House) -> None:
    await house.told("The door opened. It was night.", prompt="The door opened.")
    await house.told(" It snowed.", house.bob)
    await house.bob.context_menu(house.channel, "Branch from here", house.message(0))
    (thread,) = [channel for channel in house.env.backend.channels.values() if channel.is_thread]
    branch = ChannelHandle(house.env, house.guild, thread)
    assert house.texts(branch)[-1] == "**The door opened.** It was night."
    shown = len(house.texts(branch))
    await forget(house)
    assert house.texts(branch)[-1] == "**\\[…]** It was night." and len(house.texts(branch)) == shown
    await house.bob.slash(branch, "continue")
    assert house.take().chain == chain_hash("", "[…] It was night.")


async def test_what_another_made_of_it_loses_the_words_too(house: House) -> None:
    shown = await house.alice.slash(house.channel, "write")
    await house.alice.submit_modal(shown, {"text": "Alice was here."})
    shown = await house.admin.click(house.message(), label="Edit")
    await house.admin.submit_modal(shown, {"text": "Alice was here. So was the admin."})
    assert await house.told_texts() == ["Alice was here. So was the admin."]
    await forget(house)
    assert await house.told_texts() == ["[…] So was the admin."]
    assert house.texts()[0].startswith("\\[…] So was the admin.")


async def test_a_ballot_shows_it_too(house: House) -> None:
    await house.told("The door opened. It was night.", prompt="The door opened.")
    await house.bob.click(house.message(), label="Vote")
    house.end_takes(
        house.take(), "The door opened. It was day.", "The door opened. It snowed.", "The door opened. It rained."
    )
    await house.until(lambda: house.owed() == 0 and house.pending() == 0)
    assert str(house.message().embeds[0].description).count("The door opened.") == 4
    await forget(house)
    shown = str(house.message().embeds[0].description)
    assert "The door opened." not in shown and shown.count("\\[…]") == 4
    assert house.buttons() == ["1 · 0", "2 · 0", "3 · 0", "4 · 0", "Decide"]


async def test_a_name_goes_below_words_that_stay(house: House) -> None:
    shown = await house.alice.slash(house.channel, "write")
    await house.alice.submit_modal(shown, {"text": "Alice was here."})
    assert str(house.alice.id) in house.texts()[0]
    await forget(house, "give")
    assert house.texts() == ["Alice was here."]


async def test_a_passage_that_was_taken_back_names_nobody_and_can_be_brought_back(house: House) -> None:
    for text in ("One.", " Two."):
        await house.told(text, prompt=text.strip())
    await house.alice.click(house.message(), label="Undo")
    assert str(house.alice.id) in house.texts()[1]
    await forget(house)
    assert house.texts() == ["**\\[…]**", UNDONE_BY_SOMEONE.en]
    assert house.buttons() == ["Redo"]
    await house.admin.slash(house.channel, "story redo")
    assert house.texts() == ["**\\[…]**", "**\\[…]**"]


async def test_another_take_is_not_covered_by_the_one_before_it(house: House) -> None:
    await house.told("One.", prompt="One.")
    await house.bob.click(house.message(), label="Another take")
    await house.written("Two.")
    assert house.texts() == ["**Two.**"] or house.texts() == ["Two."]
    before = house.texts()
    await forget(house)
    assert house.texts() == before
    await house.bob.click(house.message(), label="◀")
    assert house.texts() == ["**\\[…]**"]


async def test_what_was_asked_for_goes_with_the_member(house: House) -> None:
    passage = await house.told("I\n\nIt rained.")
    recipe = Recipe(title="Alice's Garden", pov="Alice", forbidden="")
    house.redis.set(Keys.passage(passage.id), passage.model_copy(update={"recipe": recipe}).model_dump_json())
    await forget(house, "give")
    assert b"Alice" not in (house.redis.get(Keys.passage(passage.id)) or b"")


async def test_a_prompt_stays_its_authors_where_another_member_asks_for_another_take(house: House) -> None:
    await house.alice.slash(house.channel, "privacy training", learn="on")
    await house.told("It rained. One.", prompt="It rained.")
    await house.bob.click(house.message(), label="Another take")
    take = await house.written("It rained. Two.")
    assert (take.author, take.prompter) == (str(house.bob.id), str(house.alice.id))
    assert take.id not in {id.decode() for id in house.redis.smembers(Keys.agreed())}
    assert "**0** words" in description(await house.bob.slash(house.channel, "privacy show"))
    assert "**4** words" in description(await house.alice.slash(house.channel, "privacy show"))
    await forget(house)
    assert await house.told_texts() == ["[…] Two."]
    assert "for <@" in description(await house.bob.slash(house.channel, "story history"))
    names = list(house.redis.scan_iter("greenbeard:passage:*"))
    assert all(str(house.alice.id).encode() not in (house.redis.get(name) or b"") for name in names)


async def test_an_export_over_the_limit_comes_packed_and_in_parts(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await house.told("One.", prompt="One.")
    ids = [f"{number:020x}" for number in range(40)]
    for number, id in enumerate(ids):
        text = "".join(random.Random(number).choices("abcdefghijklmnopqrstuvwxyz ", k=3000))
        kept = first.model_copy(update={"id": id, "text": text})
        house.redis.set(Keys.passage(id), kept.model_dump_json())
    house.redis.sadd(Keys.authored(str(house.alice.id)), *ids)

    def small(self: discord.Interaction, data: Any, original: Any = discord.Interaction._from_data) -> None:
        original(self, data | {"attachment_size_limit": 30_000})

    monkeypatch.setattr(discord.Interaction, "_from_data", small)
    answer = await house.alice.slash(house.channel, "privacy export")
    files = [file for message in (answer.response, *answer.followups) if message for file in message.attachments]
    names = [f"greenbeard-and-you-{number}.json" for number in range(1, len(files) + 1)]
    assert len(files) > 1 and [file.filename for file in files] == [f"{name}.zip" for name in names]
    found: list[str] = []
    for name, file in zip(names, files, strict=True):
        assert file.size <= 30_000
        with zipfile.ZipFile(io.BytesIO(await file.read())) as archive:
            found += [passage["passage"] for passage in json.loads(archive.read(name))["passages"]]
    assert found == [*ids, first.id]
