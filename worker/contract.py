"""What bot and workers agree on: requests, events, passages, and every Redis key.

All values in Redis are JSON (pydantic `model_dump_json`) unless said otherwise. Keys, their types and lifetimes
stand in `Keys`; nothing else in the project spells a key.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
import uuid
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from model import defaults

GENERATE_QUEUE = "generate"
TRAIN_QUEUE = "train"

GENERATE_FUNCTION = "worker.generate"
TRAIN_FUNCTION = "worker.train"
ALLOWED_FUNCTIONS = frozenset({GENERATE_FUNCTION, TRAIN_FUNCTION})
"""The only functions a job may name: labels, never imported. Jobs with another one, or with a callback, are refused."""

DAY = 24 * 3600


class Keys:
    """Every Redis key of ours (rq keeps its own under `rq:`)."""

    # Streams and answers
    @staticmethod
    def events(consumer: str) -> str:
        """Stream of `Event`s for one bot, field `event`; read by the group `delivery`; capped at EVENTS_MAXLEN."""
        return f"greenbeard:events:{consumer}"

    @staticmethod
    def text(job: str) -> str:
        """String: the text of a running job so far (UTF-8), of its first take. Expires after TEXT_TTL."""
        return f"greenbeard:text:{job}"

    @staticmethod
    def cancel(job: str) -> str:
        """String: present when the job is to stop and keep what it has. Expires after CANCEL_TTL."""
        return f"greenbeard:cancel:{job}"

    # Stories (the bot is the only writer of trees; the worker the only writer of generated passages)
    @staticmethod
    def passage(passage: str) -> str:
        """String: one `Passage`. Never expires."""
        return f"greenbeard:passage:{passage}"

    @staticmethod
    def story(story: str) -> str:
        """String: one story's record, written by the bot only. Never expires."""
        return f"greenbeard:story:{story}"

    @staticmethod
    def nodes(story: str) -> str:
        """Hash node id → node of a story's tree. Never expires; so with the rest of this part."""
        return f"greenbeard:nodes:{story}"

    @staticmethod
    def path(story: str) -> str:
        """List: the nodes from the beginning of a story to its tip."""
        return f"greenbeard:path:{story}"

    @staticmethod
    def messages(story: str) -> str:
        """Hash node id → Discord ids of the messages that show it, in reading order, with commas."""
        return f"greenbeard:messages:{story}"

    @staticmethod
    def shown(channel: int) -> str:
        """Hash Discord id of a message → id of the node that it shows."""
        return f"greenbeard:shown:{channel}"

    @staticmethod
    def here(consumer: str, channel: int) -> str:
        """String: the story that is told in a channel, where it is not the channel's first."""
        return f"greenbeard:here:{consumer}:{channel}"

    @staticmethod
    def shelf(server: int) -> str:
        """Sorted set: the stories of a server, or of the channel of a direct message, by when they last grew."""
        return f"greenbeard:shelf:{server}"

    @staticmethod
    def authored(member: str) -> str:
        """Set: the passages that a member wrote, edited or asked for."""
        return f"greenbeard:authored:{member}"

    @staticmethod
    def willing() -> str:
        """Set: the members on whose words in stories models may be trained."""
        return "greenbeard:willing"

    @staticmethod
    def agreed() -> str:
        """Set: the passages whose author was willing when they became story, and is still."""
        return "greenbeard:agreed"

    @staticmethod
    def stories() -> str:
        """Set: the ids of all stories."""
        return "greenbeard:stories"

    @staticmethod
    def waiting(story: str) -> str:
        """List: requests of one story that wait for the passage before them, oldest first."""
        return f"greenbeard:waiting:{story}"

    @staticmethod
    def deliveries() -> str:
        """Hash job → delivery record: what the bot still owes to Discord. Entries go when Discord has accepted."""
        return "greenbeard:deliveries"

    @staticmethod
    def undeliverable() -> str:
        """List: records of what Discord refused for good, newest first; capped at UNDELIVERABLE_MAX. Never expires."""
        return "greenbeard:undeliverable"

    @staticmethod
    def rules(server: int) -> str:
        """String: what a server has decided about writing. Never expires."""
        return f"greenbeard:rules:{server}"

    @staticmethod
    def used(server: int, who: str, hour: int) -> str:
        """String: passages that a member, or "all", asked for within an hour since 1970. Expires after two hours."""
        return f"greenbeard:used:{server}:{who}:{hour}"

    @staticmethod
    def titles(story: str) -> str:
        """Set: the titles that chapters of a story have."""
        return f"greenbeard:titles:{story}"

    @staticmethod
    def vote(job: str) -> str:
        """String: one vote among the takes of a job, as long as it runs and for a while after."""
        return f"greenbeard:vote:{job}"

    @staticmethod
    def voices(job: str) -> str:
        """Hash member → number of the take that has their voice; lives as long as the vote."""
        return f"greenbeard:voices:{job}"

    @staticmethod
    def votes(consumer: str) -> str:
        """Sorted set: the jobs whose votes run, by the time they end (Unix seconds)."""
        return f"greenbeard:votes:{consumer}"

    @staticmethod
    def book_runs() -> str:
        """Hash run → record of several chapters that are written for one file. Entries go when the file is posted."""
        return "greenbeard:book-runs"

    @staticmethod
    def pressed(message: int) -> str:
        """String: present when the button of a Discord message has begun its work. Expires within minutes."""
        return f"greenbeard:pressed:{message}"

    @staticmethod
    def state(version: str, chain: str, whole: bool) -> str:
        """Bytes: the hidden state after a passage, by content: of the whole story or of its tail only.

        Expires after STATE_TTL.
        """
        return f"greenbeard:state:{version}:{chain}:{'whole' if whole else 'tail'}"

    @staticmethod
    def states() -> str:
        """Sorted set: the keys of all states by the Unix second of their last use. Never expires."""
        return "greenbeard:states"

    # Training
    @staticmethod
    def upload(job: str) -> str:
        """Bytes: the books a member attached to `/train start`. Expire after UPLOAD_TTL; deleted when it ends."""
        return f"greenbeard:upload:{job}"

    @staticmethod
    def training() -> str:
        """String: the job id of the training that holds the trainer, absent when none does."""
        return "greenbeard:training"

    @staticmethod
    def curve(job: str) -> str:
        """Bytes: the learning curve of a finished training as a PNG. Expires after UPLOAD_TTL."""
        return f"greenbeard:curve:{job}"

    @staticmethod
    def progress(job: str) -> str:
        """String: the newest `TrainProgress` of a training. Expires after UPLOAD_TTL."""
        return f"greenbeard:progress:{job}"

    # Operations
    @staticmethod
    def speed() -> str:
        """String: `WorkerSpeed` of the last finished generation. Expires after a day."""
        return "greenbeard:speed"

    @staticmethod
    def load(worker: str) -> str:
        """String: the `WorkerLoad` of one generation worker. Expires after LOAD_TTL."""
        return f"greenbeard:load:{worker}"

    @staticmethod
    def commands(application: str) -> str:
        """String: hash of the command tree last synced to Discord for one application."""
        return f"greenbeard:commands:{application}"


