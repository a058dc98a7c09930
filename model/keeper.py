"""What a training tells those who watch it, and keeps: journal, checkpoints, and the record of its model."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from model import finish, memory
from model.checkpoint import FOREIGN, Checkpoint, save_checkpoint
from model.corpus import Tokens
from model.curve import POINTS, Point
from model.errors import BadModel
from model.learner import Learner
from model.learners import Learners
from model.lstm import count_parameters
from model.notes import Concern, Note
from model.progress import Journal, TrainProgress
from model.publish import Finished
from model.task import Task
from model.validation import Best
from model.version import Metrics

AT_TIMES = (".loss", ".rng.cuda")
"""Ends of the names of tensors that a checkpoint may have or not: before the first step, or of another device."""
KNOWN = 0.5
"""Share of the held-out text that may stand in the training text before its figure is called worthless."""


class Keeper:
    """Keeps the journal of a training."""

    def __init__(self, task: Task, tokens: Tokens, learners: Learners, best: Best) -> None:
        self.task = task
        self.tokens, self.learners, self.best = tokens, learners, best
        self.journal = Journal()

    # ---- what is told

    def begin(self) -> None:
        """Say what the user should know before the first step."""
        corpus, choice = self.task.corpus, self.task.choice
        if choice.reason:
            self.journal.notes.append(Note("preset", choice.reason))
            self.task.watch.on_choice(choice.reason)
        asked, got = self.task.settings.vocab, self.tokens.tokenizer.vocab
        if asked is not None and got < asked:
            sentence = f"The books support only {got:,} of the {asked:,} tokens asked for with --vocab."
            self.note("small vocabulary", sentence)
        if corpus.known_share > KNOWN:
            self.note(
                "known validation",
                f"{corpus.known_share:.0%} of the validation text stands in the training text word for word, so "
                "its figure says nothing about new text; hold out other books, or leave --valid out.",
            )

    def note(self, about: Concern, sentence: str) -> None:
        """Say a sentence now, and again with the version."""
        self.journal.notes.append(Note(about, sentence))
        self.task.watch.on_note(sentence)

    def report(self, fraction: float) -> None:
        """Say where the training stands, at a fraction of its budget."""
        self.task.watch.on_progress(self._progress(fraction))

    def mark(self, fraction: float, valid_bits: float | None = None) -> None:
        """Add a point to the learning curve; where the held-out text was read, with its bits per character."""
        self.journal.marks = int(fraction * POINTS)
        progress = self._progress(fraction)
        self.journal.points.append(
            Point(
                step=self.journal.steps,
                seconds=progress.seconds,
                epoch=progress.epoch,
                train=progress.loss_bits_per_char,
                valid=valid_bits,
                tokens_per_s=progress.tokens_per_s,
            )
        )

    def _progress(self, fraction: float) -> TrainProgress:
        nats, seconds = self.learners.nats, self.journal.seconds
        if self.task.settings.budget_s is not None:
            left = self.task.settings.budget_s - seconds
        else:
            left = seconds * (1 - fraction) / max(fraction, 1e-9)
        return TrainProgress(
            fraction=min(fraction, 1.0),
            seconds=seconds,
            seconds_left=max(left, 0.0),
            epoch=self.learners.lanes.rounds,
            loss_bits_per_char=None if nats is None else nats / math.log(2) / self.tokens.chars_per_token,
            valid_bits_per_char=self.journal.valid_bits,
            tokens_per_s=self.learners.tokens / max(seconds, 1e-9),
            sample=self.journal.sample,
        )

    # ---- what is kept

    def save(self, last: bool = False) -> None:
        """Write a checkpoint; where the disk refuses it, say so and go on with the one before.

        Of the `last`, before the version is written, nothing is said: what the version meets will be.
        """
        record = {
            "begun_with": self.task.begun_with,
            "preset": self.task.choice.name,
            "members": self.task.choice.members,
            "precision": self.task.precision,
            "best_bits": self.best.bits,
            "best_at": self.best.at,
            "journal": self.journal.to_json(),
        }
        tensors = self._tensors()
        if not self.task.team.leads:
            return
        try:
            save_checkpoint(self.task.work, Checkpoint(tensors, record))
        except OSError as error:
            reason = error.strerror or error
            if not last and all(note.about != "no checkpoint" for note in self.journal.notes):
                sentence = f"A checkpoint could not be written ({reason}); the training goes on without it."
                self.note("no checkpoint", sentence)

    def go_back(self, found: Checkpoint) -> None:
        """Put everything back to what a checkpoint kept. Raises BadModel if it does not fit."""
        try:
            self._check_fits(found.tensors)
            self.journal = Journal.from_json(found.record["journal"])
            if self.journal.finish is not None:
                self.learners.turn_to(finish.text_of(self.tokens, self.journal.finish.tokens))
            self.learners.restore(found.tensors)
            self.best.restore(found.tensors, found.record["best_bits"], found.record["best_at"])
        except (RuntimeError, KeyError, TypeError, ValueError) as error:
            if memory.is_refusal(error):
                raise
            raise BadModel(FOREIGN) from error

    def _check_fits(self, found: Mapping[str, Tensor]) -> None:
        """Compare names and shapes to those that this training keeps. Raises ValueError.

        What would be missed at the next step only, or at the end, is found out here. It changes the weights.
        """
        least = self._tensors()
        for member in self.learners.members:
            _fill_slots(member)
        most = self._tensors()
        missing = {name for name in least if name not in found and not name.endswith(AT_TIMES)}
        others = {name for name in found if not name.endswith(AT_TIMES)}
        foreign = {name for name in others if name not in most or most[name].shape != found[name].shape}
        if missing or foreign:
            raise ValueError(f"the tensor {min(missing | foreign)!r} is missing, unknown or of another shape")

    def _tensors(self) -> dict[str, Tensor]:
        return self.learners.tensors() | self.best.tensors()

    def finished(self, bits: float, seconds: float, stopped: bool) -> Finished:
        """The model as it stands, and what is known about it.

        The held-out text costs it `bits` per character; the user may have `stopped` the training, after `seconds`.
        """
        task, journal = self.task, self.journal
        return Finished(
            model=self.learners.model,
            tokenizer=self.tokens.tokenizer,
            corpus=task.corpus,
            learned=task.corpus.books if journal.learned_held_out else task.corpus.train,
            seen=self._seen,
            name=task.settings.name,
            preset=task.choice.name,
            seed=task.settings.seed,
            command=task.settings.command,
            parameters=count_parameters(self.learners.model),
            metrics=Metrics(
                valid_bits_per_char=bits,
                seconds=seconds,
                epochs=self.learners.lanes.rounds,
                tokens_per_s=self.learners.tokens / max(journal.seconds, 1e-9),
                stopped_early=stopped,
                overfitted=journal.overfitted,
                setbacks=journal.setbacks,
                kept_at=self.best.at,
                finished=journal.learned_held_out,
            ),
            notes=tuple(journal.notes),
            points=tuple(journal.points),
        )

    @property
    def _seen(self) -> frozenset[int]:
        """Tokens that stand in what was read."""
        streams = [self.tokens.train, *(self.tokens.valid if self.journal.learned_held_out else [])]
        return frozenset(np.unique(np.concatenate(streams)).tolist())


def _fill_slots(member: Learner) -> None:
    """Let its optimizers take a step of nothing, after which they have all the slots that they will have."""
    for parameter in member.model.dense_parameters():
        parameter.grad = torch.zeros_like(parameter)
    for rows in member.model.row_parameters():
        first = torch.zeros(1, 1, dtype=torch.int64, device=rows.device)
        rows.grad = torch.sparse_coo_tensor(first, torch.zeros_like(rows[:1]), rows.shape, check_invariants=True)
    for optimizer in member.optimizers:
        optimizer.step()
    member.model.zero_grad(set_to_none=True)
