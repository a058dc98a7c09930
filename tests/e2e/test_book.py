"""A book from one command through the real `greenbeard play`, and its page in a real browser."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from bot.book.page import page as html_page
from tests.bot.book.made import of_text, sixth_book
from tests.e2e.playing import Play

CHROMIUM = shutil.which("chromium")

SCRIPT = """
alice: /book write chapters:2 words:40 format:html
restart bot
bob: /book export format:text
alice: /book write chapters:3 words:3000 &
wait 0.3
bob: click Stop
"""


def test_a_book_is_written_exported_and_stopped_by_a_script(play: Play) -> None:
    messages = play.messages(SCRIPT)
    named = [(m["line"], m["files"][0]["name"]) for m in messages if m["files"]]
    assert named[:2] == [(2, "the-sixth-book.html"), (4, "the-sixth-book.txt")]
    said = {m["line"]: m["content"] for m in messages if not m["files"]}
    assert said[2] == "📖 2 of 2 chapters are written."
    assert said[5].startswith("⏹️ Stopped")
    written = Path(next(m["files"][0]["path"] for m in messages if m["line"] == 2 and m["files"])).read_text()
    assert written.count("<section id=") == 2


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian: apt install chromium)")
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_books_page_is_readable_at_any_width_by_day_and_night(
    tmp_path: Path, browser: Browser, width: int, theme: str
) -> None:
    file = tmp_path / "book.html"
    file.write_text(html_page(sixth_book()), encoding="utf-8")
    tab = browser.new_page(
        viewport={"width": width, "height": 800}, color_scheme="dark" if theme == "dark" else "light"
    )
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text))
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(file.as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    ink, paper = (brightness(tab, what) for what in ("color", "backgroundColor"))
    assert (ink > paper) == (theme == "dark") and abs(ink - paper) > 400
    assert decoration(tab) == "none"
    tab.get_by_label("Show who wrote what").check()
    assert decoration(tab) == "underline"
    tab.get_by_role("link", name="The Long Road").click()
    assert tab.evaluate("location.hash") == "#c2"
    tab.close()
    assert complaints == [] and asked == [file.as_uri()]


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian: apt install chromium)")
def test_words_without_end_do_not_widen_a_books_page(tmp_path: Path, browser: Browser) -> None:
    file = tmp_path / "book.html"
    file.write_text(html_page(of_text("x" * 3000, "W" * 100)), encoding="utf-8")
    tab = browser.new_page(viewport={"width": 320, "height": 800})
    tab.goto(file.as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") <= 320
    tab.close()


def brightness(tab: Page, what: str) -> int:
    """0 to 765, of the page's ink or paper."""
    colour: str = tab.evaluate(f"getComputedStyle(document.body).{what}")
    return sum(int(part) for part in colour[4:-1].split(",")[:3])


def decoration(tab: Page) -> str:
    found: str = tab.evaluate("getComputedStyle(document.querySelector('section .m')).textDecorationLine")
    return found