TEXT_TTL = 3600
CANCEL_TTL = 3600
STATE_TTL = 30 * DAY
LOAD_TTL = 6
UPLOAD_TTL = 2 * DAY
VOTE_TTL = 30 * DAY
EVENTS_MAXLEN = 100_000
UNDELIVERABLE_MAX = 1000
DELIVERY_GROUP = "delivery"

MAX_PROMPT_CHARS = 4000
MAX_NOTE_CHARS = 1000
MAX_WORDS = 3000
MAX_TAKES = 8
REBUILD_WORDS = 4000
"""How much of a story's end a path covers: what is read again where a state is gone."""
MAX_BOOK_BYTES = 64 << 20


class Contract(BaseModel):
    """Base of everything that crosses Redis: immutable, and strict about unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SamplingChoice(Contract):
    """How the next token is drawn."""

    temperature: float = Field(defaults.TEMPERATURE, gt=0, le=2)
    top_p: float = Field(defaults.TOP_P, gt=0, le=1)
    top_k: int = Field(defaults.TOP_K, ge=0)
    """Only the likeliest so many; 0 is off."""
    min_p: float = Field(defaults.MIN_P, ge=0, lt=1)
    """Only what is at least so likely, measured against the likeliest; 0 is off."""
    repetition: float = Field(defaults.REPETITION, ge=1, le=2)
    """How much less likely a word is that was just used; 1 is off."""


class Link(Contract):
    """One passage on the way to the place where a story goes on."""

    passage: str
    chain: str
    """Content address of the story up to and including it (`chain_hash`)."""


class Replay(Contract):
    """A passage is to be written once more, to see whether it comes out as it stands: no passage comes of it."""

    version: str
    """The model version that wrote it."""
    forbidden: str
    """What the text had to do without then (`Recipe.forbidden`)."""


class GenerateRequest(Contract):
    """One passage to write, or several takes of it. `job` is the rq job id and names the passages that come of it."""

    job: str
    story: str
    path: tuple[Link, ...] = ()
    """The passages before this one, oldest first, the last one being the one it follows; REBUILD_WORDS of them are
    enough. Empty at the start of a story."""
    whole: bool = True
    """Whether the path reaches back to the start of the story."""
    kind: Literal["continue", "chapter"] = "continue"
    prompt: str = Field("", max_length=MAX_PROMPT_CHARS)
    prompted_by: str = ""
    """Discord id of the member who wrote the prompt, where it is not the one who asks."""
    title: str | None = Field(None, max_length=200)
    pov: str | None = Field(None, max_length=100)
    chapter: int = Field(1, ge=1)
    """The number a chapter gets if the books number theirs."""
    note: str = Field("", max_length=MAX_NOTE_CHARS)
    """Author's note: steers the writing without appearing in it."""
    words: int = Field(120, ge=1, le=MAX_WORDS)
    until: Literal["sentence", "paragraph", "chapter"] | None = None
    """Where the writing may end; None: at a sentence for `continue`, with the chapter for `chapter`."""
    takes: int = Field(1, ge=1, le=MAX_TAKES)
    """How many candidates for the passage."""
    blocked: tuple[str, ...] = ()
    """Words that never appear."""
    sampling: SamplingChoice = SamplingChoice()
    seed: int = Field(ge=0, lt=2**31)
    reply_to: str
    """Consumer name of the bot that wants the events (`Keys.events`)."""
    member: str
    """Discord id of the member who asked."""
    server: str = ""
    """Discord id of the server, or of the channel of a direct message: servers share the workers fairly."""
    time_limit_s: float = Field(180, gt=0)
    replay: Replay | None = None

    @property
    def parent(self) -> str | None:
        """The passage this one follows; None at the start of a story."""
        return self.path[-1].passage if self.path else None

    @property
    def chain(self) -> str:
        """Content address of the story before this passage."""
        return self.path[-1].chain if self.path else ""

    @property
    def passages(self) -> tuple[str, ...]:
        """Ids of the passages that come of it: the job's own, or `{job}.0` and so on where there are several takes."""
        return (self.job,) if self.takes == 1 else tuple(f"{self.job}.{take}" for take in range(self.takes))


