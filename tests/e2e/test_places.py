"""Channels, threads and members on the page, in a real browser, with a bot that opens threads."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import aiohttp
import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from greenbeard.play.page import keep_fresh, open_page
from greenbeard.play.world import World, open_world
from tests.e2e.playing import CHROMIUM_ARGUMENTS, READY
from tests.greenbeard.garden import Garden

expect.set_options(timeout=20_000)

CHROMIUM = shutil.which("chromium")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian: apt install chromium)")


@dataclass
class Visit:
    """A world, its page, and a browser."""

    world: World
    url: str
    browser: Browser

    async def tab(self) -> Page:
        page = await self.browser.new_page(viewport={"width": 1180, "height": 820})
        await page.goto(self.url)
        await expect(page.locator(".channel-header h1")).to_have_text("the-sixth-book")
        await page.locator(READY).wait_for()
        return page


@asynccontextmanager
async def visiting(home: Path) -> AsyncIterator[Visit]:
    async with (
        open_world(Garden(), home) as world,
        open_page(world, home, None) as (front, _),
        async_playwright() as playwright,
    ):
        fresh = asyncio.create_task(keep_fresh(world, front))
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        try:
            yield Visit(world, front.url, browser)
        finally:
            await browser.close()
            fresh.cancel()
            with suppress(asyncio.CancelledError):
                await fresh


async def run(page: Page, command: str, option: str = "") -> None:
    """A command, with its first option, as typed at a keyboard."""
    await page.locator(READY).wait_for()
    await page.locator("#channel-composer-input").click()
    await page.keyboard.type(f"/{command}")
    await page.locator("#channel-composer [role=option]").first.wait_for()
    await page.keyboard.press("Enter")
    await page.locator(".command-chip").wait_for()
    await page.keyboard.type(option)
    await page.keyboard.press("Enter")
    await page.locator(".command-chip").wait_for(state="detached")


async def say(page: Page, text: str) -> None:
    await page.locator(READY).wait_for()
    await page.locator("#channel-composer-input").fill(text)
    await page.keyboard.press("Enter")


def said(world: World, place: str) -> list[str]:
    stored = world.env.backend.messages[world.place(place).id].values()
    return [message.content for message in stored if not message.is_ephemeral]


async def test_a_new_thread_appears_by_itself_and_is_entered(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visit:
        page, other = await visit.tab(), await visit.tab()
        places = page.locator("#places-list a")
        await expect(places).to_have_text(["the-sixth-book", "tavern-tales"])
        await run(page, "begin", "The Tower")
        for tab in (page, other):
            await expect(tab.locator("#places-list a")).to_have_text(["the-sixth-book", "The Tower", "tavern-tales"])
            await expect(tab.locator("#places-list a").nth(1)).to_have_class("place place-thread place-news")

        await page.locator(".mention", has_text="The Tower").last.click()
        await expect(page.locator(".channel-header h1")).to_have_text("The Tower")
        await expect(page.locator(".channel-message")).to_contain_text(["once upon a time"])
        await expect(places.nth(1)).to_have_attribute("aria-current", "page")
        await expect(places.nth(1)).to_have_class("place place-thread")
        await say(page, "and then")
        await expect(page.locator(".channel-message")).to_have_count(2)

        await say(other, "still here")
        await expect(other.locator(".channel-message").last).to_contain_text("still here")
        assert said(visit.world, "The Tower") == ["once upon a time", "and then"]
        assert said(visit.world, "the-sixth-book")[-1] == "still here"

        await page.go_back()
        await expect(page.locator(".channel-header h1")).to_have_text("the-sixth-book")


async def test_forms_and_menus_work_in_a_thread(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visit:
        page = await visit.tab()
        await run(page, "begin", "The Tower")
        await page.locator("#places-list a", has_text="The Tower").click()
        await expect(page.locator(".channel-header h1")).to_have_text("The Tower")
        await run(page, "panel")
        await page.get_by_role("button", name="Edit").click()
        form = page.locator("#modal-root")
        await expect(form).to_contain_text("Write a passage")
        await form.locator("textarea").fill("One day.")
        await form.get_by_text("Mood").locator("xpath=following::button[1]").click()
        await page.get_by_role("option", name="wild").click()
        await form.get_by_role("button", name="Submit").click()
        await expect(page.locator(".channel-message").last).to_contain_text("Untitled|One day.|w")
        assert said(visit.world, "The Tower")[-1] == "Untitled|One day.|w"


async def test_the_visitor_chooses_who_they_are_and_stays_it(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visit:
        page, bob = await visit.tab(), await visit.tab()
        await page.locator("#viewer-picker").select_option("admin")
        await expect(page.locator("#places-list a").first).to_have_attribute(
            "href",
            f"/?place={visit.world.place('the-sixth-book').id}&as={visit.world.members['admin'].id}#{visit.url.partition('#')[2]}",
        )
        await page.locator("#places-list a", has_text="tavern-tales").click()
        await expect(page.locator(".channel-header h1")).to_have_text("tavern-tales")
        await expect(page.locator("#viewer-picker option:checked")).to_have_text("admin")
        await run(page, "hide")
        await expect(page.locator(".channel-message").last).to_contain_text("hidden")

        await bob.locator("#viewer-picker").select_option("bob")
        await say(bob, "I am bob")
        await expect(bob.locator(".channel-message").last).to_contain_text("bob")
        tower = visit.world.env.backend.create_thread(
            visit.world.place("tavern-tales").id, "Secrets", visit.world.members["admin"].id, type=12
        )
        await expect(page.locator("#places-list a")).to_have_text(["the-sixth-book", "tavern-tales", "Secrets"])
        await expect(bob.locator("#places-list a")).to_have_text(["the-sixth-book", "tavern-tales"])
        assert visit.world.place("Secrets").id == tower.id


async def test_a_thread_that_is_deleted_sends_its_readers_away(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visit:
        page, other = await visit.tab(), await visit.tab()
        await run(page, "begin", "The Tower")
        await page.locator("#places-list a", has_text="The Tower").click()
        await expect(page.locator(".channel-header h1")).to_have_text("The Tower")
        visit.world.env.backend.delete_channel(visit.world.place("The Tower").id)
        await expect(page.locator(".channel-header h1")).to_have_text("the-sixth-book")
        await say(other, "the show goes on")
        for tab in (page, other):
            await expect(tab.locator(".channel-message").last).to_contain_text("the show goes on")


async def test_the_menu_of_a_message(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visit:
        page = await visit.tab()
        await say(page, "They rode on.")
        message = page.locator(".channel-message", has_text="They rode on.").first
        await message.click(button="right")
        entries = page.locator("#play-menu button")
        await expect(entries).to_have_text(["Add to the story", "Edit this passage"])
        await page.keyboard.press("Escape")
        await expect(page.locator("#play-menu")).to_be_hidden()

        await message.click(button="right")
        await entries.first.click()
        await expect(page.locator(".channel-message").last).to_contain_text("added 'They rode on.'")
        await message.click(button="right")
        await entries.last.click()
        form = page.locator("#modal-root")
        await form.locator("textarea").fill("One day.")
        await form.get_by_text("Mood").locator("xpath=following::button[1]").click()
        await page.get_by_role("option", name="calm").click()
        await form.get_by_role("button", name="Submit").click()
        await expect(page.locator(".channel-message").last).to_contain_text("Untitled|One day.|c")


CONTRASTS = """
() => [...document.querySelectorAll(".component-button, .command-entry")].map(element => {
    const light = colour => colour.match(/[0-9.]+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0);
    const ground = node => {
        const colour = getComputedStyle(node).backgroundColor;
        return /, 0\\)$/.test(colour) ? ground(node.parentElement) : colour;
    };
    return Math.abs(light(getComputedStyle(element).color) - light(ground(element)));
})
"""
"""How far apart text and ground of each button and each offered command are, of 765."""


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_buttons_and_commands_can_be_read_by_day_and_night(
    tmp_path: Path, theme: Literal["light", "dark"]
) -> None:
    async with visiting(tmp_path) as visit:
        page = await visit.tab()
        await page.emulate_media(color_scheme=theme)
        await run(page, "panel")
        await page.get_by_role("button", name="Edit").wait_for()
        await page.mouse.move(0, 0)
        await page.locator("#channel-composer-input").click()
        await page.keyboard.type("/")
        await page.locator(".command-entry").first.wait_for()
        found = await page.evaluate(CONTRASTS)
        assert len(found) > 2 and min(found) > 300


async def test_what_no_page_asks_for_is_refused(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visit, aiohttp.ClientSession() as session:
        site, key = visit.url.split("/#")
        for path in ("places", "menu", "state", "pages"):
            async with session.request("POST" if path == "pages" else "GET", f"{site}/api/{path}") as answer:
                assert answer.status == 401
        headers = {"X-Simcord-Capability": key}
        for body in (b"", b"[]", b"{}", b'{"message": "x", "entry": 1}', b'{"message": 1, "entry": "Delete"}'):
            async with session.post(f"{site}/api/menu", headers=headers, data=body) as answer:
                assert answer.status == 400
        async with session.get(f"{site}/api/places?as=nobody", headers=headers) as answer:
            assert [place["name"] for place in await answer.json()] == ["the-sixth-book", "tavern-tales"]
        async with session.post(f"{site}/api/pages?place=1&as=x", headers=headers) as answer:
            assert (await answer.json())["channel"]["name"] == "the-sixth-book"
