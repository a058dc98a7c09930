"""Every verb of a script against a real discord.py client that has forms, menus, choices and threads."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import simcord

from greenbeard.errors import BadScript
from greenbeard.play.deeds import Deeds
from greenbeard.play.script import Restart, Wait, read_line
from greenbeard.play.shown import Shown, changed, look
from greenbeard.play.world import World, open_world
from tests.greenbeard.garden import Garden


class Actors:
    """Lines of a script, done one after the other; what each one showed."""

    def __init__(self, bot: Garden, world: World) -> None:
        self.bot, self.world, self._deeds = bot, world, Deeds(world)

    async def __call__(self, text: str) -> list[Shown]:
        line = read_line(1, text)
        assert line is not None
        assert not isinstance(line.action, Wait | Restart)
        before = look(self.world)
        beside = await self._deeds.do(line.action, line.member, line.channel, self.bot.tree)
        return [*([beside] if beside else []), *changed(before, look(self.world).values())]

    async def said(self, text: str) -> list[str]:
        return [shown.content for shown in await self(text)]


@asynccontextmanager
async def acting(home: Path) -> AsyncIterator[Actors]:
    bot = Garden()
    async with open_world(bot, home) as world:
        yield Actors(bot, world)
        assert world.env.errors == []


async def test_a_form_is_shown_filled_in_and_sent(tmp_path: Path) -> None:
    async with acting(tmp_path) as actors:
        (form,) = await actors("alice: /write")
        assert (form.id, form.author, form.ephemeral) == (0, "Discord", True)
        assert form.content == "Write a passage\nYour words=\nTitle=Untitled\nMood=(calm, wild)"
        assert await actors.said(r"alice: submit Your words=One day.\nHe came. Mood=wild") == [
            "Untitled|One day.\nHe came.|w"
        ]
        with pytest.raises(BadScript, match="alice has no form open"):
            await actors("alice: submit Title=again")


async def test_a_form_that_discord_does_not_send_stays_open(tmp_path: Path) -> None:
    async with acting(tmp_path) as actors:
        await actors("alice: /write")
        (refusal,) = await actors(f"alice: submit Your words={'long ' * 10} Mood=calm")
        assert refusal.author == "Discord"
        assert refusal.content == "Discord does not send the form: Text input 'Your words' exceeds max_length=40."
        with pytest.raises(BadScript, match="its fields are Your words=, Title=, Mood="):
            await actors("alice: submit Colour=red")
        with pytest.raises(BadScript, match="bob has no form open"):
            await actors("bob: submit Your words=mine")
        assert await actors.said("alice: submit Your words=short Title=T Mood=calm") == ["T|short|c"]


async def test_menus_of_texts_and_of_members(tmp_path: Path) -> None:
    async with acting(tmp_path) as actors:
        await actors("alice: /panel")
        assert await actors.said("bob: select Choose takes…=Take 2") == ["takes 2"]
        assert await actors.said("bob: select choose takes…=Take 3, 1") == ["takes 3 and 1"]
        assert await actors.said("bob: select Whose turn?=@alice") == ["alice's turn"]
        with pytest.raises(BadScript, match="has no choice 'Take 9'; there are Take 1, Take 2, Take 3"):
            await actors("bob: select Choose takes…=Take 9")
        with pytest.raises(BadScript, match="there are Choose takes…, Whose turn"):
            await actors("bob: select Colour=red")


async def test_buttons_with_an_emoji_and_buttons_that_open_a_form(tmp_path: Path) -> None:
    async with acting(tmp_path) as actors:
        (panel,) = await actors("alice: /panel")
        assert panel.buttons == ("▶", "Edit")
        (turned,) = await actors("bob: click ▶")
        assert (turned.id, turned.content, turned.edits) == (panel.id, "the next take", 1)
        (form,) = await actors("bob: click edit")
        assert form.content.startswith("Write a passage")


async def test_a_card_of_components_has_its_texts_for_content(tmp_path: Path) -> None:
    async with acting(tmp_path) as actors:
        (card,) = await actors("alice: /card")
        assert (card.content, card.buttons) == ("## The Tower", ("Join",))
        (joined,) = await actors("alice: click Join")
        assert (joined.content, joined.ephemeral) == ("joined", True)


async def test_autocomplete_lists_names_and_a_command_sends_what_stands_behind_them(tmp_path: Path) -> None:
    async with acting(tmp_path) as actors:
        (choices,) = await actors("alice: autocomplete /read shelf:s story:The")
        assert (choices.id, choices.content) == (0, "The Duel\nThe Letter")
        assert await actors.said("alice: autocomplete /read shelf:s story:x") == [""]
        assert await actors.said("alice: /read shelf:s story:The Letter") == ["s: s-id2"]
        assert await actors.said("alice: /read shelf:s story:my own") == ["s: my own"]
        with pytest.raises(simcord.SetupError, match="does not enable autocomplete"):
            await actors("alice: autocomplete /read shelf:s")


async def test_roles_members_and_places_are_named(tmp_path: Path) -> None:
    async with acting(tmp_path) as actors:
        assert await actors.said("alice: /role role:@keeper member:bob place:#tavern-tales") == [
            "keeper bob tavern-tales"
        ]
        assert await actors.said("alice: /role role:king member:bob place:tavern-tales") == [
            "There is no king; there are @everyone, Greenbeard, keeper."
        ]


async def test_the_menu_of_a_message(tmp_path: Path) -> None:
    async with acting(tmp_path) as actors:
        for text in ("The first words", "The last words"):
            await actors(f"alice: say {text}")
        assert await actors.said("alice: menu Add to the story") == ["added 'The last words'"]
        assert await actors.said("bob: menu Add to the story on first") == ["added 'The first words'"]
        with pytest.raises(BadScript, match="no message that holds 'nothing'"):
            await actors("bob: menu Add to the story on nothing")
        with pytest.raises(
            BadScript, match="no entry of a message's menu; there are Add to the story, Edit this passage"
        ):
            await actors("bob: menu Delete")


async def test_a_reaction_goes_to_the_newest_message(tmp_path: Path) -> None:
    async with acting(tmp_path) as actors:
        await actors("alice: say Well?")
        assert await actors.said("bob: react 🔥") == ["🔥 seen"]


async def test_members_speak_in_the_thread_opened_last_unless_they_say_where(tmp_path: Path) -> None:
    async with acting(tmp_path) as actors:
        opened = await actors("alice: /begin title:The Tower: a tale")
        assert [(shown.channel, shown.content) for shown in opened if not shown.ephemeral] == [
            ("the-sixth-book", "The Tower: a tale"),
            ("The Tower: a tale", "once upon a time"),
        ]
        places = {
            "alice: say one": "The Tower: a tale",
            "alice@the-sixth-book: say two": "the-sixth-book",
            "bob@the tower: a tale: say three": "The Tower: a tale",
            "bob@#The-Tower:-a-tale: say four": "The Tower: a tale",
        }
        for line, place in places.items():
            assert [shown.channel for shown in await actors(line)] == [place]
        await actors("alice@tavern-tales: /begin title:Secrets private:True")
        assert [shown.channel for shown in await actors("alice: say five")] == ["Secrets"]
        assert [shown.channel for shown in await actors("bob: say six")] == ["The Tower: a tale"]
        with pytest.raises(BadScript, match="no channel or thread #nowhere; there are #the-sixth-book"):
            await actors("alice@nowhere: say seven")


async def test_a_button_is_found_elsewhere_if_the_place_has_none(tmp_path: Path) -> None:
    async with acting(tmp_path) as actors:
        await actors("alice: /panel")
        await actors("alice: /begin title:Elsewhere")
        assert await actors.said("alice: click ▶") == ["the next take"]
        with pytest.raises(BadScript, match="alice sees no button '▶'; there are no buttons"):
            await actors("alice@elsewhere: click ▶")


async def test_what_discord_does_not_offer(tmp_path: Path) -> None:
    async with acting(tmp_path) as actors:
        assert await actors.said("alice: /hide") == ["Discord does not offer /hide to alice here."]
        assert await actors.said("admin: /hide") == ["hidden"]


async def test_autocomplete_needs_an_option(tmp_path: Path) -> None:
    async with acting(tmp_path) as actors:
        with pytest.raises(BadScript, match="needs the option to complete"):
            await actors("alice: autocomplete /read")


async def test_members_have_languages(tmp_path: Path) -> None:
    async with acting(tmp_path) as actors:
        for label in ("Add to the story", "加入故事"):
            await actors(f"lin: say words for {label}")
            assert await actors.said(f"lin: menu {label}") == [f"added 'words for {label}'"]
        place = actors.world.channels["tavern-tales"]
        assert list(actors.world.menu(actors.world.member("lin"), place)) == ["加入故事", "Edit this passage"]
        assert list(actors.world.menu(actors.world.member("bob"), place)) == ["Add to the story", "Edit this passage"]
        assert await actors.said("alice: /language") == ["en-US"]
        assert await actors.said("lin: /language") == ["zh-CN"]
