"""The two languages of the bot, and phrases that exist in both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Literal

import discord
from discord import app_commands

Language = Literal["en", "zh"]
"""English, or Simplified Chinese."""

_CHINESE = (discord.Locale.chinese, discord.Locale.taiwan_chinese)


def language_of(locale: discord.Locale) -> Language:
    """The language for those whose Discord speaks `locale`: Chinese for every kind of it, else English."""
    return "zh" if locale in _CHINESE else "en"


@dataclass(frozen=True)
class Phrase:
    """A sentence or label in both languages; what stands in braces is filled in, as by `str.format`."""

    en: str
    zh: str
    one: str | None = None
    """The English where `{count}` is 1."""
    values: Mapping[str, object] = field(default_factory=dict)
    """What is filled in, by name; phrases among it are said in the same language."""

    def of(self, **values: object) -> Phrase:
        """The phrase with what is filled in."""
        return replace(self, values=values)

    def to(self, language: Language) -> str:
        """The phrase as it is said in a language. Raises KeyError where a value is missing."""
        english = self.one if self.one is not None and self.values.get("count") == 1 else self.en
        values = {name: said(value, language) for name, value in self.values.items()}
        return (self.zh if language == "zh" else english).format(**values)

    @property
    def label(self) -> app_commands.locale_str:
        """The phrase as the description or name of a command, which Discord shows to each member in theirs."""
        return app_commands.locale_str(self.en, phrase=self)


def said(value: object, language: Language) -> object:
    """A value of a phrase as it is filled in."""
    return value.to(language) if isinstance(value, Phrase) else value


_TWO = Phrase("{left}{between}{right}", "{left}{between}{right}")


def joined(between: Phrase, parts: Iterable[Phrase]) -> Phrase:
    """Phrases in a row; at least one."""
    return reduce(lambda left, right: _TWO.of(left=left, between=between, right=right), parts)
