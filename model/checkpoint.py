"""Saving weights as a version, and a training in the middle so that it can be resumed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from model.device import PRECISIONS
from model.ensemble import Model, model_of
from model.errors import BadModel, OtherTraining
from model.presets import PRESETS
from model.version import CHECKPOINT_FILE, WEIGHTS_FILE, VersionInfo, has_checkpoint, write_beside

SAID = {"corpus": "the books differ", "validation text": "the held-out text differs"}
"""Of what only hashes are kept."""
FOREIGN = "The checkpoint does not fit this version of Greenbeard; train anew without --resume."


def save_weights(model: Model, folder: Path) -> None:
    """Write a model's weights as bfloat16."""
    tensors = {
        name: value.detach().to("cpu", torch.bfloat16).contiguous() for name, value in model.state_dict().items()
    }
    write_beside(folder / WEIGHTS_FILE, save_tensors(tensors))


def load_weights(info: VersionInfo, folder: Path, device: str) -> Model:
    """Read a version's weights into a model in float32, ready to evaluate. Raises BadModel."""
    model = model_of(info.shape)
    try:
        tensors = load_tensors((folder / WEIGHTS_FILE).read_bytes())
        model.load_state_dict({name: value.float() for name, value in tensors.items()})
    except (OSError, SafetensorError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise BadModel(f"{folder / WEIGHTS_FILE} is damaged or does not fit its version.json ({reason}).") from error
    return model.to(device).eval()


def round_to_saved(model: Model) -> None:
    """Round the weights to what `save_weights` keeps of them."""
    with torch.no_grad():
        for value in model.state_dict().values():
            value.copy_(value.bfloat16())


@dataclass(frozen=True)
class Checkpoint:
    """All that a training goes on from: tensors by name, and a record of JSON values."""

    tensors: Mapping[str, Tensor]
    record: dict[str, Any]


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint beside the one before and rename it into place. Raises OSError."""
    tensors = {name: value.detach().cpu().contiguous() for name, value in checkpoint.tensors.items()}
    write_beside(folder / CHECKPOINT_FILE, save_tensors(tensors, metadata={"record": json.dumps(checkpoint.record)}))


def load_checkpoint(folder: Path) -> Checkpoint | None:
    """The last checkpoint; None where there is none. Raises BadModel if it cannot be read or is of no use here."""
    path = folder / CHECKPOINT_FILE
    if not has_checkpoint(folder):
        return None
    try:
        data = path.read_bytes()
        tensors = load_tensors(data)
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        record = json.loads(header["__metadata__"]["record"])
    except OSError as error:
        raise BadModel(f"{path} cannot be read ({error.strerror or error}); train anew without --resume.") from error
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise BadModel(f"{path} is damaged; train anew without --resume.") from error
    if not _is_known(record):
        raise BadModel(FOREIGN)
    return Checkpoint(tensors, record)


def _is_known(record: Any) -> bool:
    """Whether a training's record says what it was begun with, in words that this version of Greenbeard knows."""
    return (
        isinstance(record, dict)
        and isinstance(record.get("begun_with"), dict)
        and record.get("preset") in PRESETS
        and record.get("precision") in PRECISIONS
    )


def check_same(before: Mapping[str, object], now: Mapping[str, object]) -> None:
    """Compare what a training was begun with to what it is resumed with, by name. Raises OtherTraining."""
    pairs = {name: (before.get(name), json.loads(json.dumps(value))) for name, value in now.items()}
    changed = [_difference(name, *pair) for name, pair in pairs.items() if pair[0] != pair[1]]
    if changed:
        raise OtherTraining(
            f"The training was begun otherwise than now ({'; '.join(changed)}), so its checkpoint does not fit; "
            "resume it with what it was begun with, or train anew without --resume."
        )


def _difference(name: str, then: object, now: object) -> str:
    """What differs, with both values where they are short."""
    if any(isinstance(value, list | dict) for value in (then, now)):
        return SAID.get(name, f"the {name} differs")
    return f"{name} {_short(name, then)} then, {_short(name, now)} now"


def _short(name: str, value: object) -> str:
    if value is None:
        return "none"
    return f"{value:.10g} s" if name == "--budget" else f"{value}"
