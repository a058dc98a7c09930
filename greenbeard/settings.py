"""Every setting of Greenbeard, read from the environment and from `.env`; `.env.example` explains each one.

`main` builds one `Settings` and passes down what each part needs (`BotOptions`, `WorkerOptions`).
"""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.options import BotOptions
from greenbeard.errors import BadSettings
from model import defaults
from worker.contract import DAY, MAX_WORDS, SamplingChoice
from worker.options import WorkerOptions
from worker.versions import VersionStore

SHIPPED_MODEL = Path(__file__).parent / "shipped" / "musketeers"
SURE_COPIES = 8
"""Words of a copied run that every model version notices (`model.copies`)."""
REDIS_SCHEMES = ("redis://", "rediss://", "unix://")

Device = Literal["auto", "cpu", "cuda"]


class Settings(BaseSettings):
    """What an operator can set: `DISCORD_TOKEN`, `REDIS_URL`, and `GREENBEARD_` + field name for the rest."""

    model_config = SettingsConfigDict(
        env_prefix="GREENBEARD_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    discord_token: SecretStr | None = Field(None, validation_alias="DISCORD_TOKEN")
    """Token of the bot, from the Discord developer portal. Needed by `greenbeard bot` only."""
    redis_url: str | None = Field(None, validation_alias="REDIS_URL")
    """Redis ≥ 6.2 or Valkey ≥ 7.2. Unset: the embedded server of `greenbeard play`."""

    home: Path = Path("var")
    """Where models, checkpoints, logs and the embedded server's data live."""
    shipped: Path = SHIPPED_MODEL
    """Folder of the model that is live until another is promoted."""
    device: Device = "auto"
    """Where models run: auto takes a GPU if there is one."""

    continue_words: int = Field(120, ge=1, le=MAX_WORDS)
    """Words that `/continue` writes unless the member says."""
    continue_words_max: int = Field(600, ge=1, le=MAX_WORDS)
    """The most words that a member may ask of `/continue`."""
    chapter_words: int = Field(800, ge=1, le=MAX_WORDS)
    """Words after which a `/chapter` ends if the model has not ended it."""
    chapter_words_max: int = Field(MAX_WORDS, ge=1, le=MAX_WORDS)
    """The most words that a member may ask of `/chapter`."""
    temperature: float = Field(defaults.TEMPERATURE, gt=0, le=2)
    """How daring the model writes: lower is safer, higher is wilder."""
    top_p: float = Field(defaults.TOP_P, gt=0, le=1)
    """Nucleus sampling: the next token comes from the likeliest ones with together this probability; 1: from all."""
    min_p: float = Field(defaults.MIN_P, ge=0, lt=1)
    """The next token has at least this share of the likeliest one's probability; 0: any may come."""
    commonness: float = Field(defaults.COMMONNESS, ge=0, le=1)
    """How much common words are favoured: 1 as the model has learned it, less is livelier."""
    copy_limit: int = Field(12, ge=0, le=100)
    """No run of so many words or more, at least 8, is copied from the books; 0 allows any."""
    time_limit_s: float = Field(180, gt=0)
    """Seconds after which a generation ends with what it has."""
    state_cache_mb: int = Field(256, ge=1)
    """How much of Redis the hidden states of stories may fill; a state that is gone is read again from the text."""
    edit_interval_s: float = Field(1.2, ge=0.2)
    """Seconds between two edits of one message; Discord limits edits, 1 to 1.5 is safe."""

    train_budget_s: float = Field(600, ge=10, le=DAY)
    """Seconds that `/train start` trains unless the member says."""
    train_budget_max_s: float = Field(4 * 3600, ge=10, le=DAY)
    """The most seconds that a member may ask of `/train start`."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """What is worth a line in the log."""
    log_format: Literal["auto", "json", "console"] = "auto"
    """auto: readable in a terminal, JSON elsewhere."""

    @field_validator("copy_limit")
    @classmethod
    def _copies(cls, limit: int) -> int:
        if 0 < limit < SURE_COPIES:
            raise ValueError(f"a model with many books sees runs of {SURE_COPIES} words or more; set as many, or 0")
        return limit

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(REDIS_SCHEMES):
            raise ValueError(f"must begin with one of {', '.join(REDIS_SCHEMES)}")
        if url is not None and not _usable(url):
            raise ValueError("it is no URL of a Redis; write # / ? @ : in a password as %23 %2F %3F %40 %3A")
        return url

    def bot_options(self, redis_url: str, **changes: Any) -> BotOptions:
        """What the bot needs of these settings; `changes` are for `greenbeard play`."""
        options = BotOptions(
            redis_url=redis_url,
            home=self.home.resolve(),
            shipped=self.shipped.resolve(),
            edit_interval_s=self.edit_interval_s,
            continue_words=self.continue_words,
            continue_words_max=self.continue_words_max,
            chapter_words=self.chapter_words,
            chapter_words_max=self.chapter_words_max,
            sampling=SamplingChoice(
                temperature=self.temperature, top_p=self.top_p, min_p=self.min_p, commonness=self.commonness
            ),
            time_limit_s=self.time_limit_s,
            train_budget_s=self.train_budget_s,
            train_budget_max_s=self.train_budget_max_s,
        )
        return dataclasses.replace(options, **changes)

    def worker_options(self, redis_url: str, slots: int = WorkerOptions.slots) -> WorkerOptions:
        """What a worker process needs of these settings."""
        return WorkerOptions(
            redis_url=redis_url,
            home=self.home.resolve(),
            shipped=self.shipped.resolve(),
            device=self.device,
            slots=slots,
            copy_limit=self.copy_limit,
            state_cache_bytes=self.state_cache_mb << 20,
        )

    def versions(self) -> VersionStore:
        """The model versions of this home."""
        return VersionStore(self.home.resolve() / "models", self.shipped.resolve())

    def model_folder(self, model: str) -> Path:
        """Folder of a model named by version or by folder. Raises UnknownVersion."""
        folder = Path(model)
        return folder if "/" in model or folder.is_dir() else self.versions().folder(model)

    @property
    def logs(self) -> Path:
        """Folder of the worker logs of `greenbeard play`."""
        return self.home / "logs"


def load_settings(**overrides: Any) -> Settings:
    """Settings from the environment and `.env`, with a sentence instead of a validation report.

    Raises BadSettings, naming the variable at fault but not its value, which may hold a password.
    """
    try:
        return Settings(**overrides)
    except UnicodeDecodeError:
        raise BadSettings("The file .env is not UTF-8 text; save it as UTF-8.") from None
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        name = field if field in ("DISCORD_TOKEN", "REDIS_URL") else f"GREENBEARD_{field.upper()}"
        reason = first["msg"].removeprefix("Value error, ")
        raise BadSettings(f"{name} cannot be used: {reason}. Correct it in the environment or in .env.") from None


def _usable(url: str) -> bool:
    """Whether redis-py would connect to what this URL says, and to nothing else.

    It takes much in silence: `redis://:12#3@host` is port 12 of this machine to it, and database `/abc` is database 0.
    """
    import redis

    try:
        parts = urlsplit(url)
        parse_qsl(parts.query, strict_parsing=True)
        redis.ConnectionPool.from_url(url).make_connection()
    except (ValueError, TypeError, redis.RedisError):
        return False
    if parts.fragment:
        return False
    if parts.scheme == "unix":
        return not parts.hostname and len(parts.path) > 1
    return re.fullmatch(r"/?\d*", parts.path) is not None
