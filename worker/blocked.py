"""What counts as a blocked word, for the bot, which does not see the model."""

from model.blocked import blocked_word

__all__ = ["blocked_word"]
