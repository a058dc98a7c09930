"""A bot with an empty database of its own for each test; real workers where a test asks for one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.options import BotOptions
from tests.bot.house import House


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """Where no model is: most tests need none."""
    return tmp_path / "shipped" / "tiny"


@pytest.fixture
def options(redis_url: str, tmp_path: Path, shipped: Path) -> BotOptions:
    return BotOptions(
        redis_url=redis_url,
        home=tmp_path / "home",
        shipped=shipped,
        consumer="tests",
        edit_interval_s=0.05,
        waiting_interval_s=0.2,
    )


@pytest.fixture
async def house(options: BotOptions) -> AsyncIterator[House]:
    house = House(options)
    await house.open()
    try:
        yield house
    finally:
        await house.close()
