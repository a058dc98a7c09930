"""Whole numbers of a few bits each (32 at most), side by side."""

from __future__ import annotations

import mmap

import numpy as np
from numpy.typing import NDArray

Bytes = bytes | mmap.mmap
SPARE_BYTES = 8
"""Zeros behind the last number, so that reading it needs no care."""
_AT_ONCE = 1 << 18
"""Numbers packed at once; a multiple of 8, so that each lot ends with a whole byte."""


def pack(numbers: NDArray[np.uint32], bits: int) -> bytes:
    """Numbers below 2 ** bits, lowest bit first: `packed_bytes(len(numbers), bits)` bytes."""
    lots: list[bytes] = []
    for begin in range(0, len(numbers), _AT_ONCE):
        lot = np.ascontiguousarray(numbers[begin : begin + _AT_ONCE], dtype="<u4")
        spread = np.unpackbits(lot.view(np.uint8).reshape(-1, 4), axis=1, count=bits, bitorder="little")
        lots.append(np.packbits(spread, bitorder="little").tobytes())
    return b"".join([*lots, bytes(SPARE_BYTES)])


def packed_bytes(count: int, bits: int) -> int:
    """The length of so many packed numbers."""
    return (count * bits + 7) // 8 + SPARE_BYTES


def unpack(data: Bytes, start: int, count: int, bits: int) -> NDArray[np.uint64]:
    """`count` packed numbers that lie in `data` from byte `start` on."""
    first = np.arange(count) * bits
    bytes_ = np.frombuffer(data, np.uint8, packed_bytes(count, bits), start).astype(np.uint64)
    around = bytes_[first >> 3]
    for later in range(1, 5):
        around |= bytes_[(first >> 3) + later] << np.uint64(8 * later)
    numbers: NDArray[np.uint64] = around >> (first & 7).astype(np.uint64) & np.uint64((1 << bits) - 1)
    return numbers
