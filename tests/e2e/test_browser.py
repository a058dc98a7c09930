"""The whole way in a real browser: the page of `greenbeard play` in Chromium."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.playing import READY, Play

CHROMIUM = shutil.which("chromium")
WRITING_LIMIT_MS = 20_000
GONE = ("ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE")
"""What Chromium says of a `play` that has ended or is just ending."""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian: apt install chromium)")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty tab; what the page complains about fails the test, save that `play` is gone after its end."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    page.close()
    assert [complaint for complaint in complaints if not any(gone in complaint for gone in GONE)] == []


WATCH_FOR_STOP = """() => {
    const look = () => { window.stopSeen ||= [...document.querySelectorAll("button")].some(
        button => button.innerText.includes("Stop") && button.checkVisibility()) };
    new MutationObserver(look).observe(document.body, {childList: true, subtree: true, characterData: true});
}"""
"""Notes whether a button Stop was ever there: it may be gone before anybody looks."""


def run_command(page: Page, name: str) -> None:
    page.locator(READY).wait_for()
    page.locator("#channel-composer-input").click()
    page.keyboard.type(f"/{name}")
    page.locator("#channel-composer [role=option]").first.wait_for()
    page.keyboard.press("Enter")
    page.locator(".command-chip").wait_for()
    page.locator("#send-message").click()


def test_a_member_types_continue_sees_text_arrive_and_presses_continue(play: Play, page: Page) -> None:
    with play.page() as (url, _):
        page.goto(url)
        messages = page.locator(".channel-message")
        expect(messages).to_have_count(1)
        expect(messages.first).to_contain_text("Hello, I am Greenbeard")

        page.evaluate(WATCH_FOR_STOP)
        run_command(page, "continue")
        expect(messages).to_have_count(2, timeout=WRITING_LIMIT_MS)
        expect(messages.last.get_by_role("button", name="Continue")).to_be_visible(timeout=WRITING_LIMIT_MS)
        assert page.evaluate("window.stopSeen")
        passage = messages.last.locator(".message-content").inner_text()
        assert len(passage.split()) > 20

        messages.last.get_by_role("button", name="Continue").click()
        expect(messages).to_have_count(3, timeout=WRITING_LIMIT_MS)
        expect(messages.last.get_by_role("button", name="Continue")).to_be_visible(timeout=WRITING_LIMIT_MS)
        expect(messages.nth(1).get_by_role("button", name="Continue")).to_have_count(0)

    with play.page() as (url, _):
        page.goto("about:blank")
        page.goto(url)
        expect(messages).to_have_count(3)
        expect(messages.first).to_contain_text("Hello, I am Greenbeard")
        expect(messages.nth(1).locator(".message-content")).to_have_text(passage, use_inner_text=True)
        messages.last.get_by_role("button", name="Continue").click()
        expect(messages).to_have_count(4, timeout=WRITING_LIMIT_MS)


def test_stop_works_while_the_page_changes(play: Play, page: Page) -> None:
    with play.page(chapter_words=3000) as (url, _):  # which no machine has written before it is stopped
        page.goto(url)
        run_command(page, "chapter")
        messages = page.locator(".channel-message")
        page.get_by_role("button", name="Stop").click()
        expect(page.get_by_role("button", name="Stop")).to_have_count(0, timeout=WRITING_LIMIT_MS)
        expect(messages.last.get_by_role("button", name="Continue")).to_be_visible(timeout=WRITING_LIMIT_MS)
        expect(page.locator("#action-status")).not_to_contain_text("not completed")


def test_newcomers_are_told_how_to_begin_in_their_language(play: Play, browser: Browser) -> None:
    with play.page() as (url, _):
        for language, heading in (("en-US", "How to begin"), ("zh-CN", "怎样开始")):
            guest = browser.new_page(locale=language)
            guest.goto(url)
            expect(guest.locator(".places-help:visible h2")).to_have_text(heading)
            guest.close()


def test_commands_speak_the_language_of_the_member(play: Play, page: Page) -> None:
    with play.page() as (url, _):
        page.goto(url)
        for member, said in (("alice", "Go on with the story of this channel."), ("lin", "续写本频道的故事。")):
            page.locator("#viewer-picker").select_option(label=member)
            page.locator(READY).wait_for()
            page.locator("#channel-composer-input").click()
            page.keyboard.type("/continue")
            expect(page.locator("#channel-composer [role=option]").first).to_contain_text(said)


def test_the_page_refuses_strangers_and_a_taken_port_is_told(play: Play) -> None:
    with play.page() as (url, _):
        address = urlsplit(url)
        site = f"http://{address.netloc}"
        for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
            with pytest.raises(urllib.error.HTTPError, match="403") as refused:
                urllib.request.urlopen(urllib.request.Request(site, headers=headers), timeout=5)
            refused.value.close()
        with pytest.raises(urllib.error.HTTPError, match="401") as refused:
            urllib.request.urlopen(urllib.request.Request(f"{site}/api/state"), timeout=5)
        refused.value.close()

        second = Play(play.home.with_name("other"), play.shipped)
        taken = subprocess.run(
            second.command("--no-open", "--port", str(address.port)),
            cwd=play.home.parent,
            env=second.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert (taken.returncode, taken.stdout) == (1, "")
        assert taken.stderr == (
            f"greenbeard: Port {address.port} cannot be used: another program has it; name another one with --port.\n"
        )
        same = play.script("wait 0")
        assert same.returncode == 1
        assert "Another `greenbeard play` is running" in same.stderr


def test_killed_play_leaves_nothing_running_and_loses_nothing(play: Play) -> None:
    with play.begun("alice: /continue words:10\n") as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
        process.kill()
    assert len(children) == 3
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        if subprocess.run(["ps", "-p", ",".join(children)], capture_output=True).returncode != 0:
            break
        time.sleep(0.1)
    else:
        raise AssertionError("valkey or a worker outlived play")
    again = play.messages("alice: click Continue")
    assert again[0]["content"] == first["content"]
