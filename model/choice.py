"""Which preset fits a corpus, a device, a budget and the memory."""

from __future__ import annotations

from dataclasses import dataclass

from model import memory
from model.errors import BadSettings
from model.presets import PRESETS, Preset

WORTH_IT = {"tiny": (0, 0), "small": (150_000, 60), "base": (1_500_000, 600), "large": (20_000_000, 6_000)}
"""Characters of text and seconds on a CPU from which on a preset reads better than the one before it."""
GPU_SPEED = 10
"""Seconds on a CPU for one on a GPU."""
PLANNED = 0.9
"""Share of the free memory that may be planned with."""


@dataclass(frozen=True)
class Choice:
    """A preset, and one sentence on why it was taken; empty where the user said which."""

    name: str
    preset: Preset
    reason: str = ""


def named(name: str) -> Choice:
    """The preset of this name. Raises BadSettings."""
    if name not in PRESETS:
        raise BadSettings(f'There is no preset "{name}"; choose one of {", ".join(PRESETS)}.')
    return Choice(name, PRESETS[name])


def choose(chars: int, device: str, budget_s: float | None, vocab: int | None, free: int | None) -> Choice:
    """The largest preset that `chars` characters can feed within the budget and the free memory (bytes)."""
    seconds = float("inf") if budget_s is None else budget_s * (GPU_SPEED if device == "cuda" else 1)
    worth_it = [name for name, (least, time) in WORTH_IT.items() if chars >= least and seconds >= time]
    fitting = fitting_presets(vocab, chars, free)
    name = [name for name in worth_it if name in fitting or name == "tiny"][-1]
    limits = [f"{chars:,} characters of text", "a GPU" if device == "cuda" else "a CPU"]
    if budget_s is not None:
        limits.insert(1, f"{budget_s:,.0f} s")
    if name != worth_it[-1] and free is not None:
        limits.append(f"{gigabytes(free)} of free memory")
    return Choice(name, PRESETS[name], f"Preset {name}, chosen for {', '.join(limits)}: {PRESETS[name].about}")


def fitting_presets(vocab: int | None, chars: int, free: int | None) -> list[str]:
    """The presets, small to large, that the free memory (bytes; None: unknown) has room for."""
    room = float("inf") if free is None else PLANNED * free
    return [name for name, p in PRESETS.items() if memory.needed(p, vocab or p.vocab, chars) <= room]


def memory_advice(choice: Choice, vocab: int | None, chars: int, free: int | None) -> str:
    """What to do, in one sentence, where a preset found too little memory."""
    need = memory.needed(choice.preset, vocab or choice.preset.vocab, chars)
    there = "" if free is None else f", {gigabytes(free)} are free"
    said = f"There is too little memory for preset {choice.name} (it takes about {gigabytes(need)}{there})"
    smaller = list(PRESETS)[: list(PRESETS).index(choice.name)]
    fitting = [name for name in smaller if name in fitting_presets(vocab, chars, free)]
    if fitting:
        return f"{said}; train with --preset {fitting[-1]}."
    return f"{said}; no smaller preset fits either: close other programs, or train on fewer books."


def gigabytes(count: int) -> str:
    """Bytes for people."""
    return f"{count / 2**30:.1f} GB"
