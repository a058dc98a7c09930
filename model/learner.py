"""One step of learning: a batch forward, its loss backward, an update of the weights; the state is carried along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from model.candidates import CandidateSampler
from model.corpus import Lanes
from model.lstm import LSTM, State
from model.optimizers import optimizers_for
from model.presets import Preset
from model.readers import Batch, Readers
from model.team import Team

CLIP = 1.0
SMOOTHING = 0.02


class Learner:
    """A model that reads its lanes of text and learns from them."""

    def __init__(
        self,
        model: LSTM,
        preset: Preset,
        lanes: Lanes,
        precision: torch.dtype,
        team: Team,
        threads: int | None = None,
    ) -> None:
        """With so many `threads`; None: as many as torch would take."""
        self.model, self.lanes, self.team = model, lanes, team
        self.device = model.device
        self.readers = Readers(model, lanes.lanes // team.size, precision, threads)
        self.optimizers = optimizers_for(model, preset.learning_rate, precision, self.readers.pool)
        self._peaks = [float(group["lr"]) for group in self._groups()]
        self.state = self._start()
        self.tokens = 0
        """Read so far."""
        self._loss: Tensor | None = None

    @property
    def nats(self) -> float | None:
        """Smoothed loss in nats per token; None before the first step. Waits for the device."""
        return None if self._loss is None else float(self._loss)

    def step(self, rate: float, sampler: CandidateSampler | None = None) -> bool:
        """One update at a share of the full rate. False, and the weights left alone, where it is no number.

        With a `sampler`, of a softmax over the candidates that it draws for the batch of all processes.
        """
        return self.learn(self.draw(sampler), rate)

    def draw(self, sampler: CandidateSampler | None = None) -> Batch:
        """The next batch, and what chance, torch's generator, does with it."""
        if self.lanes.at_start:
            self.state = self._start()
        blocks = self.lanes.next()
        self.tokens += blocks[0].numel()
        inputs, targets = (self.team.own_lanes(block).to(self.device) for block in blocks)
        masks = self.team.own_masks(self.model.draw_masks(self.lanes.lanes))
        candidates = None if sampler is None else sampler.draw(self.model.entries(blocks[1]))
        return Batch(inputs, targets, masks, blocks[0].numel(), candidates)

    def learn(self, batch: Batch, rate: float) -> bool:
        """One update from the batch that was drawn last, as `step` does it."""
        for group, peak in zip(self._groups(), self._peaks, strict=True):
            group["lr"] = peak * rate
        loss, state = self.readers.read(batch, self.state)
        loss = self.team.add_up(loss, self.model.parameters())
        norm = torch.nn.utils.clip_grad_norm_(self.model.dense_parameters(), CLIP)
        finite = bool(torch.isfinite(norm))
        if finite:
            for optimizer in self.optimizers:
                optimizer.step()
            self.state = state
            self._note(loss)
        else:
            self.state = self._start()
        self.model.zero_grad(set_to_none=True)
        return finite

    def _start(self) -> State:
        return self.team.own_state(self.model.start(self.lanes.lanes))

    def _groups(self) -> list[dict[str, Any]]:
        return [group for optimizer in self.optimizers for group in optimizer.param_groups]

    def _note(self, loss: Tensor) -> None:
        self._loss = loss if self._loss is None else self._loss.lerp(loss, SMOOTHING)

    def start_afresh(self) -> None:
        """Forget all but the weights and the place in the text: what else was learned led astray."""
        for optimizer in self.optimizers:
            optimizer.state.clear()
        self.state = self._start()
        self._loss = None

    # ---- what the next step depends on

    def tensors(self) -> dict[str, Tensor]:
        """Weights, the optimizer's slots, state, smoothed loss and the place in the text, by name."""
        tensors = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        for number, optimizer in enumerate(self.optimizers):
            for index, slots in optimizer.state_dict()["state"].items():
                tensors |= {f"optimizer{number}.{index}.{name}": value for name, value in slots.items()}
        state = self.team.whole_state(self.state)
        tensors |= {"state.hidden": state.hidden, "state.cell": state.cell.clone()}
        tensors |= {"rng": torch.get_rng_state(), "lanes.rng": self.lanes.generator.get_state()}
        if self.device.type == "cuda":
            tensors["rng.cuda"] = torch.cuda.get_rng_state(self.device)
        tensors["lanes.place"] = torch.tensor([self.lanes.position, self.lanes.offset, self.tokens])
        tensors["lanes.rounds"] = torch.tensor(self.lanes.rounds, dtype=torch.float64)
        if self._loss is not None:
            tensors["loss"] = self._loss
        return tensors

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Go back to what `tensors()` gave."""
        self.model.load_state_dict(part(tensors, "model"))
        for number, optimizer in enumerate(self.optimizers):
            slots: dict[int, dict[str, Tensor]] = {}
            for key, value in part(tensors, f"optimizer{number}").items():
                index, name = key.split(".", 1)
                slots.setdefault(int(index), {})[name] = value
            optimizer.load_state_dict({**optimizer.state_dict(), "state": slots})
        state = State(tensors["state.hidden"].to(self.device), tensors["state.cell"].to(self.device))
        self.state = self.team.own_state(state)
        self.lanes.position, self.lanes.offset, self.tokens = (int(n) for n in tensors["lanes.place"])
        self.lanes.rounds = float(tensors["lanes.rounds"])
        self.lanes.generator.set_state(tensors["lanes.rng"])
        torch.set_rng_state(tensors["rng"])
        if self.device.type == "cuda" and "rng.cuda" in tensors:
            torch.cuda.set_rng_state(tensors["rng.cuda"], self.device)
        loss = tensors.get("loss")
        self._loss = None if loss is None else loss.to(self.device)


def part(tensors: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    """The tensors under one name, without it."""
    return {key.removeprefix(f"{name}."): value for key, value in tensors.items() if key.startswith(f"{name}.")}
