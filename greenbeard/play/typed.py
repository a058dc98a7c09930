"""Turns the text of an option into what Discord's client would send for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import discord
from discord import app_commands
from simcord import ChannelHandle, MemberActor, RoleHandle

from greenbeard.errors import BadScript, NotSent

Named = MemberActor | RoleHandle | ChannelHandle
Value = str | int | float | bool | tuple[str, bytes] | Named
Find = Callable[[discord.AppCommandOptionType, str], Named]
"""Whom or what a name means; raises NotSent."""
AppCommand = app_commands.Command[Any, ..., Any]


def catalogue(tree: app_commands.CommandTree[Any]) -> dict[str, AppCommand]:
    """The bot's slash commands by full name ("train start")."""
    found = tree.walk_commands(type=discord.AppCommandType.chat_input)
    return {command.qualified_name: command for command in found if isinstance(command, app_commands.Command)}


def typed_options(
    command: AppCommand, options: Mapping[str, str], find: Find, *, partly: bool = False
) -> dict[str, Value]:
    """Every option in its type. Raises NotSent for what the client refuses, BadScript for a file that is not there.

    `partly` lets required options be missing, as while the command is being typed.
    """
    parameters = {parameter.display_name: parameter for parameter in command.parameters}
    missing = [name for name, parameter in parameters.items() if parameter.required and name not in options]
    if missing and not partly:
        raise NotSent(f"/{command.qualified_name} needs the option {missing[0]}.")
    return {name: _typed(parameters[name], text, find) for name, text in options.items()}


def _typed(parameter: app_commands.Parameter, text: str, find: Find) -> Value:
    kind = discord.AppCommandOptionType
    name = parameter.display_name
    for choice in parameter.choices:
        if text.casefold() in (choice.name.casefold(), str(choice.value).casefold()):
            return choice.value
    try:
        if parameter.type is kind.integer:
            return int(text)
        if parameter.type is kind.number:
            return float(text)
    except ValueError:
        raise NotSent(f"The option {name} takes a number, and {text!r} is none.") from None
    if parameter.type is kind.boolean:
        return typed_truth(name, text)
    if parameter.type is kind.attachment:
        return typed_file(name, text)
    if parameter.type is kind.string:
        return text
    return find(parameter.type, text)


def typed_truth(name: str, text: str) -> bool:
    """`True` or `False`. Raises NotSent."""
    if text.casefold() not in ("true", "false"):
        raise NotSent(f"The option {name} takes True or False, and {text!r} is neither.")
    return text.casefold() == "true"


def typed_file(name: str, text: str) -> tuple[str, bytes]:
    """`@FILE`: its name and bytes. Raises NotSent, or BadScript for a file that is not there."""
    if not text.startswith("@"):
        raise NotSent(f"The option {name} takes a file; a script writes @FILE.")
    path = Path(text[1:]).expanduser()
    try:
        return path.name, path.read_bytes()
    except OSError as error:
        raise BadScript(f"{path} cannot be attached: {error.strerror or error}.") from error
