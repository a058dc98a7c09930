"""Everything that `greenbeard` itself can refuse.

    GreenbeardError
    ├── BadSettings       an environment variable or a line of .env cannot be used
    ├── NotReady          something that the command needs is missing or not running
    ├── NotResumable      `train --resume` names a training that is finished or left no checkpoint
    ├── ValkeyFailed      the embedded server did not start
    ├── PortRefused       the page cannot have its port: it is taken, or not for this user
    ├── BadScript         a line of `play --script` cannot be read or done
    └── NotSent           Discord's own client would not send a command of a script

Each message is one sentence for the person at the terminal and says what to do next.
"""

from __future__ import annotations


class GreenbeardError(Exception):
    """Base of this package's errors."""


class BadSettings(GreenbeardError):
    """An environment variable or a line of .env cannot be used."""


class NotReady(GreenbeardError):
    """Something that the command needs is missing or not running."""


class NotResumable(GreenbeardError):
    """`train --resume` names a training that is finished or left no checkpoint."""


class ValkeyFailed(GreenbeardError):
    """The embedded server did not start."""


class PortRefused(GreenbeardError):
    """The page cannot have its port: it is taken, or not for this user."""


class BadScript(GreenbeardError):
    """A line of a play script cannot be read or done."""


class NotSent(GreenbeardError):
    """Discord's own client would not send a command; the message is what it would say to the member."""
