"""What `greenbeard doctor` looks at: each check is a function that returns what it saw and what to do about it."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from greenbeard.settings import Settings
from model.errors import BadModel
from model.version import read_info
from worker.errors import WorkerError

if TYPE_CHECKING:
    from worker.status import QueueState

TOKEN_FORM = re.compile(r"[\w-]{20,}\.[\w-]{4,}\.[\w-]{20,}")
REDIS_OLDEST, VALKEY_OLDEST = (6, 2), (7, 2)
DISK_NEEDED = 2 << 30
LOOK_LIMIT_S = 2.0


@dataclass(frozen=True)
class Check:
    """One finding; `advice` is empty where there is nothing to do."""

    name: str
    ok: bool
    detail: str
    advice: str = ""


def examine(settings: Settings) -> Iterator[Check]:
    """Every check, in the order in which things depend on one another."""
    yield check_home(settings.home)
    yield check_disk(settings.home)
    yield check_token(settings.discord_token.get_secret_value() if settings.discord_token else None)
    yield from check_redis_and_queues(settings)
    yield check_device(settings.device)
    yield from check_models(settings)


def check_home(home: Path) -> Check:
    """GREENBEARD_HOME, or the nearest folder above it that exists, can be written to."""
    existing = next(folder for folder in (home.resolve(), *home.resolve().parents) if folder.exists())
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        return Check("home", True, f"{home.resolve()} can be written to")
    if not existing.is_dir():
        advice = f"Move the file {existing} away, or set GREENBEARD_HOME to a folder."
        return Check("home", False, f"{existing} is a file, not a folder", advice)
    advice = f"Make {existing} writable for this user, or set GREENBEARD_HOME to a folder of yours."
    return Check("home", False, f"{home.resolve()} cannot be written to", advice)


def check_disk(home: Path) -> Check:
    """Room for model versions, checkpoints and the append-only file."""
    existing = next(folder for folder in (home.resolve(), *home.resolve().parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    detail = f"{free / (1 << 30):.1f} GiB free"
    if free >= DISK_NEEDED:
        return Check("disk", True, detail)
    advice = "Make room (2 GiB or more): `greenbeard models remove NAME` deletes old versions."
    return Check("disk", False, detail, advice)


def check_token(token: str | None) -> Check:
    """The token is there and looks like one; only Discord knows whether it is valid."""
    if token is None:
        advice = (
            "For real Discord, put the token from the developer portal into .env as DISCORD_TOKEN; "
            "`greenbeard play` needs none."
        )
        return Check("token", False, "DISCORD_TOKEN is not set", advice)
    if TOKEN_FORM.fullmatch(token) is None:
        advice = "Copy it again from the developer portal (Bot, Reset Token): three parts with dots between them."
        return Check("token", False, "DISCORD_TOKEN does not look like a bot token", advice)
    return Check("token", True, "DISCORD_TOKEN has the form of a bot token")


def check_redis_and_queues(settings: Settings) -> Iterator[Check]:
    """The server, and through it queues and workers."""
    import redis

    from greenbeard.play.valkey import server_url
    from worker.status import read_queues

    url = settings.redis_url or server_url(settings.home)
    where = "REDIS_URL" if settings.redis_url else "the embedded Valkey"
    advice = (
        "Start the server, and check host, port and password in REDIS_URL."
        if settings.redis_url
        else "Start `greenbeard play`, or set REDIS_URL to a server of yours."
    )
    with redis.Redis.from_url(url, socket_timeout=LOOK_LIMIT_S, socket_connect_timeout=LOOK_LIMIT_S) as client:
        try:
            info = client.info("server")
            generate, train = read_queues(client)
        except (redis.RedisError, OSError, WorkerError) as error:
            yield Check("redis", False, f"{where} does not answer: {error}", advice)
            for name in ("queues", "workers"):
                yield Check(name, False, "not known while Redis does not answer", "See redis.")
            return
    yield check_server_version(where, info)
    waiting = f"generate: {generate.waiting} waiting, {generate.running} running"
    yield Check("queues", True, f"{waiting}; train: {train.waiting} waiting, {train.running} running")
    yield check_workers(generate, train)


def check_server_version(where: str, info: object) -> Check:
    """Redis ≥ 6.2 or Valkey ≥ 7.2, from the server's own words."""
    told = info if isinstance(info, dict) else {}
    name, oldest = ("Valkey", VALKEY_OLDEST) if "valkey_version" in told else ("Redis", REDIS_OLDEST)
    version = str(told.get("valkey_version") or told.get("redis_version") or "0")
    detail = f"{where} answers: {name} {version}"
    if tuple(int(part) for part in re.findall(r"\d+", version)[:2]) >= oldest:
        return Check("redis", True, detail)
    needed = ".".join(str(part) for part in oldest)
    return Check("redis", False, detail, f"Upgrade the server: {name} {needed} or newer is needed.")


def check_workers(generate: QueueState, train: QueueState) -> Check:
    """Somebody serves each queue."""
    detail = f"generate: {len(generate.workers)}, train: {len(train.workers)}"
    missing = [name for name, queue in (("generate", generate), ("train", train)) if not queue.workers]
    if not missing:
        return Check("workers", True, detail)
    start = " and ".join(f"`greenbeard worker --queue {name}`" for name in missing)
    return Check("workers", False, detail, f"Start {start}; requests wait until then.")


def check_device(device: str) -> Check:
    """The device that workers on this machine would use."""
    if importlib.util.find_spec("torch") is None:
        advice = "This machine can run the bot; to run a worker, `pip install 'greenbeard[worker]'`."
        return Check("device", device == "auto", "torch is not installed here", advice)
    import torch

    gpu = torch.cuda.is_available()
    if device == "cuda" and not gpu:
        advice = "Check the driver with nvidia-smi and that torch is a CUDA build, or set GREENBEARD_DEVICE to auto."
        return Check("device", False, "GREENBEARD_DEVICE is cuda, but torch sees no GPU", advice)
    name = torch.cuda.get_device_name() if gpu and device != "cpu" else f"CPU, {torch.get_num_threads()} threads"
    return Check("device", True, name)


def check_models(settings: Settings) -> Iterator[Check]:
    """The shipped version and the live one can be read."""
    store = settings.versions()
    try:
        info = read_info(store.shipped)
        yield Check("shipped model", True, f"{info.name}: {info.parameters:,} parameters")
    except BadModel as error:
        yield Check("shipped model", False, str(error), f"Restore {store.shipped}, for example with `git checkout`.")
    try:
        live = store.live()
        yield Check(
            "live model", True, f"{live}: {store.info(live).metrics.valid_bits_per_char:.3f} bits per character"
        )
    except WorkerError as error:
        advice = "`greenbeard models list` shows what can be used, `greenbeard models use NAME` makes it live."
        yield Check("live model", False, str(error), advice)
