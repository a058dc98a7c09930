"""A model version on disk: what it is, where it came from, and how it is written so that it is whole or absent.

A version is a folder: `model.safetensors` (weights), `tokenizer.json`, `version.json` (this module), `CARD.md`,
the learning curve (`curve.json`, `curve.png`), the corpus's fingerprints (`copies.json`, `copies.bin`) and, of several
books, how each sounds (`voices.safetensors`).
"""

from __future__ import annotations

import json
import math
import os
import shutil
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from model.errors import BadModel
from model.headings import HeadingStyle
from model.notes import StoredNote

VERSION_FILE = "version.json"
WEIGHTS_FILE = "model.safetensors"
TOKENIZER_FILE = "tokenizer.json"
CARD_FILE = "CARD.md"
CHECKPOINT_FILE = "checkpoint.safetensors"
"""Of a training that is not finished, in its `work_folder`."""

CLUSTER = 256
"""Rare words that an adaptive softmax keeps together."""
_BYTES = {"BF16": 2, "F16": 2, "F32": 4}


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Shape(_Record):
    """The sizes that fix the LSTM's parameters."""

    vocab: int
    embedding: int
    hidden: int
    layers: int
    feed_forward: int = 0
    """Width of the gated feed-forward layer behind the LSTM; 0: none, as in older versions."""
    between: int = 0
    """Width of the gated feed-forward layers between two LSTM layers; 0: none."""
    skips: bool = False
    """Whether the feed-forward layer behind the LSTM reads what all of its layers give, not the last one only."""
    rare: int = 0
    """Tokens at the vocabulary's end whose vectors are narrow, in whole clusters (see `adaptive`); 0 for none."""
    rare_embedding: int = 0
    """Width of their vectors."""
    members: int = 1
    """LSTMs of these sizes that write together (see `ensemble`)."""

    @property
    def label(self) -> str:
        """For tables: layers and their width, and how many members there are where it is not one."""
        size = f"{self.layers}x{self.hidden}"
        return size if self.members == 1 else f"{self.members} of {size}"

    @property
    def parameters(self) -> int:
        """Trained values, of all members."""
        return sum(math.prod(sizes) for sizes in tensor_shapes(self).values())

    @property
    def states(self) -> int:
        """Layers whose states a story has: those of all members."""
        return self.members * self.layers

    @property
    def seen(self) -> int:
        """Hidden values that the feed-forward layer behind the LSTM reads."""
        return self.hidden * (self.layers if self.skips else 1)

    @property
    def frequent(self) -> int:
        """The first tokens of the vocabulary, whose vectors are as wide as the embedding."""
        return self.vocab - self.rare

    @property
    def head(self) -> int:
        """Entries of the softmax over frequent tokens and clusters."""
        return self.frequent + self.rare // CLUSTER


class CorpusFile(_Record):
    """One file of a corpus, by the hash of its canonical text."""

    name: str
    sha256: str
    chars: int
    words: int


class Metrics(_Record):
    """What a training reached and what it took."""

    valid_bits_per_char: float
    seconds: float
    """Optimisation and validation, wall time."""
    epochs: float
    tokens_per_s: float
    stopped_early: bool = False
    """By a member, before the budget was spent."""
    overfitted: bool = False
    """Whether the training ended early because it only learned its books by heart."""
    setbacks: int = 0
    """How often the loss stopped being a number and the rate was halved."""
    kept_at: float = 1.0
    """The share of the budget after which the weights were as they were kept."""
    finished: bool = False
    """Whether the held-out text was learned too, after the figure had been read (`finish`)."""


class VersionInfo(_Record):
    """Everything known about a version besides its weights."""

    format: Literal[1] = 1
    name: str
    created: str
    """ISO 8601, UTC."""
    shape: Shape
    parameters: int
    corpus: tuple[CorpusFile, ...]
    validation: tuple[CorpusFile, ...] = ()
    headings: HeadingStyle = HeadingStyle()
    unseen: tuple[int, ...] = ()
    """Tokens that never occurred in the corpus; the sampler leaves them out."""
    metrics: Metrics
    preset: str = ""
    command: str = ""
    seed: int = 1
    software: dict[str, str] = {}
    notes: tuple[StoredNote, ...] = ()
    """What was said to the person who trained."""


