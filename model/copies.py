"""Fingerprints of a corpus: whether a run of words stands in it, and where, without holding its text.

Every word of the corpus, in reading order, is represented by the code of the gram that it ends: CODE_BITS bits of a
keyed hash of the last GRAM words. A table leads from a gram's hash to those of its places that are a multiple of
`stride`; from there a run is followed by its codes, backwards and forwards, so that its length comes out whole.

Beside the files, in memory, stands what tells at a glance that words do not follow each other there (`windows`).

What that gives: a run of `sure` = GRAM + stride - 1 words or more is always found, a shorter one sometimes, and neither
is ever told shorter than it is. At either end a run is told a word too long with probability 2 ** -CODE_BITS. A corpus
that repeats a gram more than CROWD * stride times keeps CROWD places of it. Small corpora have `stride` 1, large ones
5, which comes to 3.7 down to 1.3 bytes a word.

The file holds hashes of whole grams only, cut to a few bits: whoever guesses a run of words can see whether the corpus
has it, which is what a guard is for, but nothing can be listed, and no word or sentence can be read out of it.
"""

from __future__ import annotations

import hashlib
import mmap
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from model.books import Book
from model.errors import BadModel
from model.folding import words_of
from model.grams import CODE, CODE_BITS, GRAM, codes_of, grams_of, word_hasher
from model.packed import Bytes, pack, packed_bytes, unpack
from model.pieces import Pieces
from model.version import write_beside
from model.windows import OVERLAP, Windows

COPIES_FILE = "copies.json"
TABLE_FILE = "copies.bin"

STRIDES = (1, 2, 3, 4, 5)
SMALL_TABLE = 1_300_000
"""Bytes up to which a table may be denser than the largest stride makes it; leaves room beside shipped weights."""
IN_BUCKET, IN_BUCKET_OF_MANY = 4, 6
"""Places that share an entry of the table, on average: few at stride 1, many at larger ones, where a sure run has more
codes to be told by."""
CROWD = 256
PART = 1 << 18
"""Words whose codes are unpacked at once; their bits are whole bytes."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Volume(_Record):
    """A book of the corpus: where its chapters begin, in words of the whole corpus."""

    file: str
    starts: tuple[int, ...]
    headings: tuple[str, ...]


class CopiesRecord(_Record):
    """What `copies.json` holds: how to read the table, and what stands where."""

    format: Literal[1] = 1
    key: str
    """Of the hashes, hex."""
    words: int
    stride: int
    places: int
    buckets: int
    volumes: tuple[Volume, ...]
    sha256: str = ""
    """Of `copies.bin`."""

    @property
    def place_bits(self) -> int:
        """Bits of a place, which is counted in strides."""
        return max(1, (self.words // self.stride).bit_length())

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Bytes of the codes, of the buckets' beginnings and of the places."""
        return (
            packed_bytes(self.words, CODE_BITS),
            packed_bytes(self.buckets + 1, self.place_bits),
            packed_bytes(self.places, self.place_bits),
        )


@dataclass(frozen=True)
class CopiedRun:
    """The longest run of words that a text has in common with the corpus, and where it stands there."""

    words: int
    file: str
    chapter: str


