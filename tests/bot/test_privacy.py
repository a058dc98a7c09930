"""What is kept of a member, and forgetting it; the test plays the worker."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.words.server import TRAINING_OFF, TRAINING_ON
from tests.bot.house import House
from worker.contract import Keys, chain_hash


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
