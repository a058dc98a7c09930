"""What is too large for Discord is packed, or comes in volumes, and none of it is lost."""

from __future__ import annotations

import io
import random
import time
import zipfile

import pytest

from bot.book.binding import bind
from bot.book.book import Book
from bot.book.files import BookFormat, book_files
from bot.errors import Refusal
from tests.bot.book.made import NAMES, of_text, passage, sixth_book, story

FORMS: tuple[BookFormat, ...] = ("epub", "html", "markdown", "text")


def long_book(passages: int, words: int = 120) -> Book:
    rng = random.Random(1)
    vocabulary = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 9))) for _ in range(4000)]
    parts = []
    for number in range(passages):
        text = " ".join(rng.choices(vocabulary, k=words)).capitalize()
        if number % 40:
            parts.append(passage(f"\n\n{text}.", number, prompt=text[:80], author=str(number % 3)))
        else:
            parts.append(passage(f"\n\n\n{number // 40 + 1}\nThe Tower\n\n{text}.", number, kind="chapter"))
    return bind(story(*parts), NAMES, "A Long Book")


@pytest.mark.parametrize(
    ("form", "name"),
    [("epub", "the-sixth-book.epub"), ("html", "the-sixth-book.html"), ("markdown", "the-sixth-book.md")],
)
def test_a_book_that_fits_is_one_file(form: BookFormat, name: str) -> None:
    (file,) = book_files(sixth_book(), form)
    assert file.name == name and file.data


def test_file_names_keep_letters_of_any_script_and_nothing_else() -> None:
    assert [
        book_files(of_text("It began.", title), "text")[0].name for title in ("红楼梦 / 1", "../..", "🐉", "É b")
    ] == [
        "红楼梦-1.txt",
        "book.txt",
        "book.txt",
        "é-b.txt",
    ]


@pytest.mark.parametrize("form", ["html", "markdown", "text"])
def test_a_file_that_is_too_large_is_packed(form: BookFormat) -> None:
    book = long_book(200)
    (whole,) = book_files(book, form)
    (packed,) = book_files(book, form, len(whole.data) - 1)
    assert packed.name == f"{whole.name}.zip"
    with zipfile.ZipFile(io.BytesIO(packed.data)) as archive:
        assert archive.namelist() == [whole.name] and archive.read(whole.name) == whole.data


@pytest.mark.parametrize("form", FORMS)
def test_what_is_too_large_even_so_comes_in_volumes(form: BookFormat) -> None:
    book = long_book(200)
    limit = 45_000
    files = book_files(book, form, limit)
    assert len(files) > 1 and all(len(file.data) <= limit for file in files)
    assert [file.name.split(".")[0] for file in files] == [f"a-long-book-{n}" for n in range(1, len(files) + 1)]
    texts = [zipped_text(file.data) for file in files]
    for number, text in enumerate(texts, 1):
        assert f"Volume {number}" in text
    places = [
        next(i for i, text in enumerate(texts) if p.text[:60] in text) for c in book.chapters for p in c.paragraphs
    ]
    assert places == sorted(places) and set(places) == set(range(len(files)))


def zipped_text(data: bytes) -> str:
    if not data.startswith(b"PK"):
        return data.decode()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return "\n".join(archive.read(name).decode() for name in archive.namelist())


def test_one_paragraph_that_is_too_large_is_refused_with_a_sentence() -> None:
    with pytest.raises(Refusal, match="too large"):
        book_files(of_text("".join(random.Random(1).choices("abcdefghij", k=50_000))), "text", 10_000)


def test_ten_thousand_passages_take_seconds() -> None:
    book = long_book(10_000)
    for form in FORMS:
        began = time.process_time()
        (file,) = book_files(book, form)
        assert time.process_time() - began < 30, form
        assert len(file.data) > 1_000_000
