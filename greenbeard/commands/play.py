"""`greenbeard play`: everything on this machine, with a simulated Discord in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add `play`."""
    app.command("play")(play)


def play(
    script: Annotated[
        Path | None, typer.Option(help="Run the lines of this file (- for stdin) instead of opening the page.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="With --script: print each message as a JSON line.")] = False,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port of the page.")] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open a browser; the URL is printed.")] = False,
) -> None:
    """Start Valkey, workers and the bot in a simulated Discord, and open its page. Ctrl-C ends it all."""
    from greenbeard.play.session import PlayChoices, run
    from greenbeard.settings import load_settings

    if as_json and script is None:
        raise typer.BadParameter("--json needs --script.")
    raise typer.Exit(run(load_settings(), PlayChoices(script=script, as_json=as_json, port=port, open=not no_open)))
