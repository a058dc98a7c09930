"""`python -m scripts.screenshot`: makes docs/images/play.png from a real session with the shipped model.

A real Chromium opens the page of `make play` over an empty home, begins a story with a member's words, and presses
Continue. What the picture shows was written at that moment.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

from benchmarks.play import CHROMIUM_ARGUMENTS, playing

PICTURE = Path(__file__).parent.parent / "docs" / "images" / "play.png"
SIZE = ViewportSize(width=1180, height=900)
PROMPT = "The four friends met again at the inn, after twenty years."
WRITING_LIMIT_MS = 60_000
ENDED = """
count => {
    const messages = document.querySelectorAll(".channel-message");
    return messages.length > count && /Continue/.test(messages[messages.length - 1].innerText);
}
"""


def begin_story(page: Page) -> None:
    """`/continue` with a prompt, typed as a member types it."""
    before = page.locator(".channel-message").count()
    page.locator("#channel-composer-input").click()
    page.keyboard.type("/continue")
    for heading, key in (("Go on with the story", "Enter"), ("OPTIONS", "Tab")):
        page.locator("#channel-composer", has_text=heading).locator("[role=option]").first.wait_for()
        page.keyboard.press(key)
    page.keyboard.type(PROMPT)
    page.locator("#send-message").click()
    page.wait_for_function(ENDED, arg=before, timeout=WRITING_LIMIT_MS)


def go_on(page: Page) -> None:
    """The button below the newest passage."""
    before = page.locator(".channel-message").count()
    page.get_by_role("button", name="Continue").last.click()
    page.wait_for_function(ENDED, arg=before, timeout=WRITING_LIMIT_MS)


def main() -> None:
    """Make the picture."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("The picture needs Chromium: install it (Debian: apt install chromium), then run this again.")
    with (
        tempfile.TemporaryDirectory(prefix="greenbeard-") as home,
        playing(Path(home)) as (url, _),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        page = browser.new_page(viewport=SIZE, color_scheme="dark")
        page.goto(url)
        page.locator(".channel-message").first.wait_for()
        begin_story(page)
        go_on(page)
        page.mouse.move(0, 0)
        page.wait_for_timeout(500)
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURE)
        browser.close()
    sys.stdout.write(f"{PICTURE} shows it.\n")


if __name__ == "__main__":
    main()
