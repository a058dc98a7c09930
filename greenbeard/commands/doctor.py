"""`greenbeard doctor`: what works here, what does not, and what to do about it."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add `doctor`."""
    app.command("doctor")(doctor)


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Check home, disk, token, Redis, queues, workers, device and models; exit code 1 if something is to be done."""
    from dataclasses import asdict

    from greenbeard.doctor import examine
    from greenbeard.output import write_json, write_line
    from greenbeard.settings import load_settings

    checks = list(examine(load_settings()))
    if as_json:
        write_json({"checks": [asdict(check) for check in checks]})
    else:
        for check in checks:
            write_line(f"{'✓' if check.ok else '✗'} {check.name:<14} {check.detail}")
            if check.advice:
                write_line(f"  {'':<14} {check.advice}")
    if not all(check.ok for check in checks):
        raise typer.Exit(1)
