from __future__ import annotations

import pytest

from greenbeard.usage import spread


@pytest.mark.parametrize(
    ("typed", "parsed"),
    [
        ("train A --valid B C --name x", "train A --valid B --valid C --name x"),
        ("train A B --name x --valid C D", "train A B --name x --valid C --valid D"),
        ("train --name x --valid B A", "train --name x --valid B A"),
        ("train A --valid B --valid C D --json", "train A --valid B --valid C --valid D --json"),
        ("train --json A --valid B C --name x", "train --json A --valid B --valid C --name x"),
        ("train --resume A --valid B C --name x", "train --resume A --valid B --valid C --name x"),
        ("train --name=x A --valid B C", "train --name=x A --valid B --valid C"),
        ("train --name=x --json --valid B A", "train --name=x --json --valid B A"),
        ("bench sampling --batch 1 16 --json", "bench sampling --batch 1 --batch 16 --json"),
        ("sample m --prompt --batch", "sample m --prompt --batch"),
        ("", ""),
    ],
)
def test_spread(typed: str, parsed: str) -> None:
    assert spread(typed.split()) == parsed.split()
