"""Undo, redo, takes and edits below a passage; the test plays the worker."""

from __future__ import annotations

from typing import Any

import pytest
from simcord.builders import ChannelHandle

from bot.errors import Refusal
from bot.limits import MAX_EDITED_CHARS
from bot.posting import Face, Poster
from bot.screen import footed, origin_line
from bot.turns import reworded
from bot.words.refusals import (
    BUSY,
    GONE_ON,
    NO_OLD_WORDS,
    NO_SUCH_WORDS,
    NOT_HOST,
    NOT_YOUR_PASSAGE,
    NOTHING_TO_REDO,
    NOTHING_TO_UNDO,
    UNCHANGED,
)
from bot.words.stories import UNDONE
from bot.written import edited_passage
from tests.bot.house import House
from worker.contract import Copied, Keys, Likeness, chain_hash

ALL = ["Continue", "Another take", "Write", "Edit", "Undo"]
TURNED = ["◀", "1/2", "▶"]


def refusal(answer: Any) -> str:
    assert answer.ephemeral or answer.followups
    shown = answer.followups[-1] if answer.followups else answer.response
    return str(shown.content)


async def test_only_the_newest_passage_has_buttons(house: House) -> None:
    await house.told("It began.")
    assert house.buttons() == [*ALL, "Vote"]
    await house.told(" It went on.")
    assert [house.buttons(0), house.buttons(1)] == [[], [*ALL, "Vote"]]


async def test_undo_hides_and_redo_shows_again(house: House) -> None:
    first = await house.told("It began.")
    await house.told(" It went on.")
    await house.alice.click(house.message(), label="Undo")
    assert house.texts() == ["It began.", f"↩️ Taken back by <@{house.alice.id}>. Nothing is lost."]
    assert [house.buttons(0), house.buttons(1)] == [[*ALL, "Vote"], ["Redo"]]
    assert await house.told_texts() == ["It began."] and (await house.story()).tip == first.id

    await house.alice.click(house.message(), label="Redo")
    assert house.texts() == ["It began.", "It went on."]
    assert [house.buttons(0), house.buttons(1)] == [[], [*ALL, "Vote"]]
    assert await house.told_texts() == ["It began.", " It went on."]


async def test_two_undos_at_once_leave_buttons_below_the_newest_passage_only(house: House) -> None:
    """Discord hears of the second one first."""
    for text in ("It began.", " It went on.", " It ended."):
        await house.told(text)
    id, screen = (await house.story()).id, house.bot.screen
    undone = [await house.bot.moves.undo(id) for _ in range(2)]
    for story, taken in reversed(undone):
        await screen.hide(story, taken, house.alice.id)
        await screen.dress(story)
    assert [house.buttons(index) for index in range(3)] == [[*ALL, "Vote"], ["Redo"], []]
    assert "Taken back" in house.texts()[1] and "Taken back" in house.texts()[2]


async def test_an_undo_that_comes_late_covers_nothing_that_was_brought_back(house: House) -> None:
    first = await house.told("It began.")
    await house.told(" It went on.")
    story, screen = await house.story(), house.bot.screen
    before, taken = await house.bot.moves.undo(story.id)
    after, child = await house.bot.moves.redo(story.id)
    await screen.show(after, child)
    await screen.undress(after, first.id)
    await screen.hide(before, taken, house.alice.id)
    await screen.dress(before)
    assert house.texts() == ["It began.", "It went on."]
    assert [house.buttons(0), house.buttons(1)] == [[], [*ALL, "Vote"]]


