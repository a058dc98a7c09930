"""A member's own words, given back where they did not become story."""

from __future__ import annotations

import discord

from bot.posting import Attached, Face
from bot.text import escape
from bot.words.language import Language
from bot.words.waiting import YOUR_PROMPT

LONG_TEXT = 200
"""Above this many characters, words are given back as a file."""
FILE_NAME = "your-text.txt"


def as_file(text: str) -> Attached:
    """The words as they were typed."""
    return Attached(FILE_NAME, text.encode(errors="ignore"))


def giving_back(sentence: str, text: str, language: Language) -> Face:
    """A message of one sentence with a member's words below it; `text` is "" where there are none."""
    if not text:
        return Face(sentence, bare=True)
    if len(text) > LONG_TEXT:
        return Face(sentence, attached=as_file(text))
    return Face(sentence, embed=discord.Embed(title=YOUR_PROMPT.to(language), description=escape(text)))
