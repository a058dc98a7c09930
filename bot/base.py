"""What every command, button and delivery needs of the bot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import discord

from bot.book_runs import BookRuns
from bot.forgetting import Forgetting
from bot.ledger import Ledger
from bot.moves import Moves
from bot.options import BotOptions
from bot.posting import Poster
from bot.privacy import Privacy
from bot.rules import RuleBook
from bot.screen import Screen
from bot.stories import Stories
from bot.votes import Votes
from worker.client import Client


class BaseBot(discord.Client):
    """A Discord client with the queue, what is owed, and the stories; `GreenbeardBot` adds the commands."""

    def __init__(self, options: BotOptions, client: Client) -> None:
        super().__init__(
            intents=discord.Intents.default(),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
        )
        self.options = options
        self.queue = client
        self.ledger = Ledger(client.redis)
        self.book_runs = BookRuns(client.redis)
        self.stories = Stories(client, self.ledger)
        self.moves = Moves(self.stories, client)
        self.screen = Screen(Poster(self), self.stories.records, self.moves, client, options)
        self.privacy = Privacy(client.redis, client)
        self.forgetting = Forgetting(client, options.consumer, self.ledger, self.stories, self.privacy)
        self.rule_book = RuleBook(client.redis)
        self.votes = Votes(client.redis, options.consumer, self.stories, self.moves, self.screen)
        self.presses: dict[str, Callable[..., Awaitable[None]]] = {}
        """What the buttons below passages do, by their names."""
        self.sheets: dict[str, Callable[..., Awaitable[None]]] = {}
        """Who gets sheets that are handed in, by their names."""