async def test_a_passage_that_was_taken_back_while_it_was_being_shown_says_so(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.told("It began.")
    await house.alice.slash(house.channel, "continue")
    edit = Poster.edit

    async def late(poster: Poster, channel: int, message: int, face: Face) -> None:
        story = await house.story()
        if story.passages == 2:
            undone, taken = await house.bot.moves.undo(story.id)
            await house.bot.screen.hide(undone, taken, house.alice.id)
            await house.bot.screen.dress(undone)
        await edit(poster, channel, message, face)

    monkeypatch.setattr(Poster, "edit", late)
    await house.written(" It went on.")
    assert house.texts()[0] == "It began." and "Taken back" in house.texts()[1]
    assert [house.buttons(0), house.buttons(1)] == [[*ALL, "Vote"], ["Redo"]]


@pytest.mark.parametrize("move", ["edit", "turn"])
async def test_a_lost_answer_of_discord_covers_nothing_that_was_done_meanwhile(
    house: House, monkeypatch: pytest.MonkeyPatch, move: str
) -> None:
    first = await house.told("It began.")
    edit, moves, screen, moved = Poster.edit, house.bot.moves, house.bot.screen, False

    async def twice(poster: Poster, channel: int, message: int, face: Face) -> None:
        nonlocal moved
        await edit(poster, channel, message, face)
        story = await house.story()
        if story.tip == first.id or moved:
            return
        moved = True
        if move == "edit":
            story, node = await moves.edit(story.id, story.tip or "", "It went north.", "1")
            await screen.show(story, node)
        else:
            story, node = await moves.turn(story.id, before := story.tip or "", -1)
            await screen.take_over(story, before, node)
        await edit(poster, channel, message, face)

    monkeypatch.setattr(Poster, "edit", twice)
    if move == "edit":
        await house.alice.slash(house.channel, "continue")
        await house.written(" It went on.")
        assert house.texts() == ["It began.", "It went north."]
        assert await house.told_texts() == ["It began.", " It went north."]
    else:
        await house.alice.click(house.message(), label="Another take")
        await house.written("It all began.")
        assert house.texts() == ["It began."] == await house.told_texts()
        assert "1/2" in house.buttons()
    assert moved


async def test_a_story_goes_on_another_way_after_undo(house: House) -> None:
    await house.told("It began.")
    lost = await house.told(" It went on.")
    await house.alice.click(house.message(), label="Undo")
    await house.alice.click(house.message(0), label="Continue")
    request = house.take()
    assert request.parent != lost.id and len(request.path) == 1
    house.end(request, " It ended.")
    await house.until(lambda: house.owed() == 0)
    assert await house.told_texts() == ["It began.", " It ended."]
    assert "2/2" in house.buttons()
    assert refusal(await house.alice.click(house.message(1), label="Redo")) == GONE_ON.en
    await house.alice.click(house.message(), label="◀")
    assert await house.told_texts() == ["It began.", " It went on."]
    assert house.texts()[-1] == "It went on."


async def test_another_take_streams_into_the_same_message(house: House) -> None:
    await house.told("Go. It began.", prompt="Go.", words=50, note="in the rain")
    await house.bob.click(house.message(), label="Another take")
    assert house.texts() == ["**Go.** It began."] and house.buttons() == ["Stop"]
    request = house.take()
    assert (request.prompt, request.parent, request.words, request.note) == ("Go.", None, 50, "in the rain")
    house.grow(request, "Go. It all")
    await house.until(lambda: house.texts() == ["**Go.** It all"])
    house.end(request, "Go. It all began.")
    await house.until(lambda: house.buttons() == [*ALL, "◀", "2/2", "▶", "Vote"])
    assert house.texts() == ["**Go.** It all began."]

    await house.bob.click(house.message(), label="◀")
    assert house.texts() == ["**Go.** It began."] and house.buttons() == [*ALL, *TURNED, "Vote"]
    assert await house.told_texts() == ["Go. It began."]
    await house.bob.click(house.message(), label="◀")
    assert await house.told_texts() == ["Go. It all began."]
    await house.restart_bot()
    await house.bob.click(house.message(), label="▶")
    await house.alice.click(house.message(), label="Continue")
    assert house.take().chain == chain_hash("", "Go. It began.")


async def test_another_take_that_fails_leaves_the_first(house: House) -> None:
    await house.told("It began.")
    await house.alice.click(house.message(), label="Another take")
    request = house.take()
    house.grow(request, "Hm")
    await house.until(lambda: house.texts() == ["Hm"])
    house.publisher(request).failed("The model had nothing to say.")
    await house.until(lambda: house.owed() == 0)
    assert house.texts() == ["It began.", "⚠️ The model had nothing to say."]
    assert house.buttons(0) == [*ALL, "Vote"]


async def test_another_take_that_is_stopped_before_its_first_word_leaves_the_first(house: House) -> None:
    await house.told("It began.")
    await house.alice.click(house.message(), label="Another take")
    await house.alice.click(house.message(), label="Stop")
    assert house.texts() == ["It began."] and house.buttons() == [*ALL, "Vote"]
    assert house.owed() == 0 and house.requests() == []


async def test_nothing_moves_while_a_passage_is_being_written(house: House) -> None:
    await house.told("It began.")
    message = house.message()
    await house.alice.slash(house.channel, "continue")
    for label in ("Undo", "Another take", "Continue"):
        assert refusal(await house.alice.click(message, label=label)) == BUSY.en
    await house.written(" It went on.")
    assert await house.told_texts() == ["It began.", " It went on."]


async def test_a_request_that_is_taken_back_gives_the_buttons_back(house: House) -> None:
    await house.told("It began.")
    await house.alice.click(house.message(), label="Continue")
    assert house.buttons(0) == []
    await house.alice.click(house.message(), label="Stop")
    assert house.buttons(0) == [*ALL, "Vote"]


async def test_only_the_right_people_alter_a_passage(house: House) -> None:
    await house.told("It began.")
    for label in ("Undo", "Edit"):
        assert refusal(await house.bob.click(house.message(), label=label)) == NOT_YOUR_PASSAGE.en
    await house.admin.click(house.message(), label="Undo")
    assert await house.told_texts() == []


async def test_undo_and_redo_by_command(house: House) -> None:
    assert refusal(await house.alice.slash(house.channel, "story undo")) == NOTHING_TO_UNDO.en
    await house.told("It began.")
    assert refusal(await house.alice.slash(house.channel, "story redo")) == NOTHING_TO_REDO.en
    assert refusal(await house.alice.slash(house.channel, "story undo")) == UNDONE.en
    assert await house.told_texts() == []
    await house.alice.slash(house.channel, "story redo")
    assert await house.told_texts() == ["It began."]


async def test_an_edit_of_the_newest_passage(house: House) -> None:
    await house.told("It began.")
    shown = await house.alice.click(house.message(), label="Edit")
    await house.alice.submit_modal(shown, {"text": "It *really* began."})
    assert house.texts() == ["It \\*really\\* began."]
    assert house.buttons() == [*ALL, "◀", "2/2", "▶", "Vote"]
    await house.alice.click(house.message(), label="Continue")
    assert house.take().chain == chain_hash("", "It *really* began.")


async def test_an_edit_in_the_middle_leaves_what_follows(house: House) -> None:
    await house.told("It began.")
    await house.told(" It went on.")
    shown = await house.alice.context_menu(house.channel, "Edit this passage", house.message(0))
    await house.alice.submit_modal(shown, {"text": "It never began."})
    assert await house.told_texts() == ["It never began.", " It went on."]
    assert house.texts() == ["It never began.", "It went on."] and house.buttons(0) == []
    await house.alice.click(house.message(), label="Continue")
    request = house.take()
    assert [link.passage.partition("+")[2] for link in request.path] == ["1", ""]
    assert request.path[0].chain == chain_hash("", "It never began.")
    assert request.chain != chain_hash(chain_hash("", "It began."), " It went on.")


async def test_an_edit_that_changes_nothing(house: House) -> None:
    await house.told("It began.")
    shown = await house.alice.click(house.message(), label="Edit")
    assert refusal(await house.alice.submit_modal(shown, {"text": "It began."})) == UNCHANGED.en


async def test_a_long_chapter_is_edited_by_the_words(house: House) -> None:
    await house.alice.slash(house.channel, "chapter")
    house.end(house.take(), "I\n\n" + "Rain fell on the old tower. " * 200, heading="I")
    await house.until(lambda: house.owed() == 0)
    shown = await house.alice.click(house.message(), label="Edit")
    answer = await house.alice.submit_modal(shown, {"words": "Snow fell", "become": "Hail"})
    assert refusal(answer) == NO_SUCH_WORDS.en
    shown = await house.alice.click(house.message(), label="Edit")
    await house.alice.submit_modal(shown, {"words": "Rain fell", "become": "Snow lay"})
    (text,) = await house.told_texts()
    assert text.startswith("I\n\nSnow lay on the old tower. Rain fell")
    assert house.texts()[0].startswith("## I\n\nSnow lay")


async def test_an_edit_by_the_words_needs_words_and_has_a_bound(house: House) -> None:
    long = "I\n\n" + "Rain fell on the old tower. " * 200
    await house.alice.slash(house.channel, "chapter")
    house.end(house.take(), long, heading="I")
    await house.until(lambda: house.owed() == 0)
    for words in (" ", "\u200b", "\n"):
        shown = await house.alice.click(house.message(), label="Edit")
        answer = await house.alice.submit_modal(shown, {"words": words, "become": "Once upon a time"})
        assert refusal(answer) == NO_OLD_WORDS.en
    assert await house.told_texts() == [long]
    assert len(reworded(long, {"words": "Rain", "become": "x" * 4000})) == len(long) + 3996
    with pytest.raises(Refusal, match="40,005 characters and I take 40,004"):
        reworded("Rain" + "x" * MAX_EDITED_CHARS, {"words": "Rain", "become": "Rains"})
    with pytest.raises(Refusal, match="40,001 characters and I take 40,000"):
        reworded("x" * (MAX_EDITED_CHARS - 1), {"words": "x", "become": "xyz"})
    with pytest.raises(Refusal, match="nothing in it"):
        reworded("Rain.", {"words": "Rain.", "become": ""})


async def test_an_edit_that_was_open_while_the_bot_restarted_is_handed_in(house: House) -> None:
    await house.told("It began.")
    short = await house.alice.click(house.message(), label="Edit")
    await house.restart_bot()
    await house.alice.submit_modal(short, {"text": "It *really* began."})
    assert await house.told_texts() == ["It *really* began."]


async def test_edit_and_redo_need_the_role_for_writing(house: House) -> None:
    await house.told("It began.")
    await house.alice.click(house.message(), label="Undo")
    role = house.guild.create_role("Scribes")
    await house.admin.slash(house.channel, "rules roles", writers=role)
    assert f"<@&{role.id}>" in refusal(await house.alice.click(house.message(), label="Redo"))
    assert f"<@&{role.id}>" in refusal(await house.alice.slash(house.channel, "story redo"))
    assert await house.told_texts() == []
    await house.admin.slash(house.channel, "story redo")
    assert f"<@&{role.id}>" in refusal(await house.alice.click(house.message(), label="Edit"))
    await house.admin.slash(house.channel, "rules roles", writers=house.guild.default_role)
    shown = await house.alice.click(house.message(), label="Edit")
    await house.admin.slash(house.channel, "rules roles", writers=role)
    assert f"<@&{role.id}>" in refusal(await house.alice.submit_modal(shown, {"text": "It ended."}))
    assert await house.told_texts() == ["It began."]


async def test_what_somebody_else_took_back_comes_back_by_those_alone_who_decide(house: House) -> None:
    await house.told("It began.")
    await house.told(" Insults flew.", house.bob)
    await house.admin.click(house.message(), label="Undo")
    for command in ("click", "slash"):
        again = (
            await house.bob.click(house.message(), label="Redo")
            if command == "click"
            else await house.bob.slash(house.channel, "story redo")
        )
        assert refusal(again) == NOT_HOST.en
    await house.bob.click(house.message(0), label="Continue")
    await house.written(" It went on.")
    await house.bob.click(house.message(), label="◀")
    assert await house.told_texts() == ["It began.", " It went on."]
    await house.alice.click(house.message(), label="◀")
    assert await house.told_texts() == ["It began.", " Insults flew."]
    await house.bob.click(house.message(), label="Undo")
    await house.bob.slash(house.channel, "story redo")
    assert await house.told_texts() == ["It began.", " Insults flew."]


async def test_ones_own_passage_that_one_took_back_is_not_for_others_to_bring_back(house: House) -> None:
    await house.told("It began.")
    await house.told(" It went on.", house.bob)
    await house.bob.click(house.message(), label="Undo")
    carol = house.guild.add_member(house.env.create_user("carol"))
    assert refusal(await carol.click(house.message(), label="Redo")) == NOT_YOUR_PASSAGE.en
    await house.bob.click(house.message(), label="Redo")
    assert await house.told_texts() == ["It began.", " It went on."]


async def test_nothing_of_a_message_stays_in_memory(house: House) -> None:
    """Not the number of takes between ◀ and ▶ either, which alone among the buttons is none of ours."""
    for text in ("It began.", " It went on.", " It ended."):
        await house.told(text)
        await house.alice.click(house.message(), label="Another take")
        await house.written(f"{text} Or not.")
        assert "2/2" in house.buttons()
        await house.alice.click(house.message(), label="◀")
    await house.alice.click(house.message(), label="Edit")
    store = house.bot._connection._view_store
    assert (store._views, store._synced_message_views, store._modals) == ({}, {}, {})


async def test_going_back_to_a_passage_takes_the_later_ones_back(house: House) -> None:
    for text in ("One.", " Two.", " Three."):
        await house.told(text)
    await house.alice.context_menu(house.channel, "Go back to here", house.message(0))
    assert await house.told_texts() == ["One."]
    assert [house.buttons(index) for index in range(3)] == [[*ALL, "Vote"], ["Redo"], []]
    for index in (1, 2):
        await house.alice.slash(house.channel, "story redo")
        assert len(await house.told_texts()) == index + 1
    assert house.texts() == ["One.", "Two.", "Three."]


async def test_an_undone_chapter_leaves_one_line_and_comes_back_whole(house: House) -> None:
    await house.alice.slash(house.channel, "chapter")
    text = "I\n\n" + "Rain fell on the old tower. " * 200
    house.end(house.take(), text, heading="I")
    await house.until(lambda: house.owed() == 0)
    before = house.texts()
    assert len(before) > 1
    await house.alice.click(house.message(), label="Undo")
    assert len(house.texts()) == 1 and house.message().attachments == []
    await house.alice.click(house.message(), label="Redo")
    assert house.texts() == before and len(house.message().attachments) == 1


async def test_undo_where_the_message_is_gone(house: House) -> None:
    await house.told("It began.")
    await house.message().delete()
    assert refusal(await house.alice.slash(house.channel, "story undo")) == UNDONE.en
    assert await house.told_texts() == []
    await house.alice.slash(house.channel, "story redo")
    assert house.texts() == ["It began."] and house.buttons() == [*ALL, "Vote"]


async def test_what_a_passage_shares_with_the_books_is_said_below_it(house: House) -> None:
    await house.alice.slash(house.channel, "continue")
    passage = house.store(house.take(), "It began.")
    told = passage.model_copy(update={"copied": Copied(words=7, file="vol_2.txt", chapter="XIV *The Duel*")})
    house.redis.set(Keys.passage(passage.id), told.model_dump_json())
    house.redis.hset(f"rq:job:{passage.id}", "status", "finished")
    await house.until(lambda: house.owed() == 0)
    assert house.texts() == ["It began.\n-# ≡ 7 words in a row as in Vol 2, XIV \\*The Duel\\*"]
    both = told.model_copy(update={"likeness": Likeness(file="vol_3.txt", lead=0.1)})
    assert origin_line(both, "en").endswith("\\*The Duel\\* · ≈ sounds most like Vol 3")
    assert origin_line(both.model_copy(update={"copied": None}), "en") == "≈ sounds most like Vol 3"
    assert origin_line(edited_passage(both, "e", "It began anew.", "1"), "en") == ""
    assert footed(["x" * 1999], "y") == ["x" * 1999, "-# y"]


async def test_a_thread_that_is_deleted_while_a_passage_streams(house: House) -> None:
    await house.alice.slash(house.channel, "story start", title="Short-lived")
    (thread,) = [channel for channel in house.env.backend.channels.values() if channel.is_thread]
    await house.alice.slash(ChannelHandle(house.env, house.guild, thread), "continue", prompt="Go.")
    request = house.take()
    house.env.backend.delete_channel(thread.id)
    house.grow(request, "Go. He")
    house.end(request, "Go. He went.")
    await house.until(lambda: house.owed() == 0 and house.pending() == 0)
    story = await house.bot.stories.here("tests", thread.id)
    assert story.tip == request.job
    (gone,) = await house.bot.ledger.undelivered()
    assert gone.owed.job == request.job
