"""`/privacy`: what the bot keeps of a member; only they see it."""

from __future__ import annotations

import re
from typing import Any, Literal

import discord
from discord import app_commands

from bot.buttons import Button
from bot.figures import GREEN
from bot.notices import FORGET, FORGOTTEN, TRAINING_OFF, TRAINING_ON
from bot.posting import Attached, view_of
from bot.privacy import How, exported, own_words
from bot.replies import Interaction, pressing, replying
from worker.separator import count_words


class ForgetButton(discord.ui.DynamicItem[Button], template=r"greenbeard:forget:(?P<how>replace|give)"):
    """Forgets the member who presses it."""

    def __init__(self, how: How) -> None:
        button: Button = discord.ui.Button(
            label="Forget me", style=discord.ButtonStyle.danger, custom_id=f"greenbeard:forget:{how}"
        )
        super().__init__(button)
        self.how = how

    @classmethod
    async def from_custom_id(cls, interaction: Any, item: Any, match: re.Match[str], /) -> ForgetButton:
        """The button that a member pressed."""
        return cls("replace" if match["how"] == "replace" else "give")

    async def callback(self, interaction: Any) -> None:
        """Pressed."""
        await forget(interaction, self.how)


async def forget(interaction: Interaction, how: How) -> None:
    """Forget the member, and show stories as they read now."""
    async with pressing(interaction):
        bot = interaction.client
        await interaction.response.edit_message(content="…", view=None)
        for story, node in await bot.privacy.forget(interaction.user.id, how):
            await bot.screen.refresh(story, node)
        await interaction.edit_original_response(content=FORGOTTEN)


class PrivacyCommands(app_commands.Group):
    """`/privacy`."""

    def __init__(self) -> None:
        super().__init__(name="privacy", description="What I keep of you, and how I forget it.")

    @app_commands.command(name="show", description="Show what I keep of you.")
    async def show(self, interaction: Interaction) -> None:
        """`/privacy show`."""
        async with replying(interaction):
            privacy, member = interaction.client.privacy, interaction.user.id
            passages = await privacy.passages(member)
            words = sum(count_words(own_words(passage, str(member))) for passage in passages)
            embed = discord.Embed(title="What I keep of you", colour=GREEN)
            embed.description = (
                f"**{len(passages):,}** passages that you wrote, edited or asked for, with **{words:,}** words of "
                "yours, and your Discord id beside them. I never read what is said in channels.\n"
                f"Training on your words: **{'on' if await privacy.agrees(member) else 'off'}**.\n\n"
                "`/privacy export` gives you all of it, `/privacy forget` lets me forget you."
            )
            await interaction.response.send_message(embed=embed, ephemeral=True)

    @app_commands.command(name="export", description="Get everything that I keep of you as a file.")
    async def export(self, interaction: Interaction) -> None:
        """`/privacy export`."""
        async with replying(interaction):
            await interaction.response.defer(ephemeral=True, thinking=True)
            privacy, member = interaction.client.privacy, interaction.user.id
            data = exported(member, await privacy.passages(member), await privacy.agrees(member))
            file = Attached("greenbeard-and-you.json", data).open()
            await interaction.followup.send("Everything that I keep of you:", file=file, ephemeral=True)

    @app_commands.command(name="forget", description="Let me forget you. This cannot be undone.")
    @app_commands.describe(how="Whether your words go, or stay in the stories without your name.")
    @app_commands.choices(
        how=[
            app_commands.Choice(name="Replace my words by […]", value="replace"),
            app_commands.Choice(name="Leave my words to the stories, without my name", value="give"),
        ]
    )
    async def forget(self, interaction: Interaction, how: app_commands.Choice[str]) -> None:
        """`/privacy forget`."""
        async with replying(interaction):
            chosen: How = "replace" if how.value == "replace" else "give"
            await interaction.response.send_message(FORGET[chosen], view=view_of(ForgetButton(chosen)), ephemeral=True)

    @app_commands.command(name="training", description="Say whether models may learn from your words in stories.")
    @app_commands.describe(learn="Whether they may; off until you say so.")
    async def training(self, interaction: Interaction, learn: Literal["on", "off"]) -> None:
        """`/privacy training`."""
        async with replying(interaction):
            await interaction.client.privacy.agree(interaction.user.id, yes=learn == "on")
            await interaction.response.send_message(TRAINING_ON if learn == "on" else TRAINING_OFF, ephemeral=True)


def setup(tree: app_commands.CommandTree[Any]) -> None:
    """Add the commands."""
    tree.add_command(PrivacyCommands())
