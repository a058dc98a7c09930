"""Training, from books to a model version; `--resume` goes on from the last checkpoint.

Truncated back-propagation through a corpus, the state carried along, within a budget of time or epochs (`run`).
Whatever ends it, the best weights become a version: weights, tokenizer, record and card in one folder, renamed into
place when whole (`publish`).
"""

from __future__ import annotations

import fcntl
import math
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from model import memory
from model.books import Book
from model.checkpoint import Checkpoint, check_same, load_checkpoint
from model.choice import Choice, Means, choose, memory_advice, named, pace_matters, with_members
from model.corpus import Corpus
from model.device import can_train_in, fastest_precision, pick_device
from model.errors import BadSettings, NotSaved, OutOfMemory
from model.pace import tokens_per_second
from model.progress import TrainProgress, Watch
from model.publish import Finished, info_of, publish
from model.run import Run
from model.settings import TrainSettings
from model.task import Task
from model.team import ALONE, Team
from model.version import VersionInfo, has_checkpoint, work_folder
from model.words import learn_words


@dataclass(frozen=True)
class TrainReport:
    """What came of a training."""

    info: VersionInfo
    sample: str


def train(
    books: Sequence[Book],
    valid: Sequence[Book],
    folder: Path,
    settings: TrainSettings,
    *,
    on_progress: Callable[[TrainProgress], None] = lambda progress: None,
    on_choice: Callable[[str], None] = lambda reason: None,
    on_note: Callable[[str], None] = lambda note: None,
    should_stop: Callable[[], bool] = lambda: False,
    resume: bool = False,
    team: Team = ALONE,
) -> TrainReport:
    """Train on books and write the version to `folder`.

    `should_stop` is asked at each step; when it says so, what was learned becomes the version all the same.
    `on_choice` is told which preset was chosen and why, `on_note` in sentences what the user should know. A checkpoint
    is kept beside the folder, at most a minute old; `resume` goes on from it. With a `team`, all of its processes call
    this alike. Raises BadCorpus, BadSettings, BadModel (a damaged checkpoint), TrainingFailed, OutOfMemory, NotSaved.
    """
    if (settings.budget_s is None) == (settings.epochs is None):
        raise BadSettings("Give either a budget of time or a number of epochs.")
    memory.keep_freed()
    corpus, watch = Corpus.of(books, valid), Watch(on_progress, on_choice, on_note, should_stop)
    with _claimed(work_folder(folder)) if team.leads else nullcontext():
        return _train(corpus, folder, settings, watch if team.leads else Watch(), resume=resume, team=team)


def _train(
    corpus: Corpus, folder: Path, settings: TrainSettings, watch: Watch, *, resume: bool, team: Team
) -> TrainReport:
    work = work_folder(folder)
    found = team.agree(load_checkpoint(work) if resume and team.leads else None)
    begun_with = _begun_with(settings, corpus)
    if found is not None:
        check_same(found.record["begun_with"], begun_with)
    device = pick_device(settings.device)
    precision = team.agree(_precision(device, found))
    vocab = _planned_vocab(settings, corpus)
    choice = team.agree(_choice(settings, vocab, corpus, device, precision, found, team))
    definition = _definition(choice)
    if found is not None:
        check_same(found.record["begun_with"], definition)
    begun_with |= definition
    free = memory.free(device)
    need = memory.needed(choice.preset, vocab or choice.preset.vocab, corpus.chars, choice.members)
    if free is not None and need > free:
        advice = memory_advice(choice, vocab, corpus.chars, free)
        watch.on_note(f"{advice} It is tried all the same, and the system may end it without a word.")
    try:
        finished = _learn(Task(corpus, choice, work, settings, begun_with, device, precision, watch, team), found)
    except (MemoryError, RuntimeError) as error:
        if not memory.is_refusal(error):
            raise
        raise OutOfMemory(memory_advice(choice, vocab, corpus.chars, memory.free(device))) from error
    if not team.leads:
        return team.agree(TrainReport(info_of(finished), ""))
    try:
        info, sample = publish(finished, folder)
    except OSError as error:
        raise NotSaved(_not_saved(error, has_checkpoint(work))) from error
    shutil.rmtree(work, ignore_errors=True)
    return team.agree(TrainReport(info, sample))


@contextmanager
def _claimed(work: Path) -> Iterator[None]:
    """Keep a training's folder for this process. Raises BadSettings where another one trains in it."""
    work.mkdir(parents=True, exist_ok=True)
    handle = os.open(work, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        name = work.name.removeprefix(".").removesuffix(".training")
        raise BadSettings(f"A training of {name!r} is running already; wait for it, or take another name.") from error
    except OSError:
        pass  # a file system without locks
    try:
        yield
    finally:
        with suppress(OSError):  # where a checkpoint is left in it
            work.rmdir()
        os.close(handle)


def is_running(work: Path) -> bool:
    """Whether a training holds this folder."""
    try:
        handle = os.open(work, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        pass  # a file system without locks
    finally:
        os.close(handle)
    return False


def _learn(task: Task, found: Checkpoint | None) -> Finished:
    if found is None and task.team.leads:
        for left in task.work.iterdir():
            left.unlink()
    run = Run(task)
    run.start(found)
    run.loop()
    return run.finish()


def _not_saved(error: OSError, kept: bool) -> str:
    again = "with --resume, which ends from the checkpoint" if kept else "again: no checkpoint fitted either"
    reason = error.strerror or error
    return f"The finished model cannot be written: {reason}; free some space on the disk, then train {again}."


def _precision(device: str, found: Checkpoint | None) -> str:
    if found is not None and can_train_in(found.record["precision"], device):
        return str(found.record["precision"])
    return fastest_precision(device)


def _planned_vocab(settings: TrainSettings, corpus: Corpus) -> int | None:
    """The tokens that there will be; None: as many as the preset has, or fewer."""
    if settings.tokenizer == "word":
        return learn_words([book.text for book in corpus.train], settings.vocab).vocab
    return settings.vocab


def _choice(
    settings: TrainSettings,
    vocab: int | None,
    corpus: Corpus,
    device: str,
    precision: str,
    found: Checkpoint | None,
    team: Team,
) -> Choice:
    if found is not None:
        return replace(named(found.record["preset"]), members=found.record.get("members", 1))
    free, pace = memory.free(device), math.inf
    wanted = settings.preset not in (None, "tiny") or pace_matters(corpus.chars, vocab, free)
    if settings.budget_s is not None and wanted:
        pace = tokens_per_second(device, precision) * team.size
    means = Means(device, free, settings.budget_s, pace)
    chosen = named(settings.preset) if settings.preset else choose(corpus.chars, vocab, means)
    return with_members(chosen, vocab, corpus, means)


def _definition(choice: Choice) -> dict[str, object]:
    """What a preset stands for: another release of Greenbeard may mean something else by its name."""
    preset = choice.preset
    meant = {name: value for name, value in asdict(preset).items() if name != "about"}
    meant["shape"] = preset.shape(preset.vocab).model_dump()
    return {f"definition of preset {choice.name}": meant}


def _begun_with(settings: TrainSettings, corpus: Corpus) -> dict[str, object]:
    """What a training must be resumed with, by the names under which people know it."""
    chosen = {name.removesuffix("_s"): value for name, value in asdict(settings).items()}
    return {
        "corpus": [file.sha256 for file in corpus.manifest],
        "validation text": [file.sha256 for file in corpus.valid_manifest],
        **{f"--{name}": value for name, value in chosen.items() if name not in ("command", "device")},
    }
