import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from model.version import CHECKPOINT_FILE, VERSION_FILE, WEIGHTS_FILE, work_folder
from worker.contract import TrainRequest
from worker.errors import (
    BadVersionName,
    DamagedVersion,
    NoEarlierVersion,
    UnknownVersion,
    VersionInUse,
)
from worker.versions import VersionStore


@pytest.fixture
def store(tmp_path: Path, tiny_version: Path) -> VersionStore:
    shutil.copytree(tiny_version, tmp_path / "models" / "second")
    shutil.copytree(tiny_version, tmp_path / "models" / "third")
    return VersionStore(tmp_path / "models", tiny_version)


def test_the_shipped_version_is_live_until_another_is(store: VersionStore) -> None:
    assert store.live() == store.shipped.name
    store.use("second")
    assert store.live() == "second"
    assert [version.name for version in store.list() if version.live] == ["second"]


def test_list_shows_all_with_the_shipped_first(store: VersionStore) -> None:
    assert [version.name for version in store.list()] == [store.shipped.name, "second", "third"]
    assert [version.shipped for version in store.list()] == [True, False, False]


def test_the_mark_changes_with_every_use(store: VersionStore) -> None:
    marks = [store.live_mark()]
    for name in ("second", "third"):
        store.use(name)
        marks.append(store.live_mark())
    assert len(set(marks)) == 3


def test_rollback_goes_back_step_by_step(store: VersionStore) -> None:
    store.use("second")
    store.use("third")
    assert store.rollback() == "second"
    assert store.rollback() == store.shipped.name
    with pytest.raises(NoEarlierVersion):
        store.rollback()
    assert store.live() == store.shipped.name


def test_rollback_passes_over_versions_that_are_gone(store: VersionStore) -> None:
    store.use("second")
    store.use("third")
    store.remove("second")
    assert store.rollback() == store.shipped.name


def test_rollback_does_not_go_back_to_what_is_live(store: VersionStore) -> None:
    for name in ("second", "third", "second"):
        store.use(name)
    store.remove("third")
    assert store.rollback() == store.shipped.name


def test_using_the_live_version_again_is_no_step(store: VersionStore) -> None:
    store.use("second")
    store.use("second")
    assert store.rollback() == store.shipped.name


@pytest.mark.parametrize("name", ["", "../etc", "Second", ".hidden", "a/b", "x" * 41, "live.json", "x.json"])
def test_names_that_could_lead_elsewhere_are_refused(store: VersionStore, name: str) -> None:
    for action in (store.use, store.remove, store.new_name):
        with pytest.raises(BadVersionName):
            action(name)


def test_unknown_and_damaged_versions_are_not_used(store: VersionStore) -> None:
    with pytest.raises(UnknownVersion, match="nobody"):
        store.use("nobody")
    (store.models / "second" / "version.json").write_text('{"format": 1, "na')
    with pytest.raises(DamagedVersion, match="second"):
        store.use("second")
    assert store.live() == store.shipped.name
    assert [version.name for version in store.list() if version.problem] == ["second"]


def test_live_and_shipped_versions_stay(store: VersionStore) -> None:
    store.use("second")
    for name in ("second", store.shipped.name):
        with pytest.raises(VersionInUse):
            store.remove(name)
    store.remove("third")
    assert not (store.models / "third").exists()


def test_new_names_step_aside(store: VersionStore) -> None:
    assert store.new_name("fresh") == "fresh"
    assert store.new_name("second") == "second-2"
    assert store.new_name(store.shipped.name) == f"{store.shipped.name}-2"


def test_a_training_that_was_broken_off_keeps_its_name_until_it_goes_on(store: VersionStore) -> None:
    for age, name in enumerate(("second-3", "second-2", "fresh-2", "fresh", "fresh-er")):
        work_folder(store.models / name).mkdir()
        checkpoint = work_folder(store.models / name) / CHECKPOINT_FILE
        checkpoint.write_bytes(b"")
        os.utime(checkpoint, (1e9 - age, 1e9 - age))
    work_folder(store.models / "third-2").mkdir()
    work_folder(store.models / "third").mkdir()
    (work_folder(store.models / "third") / CHECKPOINT_FILE).write_bytes(b"left by who died when all was done")

    assert store.new_name("fresh") == "fresh-3"
    assert store.new_name("second") == "second-4"
    assert store.new_name("third") == "third-2"
    assert store.broken_off("second") == "second-3"
    assert store.broken_off("second-2") == "second-2"
    assert store.broken_off("fresh") == "fresh"
    assert store.broken_off("third") is None
    assert [version.name for version in store.list()] == [store.shipped.name, "second", "third"]


