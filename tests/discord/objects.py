"""Discord's objects as its API writes them, as far as a bot looks at them."""

from __future__ import annotations

import itertools
import time
from typing import Any

Json = dict[str, Any]

API = "/api/v10"
TOKEN = "token-of-the-double"
BOT_ID, MEMBER_ID, GUILD_ID, CHANNEL_ID = "100", "200", "300", "400"
ALL_PERMISSIONS = str((1 << 50) - 1)
DISCORD_EPOCH_MS = 1_420_070_400_000
FILE_LIMIT = 10 << 20
TEXT_CHANNEL, NEWS_CHANNEL, FORUM = 0, 5, 15
NEWS_THREAD, PUBLIC_THREAD = 10, 11
REQUIRE_TAG = 1 << 4
DAY_MIN = 1440


class Ids:
    """Fresh snowflakes, each larger than the one before."""

    def __init__(self) -> None:
        self._last = 0

    def new(self, at: float) -> str:
        """One for Unix time `at`."""
        self._last = max(self._last + 1, int(at * 1000) - DISCORD_EPOCH_MS << 22)
        return str(self._last)


def written(at: float) -> str:
    """Unix time as Discord writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(at))


def user(id: str, name: str, *, bot: bool = False) -> Json:
    """A user object."""
    return {"id": id, "username": name, "discriminator": "0", "global_name": name, "avatar": None, "bot": bot}


BOT, MEMBER = user(BOT_ID, "greenbeard", bot=True), user(MEMBER_ID, "alice")
APPLICATION: Json = {
    **{"id": BOT_ID, "bot_public": True, "bot_require_code_grant": False, "flags": 0, "name": "greenbeard"},
    **{"description": "", "icon": None, "owner": MEMBER, "verify_key": "0" * 64},
}
EVERYONE: Json = {
    **{"id": GUILD_ID, "name": "@everyone", "permissions": ALL_PERMISSIONS, "position": 0, "color": 0},
    **{"hoist": False, "managed": False, "mentionable": False, "flags": 0},
}


def member(of: Json) -> Json:
    """A guild member who may do everything."""
    return {
        **{"user": of, "roles": [], "joined_at": written(0), "deaf": False, "mute": False, "flags": 0},
        "permissions": ALL_PERMISSIONS,
    }


def text_channel(id: str, name: str) -> Json:
    """A text channel of the one server."""
    return {
        **{"id": id, "type": TEXT_CHANNEL, "guild_id": GUILD_ID, "name": name, "position": 0, "nsfw": False},
        **{"permission_overwrites": [], "parent_id": None, "last_message_id": None, "permissions": ALL_PERMISSIONS},
    }


def forum(id: str, name: str, tags: list[Json], *, require_tag: bool) -> Json:
    """A forum of the one server."""
    asks = {"available_tags": tags, "flags": REQUIRE_TAG if require_tag else 0, "default_reaction_emoji": None}
    return text_channel(id, name) | {"type": FORUM, **asks}


def tag(id: str, name: str, *, moderated: bool = False) -> Json:
    """What a forum's posts can be marked with."""
    return {"id": id, "name": name, "moderated": moderated, "emoji_id": None, "emoji_name": None}


def thread(id: str, parent: str, name: str, owner: str, at: float) -> Json:
    """A public thread of the one server."""
    state = {"archived": False, "locked": False, "auto_archive_duration": DAY_MIN}
    return {
        **{"id": id, "type": PUBLIC_THREAD, "guild_id": GUILD_ID, "parent_id": parent, "name": name, "owner_id": owner},
        **{"message_count": 0, "member_count": 1, "rate_limit_per_user": 0, "last_message_id": None},
        **{"permissions": ALL_PERMISSIONS},
        "thread_metadata": {**state, "archive_timestamp": written(at), "create_timestamp": written(at)},
    }


def guild(channels: list[Json], threads: list[Json], users: list[Json]) -> Json:
    """The one server."""
    return {
        **{"id": GUILD_ID, "name": "Readers", "owner_id": MEMBER_ID, "member_count": len(users), "channels": channels},
        **{"roles": [EVERYONE], "members": [member(of) for of in users], "joined_at": written(0)},
        **{"threads": threads, "emojis": [], "stickers": [], "features": [], "voice_states": [], "presences": []},
        **{"stage_instances": [], "guild_scheduled_events": [], "soundboard_sounds": [], "large": False},
        "unavailable": False,
    }


def message(id: str, channel: str, author: Json, at: float) -> Json:
    """A message that shows nothing yet."""
    return {
        **{"id": id, "channel_id": channel, "author": author, "timestamp": written(at), "edited_timestamp": None},
        **{"content": "", "embeds": [], "components": [], "attachments": [], "type": 0, "flags": 0, "tts": False},
        **{"mention_everyone": False, "mentions": [], "mention_roles": [], "pinned": False},
    }


def items(shown: Json) -> list[Json]:
    """The buttons, menus and fields of a message or modal."""
    return list(itertools.chain.from_iterable(row.get("components", []) for row in shown["components"]))
