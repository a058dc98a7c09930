"""Sheets that members fill in. A sheet's id says what becomes of it, so that it can be handed in after a restart.

discord.py would keep each open sheet in memory, until it is handed in, and tell them apart by their ids alone: two
members' sheets with one id would be one. So it gets none to keep, and everything comes from what Discord hands in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import discord
import structlog

from bot.replies import Interaction
from bot.speaking import language_of_member
from bot.words.language import Phrase
from worker.contract import MAX_PROMPT_CHARS

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Blank:
    """A field to write in."""

    id: str
    label: Phrase
    text: str | None = None
    """What stands there already."""
    required: bool = True


async def open_sheet(interaction: Interaction, title: Phrase, act: str, node: str | None, *blanks: Blank) -> None:
    """Answer with a sheet; `bot.sheets[act]` gets it back, with the node and the texts by their blanks' ids."""
    language = language_of_member(interaction)
    id = f"greenbeard:{act}:{node}" if node else f"greenbeard:{act}"
    sheet = discord.ui.Modal(title=title.to(language), custom_id=id)
    for blank in blanks:
        field: discord.ui.TextInput[Any] = discord.ui.TextInput(
            label=blank.label.to(language),
            style=discord.TextStyle.paragraph,
            default=blank.text,
            max_length=MAX_PROMPT_CHARS,
            custom_id=blank.id,
            required=blank.required,
        )
        sheet.add_item(field)
    sheet.stop()
    await interaction.response.send_modal(sheet)


async def hand_in(interaction: Interaction) -> None:
    """A member handed a sheet in."""
    data: Any = interaction.data
    id: str = data["custom_id"]
    _, act, node = [*id.split(":"), "", ""][:3]
    take = interaction.client.sheets.get(act)
    if take is None:
        log.info("a sheet that nobody knows was handed in", id=id)
        return
    await take(interaction, node or None, texts_of(data["components"]))


def texts_of(components: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """What is written in the fields of a sheet, by their ids."""
    found: dict[str, str] = {}
    for component in components:
        inner = [*component.get("components", ()), *([component["component"]] if "component" in component else ())]
        if inner:
            found |= texts_of(inner)
        elif "custom_id" in component:
            found[component["custom_id"]] = component.get("value") or ""
    return found
