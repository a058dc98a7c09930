"""What stands around the code agrees with it: .env.example, pins, compose file, commands that documents name."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from importlib.metadata import distribution
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from greenbeard.cli import build
from greenbeard.settings import Settings
from worker.engine_room import CLOSE_S
from worker.generation import GRACE_S

ROOT = Path(__file__).parent.parent
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "README.zh-CN.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
]


def settings_names() -> set[str]:
    return {
        str(field.validation_alias or f"GREENBEARD_{name.upper()}") for name, field in Settings.model_fields.items()
    }


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return loaded


def compose_variables() -> set[str]:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    return set(re.findall(r"\$\{([A-Z_]+)", text))


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    requirements = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(r.name): str(r.specifier).removeprefix("==") for r in requirements}


def installed_closure() -> dict[str, str]:
    """Every installed package that the project with all its extras needs, with its version."""
    found: dict[str, str] = {}
    todo = [("greenbeard", extra) for extra in ("", "worker", "play", "dev")]
    seen: set[tuple[str, str]] = set()
    while todo:
        name, extra = todo.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        package = distribution(name)
        found[canonicalize_name(name)] = package.version
        for line in package.requires or []:
            needed = Requirement(line)
            if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                todo += [(needed.name, ""), *((needed.name, e) for e in needed.extras)]
    del found["greenbeard"]
    return found


def env_example() -> str:
    """.env.example with the defaults that it shows as comments."""
    return re.sub(r"^#(\w+=)", r"\1", (ROOT / ".env.example").read_text(encoding="utf-8"), flags=re.M)


def test_a_copy_of_env_example_keeps_no_default() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == ["DISCORD_TOKEN=", "REDIS_PASSWORD="]


def test_env_example_names_exactly_the_settings_and_what_compose_wants() -> None:
    names = set(re.findall(r"^(\w+)=", env_example(), re.M))
    assert names == settings_names() | compose_variables()


def test_env_example_shows_the_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in settings_names():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(env_example(), encoding="utf-8")
    from_example = Settings()
    (tmp_path / ".env").unlink()
    assert from_example == Settings()


def test_env_example_explains_every_setting() -> None:
    lines = env_example().splitlines()
    for number, line in enumerate(lines):
        if "=" in line and not line.startswith("#"):
            paragraph = lines[:number][::-1]
            assert next(before for before in paragraph if not re.match(r"\w+=", before)).startswith("# "), line


def test_constraints_pin_everything_that_is_installed() -> None:
    pinned = pins()
    for name, version in installed_closure().items():
        assert pinned.get(name) == version.partition("+")[0], f"{name} {version} is not what constraints.txt pins"


def test_constraints_are_exact_and_without_hosts() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert all(re.fullmatch(r"[0-9][0-9a-z.]*", version) for version in pins().values())
    assert "://" not in text


def test_every_dependency_has_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    for wanted in chain(project["dependencies"], *project["optional-dependencies"].values()):
        line = next(line for line in text.splitlines() if line.strip().startswith(f'"{wanted}"'))
        assert re.search(r",\s+# \w", line), f"{wanted} stands in pyproject.toml without its reason"


def test_compose_keeps_redis_inside_and_behind_a_password() -> None:
    services = compose()["services"]
    assert "ports" not in services["redis"]
    assert services["redis"]["command"][-2] == "--requirepass"
    assert [name for name, service in services.items() if "ports" in service] == []
    for name in services.keys() - {"redis"}:
        inside = "redis://:${REDIS_PASSWORD:?set REDIS_PASSWORD in .env}@redis:6379/0"
        assert services[name]["environment"]["REDIS_URL"] == f"${{REDIS_URL:-{inside}}}"


@pytest.mark.parametrize("profile", ["cpu", "gpu"])
def test_compose_starts_one_of_each_in_either_profile(profile: str) -> None:
    started = {
        name: service
        for name, service in compose()["services"].items()
        if profile in service.get("profiles", [profile])
    }
    queues = [service["command"][-1] for service in started.values() if "worker" in service.get("command", [])]
    assert {"redis", "bot"} < started.keys()
    assert sorted(queues) == ["generate", "train"]
    for service in started.values():
        assert service["restart"] == "unless-stopped"
        reserved = "deploy" in service
        assert reserved == (service.get("profiles") == ["gpu"])


def test_compose_waits_until_a_stopping_worker_has_handed_back_its_jobs() -> None:
    for service in compose()["services"].values():
        if "worker" in service.get("command", []):
            assert int(service["stop_grace_period"].removesuffix("s")) > GRACE_S + CLOSE_S


def test_dockerfile_has_the_targets_that_compose_builds() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    stages = set(re.findall(r"^FROM \S+ AS (\S+)", text, re.M))
    targets = {s["build"]["target"] for s in compose()["services"].values() if "build" in s}
    assert targets == {"bot", "worker"} <= stages
    for target in targets:
        stage = re.split(rf"^FROM \S+ AS {target}\n", text, flags=re.M)[1].split("\nFROM ")[0]
        assert "USER greenbeard" in stage


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_documents_name_commands_that_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    group = typer.main.get_command(build())
    commands = set(getattr(group, "commands", {}))
    named = re.findall(r"(?:`|bin/|^)greenbeard ([a-z]+)", text, re.M)
    named += re.findall(r"docker compose (?:run|exec)(?: -\S+| --\S+)* (?:bot|worker|trainer) ([a-z]+)\b", text)
    assert set(named) <= commands, f"{document.name} names a command that greenbeard does not have"
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert set(re.findall(r"(?:`|^)make ([a-z]+)", text, re.M)) <= targets
    for module in re.findall(r"python -m (benchmarks\.\w+)", text):
        assert (ROOT / f"{module.replace('.', '/')}.py").is_file()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_documents_link_to_files_that_exist(document: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8")):
        if "://" not in link:
            assert (document.parent / link).exists(), f"{document.name} links to {link}"


def test_no_file_names_this_machine_or_a_package_host() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    forbidden = re.compile(
        "|".join([r"files\.pythonhosted", r"/simple/", r"download\.pytorch", r"(?<!\w)/(?:root|work)/"])
    )
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path == Path(__file__) or path.suffix in {".png", ".safetensors"} or not path.is_file():
            continue
        found = forbidden.search(path.read_text(encoding="utf-8", errors="replace"))
        assert found is None, f"{name} names {found and found.group()}"


def test_make_says_which_python_it_needs(tmp_path: Path) -> None:
    old = tmp_path / "oldpython"
    old.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    old.chmod(0o755)
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    made = subprocess.run(["make", "play", f"PYTHON={old}"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert made.returncode != 0
    assert "needs Python 3.11 or newer" in made.stderr
    assert not (tmp_path / ".venv").exists()
