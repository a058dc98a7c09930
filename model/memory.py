"""How much memory a training takes and how much there is: an estimate, checked against measurements in a test."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import torch

from model.presets import Preset

PROCESS_BYTES = 450 << 20
"""Python, torch and tokenizers before any work."""
COPIES = 7
"""Of each weight in float32: itself, gradient, two moments, the best so far, and what a checkpoint holds meanwhile."""
BYTES_PER_LOGIT = 12
"""In bfloat16, in float32, and the gradient of each."""
VALUES_PER_UNIT = 30
"""Kept of each unit of a layer at each step for the way back."""
VALUES_PER_GATED_UNIT = 10
"""The same of a unit of the feed-forward layer: its gate, what it lets through, both together, and their gradients."""
BYTES_PER_CHAR = 12
"""Books, paragraphs and tokens."""
PROGRAMS = 64
"""For some ten numbers of passages side by side."""
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Parameters of glibc's `mallopt` (malloc.h)."""
_REFUSALS = (
    "not enough memory",
    "can't allocate memory",
    "out of memory",
    "std::bad_alloc",
    "could not create a primitive",
    "cublas_status_alloc_failed",
)
"""How torch, with oneDNN and cuBLAS in the last two, words a refusal of memory in a plain RuntimeError."""


def needed(preset: Preset, vocab: int, chars: int, members: int = 1) -> int:
    """About how many bytes a training of so many LSTMs takes at its peak."""
    shape = preset.shape(vocab)
    tokens = preset.lanes * preset.steps
    gated = (shape.layers - 1) * shape.between + shape.feed_forward
    values = shape.layers * shape.hidden * VALUES_PER_UNIT + gated * VALUES_PER_GATED_UNIT
    batch = tokens * (shape.head * BYTES_PER_LOGIT + values * 4)
    return PROCESS_BYTES + members * (shape.parameters * 4 * COPIES + batch) + chars * BYTES_PER_CHAR


def free(device: str) -> int | None:
    """Bytes that may still be taken on a device; None where the system does not say.

    Processes that torchrun starts on one machine share what its CPUs have.
    """
    if device == "cuda":
        return int(torch.cuda.mem_get_info()[0])
    rooms = [room for room in (_free_in_machine(), free_in_container(Path("/sys/fs/cgroup"))) if room is not None]
    return None if not rooms else min(rooms) // int(os.environ.get("LOCAL_WORLD_SIZE", "1"))


def _free_in_machine() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return None


def free_in_container(group: Path) -> int | None:
    """What a control group (v2) of a container leaves; None where there is no limit.

    Cached files that were not used of late count as free: the kernel drops them when memory is wanted.
    """
    try:
        limit, used, stat = (
            (group / name).read_text(encoding="ascii").strip()
            for name in ("memory.max", "memory.current", "memory.stat")
        )
    except OSError:
        return None
    cached = next((int(line.split()[1]) for line in stat.splitlines() if line.startswith("inactive_file ")), 0)
    return None if limit == "max" else int(limit) - int(used) + cached


def keep_freed() -> None:
    """Keep what this process frees, for the next step takes as much again: with glibc, from now to the process's end.

    Otherwise a tenth of a training's time goes into fetching pages from the system and clearing them.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, TypeError, AttributeError):
        return
    mallopt(_TRIM_THRESHOLD, 1 << 30)
    mallopt(_MMAP_THRESHOLD, 32 << 20)


def keep_few_programs() -> None:
    """Let oneDNN keep few of the programs that it makes, one for each shape of a product; call it before the first.

    It would keep a thousand, and each number of passages side by side is a shape of its own: 100 MB, and no faster.
    """
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", str(PROGRAMS))


def is_refusal(error: BaseException) -> bool:
    """Whether an error says that there is no memory left."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error).lower() for words in _REFUSALS)