@pytest.mark.parametrize("damage", ["{", "", '{"live": 3}', "\udcff"])
def test_with_a_damaged_live_file_the_shipped_version_is_live(store: VersionStore, damage: str) -> None:
    store.use("second")
    (store.models / "live.json").write_bytes(damage.encode(errors="surrogateescape"))
    assert store.live() == store.shipped.name
    assert [version.name for version in store.list() if version.live] == [store.shipped.name]
    store.use(store.shipped.name)
    store.use("third")
    assert VersionStore(store.models, store.shipped).live() == "third"


def test_a_version_in_the_place_of_the_live_file_bricks_nothing(store: VersionStore) -> None:
    (store.models / "third").rename(store.models / "live.json")
    assert store.live() == store.shipped.name
    assert [version.name for version in store.list()] == [store.shipped.name, "second"]
    store.use("second")
    assert store.live() == "second"
    assert [version.name for version in store.list() if not version.problem] == [store.shipped.name, "live", "second"]


@pytest.mark.parametrize(
    ("file", "damage", "said"),
    [
        ("model.safetensors", lambda data: data[:1000], "damaged"),
        ("model.safetensors", lambda data: data[:-1], "bytes"),
        ("model.safetensors", lambda data: data + b"x", "bytes"),
        ("model.safetensors", lambda data: b"", "damaged"),
        ("model.safetensors", lambda data: b"\xff" * len(data), "damaged"),
        ("model.safetensors", lambda data: data.replace(b"output_bias", b"output_bios"), "does not fit"),
        ("tokenizer.json", lambda data: data[:-10], "damaged"),
        ("tokenizer.json", lambda data: b'{"model": []}', "damaged"),
        ("tokenizer.json", lambda data: data.replace(b'"vocab":{', b'"vocab":{"more":9999,'), "belong"),
        ("version.json", lambda data: data.replace(b'"hidden": ', b'"hidden": 1'), "does not fit"),
    ],
)
def test_a_damaged_version_is_listed_as_such_and_not_used(
    store: VersionStore, file: str, damage: Callable[[bytes], bytes], said: str
) -> None:
    path = store.models / "second" / file
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DamagedVersion, match=said) as caught:
        store.use("second")
    (problem,) = [version.problem for version in store.list() if version.problem]
    assert problem in str(caught.value)
    assert str(store.models) not in str(caught.value)
    assert store.live() == store.shipped.name


def test_what_to_write_with_best_first(store: VersionStore) -> None:
    for name in ("second", "third", "second"):
        store.use(name)
    assert store.candidates() == ("second", "third", store.shipped.name)


@pytest.mark.parametrize("name", ["live.json", "Mine", "mine\n", ""])
def test_no_training_can_ask_for_a_bad_name(make_training: Callable[..., TrainRequest], name: str) -> None:
    assert make_training(name="mine-1.0").name == "mine-1.0"
    with pytest.raises(ValidationError, match="cannot name a model version"):
        make_training(name=name)


def test_people_of_the_live_version_are_read_from_its_record_alone(store: VersionStore) -> None:
    record = store.models / "second" / VERSION_FILE
    told = json.loads(record.read_text(encoding="utf-8"))
    told["headings"]["people"] = ["Milady", "Athos"]
    record.write_text(json.dumps(told), encoding="utf-8")
    assert store.live_people() == ()
    store.use("second")
    (store.models / "second" / WEIGHTS_FILE).write_bytes(b"not looked at")
    (store.models / "third" / VERSION_FILE).unlink()
    assert store.live_people() == ("Milady", "Athos")
    record.unlink()
    assert store.live_people() == ()
    shutil.rmtree(store.models / "second")
    assert store.live_people() == ()
