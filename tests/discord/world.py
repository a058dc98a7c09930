"""The one server that the double knows: its channels, threads, messages and files, with Discord's rules for them.

Time may run ahead (`pass_time`), so that what takes minutes at Discord takes none in a test.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence

from tests.discord import objects
from tests.discord.objects import BOT, CHANNEL_ID, MEMBER, Ids, Json

NONCE_WINDOW_S = 180.0
"""How long a repeated nonce gives the first message back."""
EPHEMERAL = 1 << 6

File = tuple[str, bytes]
"""Name and content."""


class Refused(Exception):
    """Discord says no, with one of its codes."""

    def __init__(self, status: int, code: int, text: str) -> None:
        super().__init__(text)
        self.status, self.code, self.text = status, code, text


class World:
    """One server and everything in it. `publish` gets each event for the gateway."""

    def __init__(self, publish: Callable[[str, Json], None]) -> None:
        self._publish = publish
        self._ids = Ids()
        self._ahead_s = 0.0
        self._nonces: dict[str, tuple[float, str]] = {}
        self._refusals: dict[str, Refused] = {}
        self.url = ""
        self.thread_limit = 1000
        """Open threads of the server."""
        self.users = [BOT, MEMBER]
        self.channels: dict[str, Json] = {CHANNEL_ID: objects.text_channel(CHANNEL_ID, "story")}
        self.messages: dict[str, Json] = {}
        """Of all channels, oldest first; with the ephemeral ones."""
        self.files: dict[str, bytes] = {}

    # What tests do
    def now(self) -> float:
        """Unix seconds."""
        return time.time() + self._ahead_s

    def pass_time(self, seconds: float) -> None:
        """Let Discord's clock run ahead."""
        self._ahead_s += seconds

    def new_id(self) -> str:
        """A fresh snowflake."""
        return self._ids.new(self.now())

    def add_channel(self, name: str, **more: object) -> str:
        """A further text channel, or what `more` makes of it: its id."""
        return self._add(objects.text_channel(self.new_id(), name) | more)

    def add_forum(self, name: str, *tags: Json, require_tag: bool = False) -> str:
        """A forum: its id."""
        return self._add(objects.forum(self.new_id(), name, list(tags), require_tag=require_tag))

    def _add(self, channel: Json) -> str:
        self.channels[channel["id"]] = channel
        self._publish("CHANNEL_CREATE", channel)
        return str(channel["id"])

    def archive(self, thread: str, *, locked: bool = False) -> None:
        """Archive a thread, as happens after a day of silence or by a moderator."""
        self.channels[thread]["thread_metadata"] |= {"archived": True, "locked": locked}
        self._publish("THREAD_UPDATE", self.channels[thread])

    def remove_channel(self, channel: str) -> None:
        """A moderator deletes a channel with all that is in it."""
        gone = self.channels.pop(channel)
        self.messages = {id: m for id, m in self.messages.items() if m["channel_id"] != channel}
        self._publish("THREAD_DELETE" if "thread_metadata" in gone else "CHANNEL_DELETE", gone)

    def shut_out(self, channel: str) -> None:
        """Withdraw the bot's right to see a channel."""
        self._refusals[channel] = Refused(403, 50001, "Missing Access")

    def let_in(self, channel: str) -> None:
        """Give the right back."""
        self._refusals.pop(channel, None)

    def shown(self, channel: str = CHANNEL_ID) -> list[Json]:
        """The public messages of a channel, oldest first."""
        here = (m for m in self.messages.values() if m["channel_id"] == channel)
        return [m for m in here if not m["flags"] & EPHEMERAL]

    def say(self, author: Json, text: str, channel: str = CHANNEL_ID) -> Json:
        """A member types a message."""
        return self._keep(objects.message(self.new_id(), channel, author, self.now()) | {"content": text})

    # What the bot does
    def guild(self) -> Json:
        """The server as a bot gets it that connects."""
        threads = [c for c in self.channels.values() if "thread_metadata" in c]
        channels = [c for c in self.channels.values() if "thread_metadata" not in c]
        active = [c for c in threads if not c["thread_metadata"]["archived"]]
        return objects.guild(channels, active, self.users)

    def channel(self, id: str) -> Json:
        """A channel that the bot may see. Raises Refused."""
        if id not in self.channels:
            raise Refused(404, 10003, "Unknown Channel")
        if id in self._refusals:
            raise self._refusals[id]
        return self.channels[id]

    def writable(self, id: str) -> Json:
        """A channel that is open for messages and edits. Raises Refused."""
        channel = self.channel(id)
        if channel.get("thread_metadata", {}).get("archived"):
            raise Refused(400, 50083, "Thread is archived")
        return channel

    def history(self, channel: str, *, after: int | None, before: int | None, limit: int) -> list[Json]:
        """Messages newest first, as Discord gives them: with `after` the oldest ones that follow it."""
        self.channel(channel)
        here = [m for m in self.shown(channel) if before is None or int(m["id"]) < before]
        if after is not None:
            return [m for m in here if int(m["id"]) > after][:limit][::-1]
        return here[::-1][:limit]

    def message(self, channel: str, id: str) -> Json:
        """A public message. Raises Refused."""
        self.channel(channel)
        found = self.messages.get(id)
        if found is None or found["channel_id"] != channel or found["flags"] & EPHEMERAL:
            raise Refused(404, 10008, "Unknown Message")
        return found

    def post(self, channel: str, body: Json, files: Sequence[File]) -> Json:
        """The bot's message, or its earlier one with the same nonce. Raises Refused."""
        self.writable(channel)
        nonce = str(body.get("nonce") or "")
        at, earlier = self._nonces.get(nonce, (0.0, ""))
        if nonce and body.get("enforce_nonce") and self.now() - at < NONCE_WINDOW_S and earlier in self.messages:
            return self.messages[earlier] | {"nonce": nonce}
        posted = self.create(channel, body, files)
        self._nonces[nonce] = (self.now(), posted["id"])
        return posted | {"nonce": nonce}

    def create(self, channel: str, body: Json, files: Sequence[File], **more: object) -> Json:
        """A message of the bot. Raises Refused where it would be empty."""
        draft = objects.message(self.new_id(), channel, BOT, self.now()) | more
        draft["flags"] = int(draft["flags"]) | (body.get("flags") or 0)
        self._fill(draft, body, files)
        return self._keep(draft)

    def edit(self, message: Json, body: Json, files: Sequence[File]) -> Json:
        """Change a message of the bot. Raises Refused where it would be empty or is not the bot's."""
        if message["author"]["id"] != BOT["id"]:
            raise Refused(403, 50005, "Cannot edit a message authored by another user")
        draft = copy.deepcopy(message)
        self._fill(draft, body, files)
        message |= draft | {"edited_timestamp": objects.written(self.now())}
        self._publish("MESSAGE_UPDATE", message)
        return message

    def delete(self, message: Json) -> None:
        """Take a message away."""
        del self.messages[message["id"]]
        self._publish("MESSAGE_DELETE", {"id": message["id"], "channel_id": message["channel_id"]})

    def open_thread(self, parent: str, body: Json, under: str | None = None) -> Json:
        """A thread, below a message or free. Raises Refused."""
        above = self.channel(parent)
        if under is not None:
            self.message(parent, under)
            if under in self.channels:
                raise Refused(400, 160004, "A thread has already been created for this message")
        open_ones = [c for c in self.channels.values() if not c.get("thread_metadata", {"archived": True})["archived"]]
        if len(open_ones) >= self.thread_limit:
            raise Refused(400, 160006, "Maximum number of active threads reached")
        if above["type"] == objects.FORUM and above["flags"] & objects.REQUIRE_TAG and not body.get("applied_tags"):
            raise Refused(400, 40067, "A tag is required to create a forum post in this channel")
        news = above["type"] == objects.NEWS_CHANNEL
        if under is None and news != (body.get("type") == objects.NEWS_THREAD):
            raise Refused(400, 50024, "Cannot execute action on this channel type")
        thread = objects.thread(under or self.new_id(), parent, body["name"], BOT["id"], self.now())
        thread["thread_metadata"]["auto_archive_duration"] = body.get("auto_archive_duration") or objects.DAY_MIN
        thread |= {"type": objects.NEWS_THREAD if news else objects.PUBLIC_THREAD}
        thread |= {"applied_tags": body.get("applied_tags") or []}
        self.channels[thread["id"]] = thread
        self._publish("THREAD_CREATE", thread | {"newly_created": True})
        if above["type"] != objects.FORUM:
            return thread
        return thread | {"message": self.create(thread["id"], body["message"], [], id=thread["id"])}

    def change_channel(self, id: str, body: Json) -> Json:
        """Rename, archive or reopen. Raises Refused."""
        channel = self.channel(id)
        state = channel.get("thread_metadata")
        if state is not None and state["locked"]:
            raise Refused(403, 50013, "Missing Permissions")
        if state is not None:
            state |= {key: value for key, value in body.items() if key in state}
        channel["name"] = body.get("name") or channel["name"]
        self._publish("THREAD_UPDATE" if state is not None else "CHANNEL_UPDATE", channel)
        return channel

    def keep_files(self, files: Sequence[File]) -> list[Json]:
        """Attachments, to be had below `/cdn`."""
        kept = []
        for name, data in files:
            id = self.new_id()
            self.files[id] = data
            url = f"{self.url}/cdn/{id}/{name}"
            kept.append({"id": id, "filename": name, "size": len(data), "url": url, "proxy_url": url})
        return kept

    def _fill(self, draft: Json, body: Json, files: Sequence[File]) -> None:
        draft |= {key: body[key] or [] for key in ("embeds", "components") if key in body}
        if "content" in body:
            draft["content"] = (body["content"] or "").strip()
        left = {str(entry["id"]) for entry in body.get("attachments") or []}
        stay = [a for a in draft["attachments"] if "attachments" not in body or a["id"] in left]
        draft["attachments"] = stay + self.keep_files(files)
        if not draft["content"] and not draft["embeds"] and not draft["attachments"] and not draft["components"]:
            raise Refused(400, 50006, "Cannot send an empty message")

    def _keep(self, message: Json) -> Json:
        self.messages[message["id"]] = message
        if not message["flags"] & EPHEMERAL:
            of = {"guild_id": objects.GUILD_ID, "member": objects.member(message["author"])}
            self._publish("MESSAGE_CREATE", message | of)
        return message
