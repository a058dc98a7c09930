"""`/story`: everything about a story that is not writing it."""

from __future__ import annotations

from typing import Any

from discord import app_commands

from bot.replies import Interaction
from bot.turns import command_redo, command_undo


class StoryCommands(app_commands.Group):
    """`/story`."""

    def __init__(self) -> None:
        super().__init__(name="story", description="Begin a story, find one, read it, and steer it.")

    @app_commands.command(name="undo", description="Take the newest passage back. Nothing is lost.")
    async def undo(self, interaction: Interaction) -> None:
        """`/story undo`."""
        await command_undo(interaction)

    @app_commands.command(name="redo", description="Bring back what was taken back last.")
    async def redo(self, interaction: Interaction) -> None:
        """`/story redo`."""
        await command_redo(interaction)


def setup(tree: app_commands.CommandTree[Any]) -> None:
    """Add the commands."""
    tree.add_command(StoryCommands())