class Copied(Contract):
    """The longest run of words that a passage has in common with the texts its model learned from."""

    words: int
    file: str
    chapter: str


class Likeness(Contract):
    """The book that a passage clearly sounds most like."""

    file: str
    lead: float
    """Bits a word by which the passage surprises less under this book than under the next one."""


class Recipe(Contract):
    """What was asked for besides what the passage itself tells, so that it can be written again."""

    title: str | None = None
    pov: str | None = None
    chapter: int = 1
    forbidden: str
    """Stands for the blocked words and the longest copied run of that time (`forbidden`)."""


class Passage(Contract):
    """One addition to a story, immutable. A story reads as the plain concatenation of its passages' `text`."""

    id: str
    story: str
    parent: str | None
    kind: Literal["continue", "chapter", "written"]
    """`written` is a member's own text."""
    text: str
    """With what separates it from the passage before: "", " ", "\\n\\n", or "\\n\\n\\n" before a chapter heading."""
    prompt: str
    """The part of `text` that a member wrote; the model wrote the rest."""
    heading: str | None = None
    author: str
    """Discord id of the member who asked for it."""
    prompted_by: str = ""
    """Discord id of the member who wrote the prompt, where another one asked for a further take."""
    model: str
    """Version that wrote it; "" for a member's own text."""
    take: int = 0
    """Its number among the takes of one request."""
    note: str = ""
    """The author's note it was written with."""
    copied: Copied | None = None
    likeness: Likeness | None = None
    """Of the model's part."""
    seed: int
    sampling: SamplingChoice
    words: int
    asked: int = 0
    """About how many words the model was to write; 0 where that is not known."""
    recipe: Recipe | None = None
    """None for a member's own text."""
    tokens: int
    seconds: float
    ended: Literal["sentence", "chapter", "length", "stopped", "time"]
    """Why the writing ended: at a sentence, where the model ended its chapter, at the hard limit, by Stop, by time."""
    created: float
    """Unix seconds."""
    chain: str
    """Hash chain of the story's text up to and including this passage (`chain_hash`)."""

    @property
    def prompter(self) -> str:
        """Who wrote the prompt."""
        return self.prompted_by or self.author


