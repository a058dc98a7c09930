"""Each member is answered in their language, and each channel reads its server's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from rq.exceptions import AbandonedJobError

from bot.figures import result_embed
from bot.notices import trouble
from bot.screen import copied_line
from bot.sync import Translations
from bot.words.limits import PROMPT_LONG
from bot.words.notes import NOTES
from bot.words.refusals import NO_STORY, NOT_HOST, ONLY_MANAGERS, TO_CHANGE_RULES
from bot.words.training import GOOD_TO_KNOW
from bot.words.troubles import TROUBLES
from model import notes as model_notes
from tests.bot.house import House
from tests.bot.test_train import BOOK, RESULT, running
from worker.contract import Concern, Copied, Failed, TrainNote, Trouble
from worker.failures import judge

ENGLISH = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}")
HAN = re.compile(r"[\u4e00-\u9fff]")
NOT_IN_DISCORD = re.compile(r"--[a-z]|preset|seed|预设|种子")
ADVISING_NOTES: tuple[Concern, ...] = ("small vocabulary", "known validation", "best weights", "by heart")
ADVISING_TROUBLES: tuple[Trouble, ...] = ("training failed", "out of memory", "not saved")
"""What models say of these names options of the command line."""
SHOWN = ("content", "title", "description", "label", "text", "value", "name")


@pytest.fixture
def house(house: House) -> House:
    """Alice's Discord is Chinese."""
    house.locales["alice"] = "zh-CN"
    return house


def failed(message: str, why: Trouble) -> Failed:
    return Failed(job="1", attempt="1", number=1, message=message, why=why)


def said(answer: Any) -> str:
    assert answer.ephemeral and answer.response is not None
    return str(answer.response.content or answer.response.embeds[0].to_dict())


def shown(body: Any) -> Iterator[str]:
    """Every text of a request's body that Discord shows."""
    if isinstance(body, dict):
        for key, value in body.items():
            if isinstance(value, str) and key in SHOWN:
                yield value
            yield from shown(value)
    elif isinstance(body, list):
        for value in body:
            yield from shown(value)


async def speak_chinese(house: House) -> None:
    await house.admin.slash(house.channel, "rules language", language="zh")


async def test_a_member_is_answered_in_the_language_of_their_discord(house: House) -> None:
    assert "一起写" in said(await house.alice.slash(house.channel, "help"))
    assert "Greenbeard writes with you" in said(await house.bob.slash(house.channel, "help"))
    assert said(await house.alice.slash(house.channel, "story end")) == NO_STORY.zh
    assert said(await house.bob.slash(house.channel, "story end")) == NO_STORY.en
    refused = said(await house.alice.slash(house.channel, "rules limits", member=5))
    assert refused == ONLY_MANAGERS.of(what=TO_CHANGE_RULES).to("zh")
    refused = said(await house.alice.slash(house.channel, "continue", prompt="字" * 4001))
    assert refused == PROMPT_LONG.of(chars=4001, most=4000).to("zh")


async def test_what_everybody_reads_is_in_the_language_of_the_server(house: House) -> None:
    await house.told("It rained.", prompt="天亮了。")
    assert house.buttons()[0] == "Continue"
    await speak_chinese(house)
    await house.alice.click(house.message(), label="Undo")
    assert house.texts()[-1] == f"↩️ <@{house.alice.id}> 撤销了这一段，内容仍然保留着。"
    await house.told("It rained on.", actor=house.bob)
    assert house.buttons() == ["续写", "换一版", "执笔", "编辑", "撤销", "◀", "2/2", "▶", "投票"]
    await house.restart_bot()
    await house.bob.click(house.message(), label="撤销")
    assert house.texts()[-1] == f"↩️ <@{house.bob.id}> 撤销了这一段，内容仍然保留着。"
    assert house.buttons() == ["恢复"]
    await house.admin.slash(house.channel, "rules language", language="server")
    await house.told("It rained again.", actor=house.bob)
    assert house.buttons()[0] == "Continue"


async def test_a_channel_that_reads_chinese_still_refuses_an_english_member_in_english(house: House) -> None:
    await speak_chinese(house)
    await house.told("It rained.", actor=house.alice)
    assert said(await house.bob.slash(house.channel, "story end")) == NOT_HOST.en


async def test_a_direct_message_speaks_the_members_language(house: House) -> None:
    await house.alice.user.slash("continue", prompt="天亮了。")
    house.end(house.take(), "天亮了。雨停了。")
    dm = house.alice.user.dm_channel
    await house.until(lambda: house.owed() == 0)
    assert house.buttons(channel=dm)[0] == "续写"


@pytest.mark.parametrize("why", sorted(TROUBLES))
async def test_a_failure_is_worded_by_the_bot(house: House, why: Any) -> None:
    await speak_chinese(house)
    await house.bob.slash(house.channel, "continue")
    house.publisher(house.take()).failed("The worker says this.", why)
    assert await house.until(lambda: house.texts()[-1].startswith("⚠️"))
    assert house.texts()[-1] == f"⚠️ {TROUBLES[why].zh}"


