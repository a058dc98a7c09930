"""The bot: one class for real Discord and for the simulated one, and the program around it on real Discord."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import Any

import discord
import structlog
from discord import app_commands

from bot import (
    book_commands,
    branching,
    guide,
    models,
    own_words,
    privacy_commands,
    replay,
    rule_commands,
    status,
    story_commands,
    train,
    turns,
    voting,
    write,
)
from bot.base import BaseBot
from bot.book_display import StopBookButton
from bot.buttons import CastButton, ContinueButton, DecideButton, PassageButton, StopButton
from bot.delivery import Delivery
from bot.errors import BadToken, BotError, NoRedis
from bot.models import PromoteButton
from bot.options import BotOptions
from bot.privacy_commands import ForgetButton
from bot.reading import PageButton
from bot.replies import Interaction, tell_broken
from bot.rights import invite_url
from bot.sheets import hand_in
from bot.speaking import language_of_server
from bot.sync import Translations, sync_commands
from bot.words.help import HELLO
from worker.client import Client
from worker.connection import public_address
from worker.errors import RedisDown, RedisRefuses
from worker.versions import VersionStore

log = structlog.get_logger(__name__)

GATEWAY_RETRY_S = 5.0


class Tree(app_commands.CommandTree[BaseBot]):
    """The commands; what none of them expected becomes a sentence and a line in the log."""

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError) -> None:
        """Something went wrong that should not have."""
        log.error("a command failed", command=name_of(interaction), interaction=interaction.id, exc_info=error)
        await tell_broken(interaction)


def name_of(interaction: Interaction) -> str:
    """What a member used, without what they wrote: a command, or the id of a button."""
    if interaction.command is not None:
        return interaction.command.qualified_name
    data: Any = interaction.data or {}
    return str(data.get("custom_id", ""))


class GreenbeardBot(BaseBot):
    """Commands and buttons. `Delivery` brings the results, and runs beside the bot, not inside it."""

    def __init__(self, options: BotOptions, client: Client) -> None:
        super().__init__(options, client)
        self.tree = Tree(
            self,
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        )
        for feature in (
            write,
            own_words,
            turns,
            voting,
            branching,
            replay,
            story_commands,
            book_commands,
            rule_commands,
            privacy_commands,
            train,
            models,
            status,
            guide,
        ):
            feature.setup(self.tree)
        self.add_dynamic_items(StopButton, StopBookButton, ContinueButton, PassageButton, PageButton)
        self.add_dynamic_items(CastButton, DecideButton, ForgetButton, PromoteButton)

    @property
    def known_id(self) -> int:
        """Discord's id of this application. Raises BotError before the login."""
        if self.application_id is None:
            raise BotError("Discord has not named this application yet; log in first.")
        return self.application_id

    async def setup_hook(self) -> None:
        """Before the gateway opens: let Discord know the commands."""
        await self.tree.set_translator(Translations())
        await sync_commands(self.tree, self.queue.redis, self.known_id)

    async def on_interaction(self, interaction: Interaction) -> None:
        """Sheets that are handed in; commands and buttons find their way by themselves."""
        if interaction.type is discord.InteractionType.modal_submit:
            await hand_in(interaction)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Say hello where the bot may."""
        channel = guide.place_for_hello(guild)
        if channel is None:
            return
        try:
            await self.greet(guild, channel.id)
        except discord.HTTPException:
            log.info("no hello: Discord refused it", guild=guild.id)
        except RedisDown:
            log.warning("no hello: Redis does not answer", guild=guild.id)

    async def greet(self, guild: discord.Guild, channel: int) -> None:
        """The first words in a channel. Raises discord.HTTPException or RedisDown."""
        await self.get_partial_messageable(channel).send(HELLO.to(await language_of_server(self, guild)))


def run_bot(options: BotOptions, token: str) -> None:
    """Run the bot on real Discord until a signal ends it. Raises BadToken, NoRedis, BotError."""
    asyncio.run(_run(options, token))


async def _run(options: BotOptions, token: str) -> None:
    client = Client(options.redis_url, VersionStore(options.home / "models", options.shipped))
    try:
        await check_redis(client, options.redis_url)
        bot = GreenbeardBot(options, client)
        async with bot:
            await _log_in(bot, token)
            await _serve(bot)
    finally:
        await client.close()


async def check_redis(client: Client, url: str) -> None:
    """Raises NoRedis unless Redis answers; names the address without its password."""
    try:
        await client.queues()
    except RedisRefuses as error:
        raise NoRedis(
            f"Redis at {public_address(url)} refuses the bot ({error.__cause__}); check the password in REDIS_URL."
        ) from error
    except RedisDown as error:
        raise NoRedis(
            f"Redis does not answer at {public_address(url)}; is it running there? Check REDIS_URL."
        ) from error


async def _log_in(bot: GreenbeardBot, token: str) -> None:
    try:
        await bot.login(token)
    except discord.LoginFailure as error:
        raise BadToken(
            "Discord does not accept DISCORD_TOKEN; "
            "copy the token anew from the Discord developer portal (Bot → Reset Token)."
        ) from error
    except (discord.HTTPException, OSError) as error:
        raise BotError(f"Discord cannot be reached ({error}); check the network, then start the bot again.") from error
    sys.stdout.write(f"Add the bot to a server: {invite_url(bot.known_id)}\n")
    sys.stdout.flush()


async def connect(bot: GreenbeardBot) -> None:
    """Keep the connection to Discord's gateway, from the first attempt on.

    discord.py connects again by itself once it has been connected; where its first attempt fails it breaks on the
    connection that it does not have.
    """
    while True:
        try:
            await bot.connect()
            return
        except AttributeError:
            if bot.ws is not None:
                raise
            log.warning("Discord's gateway cannot be reached; trying again", again_in_s=GATEWAY_RETRY_S)
            await asyncio.sleep(GATEWAY_RETRY_S)


async def _serve(bot: GreenbeardBot) -> None:
    """The gateway and the delivery side by side; the end of one ends the other."""
    delivery = Delivery(bot, bot.queue, bot.stories, bot.options)
    tasks = {asyncio.create_task(connect(bot)), asyncio.create_task(delivery.run())}
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, lambda: [task.cancel() for task in tasks])
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error
