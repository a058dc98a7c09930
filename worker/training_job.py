"""What the forked process of a training does: the same training as on the command line. Imports torch."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Protocol

import structlog

from model.curve import PICTURE_FILE
from model.errors import BadModel, OtherTraining
from model.files import read_upload
from model.progress import TrainProgress as ModelProgress
from model.publish import first_sample
from model.settings import TrainSettings
from model.training import train
from model.version import VersionInfo, check_folder
from model.writer import load
from worker.contract import TrainNote, TrainProgress, TrainRequest, TrainResult

log = structlog.get_logger(__name__)

BEGUN_ANEW = TrainNote(
    about="no checkpoint",
    sentence="What was kept of this training before it was cut off could not be used, so it began anew.",
)


class Watch(Protocol):
    """Who follows a training."""

    def report(self, progress: TrainProgress) -> None:
        """Take note of where it stands."""

    def should_stop(self) -> bool:
        """Whether it is to end with what it has learned."""


def train_upload(
    request: TrainRequest, data: bytes, folder: Path, device: str, watch: Watch, *, resume: bool
) -> TrainResult:
    """Train on uploaded books and write the version to `folder`. Raises ModelError.

    `resume` goes on from the checkpoint. Where that is damaged, or Greenbeard was updated since and it does not fit any
    more, the training begins anew, and a note says so.
    """
    books = read_upload(data, request.filename)
    settings = TrainSettings(
        name=folder.name,
        budget_s=request.budget_s,
        seed=request.seed,
        device=device,
        command=f"/train start name:{request.name} books:{request.filename} budget:{request.budget_s:g}s",
    )

    def report(progress: ModelProgress) -> None:
        watch.report(TrainProgress(**asdict(progress)))

    begin = partial(train, books, [], folder, settings, on_progress=report, should_stop=watch.should_stop)
    try:
        done = begin(resume=resume)
    except (OtherTraining, BadModel) as error:
        if not resume:
            raise
        log.warning("the checkpoint cannot be used; training anew", version=folder.name, reason=str(error))
    else:
        return _result(folder.name, done.info, done.sample)
    done = begin(resume=False)  # out here, where nothing holds the memory of the first try any more
    result = _result(folder.name, done.info, done.sample)
    return result.model_copy(update={"notes": (BEGUN_ANEW, *result.notes)})


def finished_result(folder: Path) -> TrainResult:
    """The result of a training that had written its version before it was cut off. Raises ModelError."""
    return _result(folder.name, check_folder(folder), first_sample(load(folder)))


def _result(version: str, info: VersionInfo, sample: str) -> TrainResult:
    return TrainResult(
        version=version,
        seconds=info.metrics.seconds,
        tokens_per_s=info.metrics.tokens_per_s,
        epochs=info.metrics.epochs,
        valid_bits_per_char=info.metrics.valid_bits_per_char,
        parameters=info.parameters,
        sample=sample,
        preset=info.preset,
        notes=tuple(TrainNote(**asdict(note)) for note in info.notes),
    )


def curve_picture(folder: Path) -> bytes:
    """The learning curve of a finished training, a PNG."""
    return (folder / PICTURE_FILE).read_bytes()
