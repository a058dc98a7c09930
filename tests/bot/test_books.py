"""What is told of an attachment before a training is promised."""

from __future__ import annotations

import io
import zipfile

import pytest

from bot.books import TEXT_SUFFIXES, checked_book, visible_chars
from bot.errors import Refusal
from model import files

PAGES = "It rained on the old tower. " * 300


def packed(*members: tuple[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return file.getvalue()


def damaged() -> bytes:
    data = bytearray(packed(("one.txt", PAGES.encode())))
    data[45:60] = b"\xff" * 15
    return bytes(data)


def locked() -> bytes:
    data = bytearray(packed(("one.txt", PAGES.encode())))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("book.txt", PAGES.encode()),
        ("book.txt", PAGES.encode("utf-16")),
        ("book.txt", ("话说天下大势。" * 900).encode("gb18030")),
        ("books.zip", packed(("a/one.md", PAGES[:4200].encode()), ("two.TXT", PAGES[4200:].encode()))),
        ("renamed.txt", packed(("one.txt", PAGES.encode()))),
    ],
)
def test_books(name: str, data: bytes) -> None:
    assert checked_book(name, data) == data


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("blank.txt", ("\u200b\ufeff \u2800" * 9000).encode(), "has 0 visible characters"),
        ("blank.txt", ("\u200b" * 9000).encode("utf-16"), "too short"),
        ("leaf.txt", ("abc\u200b\n" * 100).encode(), "has 300 visible characters"),
        ("books.zip", PAGES.encode(), "is not a zip"),
        ("books.zip", b"\0" * 9000, "is not a zip"),
        ("books.zip", packed(("one.txt", PAGES.encode()))[:-30], "is damaged"),
        ("books.zip", damaged(), "is damaged"),
        ("books.zip", locked(), "is locked"),
        ("books.zip", packed(), "holds no .txt or .md file"),
        ("books.zip", packed(("cover.png", b"x"), ("__MACOSX/one.txt", PAGES.encode())), "holds no .txt or .md file"),
        ("books.zip", packed(("one.txt", b""), ("two.txt", b"Once. ")), "has 5 visible characters"),
        ("photo.txt", b"\x89PNG\0" * 900, "is not a text file"),
    ],
)
def test_what_is_no_book(name: str, data: bytes, sentence: str) -> None:
    with pytest.raises(Refusal, match=sentence):
        checked_book(name, data)


def test_an_archive_that_unpacks_to_very_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.books.MAX_UNPACKED_BYTES", 1 << 20)
    with pytest.raises(Refusal, match="unpacks to more than 1 MiB"):
        checked_book("books.zip", packed(("one.txt", b"a" * (2 << 20))))


def test_marks_and_spaces_are_not_visible() -> None:
    assert visible_chars("e\u0301 é\u2800\u3164\n🐉") == 3


def test_the_trainer_takes_the_same_files() -> None:
    assert TEXT_SUFFIXES == files.TEXT_SUFFIXES
