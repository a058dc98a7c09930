"""The LSTMs that a training makes, learning side by side: one alone, or the members of an ensemble.

Each has a place in the text, optimizers and state of its own. Where there is a thread for each, they learn at the same
time; of an ensemble, none waits for another before its update is done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial

import torch
from torch import Tensor

from model.candidates import CandidateSampler
from model.corpus import Lanes, Stream
from model.ensemble import Model, together
from model.learner import Learner, part
from model.lstm import LSTM
from model.presets import Preset
from model.team import Team


class Learners:
    """All members of a model. They have read equally much, each in its own order."""

    def __init__(
        self, lstms: Sequence[LSTM], preset: Preset, stream: Stream, seed: int, precision: torch.dtype, team: Team
    ) -> None:
        self.model: Model = together(lstms)
        self._pool = _pool(len(lstms), team) if self.model.device.type == "cpu" else None
        threads = None if self._pool is None else _threads_each(len(lstms))
        self.members = [
            Learner(lstm, preset, _lanes(preset, stream, seed + number), precision, team, threads)
            for number, lstm in enumerate(lstms)
        ]

    @property
    def lanes(self) -> Lanes:
        """The first member's, which tell how far all are."""
        return self.members[0].lanes

    @property
    def tokens(self) -> int:
        """Read so far, by all members together."""
        return sum(member.tokens for member in self.members)

    @property
    def nats(self) -> float | None:
        """Smoothed loss in nats per token, of a member on average; None before the first step. Waits for the device."""
        found = [nats for member in self.members if (nats := member.nats) is not None]
        return sum(found) / len(found) if found else None

    def step(self, rate: float, sampler: CandidateSampler | None = None) -> bool:
        """One update of every member, as `Learner.step` does it. False where any of them was left alone."""
        if len(self.members) == 1:
            return self.members[0].step(rate, sampler)
        batches = [member.draw(sampler) for member in self.members]  # one after another: there is one generator
        each = map if self._pool is None else self._pool.map
        return all(list(each(lambda member, batch: member.learn(batch, rate), self.members, batches)))

    def turn_to(self, stream: Stream) -> None:
        """Read another text from now on."""
        for member in self.members:
            member.lanes.turn_to(stream)

    def start_afresh(self) -> None:
        """Forget all but the weights and the places in the text: what else was learned led astray."""
        for member in self.members:
            member.start_afresh()

    def tensors(self) -> dict[str, Tensor]:
        """What the next step depends on, by name."""
        return {
            f"members.{number}.{name}": value
            for number, member in enumerate(self.members)
            for name, value in member.tensors().items()
        }

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Go back to what `tensors()` gave."""
        for number, member in enumerate(self.members):
            member.restore(part(tensors, f"members.{number}"))


def _lanes(preset: Preset, stream: Stream, seed: int) -> Lanes:
    return Lanes(stream, preset.lanes, preset.steps, torch.Generator().manual_seed(seed))


def _threads_each(members: int) -> int:
    return max(1, torch.get_num_threads() // members)


def _pool(members: int, team: Team) -> Executor | None:
    """A thread for each of several members; None where one waits for the other: for a core, or for other processes."""
    if members == 1 or team.size > 1 or torch.get_num_threads() < members:
        return None
    return ThreadPoolExecutor(members, initializer=partial(torch.set_num_threads, _threads_each(members)))
