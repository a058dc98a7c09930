"""`python -m scripts.screenshot`: makes docs/images/play.png from a real session with the shipped model.

Two members write a story in a thread, and a real Chromium opens it on the page of `make play`. What the picture shows
was written at that moment.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import ViewportSize, sync_playwright

from benchmarks.play import CHROMIUM_ARGUMENTS, playing

PICTURE = Path(__file__).parent.parent / "docs" / "images" / "play.png"
SIZE = ViewportSize(width=1180, height=900)
TITLE = "Twenty-One Years After"
SCRIPT = f"""
alice: /story start title:{TITLE}
alice: /continue prompt:The four friends met again at the inn, after twenty-one years. words:60
bob: /write
bob: submit Text="And Porthos?" asked D'Artagnan. "Where is Porthos?"
alice: click Continue
bob: click Another take
"""


def main() -> None:
    """Make the picture."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("The picture needs Chromium: install it (Debian: apt install chromium), then run this again.")
    with tempfile.TemporaryDirectory(prefix="greenbeard-") as home:
        subprocess.run(
            [sys.executable, "-m", "greenbeard", "play", "--script", "-"],
            env={**os.environ, "GREENBEARD_HOME": home},
            input=SCRIPT,
            stdout=subprocess.DEVNULL,
            text=True,
            check=True,
        )
        with playing(Path(home)) as (url, _), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
            page = browser.new_page(viewport=SIZE, color_scheme="dark")
            page.goto(url)
            page.locator("#places-list a", has_text=TITLE).click()
            page.get_by_role("button", name="Continue").last.wait_for()
            page.mouse.move(0, 0)
            page.wait_for_timeout(500)
            PICTURE.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=PICTURE)
            browser.close()
    sys.stdout.write(f"{PICTURE} shows it.\n")


if __name__ == "__main__":
    main()
