"""The buttons below passages. Their ids name what they act on, so that they work after restarts, for months."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import discord

from bot.words import controls as say
from bot.words.language import Language, Phrase, language_of

Button: TypeAlias = discord.ui.Button[discord.ui.View]

NODE = r"[0-9a-f]{20}(?:\.\d)?"


@dataclass(frozen=True)
class Look:
    """How a button shows."""

    label: Phrase
    emoji: str | None
    style: discord.ButtonStyle = discord.ButtonStyle.secondary


LOOKS = {
    "another": Look(say.ANOTHER, "🔁"),
    "write": Look(say.WRITE, "✍️"),
    "edit": Look(say.EDIT, "✏️"),
    "undo": Look(say.UNDO, "↩️"),
    "redo": Look(say.REDO, "↪️"),
    "vote": Look(say.VOTE, "🗳️"),
    "back": Look(say.BACK, None),
    "forth": Look(say.FORTH, None),
}


def stop_id(job: str) -> str:
    """By which a job's Stop button is known."""
    return f"greenbeard:stop:{job}"


class StopButton(discord.ui.DynamicItem[Button], template=r"greenbeard:stop:(?P<job>[0-9a-f]{20})"):
    """Ends the writing and keeps what is there."""

    def __init__(self, job: str, language: Language) -> None:
        super().__init__(discord.ui.Button(label=say.STOP.to(language), emoji="⏹️", custom_id=stop_id(job)))
        self.job = job

    @classmethod
    async def from_custom_id(cls, interaction: Any, item: Any, match: re.Match[str], /) -> StopButton:
        """The button that a member pressed."""
        return cls(match["job"], language_of(interaction.locale))

    async def callback(self, interaction: Any) -> None:
        """Pressed."""
        await interaction.client.presses["stop"](interaction, self.job)


class ContinueButton(
    discord.ui.DynamicItem[Button], template=rf"greenbeard:continue:(?P<words>[0-9]{{1,4}})(?::(?P<node>{NODE}|root))?"
):
    """Goes on with the story after a node; without one, wherever it stands."""

    def __init__(self, words: int, node: str | None, language: Language) -> None:
        id = f"greenbeard:continue:{words}" + (f":{node}" if node else "")
        button: Button = discord.ui.Button(
            label=say.CONTINUE.to(language), emoji="▶️", style=discord.ButtonStyle.primary, custom_id=id
        )
        super().__init__(button)
        self.words = words
        self.node = node

    @classmethod
    async def from_custom_id(cls, interaction: Any, item: Any, match: re.Match[str], /) -> ContinueButton:
        """The button that a member pressed."""
        return cls(int(match["words"]), match["node"], language_of(interaction.locale))

    async def callback(self, interaction: Any) -> None:
        """Pressed."""
        await interaction.client.presses["continue"](interaction, self.words, self.node)


class PassageButton(
    discord.ui.DynamicItem[Button], template=rf"greenbeard:(?P<act>{'|'.join(LOOKS)}):(?P<node>{NODE}|root)"
):
    """Does something with one passage."""

    def __init__(self, act: str, node: str, language: Language, row: int | None = None) -> None:
        look = LOOKS[act]
        button: Button = discord.ui.Button(
            label=look.label.to(language), emoji=look.emoji, style=look.style, custom_id=f"greenbeard:{act}:{node}"
        )
        super().__init__(button, row=row)
        self.act = act
        self.node = node

    @classmethod
    async def from_custom_id(cls, interaction: Any, item: Any, match: re.Match[str], /) -> PassageButton:
        """The button that a member pressed."""
        return cls(match["act"], match["node"], language_of(interaction.locale))

    async def callback(self, interaction: Any) -> None:
        """Pressed."""
        await interaction.client.presses[self.act](interaction, self.node)


class CastButton(
    discord.ui.DynamicItem[Button], template=r"greenbeard:cast:(?P<job>[0-9a-f]{20}):(?P<take>\d):(?P<count>\d{1,6})"
):
    """Votes for a take."""

    def __init__(self, job: str, take: int, count: int) -> None:
        id = f"greenbeard:cast:{job}:{take}:{count}"
        super().__init__(discord.ui.Button(label=f"{take + 1} · {count}", custom_id=id))
        self.job, self.take = job, take

    @classmethod
    async def from_custom_id(cls, interaction: Any, item: Any, match: re.Match[str], /) -> CastButton:
        """The button that a member pressed."""
        return cls(match["job"], int(match["take"]), int(match["count"]))

    async def callback(self, interaction: Any) -> None:
        """Pressed."""
        await interaction.client.presses["cast"](interaction, self.job, self.take)


class DecideButton(discord.ui.DynamicItem[Button], template=r"greenbeard:decide:(?P<job>[0-9a-f]{20})"):
    """Ends a vote."""

    def __init__(self, job: str, language: Language) -> None:
        id = f"greenbeard:decide:{job}"
        super().__init__(discord.ui.Button(label=say.DECIDE.to(language), emoji="🏁", custom_id=id, row=1))
        self.job = job

    @classmethod
    async def from_custom_id(cls, interaction: Any, item: Any, match: re.Match[str], /) -> DecideButton:
        """The button that a member pressed."""
        return cls(match["job"], language_of(interaction.locale))

    async def callback(self, interaction: Any) -> None:
        """Pressed."""
        await interaction.client.presses["decide"](interaction, self.job)


@dataclass(frozen=True)
class Tip:
    """What the buttons say of the newest passage."""

    node: str
    words: int
    """How many the next one gets."""
    at: int
    """Which of its takes counts."""
    takes: int
    by_model: bool


def tip_controls(tip: Tip, language: Language) -> Sequence[discord.ui.Item[Any]]:
    """What can be done where a story ends."""
    acts = ("another", "write", "edit", "undo") if tip.by_model else ("write", "edit", "undo")
    first = [
        ContinueButton(tip.words, tip.node, language),
        *(PassageButton(act, tip.node, language, 0) for act in acts),
    ]
    number: Button = discord.ui.Button(
        label=f"{tip.at + 1}/{tip.takes}", disabled=True, custom_id=f"greenbeard:count:{tip.node}", row=1
    )
    back, forth = PassageButton("back", tip.node, language, 1), PassageButton("forth", tip.node, language, 1)
    turning = [back, number, forth] if tip.takes > 1 else []
    voting = [PassageButton("vote", tip.node, language, 1)] if tip.by_model else []
    return [*first, *turning, *voting]


def first_controls(words: int, language: Language) -> Sequence[discord.ui.Item[Any]]:
    """How a story that has no passage yet is begun."""
    return [ContinueButton(words, "root", language), PassageButton("write", "root", language, 0)]
