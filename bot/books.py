"""Whether an attachment may be a book: told at once, before a training is promised. The trainer reads it closely."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from bot.errors import Refusal
from bot.text import escape, is_visible
from bot.words import limits as say

MIN_BOOK_CHARS = 5000
"""The least a training takes."""
MAX_UNPACKED_BYTES = 256 << 20
TEXT_SUFFIXES = (".txt", ".md", ".markdown", ".text", ".tokens")
"""Endings of the files in a zip that the trainer takes for books."""

ZIP_BEGINS = b"PK\x03\x04"
UTF16_BEGINS = (b"\xff\xfe", b"\xfe\xff")
PIECE_BYTES = 1 << 18
STORIES_NAME = "stories.txt"

_UNREADABLE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, ValueError)
"""What zipfile raises for damaged archives."""


def checked_book(name: str, data: bytes) -> bytes:
    """An attachment that may be a book. Raises Refusal. Takes seconds for large archives."""
    if not data.strip():
        raise Refusal(say.BOOK_EMPTY.of(file=escape(name)))
    if data.startswith(ZIP_BEGINS) or zipfile.is_zipfile(io.BytesIO(data)):
        _check_enough(name, _zipped(name, data))
    elif name.lower().endswith(".zip"):
        raise Refusal(say.BOOK_NO_ZIP.of(file=escape(name)))
    elif b"\0" in data and not data.startswith(UTF16_BEGINS):
        raise Refusal(say.BOOK_NO_TEXT.of(file=escape(name)))
    else:
        _check_enough(name, _pieces(data))
    return data


def bound(name: str, books: bytes, stories: str) -> tuple[str, bytes]:
    """Books that were attached, and words from stories beside them: one zip and its name."""
    packed = io.BytesIO()
    if books.startswith(ZIP_BEGINS) or zipfile.is_zipfile(io.BytesIO(books)):
        packed.write(books)
    else:
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name if is_text_name(name) else f"{name}.txt", books)
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as archive:
        taken = {PurePosixPath(member).name for member in archive.namelist()}
        free = (STORIES_NAME if not n else f"{n + 1}-{STORIES_NAME}" for n in range(len(taken) + 1))
        archive.writestr(next(name for name in free if name not in taken), stories)
    return f"{PurePosixPath(name).stem}-and-stories.zip", packed.getvalue()


def _check_enough(name: str, pieces: Iterable[bytes]) -> None:
    """Raises Refusal unless there is text enough; goes through all pieces."""
    chars = 0
    for piece in pieces:
        if chars < MIN_BOOK_CHARS:
            chars += visible_chars(piece.decode(errors="replace"))
    if chars < MIN_BOOK_CHARS:
        raise Refusal(say.BOOK_SHORT.of(file=escape(name), chars=chars, least=MIN_BOOK_CHARS))


def visible_chars(text: str) -> int:
    """How many characters of `text` show something; spaces do not count."""
    return sum(count for char, count in Counter(text).items() if is_visible(char))


def _pieces(data: bytes) -> Iterator[bytes]:
    return (data[start : start + PIECE_BYTES] for start in range(0, len(data), PIECE_BYTES))


def _zipped(name: str, data: bytes) -> Iterator[bytes]:
    """The text files in a zip, piece by piece. Raises Refusal."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in _texts(name, archive):
                with archive.open(member) as file:
                    while piece := file.read(PIECE_BYTES):
                        yield piece
    except _UNREADABLE as error:
        raise Refusal(say.BOOK_DAMAGED.of(file=escape(name))) from error
    except RuntimeError as error:
        raise Refusal(say.BOOK_LOCKED.of(file=escape(name))) from error


def _texts(name: str, archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The members that are books. Raises Refusal."""
    found = [member for member in archive.infolist() if is_text_name(member.filename)]
    if not found:
        raise Refusal(say.BOOK_NONE_INSIDE.of(file=escape(name)))
    if sum(member.file_size for member in found) > MAX_UNPACKED_BYTES:
        raise Refusal(say.BOOK_UNPACKS_LARGE.of(file=escape(name), most=MAX_UNPACKED_BYTES >> 20))
    return found


def is_text_name(path: str) -> bool:
    """Whether a file in a zip is a book by its name; macOS packs shadows of files beside them."""
    return PurePosixPath(path).suffix.lower() in TEXT_SUFFIXES and "__MACOSX" not in path
