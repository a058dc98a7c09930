"""Which preset fits a corpus, a device, a budget and the memory, and how many LSTMs of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from model import memory
from model.corpus import Corpus
from model.errors import BadSettings
from model.pace import YARDSTICK
from model.presets import PRESETS, Preset

WORTH_IT = {
    "tiny": (0, 0),
    "small": (150_000, 200_000),
    "base": (1_500_000, 28_000_000),
    "large": (20_000_000, 80_000_000),
}
"""Characters of text, and tokens that `small` would learn from in the budget, from which on a preset reads better than
the one before it."""
PLANNED = 0.9
"""Share of the free memory that may be planned with."""
MEMBERS = 2
"""LSTMs of an ensemble."""
ENOUGH_ROUNDS = 4.0
"""Times that one LSTM would read the text in the budget, from which on an ensemble reads better than it."""
BYTES_PER_TOKEN = 4.0
"""Of text in UTF-8; of a small text, whose vocabulary is small, less."""


@dataclass(frozen=True)
class Choice:
    """A preset, and one sentence on why it was taken; empty where the user said which."""

    name: str
    preset: Preset
    reason: str = ""
    members: int = 1
    """LSTMs that learn side by side and write together."""


@dataclass(frozen=True)
class Means:
    """What a training may use."""

    device: str
    free: int | None
    """Bytes of memory; None: unknown."""
    budget_s: float | None = None
    """None: as long as it takes."""
    pace: float = math.inf
    """Tokens a second that `small` would learn from (`pace.tokens_per_second`); infinite where it does not matter."""

    @property
    def tokens(self) -> float:
        """What `small` would learn from in the budget."""
        return math.inf if self.budget_s is None else self.budget_s * self.pace


def named(name: str) -> Choice:
    """The preset of this name. Raises BadSettings."""
    if name not in PRESETS:
        raise BadSettings(f'There is no preset "{name}"; choose one of {", ".join(PRESETS)}.')
    return Choice(name, PRESETS[name])


def pace_matters(chars: int, vocab: int | None, free: int | None) -> bool:
    """Whether text and memory (bytes) are enough for a preset that a slow device has no time for."""
    return chars >= WORTH_IT["small"][0] and "small" in fitting_presets(vocab, chars, free)


def choose(chars: int, vocab: int | None, means: Means) -> Choice:
    """The largest preset that `chars` characters can feed with these means."""
    worth_it = [name for name, (least, tokens) in WORTH_IT.items() if chars >= least and means.tokens >= tokens]
    fitting = fitting_presets(vocab, chars, means.free)
    name = [name for name in worth_it if name in fitting or name == "tiny"][-1]
    limits = [f"{chars:,} characters of text", "a GPU" if means.device == "cuda" else "a CPU"]
    if means.budget_s is not None:
        limits.insert(1, f"{means.budget_s:,.0f} s")
    if math.isfinite(means.pace):
        limits[-1] += f" that learns from {means.pace:,.0f} tokens a second with preset small"
    if name != worth_it[-1] and means.free is not None:
        limits.append(f"{gigabytes(means.free)} of free memory")
    return Choice(name, PRESETS[name], f"Preset {name}, chosen for {', '.join(limits)}: {PRESETS[name].about}")


def with_members(choice: Choice, vocab: int | None, corpus: Corpus, means: Means) -> Choice:
    """The same preset, and an ensemble of it where there is time enough for the members of one.

    Not of `tiny`, which is for a first look, nor of a training that is told its rounds, nor with rare words.
    """
    tokens = vocab or choice.preset.vocab
    shape = choice.preset.shape(tokens)
    learned = means.tokens * YARDSTICK.shape(YARDSTICK.vocab).parameters / shape.parameters
    rounds = learned / (corpus.size / BYTES_PER_TOKEN)
    room = math.inf if means.free is None else PLANNED * means.free
    fits = memory.needed(choice.preset, tokens, corpus.chars, MEMBERS) <= room
    if choice.name == "tiny" or shape.rare or not ENOUGH_ROUNDS <= rounds < math.inf or not fits:
        return choice
    said = (
        "Two LSTMs of it, which take twice the memory, learn side by side and write together, for one would read the "
        f"text {rounds:.0f} times."
    )
    return replace(choice, members=MEMBERS, reason=f"{choice.reason or f'Preset {choice.name}.'} {said}")


def fitting_presets(vocab: int | None, chars: int, free: int | None) -> list[str]:
    """The presets, small to large, that the free memory (bytes; None: unknown) has room for."""
    room = math.inf if free is None else PLANNED * free
    return [name for name, p in PRESETS.items() if memory.needed(p, vocab or p.vocab, chars) <= room]


def memory_advice(choice: Choice, vocab: int | None, chars: int, free: int | None) -> str:
    """What to do, in one sentence, where a preset found too little memory."""
    need = memory.needed(choice.preset, vocab or choice.preset.vocab, chars, choice.members)
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
