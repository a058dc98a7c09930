"""`greenbeard bench`: how fast this machine is, ours and peers side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from greenbeard.bench.rows import Row


def register(app: typer.Typer) -> None:
    """Add the group `bench`."""
    bench = typer.Typer(no_args_is_help=True, help="Measure this machine, ours and peers in the same run.")
    bench.callback()(_group)
    bench.command("sampling")(sampling)
    bench.command("serving")(serving)
    bench.command("training")(training)
    app.add_typer(bench, name="bench")


def _group() -> None:
    """Measure this machine, ours and peers in the same run."""


def sampling(
    layers: Annotated[int | None, typer.Option(min=1, help="LSTM layers. [default: 2]")] = None,
    hidden: Annotated[int | None, typer.Option(min=1, help="Width of a layer. [default: 1024]")] = None,
    embedding: Annotated[int | None, typer.Option(min=1, help="Width of the embedding. [default: 512]")] = None,
    vocab: Annotated[int | None, typer.Option(min=8, help="Tokens in the vocabulary. [default: 8192]")] = None,
    batch: Annotated[list[int] | None, typer.Option(min=1, help="Stories side by side. [default: 1 16]")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds whose median is taken.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Tokens a second while writing: our engine, `nn.LSTM` stepped eagerly, got-book-6's loop, GPT-2.

    Without sizes, the shipped model is measured too.
    """
    from greenbeard.bench.gpt2 import NOT_THERE, is_there
    from greenbeard.bench.sampling import bench_shape, bench_writer
    from greenbeard.output import errors_console
    from greenbeard.settings import SHIPPED_MODEL, load_settings
    from model.device import pick_device
    from model.version import Shape
    from model.writer import load

    if not is_there():
        errors_console().print(NOT_THERE, markup=False)
    device = pick_device(load_settings().device)
    rows: list[Row] = []
    if not any((layers, hidden, embedding, vocab)):
        rows += bench_writer(load(SHIPPED_MODEL, device), batch or (1, 16), rounds)
    shape = Shape(vocab=vocab or 8192, embedding=embedding or 512, hidden=hidden or 1024, layers=layers or 2)
    rows += bench_shape(shape, batch or (1, 16), device, rounds)
    _write(rows, as_json)


def serving(
    users: Annotated[int, typer.Option(min=1, max=256, help="The most users at once.")] = 256,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds whose median is taken.")] = 3,
    plot: Annotated[Path | None, typer.Option(dir_okay=False, help="Where to draw how load grows, a PNG.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Requests through Valkey and workers: speed beside the engine alone, first text, long stories, load."""
    from greenbeard.bench.serving import bench_serving
    from greenbeard.settings import load_settings
    from greenbeard.usage import check_place

    if plot is not None:
        check_place("--plot", plot)
    _write(list(bench_serving(load_settings(), users, rounds, plot)), as_json)


def training(
    preset: Annotated[str, typer.Option(help="tiny, small, base or large.")] = "base",
    rounds: Annotated[int, typer.Option(min=1, help="Rounds whose median is taken.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Tokens a second while training: our step and a plain loop over `nn.LSTM`."""
    from greenbeard.bench.training import bench_training
    from greenbeard.settings import load_settings
    from model.choice import named
    from model.device import pick_device

    named(preset)
    _write(list(bench_training(preset, pick_device(load_settings().device), rounds)), as_json)


def _write(rows: list[Row], as_json: bool) -> None:
    from greenbeard.bench.rows import as_json as to_json
    from greenbeard.output import write_json, write_table

    if as_json:
        write_json({"rows": [to_json(row) for row in rows]})
    else:
        write_table(
            ["what", "shape", "precision", "batch", "who", "tokens/s", "ours ÷ theirs", "of bound", "seconds"],
            _cells(rows),
        )


def _cells(rows: list[Row]) -> list[list[str]]:
    return [
        [
            row.what,
            row.shape,
            row.precision,
            str(row.batch),
            row.peer or "greenbeard",
            f"{row.tokens_per_s:,.0f}",
            "" if row.ratio is None else f"{row.ratio:.1f}",
            "" if row.bound_fraction is None else f"{row.bound_fraction:.0%}",
            "" if row.seconds is None else f"{row.seconds:.3f}",
        ]
        for row in rows
    ]
