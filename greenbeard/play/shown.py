"""What a script sees of the simulated Discord: messages as plain data, and which of them changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import discord

from greenbeard.play.world import World, buttons


@dataclass(frozen=True)
class File:
    """A file below a message."""

    name: str
    bytes: int
    source: discord.Attachment = field(compare=False, repr=False)


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
    return {message.id: _shown(channel, message, world.edits[message.id]) for channel, message in world.messages()}


def changed(before: Mapping[int, Shown], now: Iterable[Shown]) -> list[Shown]:
    """Messages that are new or differ from before in anything that a member sees."""
    return [shown for shown in now if before.get(shown.id) != shown]


def refusal(channel: str, sentence: str) -> Shown:
    """What Discord's own client shows to a member whose command it does not send; no message, so its id is 0."""
    return Shown(0, channel, "Discord", sentence, (), (), (), ephemeral=True, edits=0)


def _shown(channel: str, message: discord.Message, edits: int) -> Shown:
    return Shown(
        id=message.id,
        channel=channel,
        author=message.author.name,
        content=message.content,
        embeds=tuple(embed.to_dict() for embed in message.embeds),
        files=tuple(File(file.filename, file.size, file) for file in message.attachments),
        buttons=tuple(button.label for button in buttons(message) if button.label and not button.disabled),
        ephemeral=message.flags.ephemeral,
        edits=edits,
    )


def _embed_lines(embed: Mapping[str, object]) -> list[str]:
    fields = embed.get("fields")
    parts = [embed.get("title"), embed.get("description")]
    parts += [f"{part['name']}: {part['value']}" for part in fields] if isinstance(fields, list) else []
    return [line for part in parts if part for line in str(part).splitlines()]
