"""What can be pressed, chosen and filled in: the components of simulated messages and modals as plain data.

Input are Discord's own component objects, of the classic kind and of Components V2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from discord import ComponentType, TextStyle

Component = Mapping[str, Any]

CHOOSERS = frozenset(
    kind.value
    for kind in (
        ComponentType.select,
        ComponentType.user_select,
        ComponentType.role_select,
        ComponentType.mentionable_select,
        ComponentType.channel_select,
    )
)


@dataclass(frozen=True)
class Button:
    """A button that can be pressed; one that shows only an emoji is called by it."""

    id: str
    label: str


@dataclass(frozen=True)
class Chooser:
    """A select menu; its label is its placeholder. Menus of members, roles and channels have no own options."""

    id: str
    label: str
    kind: ComponentType
    options: Mapping[str, str]
    """Label → value."""
    most: int
    """How many values may be chosen."""


@dataclass(frozen=True)
class Field:
    """One field of a modal."""

    label: str
    id: str
    kind: ComponentType
    text: str
    """What stands in it when the modal opens."""
    long: bool
    """Whether a text may have several lines."""
    chooser: Chooser | None


def walk(components: Iterable[Component]) -> Iterator[Component]:
    """All components, outer ones first, in reading order."""
    for component in components:
        yield component
        inner = [*component.get("components", ()), component.get("component"), component.get("accessory")]
        yield from walk(part for part in inner if part)


def buttons(components: Iterable[Component]) -> list[Button]:
    """The buttons that are not greyed out, in reading order."""
    return [
        Button(str(part.get("custom_id", "")), _called(part))
        for part in walk(components)
        if part["type"] == ComponentType.button.value and not part.get("disabled")
    ]


def choosers(components: Iterable[Component]) -> list[Chooser]:
    """The select menus that are not greyed out."""
    return [_chooser(part) for part in walk(components) if part["type"] in CHOOSERS and not part.get("disabled")]


def texts(components: Iterable[Component]) -> list[str]:
    """The texts of a Components V2 message, which has no content."""
    return [str(part["content"]) for part in walk(components) if part["type"] == ComponentType.text_display.value]


def fields(components: Sequence[Component]) -> list[Field]:
    """What a member can fill in, in reading order."""
    labels = {id(part["component"]): str(part["label"]) for part in walk(components) if part.get("component")}
    return [_field(part, labels.get(id(part))) for part in walk(components) if "custom_id" in part]


def _called(button: Component) -> str:
    emoji = (button.get("emoji") or {}).get("name")
    return str(button.get("label") or emoji or "")


def _chooser(part: Component) -> Chooser:
    options = {str(option["label"]): str(option["value"]) for option in part.get("options") or ()}
    label = str(part.get("placeholder") or part["custom_id"])
    return Chooser(
        str(part["custom_id"]), label, ComponentType(part["type"]), options, int(part.get("max_values") or 1)
    )


def _field(part: Component, label: str | None) -> Field:
    kind = ComponentType(part["type"])
    return Field(
        label=label or str(part.get("label") or part.get("placeholder") or part["custom_id"]),
        id=str(part["custom_id"]),
        kind=kind,
        text=str(part.get("value") or ""),
        long=part.get("style") == TextStyle.long.value,
        chooser=_chooser(part) if kind.value in CHOOSERS or "options" in part else None,
    )
