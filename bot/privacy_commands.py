"""`/privacy`: what the bot keeps of a member; only they see it."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import discord
import structlog
from discord import app_commands

from bot.buttons import Button
from bot.figures import GREEN
from bot.posting import view_of
from bot.privacy import How, exported, own_words
from bot.replies import Interaction, pressing, replying, tell
from bot.speaking import language_of_member
from bot.words import commands
from bot.words import server as say
from bot.words.controls import FORGET_ME
from bot.words.language import Language, language_of
from worker.errors import RedisDown
from worker.separator import count_words

log = structlog.get_logger(__name__)


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
    """Forget the member. What breaks off, and what messages show, is left to `Redrawing`."""
    async with pressing(interaction):
        bot, language = interaction.client, language_of_member(interaction)
        await interaction.response.defer()
        await bot.forgetting.begin(interaction.user.id, how)
        await interaction.edit_original_response(content=say.FORGETTING.to(language), view=None)
        try:
            await bot.forgetting.forget(interaction.user.id)
        except RedisDown as down:
            log.warning("forgetting a member broke off; it is taken up again", reason=str(down))
            told = say.FORGETTING_GOES_ON
        else:
            told = say.FORGOTTEN
        await interaction.edit_original_response(content=told.to(language))


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
            passages, agreed = await privacy.passages(member), await privacy.agrees(member)
            files = await asyncio.to_thread(exported, member, passages, agreed, interaction.filesize_limit)
            sentence = say.EXPORTED.to(language_of_member(interaction))
            for number, file in enumerate(files, start=1):
                place = f" {number}/{len(files)}" if len(files) > 1 else ""
                await interaction.followup.send(f"{sentence}{place}", file=file.open(), ephemeral=True)

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
