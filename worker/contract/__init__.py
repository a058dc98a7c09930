"""What bot and workers agree on: requests, events, passages, and every Redis key. Import it from here.

All values in Redis are JSON (pydantic `model_dump_json`) unless `Keys` says otherwise.
"""

from worker.contract.base import Contract
from worker.contract.events import EVENT, Ended, Event, Failed, Grew, Progressed, Started, Trained, Trouble
from worker.contract.jobs import (
    ALLOWED_FUNCTIONS,
    GENERATE_FUNCTION,
    GENERATE_QUEUE,
    TRAIN_FUNCTION,
    TRAIN_QUEUE,
    new_job_id,
)
from worker.contract.keys import (
    CANCEL_TTL,
    DAY,
    DELIVERY_GROUP,
    EVENTS_MAXLEN,
    LOAD_TTL,
    STATE_TTL,
    TEXT_TTL,
    UNDELIVERABLE_MAX,
    UPLOAD_TTL,
    VOTE_TTL,
    Keys,
)
from worker.contract.load import Turn, WorkerLoad, WorkerSpeed
from worker.contract.passages import Copied, Likeness, Passage, Recipe, chain_hash, forbidden
from worker.contract.requests import (
    MAX_NOTE_CHARS,
    MAX_PROMPT_CHARS,
    MAX_TAKES,
    MAX_WORDS,
    REBUILD_WORDS,
    GenerateRequest,
    Link,
    Replay,
    SamplingChoice,
)
from worker.contract.trainings import MAX_BOOK_BYTES, TrainProgress, TrainRequest, TrainResult, valid_name

__all__ = [
    "ALLOWED_FUNCTIONS",
    "CANCEL_TTL",
    "DAY",
    "DELIVERY_GROUP",
    "EVENT",
    "EVENTS_MAXLEN",
    "GENERATE_FUNCTION",
    "GENERATE_QUEUE",
    "LOAD_TTL",
    "MAX_BOOK_BYTES",
    "MAX_NOTE_CHARS",
    "MAX_PROMPT_CHARS",
    "MAX_TAKES",
    "MAX_WORDS",
    "REBUILD_WORDS",
    "STATE_TTL",
    "TEXT_TTL",
    "TRAIN_FUNCTION",
    "TRAIN_QUEUE",
    "UNDELIVERABLE_MAX",
    "UPLOAD_TTL",
    "VOTE_TTL",
    "Contract",
    "Copied",
    "Ended",
    "Event",
    "Failed",
    "GenerateRequest",
    "Grew",
    "Keys",
    "Likeness",
    "Link",
    "Passage",
    "Progressed",
    "Recipe",
    "Replay",
    "SamplingChoice",
    "Started",
    "TrainProgress",
    "TrainRequest",
    "TrainResult",
    "Trained",
    "Trouble",
    "Turn",
    "WorkerLoad",
    "WorkerSpeed",
    "chain_hash",
    "forbidden",
    "new_job_id",
    "valid_name",
]
