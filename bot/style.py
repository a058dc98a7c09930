"""Styles: how freely the model draws its words."""

from __future__ import annotations

from bot.words import commands
from bot.words import stories as say
from bot.words.language import Phrase, joined
from worker.contract import SamplingChoice

PRESETS = {
    "calm": SamplingChoice(temperature=0.7),
    "balanced": SamplingChoice(),
    "wild": SamplingChoice(temperature=1.2, min_p=0.07),
}


NAMES = {"calm": commands.CALM, "balanced": commands.BALANCED, "wild": commands.WILD}
"""How presets are called."""


def style_name(sampling: SamplingChoice) -> str | None:
    """The preset that these numbers are, if they are one."""
    return next((name for name, preset in PRESETS.items() if preset == sampling), None)


def style_line(sampling: SamplingChoice) -> Phrase:
    """A style in words and numbers."""
    numbers = [say.TEMPERATURE.of(value=sampling.temperature), say.TOP_P.of(value=sampling.top_p)]
    numbers += [say.TOP_K.of(value=sampling.top_k)] if sampling.top_k else []
    numbers += [say.MIN_P.of(value=sampling.min_p)] if sampling.min_p else []
    numbers += [say.REPETITION.of(value=sampling.repetition)] if sampling.repetition > 1 else []
    numbers += [say.COMMONNESS.of(value=sampling.commonness)] if sampling.commonness < 1 else []
    style = NAMES.get(style_name(sampling) or "", say.OWN_NUMBERS)
    return say.STYLE_LINE.of(style=style, numbers=joined(say.COMMA, numbers))


def with_numbers(sampling: SamplingChoice, **numbers: float | None) -> SamplingChoice:
    """`sampling` with those numbers that are given."""
    given = {name: value for name, value in numbers.items() if value is not None}
    return SamplingChoice(**{**sampling.model_dump(), **given})