async def test_what_to_know_about_a_training_is_worded_by_the_bot(house: House) -> None:
    await speak_chinese(house)
    notes = tuple(TrainNote(about=about, sentence="The worker says this.") for about in NOTES if about)
    assert set(NOTES) == set(get_args(Concern)) == set(get_args(model_notes.Concern))
    embed = result_embed(RESULT.model_copy(update={"notes": notes}), "zh")
    (told,) = [field.value for field in embed.fields if field.name == GOOD_TO_KNOW.zh]
    assert told is not None and "worker" not in told
    assert len(told.splitlines()) == len(notes)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_advice_for_the_command_line_does_not_reach_discord(language: Any) -> None:
    """A member of Discord has neither presets nor seeds to choose."""
    for about in ADVISING_NOTES:
        advice = "The loss stopped being a number; train with a smaller --preset or another --seed."
        note = TrainNote(about=about, sentence=advice)
        embed = result_embed(RESULT.model_copy(update={"notes": (note,)}), language)
        (told,) = [field.value for field in embed.fields if field.name == GOOD_TO_KNOW.to(language)]
        assert told == f"• {NOTES[about].to(language)}"
        assert not NOT_IN_DISCORD.search(told), told
    for why in ADVISING_TROUBLES:
        told = trouble(failed("There is too little memory; train with --preset small.", why)).to(language)
        assert told == TROUBLES[why].to(language)
        assert not NOT_IN_DISCORD.search(told), told


def test_too_little_memory_is_named_where_a_worker_died_again_and_again() -> None:
    judgement = judge(AbandonedJobError())
    told = trouble(failed(judgement.message, judgement.why))
    assert "want of memory" in told.to("en") and "可能是内存不够" in told.to("zh")


async def test_commands_are_described_in_both_languages(house: House) -> None:
    (pushed,) = house.bodies("PUT", "/commands")
    found = 0

    def check(entry: dict[str, Any], *, is_command: bool) -> None:
        nonlocal found
        found += 1
        if entry.get("description"):
            chinese = entry["description_localizations"]["zh-CN"]
            assert HAN.search(chinese) and len(chinese) <= 100, entry["name"]
            assert not entry.get("name_localizations"), f"{entry['name']} has one name, which scripts use"
        elif is_command:
            assert HAN.search(entry["name_localizations"]["zh-CN"]), f"the menu {entry['name']} has no Chinese name"
        for choice in entry.get("choices", []):
            assert choice["name_localizations"]["zh-CN"], choice["name"]
        for option in entry.get("options", []):
            check(option, is_command=False)

    for command in pushed:
        check(command, is_command=True)
    assert found > 60


async def test_a_change_of_the_chinese_alone_is_synced(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def other(*_: Any) -> str:
        return "换了说法的说明文字"

    monkeypatch.setattr(Translations, "translate", other)
    await house.restart_bot()
    assert len(house.bodies("PUT", "/commands")) == 2


async def test_a_whole_session_in_chinese_shows_no_english(house: House, tiny_version: Any) -> None:
    for name in ("alice", "bob", "admin"):
        house.locales[name] = "zh-CN"
    await speak_chinese(house)
    house.env.http_requests.clear()
    passage = await house.told("天亮了。雨停了。", prompt="天亮了。")
    await house.alice.click(house.message(), label="换一版")
    house.end(house.take(), "天亮了。风停了。")
    await house.until(lambda: "2/2" in house.buttons())
    await house.alice.click(house.message(), label="编辑")
    await house.alice.click(house.message(), label="撤销")
    await house.alice.click(house.message(), label="恢复")
    for command, options in SESSION:
        await house.admin.slash(house.channel, command, **options)
    await house.admin.slash(house.channel, "train start", name="dragons", books=BOOK)
    request = running(house)
    await house.admin.slash(house.channel, "train status")
    house.publisher(request).trained(RESULT.model_copy(update={"sample": "天亮了。", "notes": ()}))
    await house.until(lambda: house.message().embeds)
    await house.admin.click(house.message(), label="启用")
    copied = passage.model_copy(update={"copied": Copied(words=7, file="红楼梦.txt", chapter="第三回")})
    assert copied_line(copied, "zh") == "≡ 连续 7 个字词与 红楼梦 · 第三回 相同"
    texts = [text for request in house.env.http_requests for text in shown(request.json)]
    assert len(texts) > 60
    for text in texts:
        bare = re.sub(r"`[^`]*`|The Sixth Book|Discord ID", "", text)
        assert not ENGLISH.search(bare), text


SESSION: list[tuple[str, dict[str, Any]]] = [
    ("help", {}),
    ("status", {}),
    ("story list", {}),
    ("story read", {}),
    ("story history", {}),
    ("story settings", {"style": "wild", "mode": "vote", "note": "下雨"}),
    ("story settings", {"mode": "free"}),
    ("story settings", {}),
    ("story undo", {}),
    ("story redo", {}),
    ("story redo", {}),
    ("story branch", {}),
    ("story end", {}),
    ("continue", {}),
    ("story reopen", {}),
    ("story rename", {"title": "红楼梦续"}),
    ("story start", {}),
    ("write", {}),
    ("continue", {"words": 10**6}),
    ("chapter", {"title": "\u200b"}),
    ("book export", {}),
    ("book write", {"chapters": 99}),
    ("rules show", {}),
    ("rules block", {"word": "龙"}),
    ("rules unblock", {"word": "凤"}),
    ("rules limits", {"member": 100}),
    ("privacy show", {}),
    ("privacy export", {}),
    ("privacy forget", {"how": "give"}),
    ("privacy training", {"learn": "on"}),
    ("model list", {}),
    ("model promote", {"version": "nope"}),
    ("train status", {}),
    ("train stop", {}),
    ("train start", {"name": "不行"}),
    ("train start", {"name": "a"}),
    ("train start", {"name": "a", "books": ("a.txt", b"short")}),
]
"""Commands as an administrator types them, those that are refused among them."""
