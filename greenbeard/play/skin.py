"""What our front changes in the page of simcord's Preview, and what it adds to it.

Preview is a tool for people who test bots; a newcomer needs to see where they are, who they are and what to type. Its
tools are therefore hidden (play.css), and channels and threads are listed beside the conversation (play.js).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

STATIC = Path(__file__).parent / "static"
ADDED = {"/play.css": "text/css", "/play.js": "text/javascript", "/menu.js": "text/javascript"}
"""Files of ours: path → type."""

Change = tuple[str, str]

_SCRIPTS = '<script type="module" src="/play.js"></script><script type="module" src="/menu.js"></script>'
_WORKSPACE = '<div class="preview-workspace" id="preview-workspace">'
_MENTION = 'target.append(node("span", token.type === "mention" ? "mention" : "command-mention", token.label || ""));'
_MENTION_THAT_LEADS = """
      const chip = node("span", token.type === "mention" ? "mention" : "command-mention", token.label || "");
      if (token.kind === "channel") chip.dataset.place = token.id;
      target.append(chip);
"""

_ENTER = """    if (event.key === "Enter") {
      if (popup && !popupElement().hidden && currentPopupOwner === event.target) {
        const list = popupElement().querySelector('[role="listbox"]');
        const active = list?.querySelector('[aria-selected="true"]');
"""
_ENTER_THAT_SENDS = """    const onCommand = event.target instanceof Element && event.target.matches(".command-chip");
    if (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey && onCommand)) {
      if (popup && !popupElement().hidden && currentPopupOwner === event.target) {
        const list = popupElement().querySelector('[role="listbox"]');
        const selected = list?.querySelector('[aria-selected="true"]');
        const first = list?.querySelector('[role="option"]');
        const active = event.key === "Enter" && onCommand && selected === first ? null : selected;
        if (event.key === "Tab" && !active) return false;
"""

CHANGES: dict[str, tuple[Change, ...]] = {
    "/": (
        ("<title>SimCord Preview</title>", "<title>Greenbeard</title>"),
        ('href="/preview.css">', 'href="/preview.css">\n    <link rel="stylesheet" href="/play.css">'),
        ('src="/app.js"></script>', f'src="/app.js"></script>{_SCRIPTS}'),
        ('aria-hidden="true">S</span>', 'aria-hidden="true">G</span>'),
        (
            "<strong>SimCord</strong><small>Preview</small>",
            "<strong>Greenbeard</strong><small>simulated Discord</small>",
        ),
        (">Viewing as\n", ">You are\n"),
        (_WORKSPACE, _WORKSPACE + (STATIC / "places.html").read_text(encoding="utf-8")),
    ),
    "/app.js": (
        # Each tab has a place and a member of its own; its address names them.
        ('request("/api/pages", "POST"', 'request("/api/pages" + window.location.search, "POST"'),
        # The answer comes when there is something newer than what the tab has.
        ('request("/api/state", "GET"', 'request("/api/state?have=" + state.publishedRevision, "GET"'),
    ),
    "/session.js": (("interval = 500", "interval = 150"),),
    "/composer.js": (
        (": `Message ${channel.glyph}${channel.name}`", ": `Type / to see what Greenbeard can do in #${channel.name}`"),
    ),
    "/commands.js": (
        # As in Discord: Enter sends a command that needs no more, Tab adds an option to it.
        (_ENTER, _ENTER_THAT_SENDS),
    ),
    "/timeline.js": (
        # A place opens at its end, however long the last message is.
        (
            '? { policy: "target", targetId: String(snapshot.targetId) }',
            '? previousTargetId ? { policy: "target", targetId: String(snapshot.targetId) } : { policy: "bottom" }',
        ),
    ),
    "/text.js": ((_MENTION, _MENTION_THAT_LEADS),),
}
"""Path of a file of Preview → what is said differently in it."""


def changed(path: str, body: bytes) -> bytes:
    """A file of Preview as our page shows it."""
    for old, new in CHANGES.get(path, ()):
        body = body.replace(old.encode(), new.encode())
    return body


def worded(catalog: bytes, wording: Mapping[str, str]) -> bytes:
    """Preview's list of commands, with descriptions and names of choices in other words."""
    found = json.loads(catalog)
    for command in found["entries"]:
        for said in (command, *command["options"]):
            said["description"] = wording.get(said["description"], said["description"])
        for choice in (choice for option in command["options"] for choice in option["choices"]):
            choice["name"] = wording.get(choice["name"], choice["name"])
    return json.dumps(found).encode()


def added(path: str) -> bytes:
    """A file of ours."""
    return (STATIC / path.removeprefix("/")).read_bytes()
