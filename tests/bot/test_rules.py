"""A server's rules: roles, limits, words that never appear."""

from __future__ import annotations

import asyncio
import re
import time
from types import SimpleNamespace
from typing import Any

import pytest

from bot.rule_commands import rules_embed, with_word
from bot.rules import Rules
from bot.words.refusals import BAD_WORD, BLOCKED, NOT_BLOCKED
from tests.bot.house import House
from worker.blocked import blocked_word


def said(answer: Any) -> str:
    assert answer.ephemeral and answer.response is not None
    return str(answer.response.content)


@pytest.mark.parametrize(
    ("text", "word", "found"),
    [
        ("A damned Knight.", "knight", True),
        ("A fortnight.", "night", False),
        ("ＫＮＩＧＨＴ", "knight", True),
        ("他是骑士。", "骑士", True),
        ("Straße", "STRASSE", True),
        ("", "x", False),
        ("a+b", "a+b", True),
        ("I write C++.", "c++", True),
        ("Plan C", "c++", False),
        ("abc++", "c++", False),
        ("What an A$$!", "a$$", True),
        ("a cat", "a$$", False),
        ("Oh $hit, he said.", "$hit", True),
        ("a hit", "$hit", False),
        ("$hits", "$hit", False),
        ("So ein Müll!", "müll", True),
        ("Herr Müller", "Müll", False),
        ("Mon dieu, mon  Dieu!", "mon dieu", True),
        ("I don’t", "don't", True),
        ("🔥 Fire!", "🔥 fire", True),
        ("fire", "🔥 fire", False),
    ],
)
def test_which_texts_hold_a_word(text: str, word: str, found: bool) -> None:
    assert (blocked_word(text, [word]) is not None) == found


async def test_signs_and_emoji_alone_cannot_be_blocked(house: House) -> None:
    for word in ("🔥", "!!", "— …", "x" * 51):
        assert said(await house.admin.slash(house.channel, "rules block", word=word)) == BAD_WORD.en
    await house.admin.slash(house.channel, "rules block", word="🔥 fire")
    await house.alice.slash(house.channel, "continue")
    assert house.take().blocked == ("🔥 fire",)


async def test_a_blocked_word_is_refused_everywhere_and_told_to_the_worker(house: House) -> None:
    assert "Manage Server" in said(await house.alice.slash(house.channel, "rules block", word="Dragon"))
    await house.admin.slash(house.channel, "rules block", word="Dragon")
    answer = await house.alice.slash(house.channel, "continue", prompt="The DRAGON came.")
    assert said(answer) == BLOCKED.en
    assert said(await house.alice.slash(house.channel, "chapter", title="Dragon")) == BLOCKED.en
    shown = await house.alice.slash(house.channel, "write")
    assert said(await house.alice.submit_modal(shown, {"text": "A dragon!"})) == BLOCKED.en
    assert said(await house.alice.slash(house.channel, "story start", title="The Dragon")) == BLOCKED.en
    await house.alice.slash(house.channel, "continue", prompt="Dragons came.")
    request = house.take()
    assert request.blocked == ("Dragon",)
    house.end(request, "Dragons came. And went.")
    await house.until(lambda: house.owed() == 0)
    shown = await house.alice.click(house.message(), label="Edit")
    assert said(await house.alice.submit_modal(shown, {"text": "A dragon came."})) == BLOCKED.en
    assert said(await house.admin.slash(house.channel, "rules unblock", word="x")) == NOT_BLOCKED.en
    await house.admin.slash(house.channel, "rules unblock", word="dragon")
    await house.alice.slash(house.channel, "continue", prompt="A dragon.")
    assert house.take().blocked == ()


def test_blocked_words_are_shown_whole_and_hidden() -> None:
    words = tuple(f"{'x' * 40}{number}" for number in range(60))
    value = str(rules_embed(Rules(blocked=words), "en").fields[-1].value)
    *shown, dots = value.split(" ")
    assert dots == "…" and len(value) <= 1024 and 10 < len(shown) < 60
    assert [word.strip("|,") for word in shown] == list(words[: len(shown)])
    assert all(re.fullmatch(r"\|\|\w+\|\|,?", word) for word in shown)
    assert rules_embed(Rules(blocked=("a", "b")), "en").fields[-1].value == "||a||, ||b||"


async def test_what_two_managers_decide_at_once_is_all_kept(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    book = house.bot.rule_book
    of = book.of

    async def slow(server: int) -> Rules:
        found = await of(server)
        await asyncio.sleep(0.1)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(book, "of", slow)
        await asyncio.gather(
            book.change(1, lambda rules: {"blocked": with_word(rules.blocked, "dragon")}),
            book.change(1, lambda rules: {"blocked": with_word(rules.blocked, "troll")}),
            book.change(1, lambda _: {"member_hour": 7}),
        )
    rules = await of(1)
    assert (rules.blocked, rules.member_hour) == (("dragon", "troll"), 7)


async def test_limits_refuse_and_say_when_to_try_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()  # all within one hour by the clock
    monkeypatch.setattr("bot.rules.time", SimpleNamespace(time=lambda: now))
    await house.admin.slash(house.channel, "rules limits", member=2, server=3)
    for _ in range(2):
        await house.alice.slash(house.channel, "continue")
    refused = said(await house.alice.slash(house.channel, "continue"))
    assert refused.startswith("You have asked for 2 passages") and "Try again <t:" in refused
    await house.bob.slash(house.channel, "continue")
    assert said(await house.bob.slash(house.channel, "continue")).startswith("This server has asked for 3")
    assert house.owed() == 3
    assert not (await house.alice.user.slash("continue")).ephemeral


async def test_roles_for_writing_hosting_and_training(house: House) -> None:
    role = house.guild.create_role("Scribes")
    scribe = house.guild.add_member(house.env.create_user("carol"), roles=[role])
    await house.admin.slash(house.channel, "rules roles", writers=role, hosts=role, trainers=role)
    for command in ("continue", "write", "story start"):
        assert f"<@&{role.id}>" in said(await house.alice.slash(house.channel, command))
    assert f"<@&{role.id}>" in said(await house.alice.slash(house.channel, "train stop"))
    assert "No training is running" in said(await scribe.slash(house.channel, "train stop"))
    assert not (await scribe.slash(house.channel, "continue")).ephemeral
    assert not (await house.admin.slash(house.channel, "continue")).ephemeral
    await house.admin.slash(house.channel, "rules roles", writers=house.guild.default_role)
    assert not (await house.alice.slash(house.channel, "continue")).ephemeral


async def test_titles_that_were_used_are_offered(house: House) -> None:
    await house.alice.slash(house.channel, "chapter", title="The Long Road")
    house.end(house.take(), "I\nThe Long Road\n\nIt began.", heading="I\nThe Long Road")
    await house.until(lambda: house.owed() == 0)
    for option in ("title", "pov"):
        offered = await house.alice.autocomplete(house.channel, "chapter", option, "long")
        assert [choice["name"] for choice in offered] == ["The Long Road"]
