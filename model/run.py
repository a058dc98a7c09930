"""The loop of a training over its pieces.

`learners` take the steps, `schedule` sets their rate, `validation` reads the held-out text, `keeper` tells and keeps.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import torch

from model import finish
from model.candidates import SAMPLED_UNTIL, CandidateSampler
from model.checkpoint import Checkpoint, round_to_saved
from model.corpus import Tokens
from model.curve import POINTS
from model.device import PRECISIONS
from model.errors import BadSettings, TrainingFailed
from model.keeper import Keeper
from model.learners import Learners
from model.lstm import LSTM
from model.presets import Preset, vocab_for
from model.progress import Journal
from model.publish import Finished, sample_of
from model.schedule import FLOOR, dropout_share, rate_at, rate_share
from model.settings import TrainSettings
from model.task import Task
from model.tokenizer import Tokenizer
from model.validation import Best, Validation
from model.words import learn_words

CHECKPOINT_EVERY_S = 60.0
PROGRESS_EVERY_S = 0.5
LOOKS = 10
"""At the held-out text along a budget."""
LOOK_SHARE = 0.05
"""Of the time, at most for looks."""
MOST_READING = 0.5
"""Share of the budget that reading all of the held-out text once may take."""
SHORT_READING_S = 30.0
"""What it may take in any case."""
SAMPLE_WORDS = 30
PACE_KNOWN = 0.01
"""Share of the budget after which the pace so far tells how often the text will be read."""
MAX_BAD_STEPS = 20
MAX_SETBACKS = 3
ADVICE = "train with a smaller --preset or another --seed"


class Run:
    """One training."""

    def __init__(self, task: Task) -> None:
        corpus, choice, settings, team = task.corpus, task.choice, task.settings, task.team
        self.task, self.corpus, self.choice, self.settings, self.team = task, corpus, choice, settings, team
        torch.manual_seed(settings.seed)
        preset = choice.preset
        self.tokens = Tokens(corpus, _learn_tokenizer(settings, preset, [book.text for book in corpus.train]))
        shape = preset.shape(self.tokens.tokenizer.vocab)
        lstms = [LSTM(shape, preset.dropout) for _ in range(choice.members)]
        counts = self.tokens.frequencies()
        self._sampler = CandidateSampler.for_softmax(lstms[0].entry_counts(counts), task.device)
        for lstm in lstms:
            lstm.expect(counts)
            lstm.to(task.device)
        precision = PRECISIONS[task.precision]
        self.learners = Learners(lstms, preset, self.tokens.train, settings.seed, precision, team)
        self.model = self.learners.model
        if self.learners.lanes.lanes < team.size:
            lanes = self.learners.lanes.lanes
            raise BadSettings(f"The books feed {lanes} processes at most; start fewer with torchrun.")
        self.validation = Validation(corpus.valid, self.tokens.valid)
        self.best = Best(self.model)
        self.keeper = Keeper(task, self.tokens, self.learners, self.best)
        self.stopped = False
        read_s = team.agree(self.validation.seconds_of_whole(self.model) if settings.budget_s is not None else 0.0)
        self._reads_whole = read_s <= max(SHORT_READING_S, MOST_READING * (settings.budget_s or 0.0))
        self.reserve_s = read_s if self._reads_whole else 0.0
        """Kept of a budget of time for reading all of the held-out text."""

    @property
    def journal(self) -> Journal:
        """What has happened so far."""
        return self.keeper.journal

    def start(self, found: Checkpoint | None) -> None:
        """Begin, or go on from a checkpoint. Raises BadModel if it does not fit."""
        if found is None:
            self.keeper.begin()
            if not self._reads_whole:
                self.keeper.note(
                    "parts read",
                    "To read all of the held-out text would take longer than half of the budget, so the model's figure "
                    "is that of sixteen parts of it; a longer --budget reads it all.",
                )
        else:
            self.keeper.go_back(found)

    def loop(self) -> None:
        """Train until the budget is spent, or until more training would not help."""
        now, stop = self._tick()
        saved = reported = now
        began = now - self.journal.seconds
        while not self.journal.broken_off and (fraction := self.fraction) < self._end:
            if stop:
                self.stopped = True
                break
            if self._finish_is_due(fraction):
                self._begin_finish(fraction)
                now, stop = self._tick()
                self.journal.seconds = now - began
            self._step(fraction)
            if self._may_look(fraction):
                self._look(fraction)
            now, stop = self._tick()
            self.journal.seconds = now - began
            if int(fraction * POINTS) > self.journal.marks:
                self.keeper.mark(fraction)
            if now - saved > CHECKPOINT_EVERY_S:
                self.keeper.save()
                saved = now
            if now - reported > PROGRESS_EVERY_S:
                self.keeper.report(fraction)
                reported = now
        self.journal.seconds = self.team.agree(time.monotonic()) - began
        self.keeper.save(last=True)

    def _tick(self) -> tuple[float, bool]:
        """The time in seconds, and whether to stop: what the leader's clock and user say."""
        return self.team.agree((time.monotonic(), self.task.watch.should_stop()))

    @property
    def fraction(self) -> float:
        """How much of the budget is spent, 0 to 1."""
        if self.settings.epochs is not None:
            return self.learners.lanes.rounds / self.settings.epochs
        budget = self.settings.budget_s or 1.0
        reading_s = 0.0 if self.journal.finish is None else self.journal.finish.reading_s
        return (self.journal.seconds - reading_s) / max(budget - self.reserve_s, 0.5 * budget)

    @property
    def _end(self) -> float:
        """The fraction at which the training ends."""
        return 1.0 if self.journal.finish is None else self.journal.finish.end

    def _step(self, fraction: float) -> None:
        self.journal.steps += 1
        rounds, lanes = self._rounds_in_all(fraction), self.learners.lanes
        self.model.dropout = self.choice.preset.dropout.part(dropout_share(lanes.rounds))
        share = rate_share(rounds * lanes.round / lanes.steps)
        whole = self.journal.finish is not None or fraction >= SAMPLED_UNTIL
        sampler = None if whole else self._sampler
        if self.learners.step(self._rate(fraction) * share * 0.5**self.journal.setbacks, sampler):
            self.journal.bad_steps = 0
            return
        self.journal.bad_steps += 1
        if self.journal.bad_steps > MAX_BAD_STEPS:
            self._back_off()

    def _rate(self, fraction: float) -> float:
        """The share of the full learning rate."""
        if self.journal.finish is not None:
            return self.journal.finish.rate(fraction)
        share = self._finish_share(fraction)
        last = finish.rate_before(self._rounds_in_all(fraction)) if share else FLOOR
        return rate_at(fraction / (1 - share), last)

    def _rounds_in_all(self, fraction: float) -> float:
        """How many times the text will have been read at the end; 1 while that cannot be told."""
        if self.settings.epochs is not None:
            return self.settings.epochs
        return self.learners.lanes.rounds / fraction if fraction > PACE_KNOWN else 1.0

    # ---- the finish

    def _finish_share(self, fraction: float) -> float:
        """The share of the budget that is kept for the finish."""
        return 0.0 if self.corpus.given else finish.share_for(self._rounds_in_all(fraction))

    def _finish_is_due(self, fraction: float) -> bool:
        return self.journal.finish is None and 0 < self._finish_share(fraction) >= 1 - fraction

    def _begin_finish(self, fraction: float) -> None:
        """Read all of the held-out text with the best weights, then learn it too."""
        began = self.team.agree(time.monotonic())
        self.best.offer(self.model, self.team.agree(self.validation.quick(self.model)), fraction)
        if self.best.at < fraction:
            self.best.give_back(self.model)
            self.learners.start_afresh()
        bits, sharpness = self.team.agree((self._read_held_out(), self.validation.sharpness(self.model)))
        self.keeper.mark(fraction, bits)
        reading_s = self.team.agree(time.monotonic()) - began
        rounds, lanes = self._rounds_in_all(fraction), self.learners.lanes
        self.journal.finish = finish.plan(self.tokens, fraction, rounds, lanes.least, bits, reading_s, sharpness)
        self.learners.turn_to(finish.text_of(self.tokens, self.journal.finish.tokens))

    def _read_held_out(self) -> float:
        """Bits per character on all of the held-out text, or on parts of it where the budget is too short for all."""
        return self.validation.whole(self.model) if self._reads_whole else self.validation.quick(self.model)

    def _back_off(self) -> None:
        """Go back to the last good weights and on at half the rate; after MAX_SETBACKS there is no going on."""
        self.journal.bad_steps = 0
        self.best.give_back(self.model)
        self.learners.start_afresh()
        if self.journal.setbacks < MAX_SETBACKS:
            self.journal.setbacks += 1
            self.keeper.note(
                "half the rate",
                "The loss stopped being a number, so the training goes on from its best weights at half the rate.",
            )
        elif self.best.known:
            self.journal.broken_off = True
            self.keeper.note(
                "best weights",
                f"The loss stopped being a number again and again, so the best weights were kept; {ADVICE}.",
            )
        else:
            raise TrainingFailed(f"The loss stopped being a number again and again; {ADVICE}.")

    def _may_look(self, fraction: float) -> bool:
        """Whether a look is due; of a budget of time, looks take no more than their share."""
        due = self.journal.finish is None and int(fraction * LOOKS) > self.journal.looks
        dear = self.settings.budget_s is not None and self.journal.look_seconds > LOOK_SHARE * self.journal.seconds
        return due and not dear

    def _look(self, fraction: float) -> None:
        """Read part of the held-out text, remember the weights that read it best, and let the model write."""
        began = time.monotonic()
        self.journal.looks = int(fraction * LOOKS)
        bits = self.team.agree(self.validation.quick(self.model))
        if not math.isfinite(bits):
            self._back_off()
            return
        self.best.offer(self.model, bits, fraction)
        self.journal.valid_bits = bits
        self.journal.sample = sample_of(self.keeper.finished(bits, self.journal.seconds, self.stopped), SAMPLE_WORDS)
        self.keeper.mark(fraction, bits)
        self.journal.look_seconds = self.team.agree(self.journal.look_seconds + time.monotonic() - began)
        if self.best.overfitted(bits, fraction):
            self.journal.overfitted = True
            if self.corpus.given:
                self.journal.broken_off = True
            else:
                self._begin_finish(fraction)
            self.keeper.note(
                "by heart",
                "The model began to learn its books by heart: it read the held-out text worse and worse. The training "
                "ended early and kept the best weights; more text or a smaller --preset would help.",
            )

    # ---- the end

    def finish(self) -> Finished:
        """Take the last weights of a finish, or else the best ones, and round them as they will be saved.

        The figure is of all held-out text, read before any of it was learned.
        """
        began = time.monotonic()
        bits = self.team.agree(self.validation.quick(self.model))
        finished = self.journal.finish
        if finished is None and math.isfinite(bits):
            self.best.offer(self.model, bits, self.fraction)
        self.keeper.mark(self.fraction, bits if finished is None else None)
        if not self.best.known:
            raise TrainingFailed(f"The model's loss is no number; {ADVICE}.")
        if finished is None or not math.isfinite(bits):
            self.best.give_back(self.model)
            self.journal.broken_off = self.journal.broken_off or finished is not None
        self.model.sharpen(finished.sharpness if finished else self.validation.sharpness(self.model))
        round_to_saved(self.model)
        whole = self._read_held_out() if finished is None else finished.valid_bits
        seconds = self.journal.seconds + time.monotonic() - began
        return self.keeper.finished(whole, seconds, self.stopped)


def _learn_tokenizer(settings: TrainSettings, preset: Preset, texts: Sequence[str]) -> Tokenizer:
    if settings.tokenizer == "word":
        return learn_words(texts, settings.vocab)
    return Tokenizer.train(texts, settings.vocab or vocab_for(preset, texts))
