from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from model.packed import pack, packed_bytes, unpack


@settings(deadline=None)
@given(st.integers(1, 32), st.lists(st.integers(0, 2**32 - 1)), st.binary(max_size=9))
def test_numbers_come_back(bits: int, numbers: list[int], before: bytes) -> None:
    numbers = [number & (1 << bits) - 1 for number in numbers]
    data = pack(np.array(numbers, np.uint32), bits)
    assert len(data) == packed_bytes(len(numbers), bits)
    assert unpack(before + data, len(before), len(numbers), bits).tolist() == numbers


def test_many_numbers_are_packed_in_lots() -> None:
    numbers = np.arange(600_000, dtype=np.uint32) % (1 << 18)
    assert (unpack(pack(numbers, 18), 0, len(numbers), 18) == numbers).all()
