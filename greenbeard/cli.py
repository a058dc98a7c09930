"""`greenbeard …`: registers the commands, and turns every error into one line and an exit code."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import typer


def build() -> typer.Typer:
    """The whole command line."""
    from greenbeard.commands import bench, doctor, evaluate, forget, models, play, sample, serve, train

    app = typer.Typer(
        name="greenbeard",
        help="A community trains an LSTM on its books and writes the next one together, in Discord.",
        callback=_warnings_to_stderr,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for module in (play, serve, train, evaluate, sample, models, bench, forget, doctor):
        module.register(app)
    return app


def _warnings_to_stderr() -> None:
    """Keep stdout for results, also in commands that set up no logs of their own."""
    import structlog

    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))


def main() -> NoReturn:
    """Run one command. Exit codes: 0, 1 for an error (one line on stderr), 2 for wrong usage, 130 for Ctrl-C."""
    from greenbeard.usage import spread

    try:
        code = build()(spread(sys.argv[1:]), standalone_mode=False)
    except (Exception, KeyboardInterrupt) as error:
        code = _break_off(error)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code or 0)


def _break_off(error: BaseException) -> int:
    """Say in one line why the command ends here, after the traceback if the operator asked for it."""
    from greenbeard.explain import explain

    end = explain(error)
    message = " ".join(end.message.split())
    if not end.expected and _debugging():
        import traceback

        traceback.print_exception(error)
    if message:
        sys.stderr.write(f"greenbeard: {message}\n")
    return end.code


def _debugging() -> bool:
    """Whether the operator wants to see where an error came from."""
    from greenbeard.errors import GreenbeardError
    from greenbeard.settings import load_settings

    try:
        return load_settings().log_level == "debug"
    except (GreenbeardError, OSError):
        return False
