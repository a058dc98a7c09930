"""Where a model runs."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor

import torch

from model.errors import BadSettings
from model.products import has_bfloat16

PRECISIONS = {"bfloat16": torch.bfloat16, "float32": torch.float32}
TRIES = 20


def pick_device(name: str) -> str:
    """`auto` → cuda where there is one. Raises BadSettings for a device that is not there."""
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise BadSettings(
            "There is no CUDA device here; set GREENBEARD_DEVICE, or --device of a worker, to cpu or auto."
        )
    if name not in ("cpu", "cuda"):
        raise BadSettings(f'There is no device "{name}"; use auto, cpu or cuda.')
    return name


def share_cores() -> None:
    """Leave half of the cores to others: single steps are bound by memory, and waiting threads would spin."""
    torch.set_num_threads(max(1, min(4, (os.cpu_count() or 1) // 2)))


def can_train_in(precision: str, device: str) -> bool:
    """Whether a device can train in a type of PRECISIONS: oneDNN refuses bfloat16 on CPUs that lack it."""
    return precision != "bfloat16" or device == "cuda" or has_bfloat16()


def fastest_precision(device: str) -> str:
    """The type in which products train fastest: bfloat16, unless a CPU is faster at float32 or a GPU lacks it."""
    if device == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    if not can_train_in("bfloat16", device):
        return "float32"
    threads = torch.get_num_threads()
    with ThreadPoolExecutor(1, initializer=torch.set_num_threads, initargs=(1,)) as alone:
        seconds = {name: alone.submit(_product_seconds, dtype).result() for name, dtype in PRECISIONS.items()}
    torch.set_num_threads(threads)  # torch takes what one thread sets for the number of all that come after it
    return min(seconds, key=lambda name: seconds[name])


def _product_seconds(dtype: torch.dtype) -> float:
    """The best of a few products of an LSTM's usual size, by one thread: several wait for a core that is busy."""
    left, right = torch.ones(64, 512, dtype=dtype), torch.ones(2048, 512, dtype=dtype)
    seconds = []
    for _ in range(TRIES):
        began = time.perf_counter()
        torch.nn.functional.linear(left, right)
        seconds.append(time.perf_counter() - began)
    return min(seconds)
