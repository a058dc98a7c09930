"""Figures of trainings and models, as embeds."""

from __future__ import annotations

import discord

from bot.limits import duration
from bot.text import escape
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


def bits(value: float | None) -> str:
    """Bits per character; lower is better."""
    return "not yet" if value is None else f"{value:.3f}"


def progress_embed(request: TrainRequest, progress: TrainProgress | None) -> discord.Embed:
    """A training on its way."""
    embed = discord.Embed(title=f"Training {escape(request.name)}", colour=GREEN)
    if progress is None:
        embed.description = "Reading the books …"
        return embed
    embed.description = bar(progress.fraction)
    embed.add_field(name="Time left", value=duration(progress.seconds_left))
    embed.add_field(name="Times through the books", value=f"{progress.epoch:.1f}")
    embed.add_field(name="Speed", value=f"{progress.tokens_per_s:,.0f} tokens/s")
    embed.add_field(name="Loss", value=f"{bits(progress.loss_bits_per_char)} bits per character")
    embed.add_field(name="On unseen pages", value=f"{bits(progress.valid_bits_per_char)} bits per character")
    if progress.sample:
        embed.add_field(name="It writes by now", value=quoted(progress.sample, LIVE_SAMPLE_CHARS), inline=False)
    return embed


def result_embed(result: TrainResult) -> discord.Embed:
    """A finished training, with a sample of what the model writes."""
    sample = quoted(result.sample, SAMPLE_CHARS)
    embed = discord.Embed(
        title=f"The model {escape(result.version)} is trained",
        description=f"A sample of what it writes:\n{sample}\n\n**Promote** lets it write from now on.",
        colour=GREEN,
    )
    embed.add_field(name="Time", value=duration(result.seconds))
    embed.add_field(name="Times through the books", value=f"{result.epochs:.1f}")
    embed.add_field(name="Speed", value=f"{result.tokens_per_s:,.0f} tokens/s")
    embed.add_field(name="On unseen pages", value=f"{result.valid_bits_per_char:.3f} bits per character")
    embed.add_field(name="Size", value=f"{result.parameters / 1e6:.1f} million parameters")
    if result.notes:
        notes = "\n".join(f"• {escape(note)}" for note in result.notes)
        embed.add_field(name="Good to know", value=beginning(notes, FIELD_CHARS), inline=False)
    embed.set_footer(text="Fewer bits per character are better: the model is less surprised by a page it never saw.")
    return embed
