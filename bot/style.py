"""Styles: how freely the model draws its words."""

from __future__ import annotations

from worker.contract import SamplingChoice

PRESETS = {
    "calm": SamplingChoice(temperature=0.6, top_p=0.9, min_p=0),
    "balanced": SamplingChoice(),
    "wild": SamplingChoice(temperature=1.1, top_p=0.98, min_p=0),
}


def style_name(sampling: SamplingChoice) -> str | None:
    """The preset that these numbers are, if they are one."""
    return next((name for name, preset in PRESETS.items() if preset == sampling), None)


def style_line(sampling: SamplingChoice) -> str:
    """A style in words and numbers."""
    numbers = [f"temperature {sampling.temperature:g}", f"top-p {sampling.top_p:g}"]
    numbers += [f"top-k {sampling.top_k}"] if sampling.top_k else []
    numbers += [f"min-p {sampling.min_p:g}"] if sampling.min_p else []
    numbers += [f"repetition {sampling.repetition:g}"] if sampling.repetition > 1 else []
    return f"**{style_name(sampling) or 'own numbers'}** ({', '.join(numbers)})"


def with_numbers(sampling: SamplingChoice, **numbers: float | None) -> SamplingChoice:
    """`sampling` with those numbers that are given."""
    given = {name: value for name, value in numbers.items() if value is not None}
    return SamplingChoice(**{**sampling.model_dump(), **given})
