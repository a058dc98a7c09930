"""The page while things go wrong around it: parts killed, `play` restarted, tabs closed, a second `play`."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from greenbeard.play.processes import STOP_LIMIT_S
from greenbeard.play.valkey import answers, server_url
from tests.e2e.playing import READY, Play, free_port

CHROMIUM = shutil.which("chromium")
LIMIT_MS = 45_000
ENDS_WITHIN_S = STOP_LIMIT_S + 15
"""Seconds from Ctrl-C to the end of everything: a worker may finish its passage, on a busy machine."""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian: apt install chromium)")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1180, "height": 820})
    page.set_default_timeout(LIMIT_MS)
    yield page
    page.close()


def children(process: subprocess.Popen[str]) -> dict[str, int]:
    """The processes below `play` by what they are: valkey, generate, train."""
    found = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
    named: dict[str, int] = {}
    for pid in found:
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except FileNotFoundError:
            continue
        named["valkey" if b"--queue" not in command else command[command.index(b"--queue") + 1].decode()] = int(pid)
    return named


def ask_for_a_passage(page: Page) -> None:
    """`/continue`, with nothing but the keyboard."""
    page.locator(READY).wait_for()
    page.locator("#channel-composer-input").click()
    page.keyboard.type("/continue")
    page.locator("#channel-composer [role=option]").first.wait_for()
    page.keyboard.press("Enter")
    expect(page.locator(".command-chip")).to_be_focused()
    page.keyboard.press("Enter")
    page.locator(".command-chip").wait_for(state="detached")


def expect_passages(page: Page, count: int) -> None:
    """The greeting and so many passages, all of them finished."""
    messages = page.locator(".channel-message")
    expect(messages).to_have_count(1 + count, timeout=LIMIT_MS)
    expect(messages.last.get_by_role("button", name="Continue")).to_be_visible(timeout=LIMIT_MS)
    assert len(messages.last.locator(".message-content").inner_text().split()) > 20


def test_a_passage_outlives_the_death_of_worker_and_valkey(play: Play, page: Page) -> None:
    with play.page() as (url, process):
        page.goto(url)
        ask_for_a_passage(page)
        expect_passages(page, 1)
        os.kill(children(process)["generate"], signal.SIGKILL)
        ask_for_a_passage(page)
        expect_passages(page, 2)
        os.kill(children(process)["valkey"], signal.SIGKILL)
        deadline = time.monotonic() + LIMIT_MS / 1000
        while set(children(process)) != {"valkey", "generate", "train"} or not answers(server_url(play.home)):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        ask_for_a_passage(page)
        expect_passages(page, 3)


def test_an_open_tab_goes_on_after_a_restart(play: Play, page: Page) -> None:
    port = free_port()
    with play.page(port) as (url, _):
        page.goto(url)
        ask_for_a_passage(page)
        expect_passages(page, 1)
        page.locator("#places-list a", has_text="tavern-tales").click()
        expect(page.locator(".channel-header h1")).to_have_text("tavern-tales", timeout=LIMIT_MS)
    expect(page.locator("#play-stopped")).to_contain_text("Start it again with make play", timeout=LIMIT_MS)
    with play.page(port) as (again, _):
        assert again == url
        expect(page.locator("#play-stopped")).to_be_hidden(timeout=LIMIT_MS)
        expect(page.locator(".channel-header h1")).to_have_text("tavern-tales", timeout=LIMIT_MS)
        page.locator("#places-list a", has_text="the-sixth-book").click()
        expect_passages(page, 1)
        page.get_by_role("button", name="Continue").click()
        expect_passages(page, 2)


def test_a_passage_cut_off_by_a_kill_is_finished_in_its_message(play: Play, page: Page) -> None:
    port = free_port()
    with pytest.raises(AssertionError), play.page(port) as (url, process):
        page.goto(url)
        ask_for_a_passage(page)
        expect(page.locator(".channel-message")).to_have_count(2, timeout=LIMIT_MS)
        process.kill()
        process.wait()
    with play.page(port):
        expect_passages(page, 1)


def test_tabs_may_be_closed_and_opened_again(play: Play, page: Page) -> None:
    with play.page() as (url, _):
        for _ in range(20):
            page.goto(url)
            page.locator(".channel-message").first.wait_for()
            page.goto("about:blank")
        page.goto(url)
        ask_for_a_passage(page)
        page.goto("about:blank")
        page.goto(url)
        expect_passages(page, 1)
        page.goto(url.partition("#")[0] + "#wrong")
        expect(page.locator("#play-stopped")).to_contain_text("out of date", timeout=LIMIT_MS)


def test_ctrl_c_ends_it_within_seconds_while_a_tab_is_open_and_text_is_written(play: Play, page: Page) -> None:
    with play.page() as (url, process):
        page.goto(url)
        page.locator(".channel-message").first.wait_for()
        ask_for_a_passage(page)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(ENDS_WITHIN_S) == 0
        assert time.monotonic() - began < ENDS_WITHIN_S
