"""What a script sees of the simulated Discord: messages as plain data, and which of them changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simcord.backend.models import Message

from greenbeard.play import controls
from greenbeard.play.world import World


@dataclass(frozen=True)
class File:
    """A file below a message."""

    name: str
    bytes: int
    url: str = field(compare=False)


@dataclass(frozen=True)
class Shown:
    """One message as members see it."""

    id: int
    channel: str
    author: str
    content: str
    embeds: tuple[Mapping[str, object], ...]
    files: tuple[File, ...]
    buttons: tuple[str, ...]
    ephemeral: bool
    edits: int

    def report(self, line: int, paths: Mapping[str, Path]) -> dict[str, object]:
        """As one JSON line; `paths` says where each file was saved."""
        return {
            "line": line,
            "id": str(self.id),
            "channel": self.channel,
            "author": self.author,
            "content": self.content,
            "embeds": list(self.embeds),
            "files": [{"name": f.name, "bytes": f.bytes, "path": str(paths[f.name])} for f in self.files],
            "buttons": list(self.buttons),
            "ephemeral": self.ephemeral,
            "edits": self.edits,
        }

    def lines(self, paths: Mapping[str, Path]) -> list[str]:
        """For people."""
        mark = " (only you see this)" if self.ephemeral else ""
        out = [f"#{self.channel} {self.author}{mark}:"]
        out += [f"  {line}" for line in self.content.splitlines()]
        for embed in self.embeds:
            out += [f"  │ {line}" for line in _embed_lines(embed)]
        out += [f"  📎 {file.name}, {file.bytes:,} bytes: {paths[file.name]}" for file in self.files]
        if self.buttons:
            out.append("  " + " ".join(f"[{label}]" for label in self.buttons))
        return out


def look(world: World) -> dict[int, Shown]:
    """All messages of the world by id, oldest first in each channel."""
    return {message.id: _shown(world, channel, message) for channel, message in world.messages()}


def changed(before: Mapping[int, Shown], now: Iterable[Shown]) -> list[Shown]:
    """Messages that are new or differ from before in anything that a member sees."""
    return [shown for shown in now if before.get(shown.id) != shown]


def beside(channel: str, content: str) -> Shown:
    """What Discord's own client shows to one member beside the messages: why it does not send a command, or choices.

    It is no message, so its id is 0.
    """
    return Shown(0, channel, "Discord", content, (), (), (), ephemeral=True, edits=0)


def form(channel: str, modal: Mapping[str, Any]) -> Shown:
    """A modal that opened: its title, then each field as `submit` names it, with what stands in it already."""
    fields = controls.fields(modal["components"])
    lines = [f"{field.label}={field.text or _choices(field)}".replace("\n", "\\n") for field in fields]
    return beside(channel, "\n".join([str(modal["title"]), *lines]))


def _choices(field: controls.Field) -> str:
    return f"({', '.join(field.chooser.options)})" if field.chooser and field.chooser.options else ""


def words_of(message: Message) -> str:
    """All text of a message: its content, or the texts of its components."""
    return message.content or "\n".join(controls.texts(message.components))


def _shown(world: World, channel: str, message: Message) -> Shown:
    author = message.author_name or world.env.backend.users[message.author_id].name
    return Shown(
        id=message.id,
        channel=channel,
        author=author,
        content=words_of(message),
        embeds=tuple(deepcopy(message.embeds)),
        files=tuple(File(str(file["filename"]), int(file["size"]), str(file["url"])) for file in message.attachments),
        buttons=tuple(button.label for button in controls.buttons(message.components) if button.label),
        ephemeral=message.is_ephemeral,
        edits=world.edits[message.id],
    )


def _embed_lines(embed: Mapping[str, object]) -> list[str]:
    fields = embed.get("fields")
    parts = [embed.get("title"), embed.get("description")]
    parts += [f"{part['name']}: {part['value']}" for part in fields] if isinstance(fields, list) else []
    return [line for part in parts if part for line in str(part).splitlines()]
