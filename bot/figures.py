"""Figures of trainings and models, as embeds."""

from __future__ import annotations

from collections.abc import Iterable

import discord

from bot.limits import duration
from bot.text import escape
from bot.words import training as say
from bot.words.language import Language, Phrase
from bot.words.notes import NOTES
from worker.contract import TrainProgress, TrainRequest, TrainResult

BAR_CELLS = 20
SAMPLE_CHARS = 1200
LIVE_SAMPLE_CHARS = 240
FIELD_CHARS = 1000
"""Discord takes 1,024."""
GREEN = discord.Colour(0x3B7A57)


def bar(fraction: float) -> str:
    """A progress bar of text with its percentage."""
    share = min(max(fraction, 0.0), 1.0)
    full = round(share * BAR_CELLS)
    return f"{'▰' * full}{'▱' * (BAR_CELLS - full)} {share:.0%}"


def beginning(text: str, most: int) -> str:
    """The first `most` characters of a text, cut between words, with dots where something follows."""
    text = text.strip()
    return text if len(text) <= most else f"{text[:most].rpartition(' ')[0]} …"


def quoted(text: str, most: int) -> str:
    """The beginning of a text that a model wrote, as a quotation."""
    return "\n".join(f"> {escape(line.strip())}" for line in beginning(text, most).split("\n"))


def bits(value: float | None) -> Phrase:
    """Bits per character; lower is better."""
    return say.NOT_YET if value is None else say.BITS.of(value=value)


def progress_embed(request: TrainRequest, progress: TrainProgress | None, language: Language) -> discord.Embed:
    """A training on its way."""
    embed = discord.Embed(title=say.TRAINING.of(name=escape(request.name)).to(language), colour=GREEN)
    if progress is None:
        embed.description = say.READING.to(language)
        return embed
    embed.description = bar(progress.fraction)
    fields = (
        (say.TIME_LEFT, duration(progress.seconds_left)),
        (say.TIMES_THROUGH, say.TIMES.of(value=progress.epoch)),
        (say.SPEED, say.TOKENS_PER_S.of(value=progress.tokens_per_s)),
        (say.LOSS, bits(progress.loss_bits_per_char)),
        (say.UNSEEN, bits(progress.valid_bits_per_char)),
    )
    add_fields(embed, fields, language)
    if progress.sample:
        sample = quoted(progress.sample, LIVE_SAMPLE_CHARS)
        embed.add_field(name=say.WRITES_BY_NOW.to(language), value=sample, inline=False)
    return embed


def add_fields(embed: discord.Embed, fields: Iterable[tuple[Phrase, Phrase]], language: Language) -> None:
    """Names and values beside each other."""
    for name, value in fields:
        embed.add_field(name=name.to(language), value=value.to(language))


def result_embed(result: TrainResult, language: Language) -> discord.Embed:
    """A finished training, with a sample of what the model writes."""
    embed = discord.Embed(
        title=say.TRAINED.of(name=escape(result.version)).to(language),
        description=say.SAMPLE.of(sample=quoted(result.sample, SAMPLE_CHARS)).to(language),
        colour=GREEN,
    )
    fields = (
        (say.TIME, duration(result.seconds)),
        (say.TIMES_THROUGH, say.TIMES.of(value=result.epochs)),
        (say.SPEED, say.TOKENS_PER_S.of(value=result.tokens_per_s)),
        (say.UNSEEN, bits(result.valid_bits_per_char)),
        (say.SIZE, say.PARAMETERS.of(millions=result.parameters / 1e6, preset=result.preset)),
    )
    add_fields(embed, fields, language)
    if result.notes:
        phrases = [NOTES[note.about].of(sentence=note.sentence) for note in result.notes]
        notes = "\n".join(f"• {escape(phrase.to(language))}" for phrase in phrases)
        embed.add_field(name=say.GOOD_TO_KNOW.to(language), value=beginning(notes, FIELD_CHARS), inline=False)
    embed.set_footer(text=say.LOWER_IS_BETTER.to(language))
    return embed
