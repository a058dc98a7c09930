"""`greenbeard models`: the model versions of this home, and which one is live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from worker.versions import Version, VersionStore

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Name = Annotated[str, typer.Argument(help="A version's name, as `models list` shows it.")]


def register(app: typer.Typer) -> None:
    """Add the group `models`."""
    models = typer.Typer(no_args_is_help=True, help="Model versions: list, show, use, roll back, remove.")
    models.command("list")(list_versions)
    models.command("show")(show)
    models.command("use")(use)
    models.command("rollback")(rollback)
    models.command("remove")(remove)
    app.add_typer(models, name="models")


def list_versions(as_json: Json = False) -> None:
    """List the versions; the live one is the one that writes."""
    from greenbeard.output import write_json, write_table

    store = _store()
    versions = store.list()
    if as_json:
        write_json({"live": store.live(), "versions": [_summary(version) for version in versions]})
        return
    write_table(
        ["version", "", "parameters", "valid bits/char", "created"],
        [_row(version) for version in versions],
    )


def show(name: Name, as_json: Json = False) -> None:
    """Show everything known about one version: corpus, figures, the command that trained it."""
    from greenbeard.output import write_json, write_line

    store = _store()
    info = store.info(name)
    if as_json:
        folder = str(store.folder(name))
        write_json({**info.model_dump(mode="json"), "name": name, "live": name == store.live(), "folder": folder})
        return
    metrics = info.metrics
    for label, text in (
        ("version", f"{name}{' (live)' if name == store.live() else ''}"),
        ("folder", str(store.folder(name))),
        ("created", info.created),
        ("parameters", f"{info.parameters:,}"),
        ("validation", f"{metrics.valid_bits_per_char:.3f} bits per character"),
        ("training", f"{metrics.seconds:.0f} s, {metrics.epochs:.2f} epochs, {metrics.tokens_per_s:,.0f} tokens/s"),
        ("command", info.command),
        *(("corpus", f"{file.name}: {file.words:,} words, {file.chars:,} characters") for file in info.corpus),
    ):
        write_line(f"{label:<12}{text}")


def use(name: Name, as_json: Json = False) -> None:
    """Make a version live; running workers switch to it without a restart."""
    store = _store()
    store.use(name)
    _report(store, f"{name} is live now.", as_json)


def rollback(as_json: Json = False) -> None:
    """Make the version live again that was live before."""
    store = _store()
    name = store.rollback()
    _report(store, f"{name} is live again.", as_json)


def remove(name: Name, as_json: Json = False) -> None:
    """Delete a version that is neither live nor shipped."""
    store = _store()
    store.remove(name)
    _report(store, f"{name} is gone.", as_json)


def _store() -> VersionStore:
    from greenbeard.settings import load_settings

    return load_settings().versions()


def _report(store: VersionStore, sentence: str, as_json: bool) -> None:
    from greenbeard.output import write_json, write_line

    if as_json:
        write_json({"live": store.live(), "versions": [version.name for version in store.list()]})
    else:
        write_line(sentence)


def _summary(version: Version) -> dict[str, object]:
    info = version.info
    return {
        "name": version.name,
        "live": version.live,
        "shipped": version.shipped,
        "folder": str(version.folder),
        "created": info.created if info else None,
        "parameters": info.parameters if info else None,
        "valid_bits_per_char": info.metrics.valid_bits_per_char if info else None,
        "problem": version.problem,
    }


def _row(version: Version) -> list[str]:
    marks = " ".join(mark for mark, on in (("live", version.live), ("shipped", version.shipped)) if on)
    if version.info is None:
        return [version.name, marks, "damaged", version.problem or "", ""]
    info = version.info
    figure = f"{info.metrics.valid_bits_per_char:.3f}"
    return [version.name, marks, f"{info.parameters:,}", figure, info.created[:16].replace("T", " ")]
