"""`/privacy`: what the bot keeps of a member; only they see it."""

from __future__ import annotations

import re
from typing import Any

import discord
from discord import app_commands

from bot.buttons import Button
from bot.figures import GREEN
from bot.posting import Attached, view_of
from bot.privacy import How, exported, own_words
from bot.replies import Interaction, pressing, replying, tell
from bot.speaking import language_of_member
from bot.voting import refresh_ballots
from bot.words import commands
from bot.words import server as say
from bot.words.controls import FORGET_ME
from bot.words.language import Language, language_of
from worker.separator import count_words


class ForgetButton(discord.ui.DynamicItem[Button], template=r"greenbeard:forget:(?P<how>replace|give)"):
    """Forgets the member who presses it."""

    def __init__(self, how: How, language: Language) -> None:
        button: Button = discord.ui.Button(
            label=FORGET_ME.to(language), style=discord.ButtonStyle.danger, custom_id=f"greenbeard:forget:{how}"
        )
        super().__init__(button)
        self.how = how

    @classmethod
    async def from_custom_id(cls, interaction: Any, item: Any, match: re.Match[str], /) -> ForgetButton:
        """The button that a member pressed."""
        return cls("replace" if match["how"] == "replace" else "give", language_of(interaction.locale))

    async def callback(self, interaction: Any) -> None:
        """Pressed."""
        await forget(interaction, self.how)


async def forget(interaction: Interaction, how: How) -> None:
    """Forget the member, and show stories as they read now."""
    async with pressing(interaction):
        bot = interaction.client
        await interaction.response.edit_message(content="…", view=None)
        changed = await bot.privacy.forget(interaction.user.id, how)
        for story, node in changed:
            await bot.screen.refresh(story, node)
        await refresh_ballots(bot, {node.id for _, node in changed})
        await interaction.edit_original_response(content=say.FORGOTTEN.to(language_of_member(interaction)))


class PrivacyCommands(app_commands.Group):
    """`/privacy`."""

    def __init__(self) -> None:
        super().__init__(name="privacy", description=commands.PRIVACY.label)

    @app_commands.command(name="show", description=commands.PRIVACY_SHOW.label)
    async def show(self, interaction: Interaction) -> None:
        """`/privacy show`."""
        async with replying(interaction):
            privacy, member = interaction.client.privacy, interaction.user.id
            passages = await privacy.passages(member)
            words = sum(count_words(own_words(passage, str(member))) for passage in passages)
            training = commands.ON if await privacy.agrees(member) else commands.OFF
            kept = say.KEPT_WHAT.of(passages=len(passages), words=words, training=training)
            language = language_of_member(interaction)
            embed = discord.Embed(title=say.KEPT.to(language), description=kept.to(language), colour=GREEN)
            await interaction.response.send_message(embed=embed, ephemeral=True)

    @app_commands.command(name="export", description=commands.PRIVACY_EXPORT.label)
    async def export(self, interaction: Interaction) -> None:
        """`/privacy export`."""
        async with replying(interaction):
            await interaction.response.defer(ephemeral=True, thinking=True)
            privacy, member = interaction.client.privacy, interaction.user.id
            data = exported(member, await privacy.passages(member), await privacy.agrees(member))
            file = Attached("greenbeard-and-you.json", data).open()
            sentence = say.EXPORTED.to(language_of_member(interaction))
            await interaction.followup.send(sentence, file=file, ephemeral=True)

    @app_commands.command(name="forget", description=commands.PRIVACY_FORGET.label)
    @app_commands.describe(how=commands.PRIVACY_FORGET_HOW.label)
    @app_commands.choices(
        how=[
            app_commands.Choice(name=commands.FORGET_REPLACE.label, value="replace"),
            app_commands.Choice(name=commands.FORGET_GIVE.label, value="give"),
        ]
    )
    async def forget(self, interaction: Interaction, how: app_commands.Choice[str]) -> None:
        """`/privacy forget`."""
        async with replying(interaction):
            chosen: How = "replace" if how.value == "replace" else "give"
            language = language_of_member(interaction)
            sentence = (say.FORGET_REPLACE if chosen == "replace" else say.FORGET_GIVE).to(language)
            view = view_of(ForgetButton(chosen, language))
            await interaction.response.send_message(sentence, view=view, ephemeral=True)

    @app_commands.command(name="training", description=commands.PRIVACY_TRAINING.label)
    @app_commands.describe(learn=commands.PRIVACY_TRAINING_LEARN.label)
    @app_commands.choices(
        learn=[
            app_commands.Choice(name=commands.ON.label, value="on"),
            app_commands.Choice(name=commands.OFF.label, value="off"),
        ]
    )
    async def training(self, interaction: Interaction, learn: str) -> None:
        """`/privacy training`."""
        async with replying(interaction):
            await interaction.client.privacy.agree(interaction.user.id, yes=learn == "on")
            await tell(interaction, say.TRAINING_ON if learn == "on" else say.TRAINING_OFF)


def setup(tree: app_commands.CommandTree[Any]) -> None:
    """Add the commands."""
    tree.add_command(PrivacyCommands())
