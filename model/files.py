"""Text files as they come: any encoding that books are found in, folders, zips; everything else is refused."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import chardet
from chardet import EncodingEra

from model.books import Book, parse_book
from model.errors import BadCorpus

TEXT_SUFFIXES = (".txt", ".md", ".markdown", ".text", ".tokens")
NO_BOOKS = ("SOURCE.md", "README.md")
MAX_ZIP_BYTES = 256 << 20
BAD_BYTES = 0.25
"""Bad places to each character outside ASCII, up to which a text is damaged and not of another encoding."""
LOOKED_BACK, LOOKED_AT = 100, 200_000
"""Bytes before the first one outside ASCII, and in all, that tell an old encoding: more would tell the same."""
SURE = 0.15
"""Confidence below which a few foreign letters in an English book are all there is: whole texts have 0.2 and more."""
ERAS = EncodingEra.MODERN_WEB | EncodingEra.LEGACY_ISO
"""Encodings of DOS and old Macs are rare; with them, a text with a few curly quotation marks is taken for theirs."""
_ZIP_MARK = b"PK\x03\x04"


def read_book(path: Path) -> Book:
    """Read one file. Raises BadCorpus if it is missing, empty or no text."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadCorpus(f"{path} cannot be read: {error.strerror or error}.") from error
    return _book(data, path.name)


def read_books(paths: Iterable[Path]) -> list[Book]:
    """Read files, and the text files of folders in the order of their names."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            found = sorted(p for p in path.iterdir() if _is_book(PurePosixPath(p)))
            if not found:
                raise BadCorpus(f"{path} holds no .txt or .md file.")
            files += found
        else:
            files.append(path)
    return [read_book(path) for path in files]


def read_upload(data: bytes, filename: str) -> list[Book]:
    """Read an uploaded file: one text, or a zip of texts (in the order of their names). Raises BadCorpus."""
    if not (data.startswith(_ZIP_MARK) or zipfile.is_zipfile(io.BytesIO(data))):
        return [_book(data, filename)]
    try:
        texts = _unzip(data, filename)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise BadCorpus(f"{filename} is damaged; pack the books again and send that.") from error
    except (RuntimeError, NotImplementedError) as error:
        raise BadCorpus(f"{filename} is locked or packed in a way that I cannot open; send a plain zip.") from error
    return [_book(content, name) for name, content in texts]


def _book(data: bytes, name: str) -> Book:
    """The book in a file's bytes. Raises BadCorpus if there is no text, or none but a licence."""
    book = parse_book(read_text(data, name), name)
    if not book.text:
        raise BadCorpus(f"{name} is empty.")
    return book


def _is_book(path: PurePosixPath) -> bool:
    """Whether a file of a folder or a zip is a book, by its name: notes about books and hidden files are none."""
    hidden = path.name.startswith(".") or "__MACOSX" in path.parts
    return path.suffix.lower() in TEXT_SUFFIXES and path.name not in NO_BOOKS and not hidden


def _unzip(data: bytes, filename: str) -> list[tuple[str, bytes]]:
    """The text files of a zip: names and contents, by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = [info for info in archive.infolist() if _is_book(PurePosixPath(info.filename))]
        if not infos:
            raise BadCorpus(f"{filename} holds no .txt or .md file.")
        if sum(i.file_size for i in infos) > MAX_ZIP_BYTES:
            raise BadCorpus(
                f"{filename} unpacks to more than {MAX_ZIP_BYTES >> 20} MiB of text; send fewer books at once."
            )
        return sorted((PurePosixPath(i.filename).name, archive.read(i)) for i in infos)


def read_text(data: bytes, name: str) -> str:
    """Decode a text file (UTF-8, UTF-16 with a mark, or an older encoding). Raises BadCorpus for anything else."""
    if not data.strip():
        raise BadCorpus(f"{name} is empty.")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = data.decode("utf-16", errors="replace")
    elif b"\0" in data:
        raise BadCorpus(f"{name} is not a text file; save the book as plain text (.txt, UTF-8) and send that.")
    else:
        text = _decode(data, name)
    text = "".join(c for c in text if c in "\n\r\t\f" or unicodedata.category(c) not in ("Cc", "Cs"))
    text = re.sub(r"\r\n?|[\f\u2028\u2029]", "\n", text).replace("\ufeff", "")
    if not text.strip():
        raise BadCorpus(f"{name} is empty.")
    return text


def _decode(data: bytes, name: str) -> str:
    text, bad = _with_damage(data, "utf-8-sig")
    if bad > BAD_BYTES:
        encoding = _old_encoding(data)
        text, bad = _with_damage(data, encoding) if encoding else ("", 1.0)
    odd = sum(unicodedata.category(c) == "Cc" and c not in "\n\r\t\f" for c in text[:20000])
    if bad > BAD_BYTES or odd * 50 > min(len(text), 20000):
        raise BadCorpus(f"{name} is not a text file; save the book as plain text (.txt, UTF-8) and send that.")
    return text


def _with_damage(data: bytes, encoding: str) -> tuple[str, float]:
    """The text without its bad places, and how many of them there are to each character outside ASCII."""
    text = data.decode(encoding, errors="replace")
    bad, several = text.count("\ufffd"), sum(c > "\x7f" for c in text)
    return text.replace("\ufffd", ""), bad / max(several - bad, 1)


def _old_encoding(data: bytes) -> str | None:
    """What a text that is not UTF-8 is written in, None for anything binary."""
    telling = b"\n".join(line for line in data.splitlines() if not line.isascii())
    first = next(place for place, byte in enumerate(telling) if byte > 0x7F)
    telling = telling[max(0, first - LOOKED_BACK) :][:LOOKED_AT]
    found = chardet.detect(telling, encoding_era=ERAS, max_bytes=LOOKED_AT)
    return "cp1252" if found["encoding"] and found["confidence"] < SURE else found["encoding"]
