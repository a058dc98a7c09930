"""`python -m benchmarks.play [--json] [--smoke]`: how long `make play` lets a member wait.

Starts `make play` in an empty home several times; then a real Chromium types `/continue` on its page and watches for
the first words of the passage and for its end. Times are medians, as seen in the browser.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from playwright.sync_api import Page, sync_playwright

from benchmarks.report import Figure, finish, read_arguments

ROOT = Path(__file__).parent.parent
STARTS, PASSAGES = 5, 10
SMOKE_STARTS, SMOKE_PASSAGES = 1, 1
READY_S, FIRST_TEXT_S, PASSAGE_S = 10.0, 1.0, 3.0
START_LIMIT_S, STOP_LIMIT_S = 60.0, 20.0
PASSAGE_LIMIT_MS = 60_000
CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]

MESSAGES_SHOWN = """
[...document.querySelectorAll(".channel-message")]
"""
HAS_TEXT = f"""
count => {{
    const shown = {MESSAGES_SHOWN};
    const text = shown[count]?.querySelector(".message-content")?.innerText ?? "";
    return text !== "" && !/Writing|Waiting/.test(text);
}}
"""
HAS_ENDED = f"""
count => [...({MESSAGES_SHOWN}[count]?.querySelectorAll(".button-label") ?? [])].some(
    label => /Continue/.test(label.innerText))
"""


@contextmanager
def playing(home: Path) -> Iterator[tuple[str, float]]:
    """`make play` over a home: the URL of its page, and the seconds until that answered."""
    port = free_port()
    began = time.perf_counter()
    process = subprocess.Popen(
        ["make", "--silent", "play", f"ARGS=--no-open --port {port}"],
        cwd=ROOT,
        env={**os.environ, "GREENBEARD_HOME": str(home)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        url = announced_url(process)
        with urllib.request.urlopen(url, timeout=START_LIMIT_S):
            yield url, time.perf_counter() - began
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=STOP_LIMIT_S)


def announced_url(process: subprocess.Popen[str]) -> str:
    """The URL that `play` prints. Raises RuntimeError if it ends without one."""
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"http://\S+", line):
            return found.group()
    raise RuntimeError("make play ended without printing its page's URL; it says why above")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def time_passage(page: Page) -> tuple[float, float]:
    """Seconds from sending `/continue` to its first words on the page, and to its last."""
    before = page.evaluate(f"() => {MESSAGES_SHOWN}.length")
    page.locator("#channel-composer-input").click()
    page.keyboard.type("/continue")
    page.locator("[role=option]").first.wait_for()
    page.keyboard.press("Enter")
    send = page.locator("#send-message")
    send.wait_for()
    began = time.perf_counter()
    send.click()
    page.wait_for_function(HAS_TEXT, arg=before, timeout=PASSAGE_LIMIT_MS)
    first = time.perf_counter() - began
    page.wait_for_function(HAS_ENDED, arg=before, timeout=PASSAGE_LIMIT_MS)
    return first, time.perf_counter() - began


def time_passages(url: str, passages: int) -> list[tuple[float, float]]:
    """Let Chromium ask for passages one after the other."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_ARGUMENTS)
        page = browser.new_page(bypass_csp=True)
        page.goto(url)
        page.locator("#channel-composer-input").wait_for()
        times = [time_passage(page) for _ in range(passages)]
        browser.close()
        return times


def main() -> None:
    """Measure and tell."""
    arguments = read_arguments(__doc__)
    if shutil.which("chromium") is None:
        sys.exit("This benchmark needs Chromium: install it (Debian: apt install chromium), then run this again.")
    starts, passages = (SMOKE_STARTS, SMOKE_PASSAGES) if arguments.smoke else (STARTS, PASSAGES)
    ready: list[float] = []
    times: list[tuple[float, float]] = []
    for number in range(starts):
        with tempfile.TemporaryDirectory(prefix="greenbeard-") as home, playing(Path(home)) as (url, seconds):
            ready.append(seconds)
            if number == starts - 1:
                times = time_passages(url, passages)
    firsts, ends = zip(*times, strict=True)
    figures = [
        Figure("make play, installed, to the page", median(ready), "s", READY_S),
        Figure("/continue to its first words", median(firsts), "s", FIRST_TEXT_S),
        Figure("/continue to 120 words", median(ends), "s", PASSAGE_S),
    ]
    finish("play", figures, arguments)


if __name__ == "__main__":
    main()
