"""`greenbeard bot` and `greenbeard worker`: the long-running programs on real Discord and a real Redis."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Queue(StrEnum):
    """The queues that a worker can serve."""

    GENERATE = "generate"
    TRAIN = "train"
    IMPORT = "import"


class Device(StrEnum):
    """Where a model runs."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


def register(app: typer.Typer) -> None:
    """Add `bot` and `worker`."""
    app.command("bot")(bot)
    app.command("worker")(worker)


def bot() -> None:
    """Run the bot on real Discord (needs DISCORD_TOKEN and REDIS_URL); prints its invite URL."""
    from bot.app import run_bot
    from greenbeard.errors import NotReady
    from greenbeard.logs import configure_logs
    from greenbeard.play.valkey import find_redis
    from greenbeard.settings import load_settings

    settings = load_settings()
    if settings.discord_token is None:
        raise NotReady(
            "DISCORD_TOKEN is not set; put the bot's token from the Discord developer portal into .env, "
            "or run `greenbeard play`, which needs none."
        )
    configure_logs(settings.log_level, settings.log_format)
    run_bot(settings.bot_options(find_redis(settings)), settings.discord_token.get_secret_value())


def worker(
    queue: Annotated[Queue, typer.Option(help="Which queue to serve: generate or train.")] = Queue.GENERATE,
    device: Annotated[Device | None, typer.Option(help="Where the model runs; default: GREENBEARD_DEVICE.")] = None,
    slots: Annotated[int, typer.Option(min=1, max=256, help="Passages written side by side.")] = 32,
) -> None:
    """Serve one queue until stopped; the first Ctrl-C lets it finish what it has in hand."""
    from greenbeard.errors import NotReady
    from greenbeard.logs import configure_logs
    from greenbeard.play.valkey import find_redis
    from greenbeard.settings import load_settings

    if queue is Queue.IMPORT:
        raise NotReady(
            "This version has no jobs for the queue `import`: books are read in the queue `train`; "
            "run `greenbeard worker --queue train`."
        )
    settings = load_settings(**({"device": device.value} if device else {}))
    configure_logs(settings.log_level, settings.log_format)
    options = settings.worker_options(find_redis(settings), slots)
    if queue is Queue.GENERATE:
        from worker.generation import run_generation_worker

        run_generation_worker(options)
    else:
        from worker.training import run_training_worker

        run_training_worker(options)
