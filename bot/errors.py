"""What can go wrong in the bot; each message is one sentence that says what to do next.

BotError
├── BadToken          Discord does not accept the token (for the operator)
├── NoRedis           Redis does not answer at start (for the operator)
├── Refusal           a member asked for something that is not possible (for that member)
└── Undeliverable     Discord refuses a message for good (for the log)
    └── MessageGone   because it was deleted, in a channel that is there
"""

from __future__ import annotations

from bot.words.language import Phrase


class BotError(Exception):
    """Base of this package's errors."""


class BadToken(BotError):
    """Discord does not accept the token."""


class NoRedis(BotError):
    """Redis does not answer at start."""


class Refusal(BotError):
    """A member asked for something that is not possible; nothing was changed.

    `phrase` is what they are told, in their language; as a string, for the log, it is English.
    """

    def __init__(self, phrase: Phrase) -> None:
        super().__init__(phrase.to("en"))
        self.phrase = phrase


class Undeliverable(BotError):
    """Discord refuses a message for good: its channel is gone, or a right was withdrawn."""


class MessageGone(Undeliverable):
    """The message that was to be changed was deleted; its channel is there."""