class Copies:
    """The fingerprints of a corpus, ready to be asked.

    The codes stay where they lie, in memory or in a mapped file; the table of places is unpacked.
    """

    def __init__(self, record: CopiesRecord, table: Bytes) -> None:
        self.record = record
        self.table = table
        self.sure = GRAM + record.stride - 1
        """Words from which on every run is found."""
        self.hash_word = word_hasher(record.key)
        self.pieces = Pieces(self.hash_word)
        codes, buckets, _ = record.sizes
        self._code_pairs = np.ndarray((codes - 1,), "<u2", table, strides=(1,))
        """Each byte of the codes with the one behind it."""
        self._starts = unpack(table, codes, record.buckets + 1, record.place_bits).astype(np.uint32)
        places = unpack(table, codes + buckets, record.places, record.place_bits) * np.uint64(record.stride)
        self._places = places.astype(np.uint32)
        self.windows = Windows(self._code_parts(), record.words)

    def _code_parts(self) -> Iterator[NDArray[np.uint64]]:
        """All codes, in parts that share OVERLAP of them with the next."""
        for begin in range(0, self.record.words, PART):
            count = min(PART + OVERLAP, self.record.words - begin)
            yield unpack(self.table, begin * CODE_BITS >> 3, count, CODE_BITS)

    def has(self, run: Sequence[int]) -> bool:
        """Whether `sure` words or more, by their hashes, stand in the corpus one after the other."""
        grams = grams_of(np.array(run, np.uint64))
        count, end = len(grams), self.record.words
        sought = sum(code << place * CODE_BITS for place, code in enumerate(codes_of(grams).tolist()))
        for before, bucket in enumerate(_buckets_of(grams, self.record.buckets).tolist()):
            for place in self._places[self._starts[bucket] : self._starts[bucket + 1]].tolist():
                begin = (place - before) * CODE_BITS
                around = self.table[begin >> 3 : begin + count * CODE_BITS + 7 >> 3] if begin >= 0 else b""
                codes = int.from_bytes(around, "little") >> (begin & 7) & (1 << count * CODE_BITS) - 1
                if codes == sought and 0 <= place - before <= end - count:
                    return True
        return False

    def find(self, grams: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where grams [grams] probably end, as far as the table says: pairs of a gram's index and a place of it."""
        bucket = _buckets_of(grams, self.record.buckets)
        ends = self._starts[bucket + 1].astype(np.int64)
        counts = ends - self._starts[bucket]
        at = np.repeat(np.arange(len(grams)), counts)
        places = self._places[np.repeat(ends - counts.cumsum(), counts) + np.arange(len(at))].astype(np.int64)
        agree = self.codes(places) == codes_of(grams)[at]
        return at[agree], places[agree]

    def codes(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """The codes at places of the corpus, in any shape; any codes at places outside."""
        begin = places * CODE_BITS
        pairs = self._code_pairs[np.minimum(begin >> 3, len(self._code_pairs) - 1)]
        codes: NDArray[np.int64] = pairs >> (begin & 7) & CODE
        return codes

    def name(self, place: int, words: int) -> CopiedRun:
        """The run of so many words that ends at a place, by the file and the chapter in which it begins."""
        begin = max(0, place - words + 1)
        volume = self.record.volumes[bisect_right(self._first_words, begin) - 1]
        return CopiedRun(words, volume.file, volume.headings[bisect_right(volume.starts, begin) - 1])

    @property
    def headings(self) -> list[str]:
        """Of all chapters of the corpus."""
        return [heading for volume in self.record.volumes for heading in volume.headings]

    @cached_property
    def _first_words(self) -> list[int]:
        return [volume.starts[0] for volume in self.record.volumes]

    def save(self, folder: Path) -> None:
        """Write both files, beside and renamed."""
        data = bytes(self.table)
        record = self.record.model_copy(update={"sha256": hashlib.sha256(data).hexdigest()})
        write_beside(folder / TABLE_FILE, data)
        write_beside(folder / COPIES_FILE, (record.model_dump_json() + "\n").encode())


def load_copies(folder: Path) -> Copies | None:
    """A version's fingerprints, mapped; None where it has none. Raises BadModel if they are damaged."""
    found = check_copies(folder)
    return None if found is None else Copies(*found)


def check_copies(folder: Path) -> tuple[CopiesRecord, mmap.mmap] | None:
    """See that a version's fingerprints, if it has any, are whole. Raises BadModel."""
    if not (folder / COPIES_FILE).exists():
        return None
    try:
        record = CopiesRecord.model_validate_json((folder / COPIES_FILE).read_bytes())
        with (folder / TABLE_FILE).open("rb") as file:
            table = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if len(table) != sum(record.sizes) or hashlib.sha256(table).hexdigest() != record.sha256:
            raise ValueError(f"{TABLE_FILE} does not belong to {COPIES_FILE}")
    except (OSError, ValueError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise BadModel(
            f"The copy guard of {folder.name!r} is damaged ({reason}); copy the version's folder again, "
            f"or delete {COPIES_FILE} to write without a guard."
        ) from error
    return record, table


def fingerprint(books: Sequence[Book]) -> Copies:
    """Take the fingerprints of a corpus: about half a second for a million words."""
    key = hashlib.sha256("".join(book.sha256 for book in books).encode()).hexdigest()[:32]
    hasher = word_hasher(key)
    known: dict[str, int] = {}
    volumes, grams, begin = [], [], 0
    for book in books:
        chapters = [words_of("\n".join([c.heading or "", *c.paragraphs])) for c in book.chapters]
        for word in {word for chapter in chapters for word in chapter}.difference(known):
            known[word] = hasher(word)
        starts = np.cumsum([begin, *map(len, chapters)]).tolist()
        headings = tuple((c.heading or "").replace("\n", " ") for c in book.chapters)
        volumes.append(Volume(file=book.name, starts=tuple(starts[:-1]), headings=headings))
        words = np.fromiter((known[word] for chapter in chapters for word in chapter), np.uint64, starts[-1] - begin)
        grams += [np.zeros(min(GRAM - 1, len(words)), np.uint64), grams_of(words)]
        begin = starts[-1]
    return _index(np.concatenate([*grams, np.zeros(0, np.uint64)]), key, tuple(volumes))


def _buckets_of(grams: NDArray[np.uint64], buckets: int) -> NDArray[np.int64]:
    """The entries of the table in which grams stand, by the upper half of their hashes."""
    return ((grams >> np.uint64(32)) * np.uint64(buckets) >> np.uint64(32)).astype(np.int64)


def _index(grams: NDArray[np.uint64], key: str, volumes: tuple[Volume, ...]) -> Copies:
    """The table of the grams that each word ends, 0 where it ends none; the smallest stride that makes a small one."""
    for stride in STRIDES:
        places = _sampled(grams, stride)
        buckets = max(1, len(places) // (IN_BUCKET if stride == 1 else IN_BUCKET_OF_MANY))
        record = CopiesRecord(
            key=key, words=len(grams), stride=stride, places=len(places), buckets=buckets, volumes=volumes
        )
        if sum(record.sizes) <= SMALL_TABLE:
            break
    starts = np.searchsorted(_buckets_of(grams[places], buckets), np.arange(buckets + 1))
    codes = pack(codes_of(grams).astype(np.uint32), CODE_BITS)
    parts = (starts, places // stride)
    return Copies(record, b"".join([codes, *(pack(part.astype(np.uint32), record.place_bits) for part in parts)]))


def _sampled(grams: NDArray[np.uint64], stride: int) -> NDArray[np.int64]:
    """The places of the table, by the hash of their grams; of a gram that crowds it, CROWD places evenly spread."""
    places = np.arange(0, len(grams), stride)
    places = places[grams[places] != 0]
    places = places[np.argsort(grams[places], kind="stable")]
    _, first, count = np.unique(grams[places], return_index=True, return_counts=True)
    rank = np.arange(len(places)) - np.repeat(first, count)
    every = np.repeat(-(-count // CROWD), count)
    kept: NDArray[np.int64] = places[rank % every == 0]
    return kept
