"""What the client does when Redis or the workers are not there."""

import ast
import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from worker.client import Client
from worker.contract import GenerateRequest, TrainRequest
from worker.errors import RedisDown, TrainingRuns
from worker.versions import VersionStore


async def test_without_redis_every_call_says_so_in_time(
    tmp_path: Path,
    tiny_version: Path,
    make_request: Callable[..., GenerateRequest],
    make_training: Callable[..., TrainRequest],
) -> None:
    client = Client(f"unix://{tmp_path}/nobody.sock", VersionStore(tmp_path, tiny_version))
    calls = [
        lambda: client.submit(make_request()),
        lambda: client.cancel("job"),
        lambda: client.text("job"),
        lambda: client.passage("job"),
        lambda: client.start_training(make_training(), b"text"),
        client.stop_training,
        client.training,
        client.status,
    ]
    for call in calls:
        began = time.monotonic()
        with pytest.raises(RedisDown, match="try again"):
            await call()
        assert time.monotonic() - began < 2
    await client.close()


async def test_a_silent_redis_counts_as_down(
    tmp_path: Path, tiny_version: Path, make_request: Callable[..., GenerateRequest], silent_server: int
) -> None:
    client = Client(f"redis://127.0.0.1:{silent_server}", VersionStore(tmp_path, tiny_version))
    for call in (lambda: client.submit(make_request()), lambda: client.text("job")):
        began = time.monotonic()
        with pytest.raises(RedisDown):
            await call()
        assert time.monotonic() - began < 2.2
    await client.close()


async def test_many_commands_at_once_are_all_answered(client: Client) -> None:
    assert await asyncio.gather(*(client.text(str(number)) for number in range(150))) == [""] * 150


async def test_status_without_workers(client: Client, make_request: Callable[..., GenerateRequest]) -> None:
    await client.submit(make_request())
    status = await client.status()
    assert (status.generate.waiting, status.generate.running, status.generate.workers) == (1, 0, ())
    assert status.live == "tiny"
    assert [version.name for version in status.versions] == ["tiny"]
    assert status.speed is None


async def test_one_training_at_a_time(client: Client, make_training: Callable[..., TrainRequest]) -> None:
    first = make_training()
    await client.start_training(first, b"text")
    with pytest.raises(TrainingRuns, match="/train stop"):
        await client.start_training(make_training(name="other"), b"text")
    running = await client.training()
    assert running is not None
    assert (running.request, running.progress, running.waits) == (first, None, True)


async def test_a_training_that_waits_can_be_stopped(
    client: Client, make_training: Callable[..., TrainRequest], kinds: Callable[[str], list[str]]
) -> None:
    first = make_training()
    assert not await client.stop_training()
    await client.start_training(first, b"text")
    assert await client.stop_training()
    assert kinds(first.job) == ["failed"]
    assert await client.training() is None
    await client.start_training(make_training(), b"text")


@pytest.mark.parametrize("module", ["worker.client", "worker.training"])
def test_the_side_without_a_model_imports_no_torch(module: str) -> None:
    program = f"import sys, {module}; print([name for name in ('torch', 'numpy', 'tokenizers') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ast.literal_eval(done.stdout) == []
