"""`greenbeard train`: books in, a candidate model version out."""

from __future__ import annotations

import shlex
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from model.progress import TrainProgress
    from model.settings import TrainSettings
    from model.training import TrainReport
    from worker.versions import VersionStore


def register(app: typer.Typer) -> None:
    """Add `train`."""
    app.command("train")(train)


def train(
    books: Annotated[list[Path], typer.Argument(metavar="FILE|DIR …", help="Books as text, or folders of them.")],
    name: Annotated[str, typer.Option(help="Name of the new version.")],
    valid: Annotated[
        list[Path] | None, typer.Option(metavar="FILE …", help="Held-out books; else the last chapters of each book.")
    ] = None,
    budget: Annotated[str | None, typer.Option(help="Time to train: 600s, 10m, 1h30m. Default: 600s.")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Rounds through the books, instead of --budget.")] = None,
    preset: Annotated[
        str | None, typer.Option(help="tiny, small, base or large; default: by text, time and machine.")
    ] = None,
    tokenizer: Annotated[Literal["bpe", "word"], typer.Option(help="Tokens: parts of words, or words.")] = "bpe",
    vocab: Annotated[
        int | None,
        typer.Option(min=320, help="Tokens in the vocabulary. Default: by text and preset; word: all in use twice."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Start of all random numbers.")] = 1,
    resume: Annotated[bool, typer.Option(help="Go on from the last checkpoint of this name.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Train an LSTM on books. The result is a candidate: `greenbeard models use NAME` makes it live."""
    from greenbeard.output import write_json, write_line
    from greenbeard.settings import load_settings
    from greenbeard.usage import is_utf8
    from model.device import pick_device
    from model.files import read_books
    from model.presets import PRESETS
    from model.settings import TrainSettings
    from model.team import joined
    from model.training import train as train_model

    if preset is not None and preset not in PRESETS:
        raise typer.BadParameter(f'There is no preset "{preset}"; choose one of {", ".join(PRESETS)}.')
    settings = load_settings()
    store = settings.versions()
    corpus, held_out = read_books(books), read_books(valid or [])
    for book in (*corpus, *held_out):
        if not is_utf8(book.name):
            raise typer.BadParameter(f"The name of the file {book.name!r} is not UTF-8 text; rename it.")
    with joined(pick_device(settings.device)) as team:
        version = team.agree(_version_of(store, name, resume=resume) if team.leads else "")
        chosen = TrainSettings(
            name=version,
            budget_s=_budget_s(budget, epochs),
            epochs=epochs,
            preset=preset,
            tokenizer=tokenizer,
            vocab=vocab,
            seed=seed,
            device=settings.device,
            command=_command_line(),
        )
        with _Display(chosen) as display:
            if team.leads and version != name:
                display.say(_told_of_name(store, name, version, resume=resume))
            try:
                report = train_model(
                    corpus, held_out, store.models / version, chosen,
                    on_progress=display.show, on_choice=lambda reason: None if as_json else write_line(reason),
                    on_note=display.say, resume=resume, team=team,
                )  # fmt: skip
            except KeyboardInterrupt:
                if team.leads and store.is_broken_off(version):
                    display.say(f"What was learned is kept; the same command with --name {version} --resume goes on.")
                raise
    if team.leads:
        if as_json:
            write_json(_summary(report))
        else:
            _print_report(report, store.models / version)
    team.end_process()


def _budget_s(budget: str | None, epochs: int | None) -> float | None:
    """Seconds of the budget; None where epochs were given instead. Raises typer.BadParameter."""
    from bot.limits import seconds_in

    if epochs is not None:
        if budget is not None:
            raise typer.BadParameter("Give either --budget or --epochs, not both.")
        return None
    if budget is None:
        return 600.0
    seconds = seconds_in(budget)
    if not seconds:
        raise typer.BadParameter(f'--budget "{budget}" is no time; write it like 600s, 10m or 1h30m.')
    return seconds


def _version_of(store: VersionStore, name: str, *, resume: bool) -> str:
    """What the version is called. Raises BadVersionName or NotResumable."""
    if not resume:
        return store.new_name(name)
    from greenbeard.errors import NotResumable

    store.check_name(name)
    if (version := store.broken_off(name)) is not None:
        return version
    if store.is_finished(name):
        raise NotResumable(f"The training of {name!r} is finished; train under another name, or without --resume.")
    raise NotResumable(f"There is no checkpoint of a training of {name!r}; start it anew, without --resume.")


def _told_of_name(store: VersionStore, name: str, version: str, *, resume: bool) -> str:
    """Why a version is not called as was asked."""
    from model.training import is_running
    from model.version import work_folder

    if resume:
        return f"This goes on with the training of {version!r}, which was broken off; that of {name!r} was not."
    if is_running(work_folder(store.models / name)):
        return f"A training of {name!r} is running; this one is {version!r}."
    if store.is_broken_off(name):
        return f"A training of {name!r} was broken off and would go on with --resume; this one is {version!r}."
    return f"There is a version {name!r} already; this one is {version!r}."


def _command_line() -> str:
    """The command as typed, with file names instead of paths."""
    words = [Path(word).name if "/" in word and not word.startswith("-") else word for word in sys.argv[1:]]
    return shlex.join(["greenbeard", *words]).encode(errors="replace").decode()


def _summary(report: TrainReport) -> dict[str, object]:
    metrics = report.info.metrics
    return {
        "version": report.info.name,
        "seconds": metrics.seconds,
        "tokens_per_s": metrics.tokens_per_s,
        "epochs": metrics.epochs,
        "valid_bits_per_char": metrics.valid_bits_per_char,
        "parameters": report.info.parameters,
    }


def _print_report(report: TrainReport, folder: Path) -> None:
    from greenbeard.output import write_line

    info = report.info
    write_line(
        f"{info.name}: {info.metrics.valid_bits_per_char:.3f} bits per character on held-out text after "
        f"{info.metrics.seconds:,.0f} s, {info.metrics.epochs:.1f} epochs."
    )
    write_line(f"\n{report.sample}\n")
    write_line(f"Learning curve and model card: {folder}")
    write_line(f"To write with it: greenbeard models use {info.name}")


class _Display:
    """A progress bar on stderr, above it what the model writes by then; notes alone where stderr is no terminal."""

    def __init__(self, settings: TrainSettings) -> None:
        from rich.progress import BarColumn, Progress, TextColumn

        from greenbeard.output import errors_console

        console = errors_console()
        self._progress = Progress(
            TextColumn("training {task.fields[name]}"),
            BarColumn(),
            TextColumn("{task.percentage:3.0f} %"),
            TextColumn("{task.fields[figures]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._sample = ""
        self._task = self._progress.add_task("", total=1.0, name=settings.name, figures="reading the books")

    def __enter__(self) -> _Display:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, progress: TrainProgress) -> None:
        """Draw one step of the way."""
        figures = [f"epoch {progress.epoch:.2f}"]
        if progress.loss_bits_per_char is not None:
            figures.append(f"loss {progress.loss_bits_per_char:.3f}")
        if progress.valid_bits_per_char is not None:
            figures.append(f"valid {progress.valid_bits_per_char:.3f} bits/char")
        figures.append(f"{progress.tokens_per_s:,.0f} tokens/s")
        figures.append(f"{timedelta(seconds=round(progress.seconds_left))} left")
        if progress.sample != self._sample and not self._progress.disable:
            self._sample = progress.sample
            self._write(f"\n{progress.sample}\n", style="dim")
        self._progress.update(self._task, completed=progress.fraction, figures=" · ".join(figures))

    def say(self, note: str) -> None:
        """Print a sentence about the training."""
        self._write(note)

    def _write(self, text: str, style: str | None = None) -> None:
        self._progress.console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)
