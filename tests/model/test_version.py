import json
import shutil
from pathlib import Path

import pytest

from model.ensemble import model_of
from model.notes import Note
from model.progress import Journal
from model.version import CLUSTER, VERSION_FILE, Shape, read_info, tensor_shapes


@pytest.mark.parametrize("feed_forward", [0, 5])
@pytest.mark.parametrize("rare", [0, CLUSTER])
@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize(("skips", "between"), [(False, 0), (True, 0), (True, 3)])
def test_the_expected_tensors_are_those_of_the_model(
    skips: bool, between: int, layers: int, rare: int, feed_forward: int
) -> None:
    sizes = {"vocab": 50 + rare, "embedding": 6, "hidden": 8, "layers": layers, "feed_forward": feed_forward}
    shape = Shape(**sizes, skips=skips, between=between, rare=rare, rare_embedding=2 if rare else 0)
    for members in (1,) if rare else (1, 3):
        together = shape.model_copy(update={"members": members})
        found = {name: list(tensor.shape) for name, tensor in model_of(together).state_dict().items()}
        assert tensor_shapes(together) == found


def test_notes_of_older_records_are_read(tiny_version: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_version, tmp_path / "old")
    record = json.loads((tiny_version / VERSION_FILE).read_text())
    record["notes"] = ["Text is short."]
    (tmp_path / "old" / VERSION_FILE).write_text(json.dumps(record))
    assert read_info(tmp_path / "old").notes == (Note("", "Text is short."),)


def test_checkpoints_keep_notes_and_read_those_of_older_ones() -> None:
    journal = Journal(notes=[Note("by heart", "It learned by heart.")])
    kept = json.loads(json.dumps(journal.to_json()))
    assert Journal.from_json(kept) == journal
    assert Journal.from_json({**kept, "notes": ["Text is short."]}).notes == [Note("", "Text is short.")]
