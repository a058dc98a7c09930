"""What can go wrong between bot, queue and workers; each message is one sentence that says what to do next.

WorkerError
├── RedisDown         Redis does not answer
│   ├── RedisRefuses  Redis answers, but does not do what it is told
│   ├── PerhapsKept   Redis fell silent when it was to keep a request
│   └── PerhapsBegun  Redis fell silent when it was to enqueue a training
├── TrainingRuns      another training holds the trainer
├── VersionError      something about model versions
│   ├── BadVersionName
│   ├── UnknownVersion
│   ├── DamagedVersion
│   ├── VersionTooLarge
│   ├── VersionInUse
│   └── NoEarlierVersion
└── JobError          a job that cannot succeed however often it is tried
    ├── Refused       a job that is not one of ours
    ├── BadRequest    a request that does not fit the contract
    ├── NothingWritten
    ├── CannotReplay  a passage that cannot be written again as it was
    ├── UploadLost    the books of a training are gone
    └── StoppedEarly  a training that was stopped before it began
"""


class WorkerError(Exception):
    """Base of this package's errors."""


class RedisDown(WorkerError):
    """Redis does not answer within the time that a member should wait."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or "My database does not answer. Nothing was changed; please try again in a moment.")


class RedisRefuses(RedisDown):
    """Redis answers, but its disk or memory is full, or it refuses our password or rights."""

    def __init__(self, message: str = "") -> None:
        super().__init__(
            message
            or "My database (Redis) takes nothing from me just now. Nothing was changed; please tell the operator."
        )


class PerhapsKept(RedisDown):
    """Redis fell silent when it was to keep a request: nobody knows yet whether it did."""

    def __init__(self) -> None:
        super().__init__("My database fell silent just as I wrote the request down; a minute tells whether it is kept.")


class PerhapsBegun(RedisDown):
    """Redis fell silent when it was to enqueue a training: nobody knows yet whether it did."""

    def __init__(self) -> None:
        super().__init__("My database fell silent just when the training was to begin; a minute tells whether it did.")


class TrainingRuns(WorkerError):
    """Another training holds the trainer; `name` is what it trains."""

    def __init__(self, name: str) -> None:
        super().__init__(f"A training ({name}) is running already; wait for it to end, or stop it with /train stop.")
        self.name = name


class VersionError(WorkerError):
    """Something about model versions."""


class BadVersionName(VersionError):
    """A name that cannot be a version's."""


class UnknownVersion(VersionError):
    """No version has this name."""


class DamagedVersion(VersionError):
    """The folder of this version cannot be used."""


class VersionTooLarge(VersionError):
    """There is too little memory for this version."""


class VersionInUse(VersionError):
    """The live and the shipped version stay."""


class NoEarlierVersion(VersionError):
    """There is nothing to go back to."""


class JobError(WorkerError):
    """A job that cannot succeed however often it is tried."""


class Refused(JobError):
    """A job that is not one of ours."""


class BadRequest(JobError):
    """A request that does not fit the contract."""


class NothingWritten(JobError):
    """A passage without a visible character."""


class CannotReplay(JobError):
    """What a passage was written from is no longer there as it was."""


class UploadLost(JobError):
    """The books of a training are gone."""


class StoppedEarly(JobError):
    """A training that was stopped before it began."""
