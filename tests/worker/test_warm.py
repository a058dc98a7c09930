"""Which version a worker writes with."""

import shutil
import time
import weakref
from pathlib import Path

import pytest
import torch

from model.writer import Writer, load
from worker.errors import DamagedVersion, VersionTooLarge
from worker.options import WorkerOptions
from worker.versions import VersionStore
from worker.warm import Loaded, WarmModel


@pytest.fixture
def versions(options: WorkerOptions, tiny_version: Path) -> VersionStore:
    shutil.copytree(tiny_version, options.models / "second")
    return VersionStore(options.models, options.shipped)


def settled(warm: WarmModel) -> Loaded:
    """The live version, once it is loaded."""
    deadline = time.monotonic() + 20
    while (version := warm.current()) is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return version


def test_follows_the_live_version(versions: VersionStore) -> None:
    warm = WarmModel(versions, "cpu")
    first = settled(warm)
    assert settled(warm) is first
    versions.use("second")
    assert warm.current() is None
    assert warm.held is first
    second = settled(warm)
    assert second.writer is not first.writer
    assert second.name == "second"


def test_stays_with_the_old_one_if_the_new_one_is_damaged(versions: VersionStore) -> None:
    warm = WarmModel(versions, "cpu")
    first = settled(warm)
    versions.use("second")
    break_weights(versions.folder("second"))
    assert settled(warm) is first


def test_starts_with_the_newest_usable_version(versions: VersionStore) -> None:
    shutil.copytree(versions.folder("second"), versions.models / "third")
    for name in ("second", "third"):
        versions.use(name)
    break_weights(versions.folder("third"))
    assert WarmModel(versions, "cpu").held.name == "second"
    shutil.rmtree(versions.folder("second"))
    warm = WarmModel(versions, "cpu")
    assert warm.held.name == "tiny"
    shutil.copytree(versions.shipped, versions.models / "second")
    versions.use("second")
    assert settled(warm).name == "second"


def test_starts_in_a_home_with_a_damaged_live_file(versions: VersionStore) -> None:
    (versions.models / "live.json").mkdir()
    warm = WarmModel(versions, "cpu")
    assert warm.held.name == "tiny"
    versions.use("second")
    assert settled(warm).name == "second"


def test_starts_only_with_a_whole_model(versions: VersionStore, tmp_path: Path) -> None:
    broken = VersionStore(tmp_path / "none", versions.folder("second"))
    break_weights(broken.shipped)
    with pytest.raises(DamagedVersion, match="damaged"):
        WarmModel(broken, "cpu")
    with pytest.raises(DamagedVersion, match="no model"):
        WarmModel(VersionStore(tmp_path, tmp_path / "nothing"), "cpu")


def break_weights(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])


@pytest.fixture
def small_memory(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A GPU into which the version `second` does not fit; the names of what was loaded, in order.

    Nothing may be loaded while what was allocated for another version still lies there.
    """
    tried: list[str] = []
    allocated: list[weakref.ref[torch.Tensor]] = []

    def load_there(folder: Path, device: str) -> Writer:
        assert not any(there() is not None for there in allocated)
        tried.append(folder.name)
        if folder.name == "second":
            weights = torch.zeros(1000)
            allocated.append(weakref.ref(weights))
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")
        return load(folder, device)

    monkeypatch.setattr("worker.warm.load", load_there)
    return tried


def test_stays_with_the_old_one_if_there_is_no_memory_for_the_new_one(
    versions: VersionStore, small_memory: list[str]
) -> None:
    warm = WarmModel(versions, "cpu")
    first = settled(warm)
    versions.use("second")
    assert settled(warm) is first
    assert small_memory == ["tiny", "second"]


def test_starts_with_a_version_for_which_there_is_memory(versions: VersionStore, small_memory: list[str]) -> None:
    versions.use("second")
    assert WarmModel(versions, "cpu").held.name == "tiny"
    assert small_memory == ["second", "tiny"]


def test_says_so_where_there_is_memory_for_none(
    versions: VersionStore, tmp_path: Path, small_memory: list[str]
) -> None:
    with pytest.raises(VersionTooLarge, match="too little memory for model version 'second'"):
        WarmModel(VersionStore(tmp_path / "none", versions.folder("second")), "cpu")


def test_a_defect_is_no_want_of_memory(versions: VersionStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(folder: Path, device: str) -> Writer:
        raise RuntimeError("an index is out of range")

    monkeypatch.setattr("worker.warm.load", broken)
    with pytest.raises(RuntimeError, match="out of range"):
        WarmModel(versions, "cpu")