def forbidden(blocked: tuple[str, ...], copy_limit: int) -> str:
    """What stands for the words that must not appear, and for how long a copied run may be."""
    return hashlib.sha256(json.dumps([blocked, copy_limit]).encode()).hexdigest()[:16]


def chain_hash(parent_chain: str, text: str) -> str:
    """Content address of a story after `text`: hex SHA-256 over the parent's address and the text."""
    return hashlib.sha256(f"{parent_chain}\0{text}".encode()).hexdigest()


_VERSION_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


def valid_name(name: str) -> bool:
    """Whether a model version may have this name: a plain folder's, and no JSON file's such as the store's own."""
    return _VERSION_NAME.fullmatch(name) is not None and not name.endswith(".json")


def _checked_name(name: str) -> str:
    if not valid_name(name):
        raise ValueError("cannot name a model version")
    return name


class TrainRequest(Contract):
    """One training. The books travel beside it under `Keys.upload(job)`, named by `filename`."""

    job: str
    name: Annotated[str, AfterValidator(_checked_name)]
    filename: str
    budget_s: float = Field(600, ge=10, le=DAY)
    seed: int = 1
    reply_to: str
    member: str


class TrainProgress(Contract):
    """Where a training stands."""

    fraction: float
    """0 to 1 of the budget."""
    seconds: float
    seconds_left: float
    epoch: float
    loss_bits_per_char: float | None
    valid_bits_per_char: float | None
    tokens_per_s: float
    sample: str = ""
    """What the model wrote at the last look at unseen pages; empty before the first."""


class TrainResult(Contract):
    """What a training made: a candidate version, not live until promoted."""

    version: str
    seconds: float
    tokens_per_s: float
    epochs: float
    valid_bits_per_char: float
    parameters: int
    sample: str
    notes: tuple[str, ...] = ()
    """What the person who trained should know, one sentence each."""


class WorkerSpeed(Contract):
    """Speed of the last finished generation, for `/status`."""

    tokens_per_s: float
    words_per_s: float
    version: str
    at: float


class Turn(Contract):
    """What a request's turn depends on; kept beside its job, so that nobody needs to read the whole request."""

    job: str
    server: str = ""
    member: str = ""
    words: int = 0
    """Of one take; of a running request those that are left to write."""
    takes: int = 1


class WorkerLoad(Contract):
    """What a generation worker has in hand, for waiting times."""

    slots: int
    words_per_s: float = Field(gt=0)
    """Of one take, as measured among those that ran beside it."""
    running: tuple[Turn, ...] = ()
    version: str


class _Event(Contract):
    job: str
    attempt: str
    """One run of the job: events of an earlier attempt are void once a later one began."""
    number: int
    """Counts up within an attempt."""


class Started(_Event):
    """A worker took the job."""

    kind: Literal["started"] = "started"


class Grew(_Event):
    """`Keys.text(job)` has new text."""

    kind: Literal["grew"] = "grew"


class Ended(_Event):
    """The passages are stored under `Keys.passage`."""

    kind: Literal["ended"] = "ended"
    passages: tuple[str, ...] = ()
    """Their ids, in the order of their takes."""


Trouble = Literal[
    "broken",
    "too long",
    "stopped",
    "lost",
    "nothing written",
    "bad request",
    "bad model",
    "bad books",
    "bad settings",
    "training failed",
    "out of memory",
    "not saved",
    "cannot replay",
    "books lost",
    "stopped early",
]
"""Kinds of failure, which members are told of in their language."""


class Failed(_Event):
    """The job ended without a result; `message` is one English sentence for members that says what to do next."""

    kind: Literal["failed"] = "failed"
    message: str
    why: Trouble = "broken"


class Progressed(_Event):
    """A training moved on."""

    kind: Literal["progressed"] = "progressed"
    progress: TrainProgress


class Trained(_Event):
    """A training ended with a candidate version."""

    kind: Literal["trained"] = "trained"
    result: TrainResult


Event = Annotated[Started | Grew | Ended | Failed | Progressed | Trained, Field(discriminator="kind")]
EVENT: TypeAdapter[Started | Grew | Ended | Failed | Progressed | Trained] = TypeAdapter(Event)


def new_job_id() -> str:
    """A fresh job id: sortable by time, 20 characters, so that with a part number it fits Discord's nonce of 25."""
    return f"{int(time.time() * 1000):011x}{uuid.uuid4().hex[:9]}"