def read_info(folder: Path) -> VersionInfo:
    """Read a version's record. Raises BadModel if the folder is missing, incomplete or not one of ours."""
    if not folder.is_dir():
        raise BadModel(f"There is no model {folder.name!r}; `greenbeard models list` shows the versions there are.")
    missing = [name for name in (VERSION_FILE, WEIGHTS_FILE, TOKENIZER_FILE) if not (folder / name).is_file()]
    if missing:
        raise BadModel(f"{folder.name!r} is no Greenbeard model: {missing[0]} is missing.")
    try:
        return VersionInfo.model_validate_json((folder / VERSION_FILE).read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "its content"
        raise BadModel(
            f"{VERSION_FILE} of {folder.name!r} is damaged or from another program ({where}: {first['msg']})."
        ) from error
    except OSError as error:
        raise BadModel(f"{VERSION_FILE} of {folder.name!r} cannot be read ({error.strerror}).") from error


def check_folder(folder: Path) -> VersionInfo:
    """Read a version's record and see, without loading them, that weights and tokenizer are whole and belong to it.

    Raises BadModel.
    """
    info = read_info(folder)
    try:
        _check_weights(folder / WEIGHTS_FILE, info.shape)
        _check_tokenizer(folder / TOKENIZER_FILE, info.shape)
    except OSError as error:
        raise BadModel(f"A file of model {folder.name!r} cannot be read ({error.strerror}).") from error
    return info


def tensor_shapes(shape: Shape) -> dict[str, list[int]]:
    """The tensors of a version's weights, by name."""
    if shape.members > 1:
        alone = tensor_shapes(shape.model_copy(update={"members": 1}))
        numbers = range(shape.members)
        return {f"members.{number}.{name}": sizes for number in numbers for name, sizes in alone.items()}
    gates = 4 * shape.hidden
    shapes = {
        "embedding.weight": [shape.head, shape.embedding],
        "projection.weight": [shape.embedding, shape.hidden],
        "projection.bias": [shape.embedding],
        "output_bias": [shape.head],
    }
    if shape.feed_forward:
        shapes["feed_forward.gates.weight"] = [2 * shape.feed_forward, shape.seen]
        shapes["feed_forward.outputs.weight"] = [shape.embedding, shape.feed_forward]
    for layer in range(shape.layers - 1 if shape.between else 0):
        shapes[f"between.{layer}.gates.weight"] = [2 * shape.between, shape.hidden]
        shapes[f"between.{layer}.outputs.weight"] = [shape.hidden, shape.between]
    if shape.rare:
        shapes["rare.vectors"] = [shape.rare, shape.rare_embedding]
        shapes["rare.projection.weight"] = [shape.embedding, shape.rare_embedding]
    for layer in range(shape.layers):
        width = shape.hidden if layer else shape.embedding
        shapes |= {
            f"layers.{layer}.weight_ih_l0": [gates, width],
            f"layers.{layer}.weight_hh_l0": [gates, shape.hidden],
            f"layers.{layer}.bias_ih_l0": [gates],
            f"layers.{layer}.bias_hh_l0": [gates],
        }
    return shapes


def _check_weights(path: Path, shape: Shape) -> None:
    """Header and length of a safetensors file: 8 bytes of header length, the header in JSON, the tensors' bytes."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = file.read(length) if length < size else b""
    try:
        tensors = _weights_header(header)
        found = {name: tensor["shape"] for name, tensor in tensors.items()}
        ends = [_checked_end(tensor) for tensor in tensors.values()]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadModel(f"{path.name} of {path.parent.name!r} is damaged: its header cannot be read.") from error
    if found != tensor_shapes(shape):
        raise BadModel(f"{path.name} of {path.parent.name!r} does not fit its {VERSION_FILE}.")
    if size != 8 + length + max(ends):
        raise BadModel(f"{path.name} of {path.parent.name!r} is damaged: it has {size:,} bytes, not those it names.")


def _weights_header(header: bytes) -> dict[str, Any]:
    tensors: dict[str, Any] = json.loads(header)
    return {name: tensor for name, tensor in tensors.items() if name != "__metadata__"}


def _checked_end(tensor: dict[str, Any]) -> int:
    """Where a tensor's bytes end. Raises ValueError unless there are as many as its type and shape need."""
    start, end = tensor["data_offsets"]
    if end - start != _BYTES[tensor["dtype"]] * math.prod(tensor["shape"]):
        raise ValueError("a tensor's length does not fit its shape")
    return int(end)


def _check_tokenizer(path: Path, shape: Shape) -> None:
    try:
        record = json.loads(path.read_bytes())
        vocab = set(record["model"]["vocab"]) | {token["content"] for token in record["added_tokens"]}
    except (ValueError, KeyError, TypeError) as error:
        raise BadModel(f"{path.name} of {path.parent.name!r} is damaged: it cannot be read.") from error
    if len(vocab) != shape.vocab:
        raise BadModel(f"{path.name} of {path.parent.name!r} does not belong to its {WEIGHTS_FILE}.")


def work_folder(folder: Path) -> Path:
    """Where a training keeps its checkpoint until its version is whole, beside the version's folder."""
    return folder.with_name(f".{folder.name}.training")


def has_checkpoint(work: Path) -> bool:
    """Whether there is one to go on from in a training's folder."""
    return (work / CHECKPOINT_FILE).is_file()


def write_beside(path: Path, data: bytes) -> None:
    """Write a file so that readers see the old content or the new, never a part: beside, synced, renamed."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def write_json(path: Path, value: object) -> None:
    """Write JSON readable by people, beside and renamed."""
    write_beside(path, (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode())


def publish_folder(prepared: Path, folder: Path) -> None:
    """Rename a prepared folder into place; a version already there steps aside first and is then removed."""
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    prepared.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
