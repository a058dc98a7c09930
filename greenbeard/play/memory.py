"""What the simulated Discord remembers from one `play` to the next: members, threads, messages and their files.

Real Discord keeps them; simcord forgets them with its process. Each is kept under its own id in one SQLite file, at
the moment it changes, so that stories, buttons and requests that are still owed find their messages again, even after
a kill. Messages for one member alone are not kept: a real client forgets those too.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import structlog
from pydantic import TypeAdapter
from simcord.backend import Backend
from simcord.backend.models import Channel, Message, User
from simcord.backend.serializers import channel_payload

MESSAGES_KEPT = 200
"""Newest messages of each place that a new start finds."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS member  (id INTEGER PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS thread  (id INTEGER PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS message (id INTEGER PRIMARY KEY, place INTEGER NOT NULL, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS file    (url TEXT PRIMARY KEY, message INTEGER NOT NULL, bytes BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS messages_of_place ON message (place, id);
"""

FORGET_OLD = """
DELETE FROM message WHERE id NOT IN (
    SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY place ORDER BY id DESC) AS age FROM message)
    WHERE age <= ?
);
"""
FORGET_FILES = "DELETE FROM file WHERE message NOT IN (SELECT id FROM message);"

log = structlog.get_logger(__name__)

_users, _channels, _messages = TypeAdapter(User), TypeAdapter(Channel), TypeAdapter(Message)


class Memory:
    """The file of one home."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._base = _opened(path)
        except sqlite3.DatabaseError as error:
            log.warning(
                "the simulated Discord's memory cannot be read; it begins anew", path=str(path), error=str(error)
            )
            path.replace(path.with_suffix(".unreadable"))
            self._base = _opened(path)

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def users(self) -> list[User]:
        """Who joined the server after its founding, in that order."""
        return [_users.validate_json(value) for (value,) in self._base.execute("SELECT value FROM member ORDER BY id")]

    def recall(self, backend: Backend, guild: int) -> None:
        """Put threads and messages back, and tell the bot of the threads, as Discord does at a login."""
        for statement, values in ((FORGET_OLD, (MESSAGES_KEPT,)), (FORGET_FILES, ())):
            self._base.execute(statement, values)
        for (value,) in self._base.execute("SELECT value FROM thread ORDER BY id"):
            self._put_back(backend, guild, _channels.validate_json(value))
        for (value,) in self._base.execute("SELECT value FROM message ORDER BY id"):
            message = _messages.validate_json(value)
            if message.channel_id in backend.channels and message.author_id in backend.users:
                backend.messages[message.channel_id][message.id] = message
                backend.channels[message.channel_id].last_message_id = message.id
        for url, data in self._base.execute("SELECT url, bytes FROM file"):
            _, _, place, id, name = str(url).removeprefix("https://").split("/", 4)
            backend.cdn.store_attachment(int(id), int(place), name, data, None)

    def _put_back(self, backend: Backend, guild: int, thread: Channel) -> None:
        if thread.parent_id not in backend.channels:
            return
        backend.channels[thread.id] = thread
        backend.messages[thread.id] = {}
        backend.guilds[guild].thread_ids.append(thread.id)
        if thread.thread_metadata is not None and not thread.thread_metadata.archived:
            backend.emit("THREAD_CREATE", channel_payload(backend, thread))

    def follow(self, backend: Backend) -> None:
        """Keep what changes from now on."""

        def hear(event: str, payload: Mapping[str, Any]) -> None:
            try:
                self._keep(backend, event, payload)
            except sqlite3.Error:
                log.exception("a change of the simulated Discord could not be kept", event_name=event)

        backend.subscribers.append(hear)

    def _keep(self, backend: Backend, event: str, payload: Mapping[str, Any]) -> None:
        if event == "GUILD_MEMBER_ADD":
            user = backend.users[int(payload["user"]["id"])]
            self._base.execute("INSERT OR REPLACE INTO member VALUES (?, ?)", (user.id, _users.dump_json(user)))
        elif event.startswith("THREAD_"):
            self._keep_thread(backend, int(payload["id"]))
        elif event == "CHANNEL_PINS_UPDATE":
            place = int(payload["channel_id"])
            self._keep_messages(backend, place, list(backend.messages.get(place, ())))
        elif event.startswith("MESSAGE_"):
            self._keep_messages(backend, int(payload["channel_id"]), _ids(payload))

    def _keep_thread(self, backend: Backend, id: int) -> None:
        thread = backend.channels.get(id)
        if thread is None:
            self._base.execute("DELETE FROM thread WHERE id = ?", (id,))
            self._base.execute("DELETE FROM message WHERE place = ?", (id,))
        else:
            self._base.execute("INSERT OR REPLACE INTO thread VALUES (?, ?)", (id, _channels.dump_json(thread)))

    def _keep_messages(self, backend: Backend, place: int, ids: Iterable[int]) -> None:
        stored = backend.messages.get(place, {})
        for id in ids:
            message = stored.get(id)
            if message is None:
                self._base.execute("DELETE FROM message WHERE id = ?", (id,))
            elif not message.is_ephemeral:
                row = (id, place, _messages.dump_json(message))
                self._base.execute("INSERT OR REPLACE INTO message VALUES (?, ?, ?)", row)
                for url in (str(file["url"]) for file in message.attachments):
                    data = backend.cdn.get(url) or b""
                    self._base.execute("INSERT OR IGNORE INTO file VALUES (?, ?, ?)", (url, id, data))


def _opened(path: Path) -> sqlite3.Connection:
    """The file with its tables; each statement is a transaction of its own. Raises sqlite3.DatabaseError."""
    base = sqlite3.connect(path, isolation_level=None)
    try:
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("PRAGMA synchronous = NORMAL")
        base.executescript(SCHEMA)
    except sqlite3.DatabaseError:
        base.close()
        raise
    return base


def _ids(payload: Mapping[str, Any]) -> Iterator[int]:
    """The messages that an event is about."""
    yield from (int(id) for id in payload.get("ids") or [payload.get("message_id") or payload["id"]])
