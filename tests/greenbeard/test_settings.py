"""Settings come from the environment and .env, and say which one is wrong."""

from __future__ import annotations

import re
import traceback
from pathlib import Path

import pytest

from greenbeard.errors import BadSettings
from greenbeard.settings import SHIPPED_MODEL, Settings, load_settings
from model.sampling import Sampling
from worker.contract import SamplingChoice


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("DISCORD_TOKEN", "REDIS_URL", "GREENBEARD_HOME", "GREENBEARD_SHIPPED", "GREENBEARD_TOP_P"):
        monkeypatch.delenv(name, raising=False)


def test_without_anything_the_defaults_hold() -> None:
    settings = load_settings()
    assert (settings.redis_url, settings.home, settings.shipped) == (None, Path("var"), SHIPPED_MODEL)


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("REDIS_URL=redis://file:1/0\nGREENBEARD_TOP_P=0.5\nOTHER=1\n")
    monkeypatch.setenv("REDIS_URL", "redis://environment:1/0")
    settings = load_settings()
    assert (settings.redis_url, settings.top_p) == ("redis://environment:1/0", 0.5)


def test_an_empty_value_is_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "")
    assert load_settings().redis_url is None


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("GREENBEARD_TOP_P", "7", "GREENBEARD_TOP_P cannot be used"),
        ("GREENBEARD_CONTINUE_WORDS", "many", "GREENBEARD_CONTINUE_WORDS cannot be used"),
        ("REDIS_URL", "localhost:6379", "REDIS_URL cannot be used: must begin with one of redis://"),
        ("GREENBEARD_DEVICE", "tpu", "GREENBEARD_DEVICE cannot be used"),
        ("GREENBEARD_COPY_LIMIT", "7", "GREENBEARD_COPY_LIMIT cannot be used: a model with many books sees runs of 8"),
    ],
)
def test_a_wrong_value_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings, match=told):
        load_settings()


@pytest.mark.parametrize(
    "url",
    [
        "redis://:SECRET#x@127.0.0.1:6379",
        "redis://:SEC/RET@127.0.0.1:6379",
        "redis://:12#SECRET@127.0.0.1",
        "redis://:12/SECRET@127.0.0.1",
        "redis://:12?SECRET@127.0.0.1",
        "redis://:SECRET@[::1",
        "redis://h?foo=SECRET",
        "redis://h?socket_timeout=SECRET",
        "redis://h:SECRET",
        "redis://h:99999/0",
        "redis://h/SECRET",
        "rediss://h?ssl_cert_reqs=SECRET",
        "unix://",
        "unix://SECRET/redis.sock",
        "SECRET://h",
    ],
)
def test_a_url_that_redis_would_misread_is_refused_without_being_shown(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("REDIS_URL", url)
    with pytest.raises(BadSettings, match=r"^REDIS_URL cannot be used: ") as refused:
        load_settings()
    shown = "".join(traceback.format_exception(refused.value))
    assert re.search("SEC|RET|99999", shown.replace("REDIS", "")) is None


@pytest.mark.parametrize(
    "url",
    [
        "redis://h",
        "redis://u:p%23%2F%40@h:1/3",
        "redis://[::1]:6379/0?socket_timeout=3",
        "rediss://h/",
        "unix:///s%23?db=1",
    ],
)
def test_every_form_of_a_redis_url_is_taken(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("REDIS_URL", url)
    assert load_settings().redis_url == url


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"GREENBEARD_HOME=\xff\n")
    with pytest.raises(BadSettings, match="env is not UTF-8 text"):
        load_settings()


def test_the_token_never_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "secret-secret")
    assert "secret-secret" not in repr(load_settings())


def test_all_draw_alike_unless_told(tmp_path: Path) -> None:
    choice = Settings(home=tmp_path).bot_options("redis://r").sampling
    assert choice == SamplingChoice()
    assert Sampling() == Sampling(**choice.model_dump())


def test_bot_and_worker_get_what_was_set(tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path / "home",
        temperature=1.1,
        top_p=0.7,
        min_p=0.05,
        commonness=0.8,
        time_limit_s=9,
        copy_limit=9,
        state_cache_mb=2,
    )
    bot = settings.bot_options("redis://r", consumer="play")
    assert (bot.redis_url, bot.consumer, bot.time_limit_s) == ("redis://r", "play", 9)
    assert bot.sampling == SamplingChoice(temperature=1.1, top_p=0.7, min_p=0.05, commonness=0.8)
    worker = settings.worker_options("redis://r", 5)
    assert (worker.redis_url, worker.models) == ("redis://r", tmp_path / "home" / "models")
    assert (worker.slots, worker.copy_limit, worker.state_cache_bytes) == (5, 9, 2 << 20)
