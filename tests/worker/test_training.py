"""Trainings from an upload to a version, by a real training worker."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
import torch

from model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from model.errors import BadModel
from model.version import CHECKPOINT_FILE, read_info, work_folder
from worker.client import Client
from worker.contract import UPLOAD_TTL, Event, Failed, Keys, Progressed, Trained, TrainProgress, TrainRequest
from worker.errors import TrainingRuns
from worker.options import WorkerOptions
from worker.queue import fetch_job
from worker.training_job import BEGUN_ANEW, train_upload

MakeTraining = Callable[..., TrainRequest]
StartWorker = Callable[..., subprocess.Popen[bytes]]
Events = Callable[[str], list[Event]]
Kinds = Callable[[str], list[str]]
Until = Callable[..., None]
SLOW = 90


def exists(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def has_torch(pid: int) -> bool:
    return "libtorch" in Path(f"/proc/{pid}/maps").read_text()


async def test_a_book_becomes_a_version(
    client: Client,
    connection: redis.Redis,
    options: WorkerOptions,
    start_worker: StartWorker,
    make_training: MakeTraining,
    events: Events,
    kinds: Kinds,
    until: Until,
    tiny_book_text: str,
) -> None:
    worker = start_worker("train")
    request = make_training(budget_s=10)
    await client.start_training(request, tiny_book_text.encode())
    until(lambda: "progressed" in kinds(request.job), SLOW)
    status = await client.training()
    assert status is not None
    assert status.progress is not None
    assert not status.waits
    with pytest.raises(TrainingRuns):
        await client.start_training(make_training(), tiny_book_text.encode())
    assert not has_torch(worker.pid)
    until(lambda: kinds(request.job)[-1] == "trained", SLOW)
    *_, last = events(request.job)
    assert isinstance(last, Trained)
    assert last.result.version == "mine"
    assert last.result.sample
    assert read_info(options.models / "mine").parameters == last.result.parameters
    assert client.versions.live() == "tiny"
    progress = [event for event in events(request.job) if isinstance(event, Progressed)]
    assert len(progress) <= 11
    assert await client.training() is None
    assert not connection.exists(Keys.upload(request.job))
    assert (await client.curve(request.job) or b"").startswith(b"\x89PNG")
    assert 0 < connection.ttl(Keys.curve(request.job)) <= UPLOAD_TTL
    assert progress[-1].progress.sample
    assert last.result.preset == "tiny"
    (note,) = [note for note in last.result.notes if note.about == "preset"]
    assert note.sentence.startswith("Preset tiny, chosen for")
    until(lambda: fetch_job(request.job, connection).is_finished)


async def test_books_that_cannot_be_trained_on_are_refused(
    client: Client,
    start_worker: StartWorker,
    make_training: MakeTraining,
    events: Events,
    kinds: Kinds,
    until: Until,
) -> None:
    start_worker("train")
    for data, hint in ((b"", "empty"), (bytes(range(256)) * 20, "not a text file"), (b"Once. " * 50, "300|characters")):
        request = make_training()
        await client.start_training(request, data)
        until(lambda job=request.job: "failed" in kinds(job), SLOW)
        *_, last = events(request.job)
        assert isinstance(last, Failed)
        assert any(word in last.message for word in hint.split("|"))
        assert await client.training() is None


async def test_a_stopped_training_keeps_what_it_learned(
    client: Client,
    connection: redis.Redis,
    start_worker: StartWorker,
    make_training: MakeTraining,
    find_children: Callable[[int], list[int]],
    events: Events,
    kinds: Kinds,
    until: Until,
    tiny_book_text: str,
) -> None:
    """On the way the forked process is killed, and then the worker is asked to leave."""
    request = make_training(budget_s=600)
    await client.start_training(request, tiny_book_text.encode())
    worker = start_worker("train")
    until(lambda: "progressed" in kinds(request.job), SLOW)
    (horse,) = find_children(worker.pid)
    os.kill(horse, signal.SIGKILL)
    until(lambda: kinds(request.job).count("started") == 2, SLOW)
    assert fetch_job(request.job, connection).retries_left == 2
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(10) == 0
    assert fetch_job(request.job, connection).retries_left == 2
    assert fetch_job(request.job, connection).is_queued
    start_worker("train")
    until(lambda: kinds(request.job).count("started") == 3, SLOW)
    assert await client.stop_training()
    until(lambda: kinds(request.job)[-1] == "trained", SLOW)
    *_, last = events(request.job)
    assert isinstance(last, Trained)
    assert last.result.version == "mine"
    assert last.result.seconds < 60


async def test_a_killed_trainer_neither_blocks_nor_trains_twice(
    client: Client,
    start_worker: StartWorker,
    make_training: MakeTraining,
    find_children: Callable[[int], list[int]],
    kinds: Kinds,
    until: Until,
    tiny_book_text: str,
) -> None:
    request = make_training(budget_s=600)
    await client.start_training(request, tiny_book_text.encode())
    worker = start_worker("train")
    until(lambda: "progressed" in kinds(request.job), SLOW)
    (horse,) = find_children(worker.pid)
    worker.kill()
    worker.wait()
    until(lambda: not exists(horse), 10)
    start_worker("train")
    until(lambda: kinds(request.job).count("started") == 2, SLOW)
    await client.stop_training()
    until(lambda: kinds(request.job)[-1] == "trained", SLOW)
    assert await client.training() is None


class Hurried:
    """Wants a training to end as soon as it has told anything."""

    def __init__(self) -> None:
        self.told = False

    def report(self, progress: TrainProgress) -> None:
        self.told = True

    def should_stop(self) -> bool:
        return self.told


class CutOff(Exception):
    """What ends an attempt at a training: nothing expects it."""


class Cutting:
    """Cuts a training off once it has left a checkpoint."""

    def __init__(self, work: Path) -> None:
        self.work = work

    def report(self, progress: TrainProgress) -> None:
        """Nobody is told."""

    def should_stop(self) -> bool:
        if (self.work / CHECKPOINT_FILE).exists():
            raise CutOff
        return False


def truncate(work: Path) -> None:
    file = work / CHECKPOINT_FILE
    file.write_bytes(file.read_bytes()[:-1000])


def rename_a_tensor(work: Path) -> None:
    found = load_checkpoint(work)
    assert found is not None
    tensors = {name.replace("output_bias", "output_bios"): value for name, value in found.tensors.items()}
    assert tensors.keys() != found.tensors.keys()
    save_checkpoint(work, Checkpoint(tensors, found.record))


def rename_a_journal_field(work: Path) -> None:
    found = load_checkpoint(work)
    assert found is not None
    journal = {name.replace("setbacks", "throwbacks"): value for name, value in found.record["journal"].items()}
    save_checkpoint(work, Checkpoint(found.tensors, {**found.record, "journal": journal}))


def begin_otherwise(work: Path) -> None:
    save_checkpoint(work, Checkpoint({"weights": torch.zeros(1)}, {"begun_with": {}}))


def change_the_preset(work: Path) -> None:
    found = load_checkpoint(work)
    assert found is not None
    begun_with = {**found.record["begun_with"], "definition of preset tiny": {"hidden": 96}}
    save_checkpoint(work, Checkpoint(found.tensors, {**found.record, "begun_with": begun_with}))


@pytest.mark.parametrize(
    "spoil", [truncate, rename_a_tensor, rename_a_journal_field, begin_otherwise, change_the_preset]
)
def test_a_training_whose_checkpoint_is_of_no_use_begins_anew(
    tmp_path: Path,
    make_training: MakeTraining,
    tiny_book_text: str,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Path], None],
) -> None:
    folder = tmp_path / "mine"
    work = work_folder(folder)
    request, book = make_training(budget_s=10), tiny_book_text.encode()
    with monkeypatch.context() as patch:
        patch.setattr("model.run.CHECKPOINT_EVERY_S", 0.0)
        with pytest.raises(CutOff):
            train_upload(request, book, folder, "cpu", Cutting(work), resume=False)
    spoil(work)
    result = train_upload(request, book, folder, "cpu", Hurried(), resume=True)
    assert result.version == "mine"
    assert result.notes[0] == BEGUN_ANEW
    assert read_info(folder).metrics.stopped_early
    assert not work.exists()


def test_a_training_that_goes_on_says_nothing_of_a_new_start(
    tmp_path: Path, make_training: MakeTraining, tiny_book_text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "mine"
    request, book = make_training(budget_s=10), tiny_book_text.encode()
    monkeypatch.setattr("model.run.CHECKPOINT_EVERY_S", 0.0)
    with pytest.raises(CutOff):
        train_upload(request, book, folder, "cpu", Cutting(work_folder(folder)), resume=False)
    result = train_upload(request, book, folder, "cpu", Hurried(), resume=True)
    assert BEGUN_ANEW not in result.notes


def test_what_is_wrong_with_a_fresh_training_is_not_tried_twice(
    tmp_path: Path, make_training: MakeTraining, tiny_book_text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[bool] = []

    def broken(*_: object, resume: bool, **__: object) -> None:
        tries.append(resume)
        raise BadModel("It is broken.")

    monkeypatch.setattr("worker.training_job.train", broken)
    request, book = make_training(budget_s=10), tiny_book_text.encode()
    with pytest.raises(BadModel):
        train_upload(request, book, tmp_path / "mine", "cpu", Hurried(), resume=False)
    assert tries == [False]
