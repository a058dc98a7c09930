"""The command line as scripts see it: exact JSON on stdout, one line on stderr, exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.greenbeard.conftest import Greenbeard

COMMANDS = ["play", "bot", "worker", "train", "evaluate", "sample", "models", "bench", "forget", "doctor"]


def test_help_names_every_command_and_imports_nothing_heavy(fresh_greenbeard: Greenbeard) -> None:
    done = fresh_greenbeard("--help")
    assert done.returncode == 0
    assert [name for name in COMMANDS if name not in done.stdout] == []
    looked = fresh_greenbeard("models", "list", "--json", PYTHONPROFILEIMPORTTIME="1")
    assert "| torch\n" not in looked.stderr
    assert "discord.client" not in looked.stderr


@pytest.mark.parametrize(
    "arguments",
    [["fly"], ["models", "use"], ["worker", "--queue", "nothing"], ["play", "--json"], ["play", "--port", "0"]],
)
def test_wrong_usage_is_2_and_one_line(greenbeard: Greenbeard, arguments: list[str]) -> None:
    done = greenbeard(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("greenbeard: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "settings", "told"),
    [
        (["bot"], {}, "DISCORD_TOKEN is not set"),
        (["worker"], {}, "REDIS_URL is not set and no embedded Valkey runs here"),
        (["worker", "--queue", "import"], {}, "no jobs for the queue `import`"),
        (["forget", "17"], {}, "REDIS_URL is not set; set it to the Redis of the bot"),
        (["forget", "17"], {"REDIS_URL": "redis://127.0.0.1:1"}, "Redis does not answer at redis://127.0.0.1:1;"),
        (["models", "use", "nobody"], {}, "There is no model version 'nobody'"),
        (["models", "rollback"], {}, "No other model version was live before"),
        (["models", "list"], {"REDIS_URL": "localhost"}, "REDIS_URL cannot be used"),
        (["play"], {"REDIS_URL": "unix:///nowhere/at/all.sock"}, "Redis does not answer at REDIS_URL"),
    ],
)
def test_an_error_is_1_and_one_line(
    greenbeard: Greenbeard, arguments: list[str], settings: dict[str, str], told: str
) -> None:
    done = greenbeard(*arguments, **settings)
    assert (done.returncode, done.stdout) == (1, "")
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_missing_extra_is_named(fresh_greenbeard: Greenbeard, tmp_path: Path) -> None:
    (tmp_path / "simcord.py").write_text("raise ModuleNotFoundError(name='simcord')")
    done = fresh_greenbeard("play", PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr == "greenbeard: simcord is not installed here; run `pip install 'greenbeard[play]'`.\n"


def test_models_are_listed_used_rolled_back_and_removed(
    greenbeard: Greenbeard, tiny_version: Path, tmp_path: Path
) -> None:
    shutil.copytree(tiny_version, tmp_path / "home" / "models" / "mine")
    (tmp_path / "home" / "models" / "broken").mkdir()
    (tmp_path / "home" / "models" / "broken" / "version.json").write_text("{}")

    def ask(*arguments: str) -> dict[str, object]:
        done = greenbeard("models", *arguments, "--json", GREENBEARD_SHIPPED=str(tiny_version))
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.count("\n") == 1
        answer: dict[str, object] = json.loads(done.stdout)
        return answer

    listed = ask("list")
    assert listed["live"] == "tiny"
    versions = listed["versions"]
    assert isinstance(versions, list)
    assert [(version["name"], version["live"], version["problem"] is None) for version in versions] == [
        ("tiny", True, True),
        ("broken", False, False),
        ("mine", False, True),
    ]
    assert ask("use", "mine")["live"] == "mine"
    assert ask("show", "mine")["parameters"] == versions[2]["parameters"]
    assert ask("rollback")["live"] == "tiny"
    assert ask("remove", "mine") == {"live": "tiny", "versions": ["tiny", "broken"]}
    table = greenbeard("models", "list", GREENBEARD_SHIPPED=str(tiny_version))
    assert "damaged" in table.stdout


def test_doctor_says_what_to_do(greenbeard: Greenbeard, tiny_version: Path) -> None:
    done = greenbeard("doctor", "--json", GREENBEARD_SHIPPED=str(tiny_version))
    assert (done.returncode, done.stderr) == (1, "")
    report = json.loads(done.stdout)
    assert list(report) == ["checks"]
    assert all(list(check) == ["name", "ok", "detail", "advice"] for check in report["checks"])
    assert {check["name"]: check["ok"] for check in report["checks"]} == {
        **dict.fromkeys(("home", "disk", "device", "shipped model", "live model"), True),
        **dict.fromkeys(("token", "redis", "queues", "workers"), False),
    }
    assert all(check["advice"] for check in report["checks"] if not check["ok"])
