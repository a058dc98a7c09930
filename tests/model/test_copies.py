from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenbeard.settings import SURE_COPIES
from model import copies as module
from model.books import Book, Chapter, parse_book
from model.copies import COPIES_FILE, CROWD, TABLE_FILE, CopiedRun, Copies, fingerprint, load_copies
from model.copyguard import LEAST, find_runs, longest_copied_run, longest_possible
from model.errors import BadModel
from model.folding import words_of
from model.grams import GRAM
from model.windows import WINDOW

Words = Sequence[str]
WORDS = st.sampled_from(["the", "king", "rode", "north", "and", "slept"])
BOOKS = st.lists(st.lists(WORDS, max_size=80), min_size=1, max_size=3)


def book_of(words: Words, name: str = "a.txt") -> Book:
    return Book(name, (Chapter(None, (" ".join(words),)),))


def with_stride(stride: int, books: Sequence[Book]) -> Copies:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "STRIDES", (stride,))
        patch.setattr(module, "PART", 16)
        return fingerprint(books)


def naive_runs(books: Sequence[Words], text: Words) -> list[int]:
    """Words of the longest run that ends with each word of a text and stands in one of the books."""
    joined = "".join(f" {' '.join(book)} \n" for book in books)
    lengths: list[int] = []
    longest = 0
    for end in range(1, len(text) + 1):
        longest += 1
        while longest and f" {' '.join(text[end - longest : end])} " not in joined:
            longest -= 1
        lengths.append(longest)
    return lengths


def hashes(copies: Copies, text: Words) -> list[int]:
    return [copies.hash_word(word) for word in text]


def runs(copies: Copies, text: Words) -> list[int]:
    """Words of the longest run that ends with each word of a text and is found."""
    lengths = [0] * len(text)
    for first, last, _ in zip(*find_runs(copies, hashes(copies, text)), strict=True):
        for end in range(first + GRAM - 1, last + 1):
            lengths[end] = max(lengths[end], end - first + 1)
    return lengths


@settings(deadline=None)
@given(BOOKS, st.lists(WORDS, max_size=40), st.sampled_from(module.STRIDES))
def test_no_run_is_missed_or_told_too_short(books: list[list[str]], text: list[str], stride: int) -> None:
    copies = with_stride(stride, [book_of(words) for words in books])
    lengths = runs(copies, text)
    for told, known in zip(lengths, naive_runs(books, text), strict=True):
        if known >= copies.sure:
            assert told >= known


@settings(deadline=None)
@given(BOOKS, st.lists(WORDS, max_size=40), st.sampled_from(module.STRIDES))
def test_every_run_is_held_possible_and_known(books: list[list[str]], text: list[str], stride: int) -> None:
    copies = with_stride(stride, [book_of(words) for words in books])
    words = hashes(copies, text)
    for end, known in enumerate(naive_runs(books, text), start=1):
        assert longest_possible(copies, words[:end], 100) >= known
        if known >= copies.sure:
            assert copies.has(words[end - known : end])


@pytest.mark.parametrize("stride", module.STRIDES)
def test_a_run_with_another_word_is_seldom_taken_for_a_copy(stride: int) -> None:
    pick = random.Random(stride)
    vocabulary = [f"w{number}" for number in range(300)]
    book = pick.choices(vocabulary, k=20_000)
    copies = with_stride(stride, [book_of(book)])
    possible = taken = 0
    for _ in range(500):
        begin = pick.randrange(len(book) - 12)
        run = hashes(copies, book[begin : begin + 12])
        assert copies.has(run)
        run[pick.choice((0, -1))] = copies.hash_word("other")
        taken += copies.has(run)
        possible += longest_possible(copies, hashes(copies, pick.choices(vocabulary, k=12)), 12) >= WINDOW
    assert taken <= 500 * 2 / 64  # one case in 64 by the agreement of a code; twice that is unlikely
    assert possible <= 500 * 2 / 16


@pytest.mark.parametrize("stride", module.STRIDES)
def test_runs_are_seldom_told_too_long(stride: int) -> None:
    pick = random.Random(stride)
    vocabulary = [f"w{number}" for number in range(300)]
    book = pick.choices(vocabulary, k=20_000)
    copies = with_stride(stride, [book_of(book)])
    told_too_long = 0
    for _ in range(300):
        begin = pick.randrange(len(book) - 20)
        text = [*pick.choices(vocabulary, k=6), *book[begin : begin + 15], *pick.choices(vocabulary, k=6)]
        told = max(runs(copies, text))
        known = max(naive_runs([book], text))
        assert told >= known
        told_too_long += told > known
    assert told_too_long <= 300 * 4 / 64  # two ends, each a word too long in one case of 64; twice that is unlikely


def test_a_text_of_other_words_has_no_run() -> None:
    pick = random.Random(1)
    book = [f"w{pick.randrange(2_000)}" for _ in range(50_000)]
    copies = fingerprint([book_of(book)])
    text = [f"v{pick.randrange(2_000)}" for _ in range(50_000)]
    assert max(runs(copies, text)) < LEAST + 1
    assert sum(length >= LEAST for length in runs(copies, text)) <= 8


def test_the_longest_run_and_its_place(tiny_book_text: str) -> None:
    book = parse_book(tiny_book_text, "tower.txt")
    other = Book("garden.txt", (Chapter("I", ("Roses are what nobody in this tower has ever seen or smelt.",)),))
    copies = fingerprint([book, other])
    text = "He said: “roses are what NOBODY, in this tower, has -- ever seen” before he left."
    assert longest_copied_run(copies, text) == CopiedRun(10, "garden.txt", "I")
    assert longest_copied_run(copies, "in this tower has ever seen or smelt", before="Roses are what nobody") == (
        CopiedRun(12, "garden.txt", "I")
    )
    assert longest_copied_run(copies, "Nothing of the kind was ever printed anywhere at all.") is None


def test_runs_do_not_go_on_from_one_book_to_the_next() -> None:
    one, other = list("abcdefgh"), list("ijklmnop")
    copies = fingerprint([book_of(one), book_of(other, "b.txt")])
    assert max(runs(copies, [*one, *other])) == 8


def test_every_chapter_is_found_by_its_heading() -> None:
    chapters = tuple(
        Chapter(f"Chapter {number}\nTHE {number}", (" ".join(f"word{number}x{place}" for place in range(20)),))
        for number in range(1, 30)
    )
    copies = fingerprint([Book("a.txt", (Chapter(None, ()), *chapters)), book_of(["the", "end"], "b.txt")])
    for number, chapter in enumerate(chapters, start=1):
        assert longest_copied_run(copies, chapter.paragraphs[0]) == CopiedRun(
            20, "a.txt", f"Chapter {number} THE {number}"
        )


def test_characters_are_words_in_chinese() -> None:
    text = "此开卷第一回也作者自云因曾历过一番梦幻之后故将真事隐去"
    copies = fingerprint([book_of([text])])
    assert longest_copied_run(copies, f"他说{text[5:15]}呢") == CopiedRun(10, "a.txt", "")


def test_a_word_that_fills_a_book_is_no_trap() -> None:
    copies = fingerprint([book_of(["ha"] * 50_000)])
    assert copies.record.places <= CROWD
    assert runs(copies, ["ha"] * 20)[-1] >= 12


def test_every_version_is_sure_of_what_settings_allow() -> None:
    assert module.GRAM + max(module.STRIDES) - 1 == SURE_COPIES


def test_empty_books_have_no_runs() -> None:
    for books in ([], [book_of([])], [book_of(["three", "short", "words"])]):
        assert longest_copied_run(fingerprint(books), "three short words and some more of them") is None


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory, tiny_book_text: str) -> Path:
    folder = tmp_path_factory.mktemp("copies")
    fingerprint([parse_book(tiny_book_text, "tower.txt")]).save(folder)
    return folder


def test_saved_is_live(saved: Path, tiny_book_text: str) -> None:
    live = fingerprint([parse_book(tiny_book_text, "tower.txt")])
    mapped = load_copies(saved)
    assert mapped is not None
    assert bytes(mapped.table) == bytes(live.table)
    text = words_of(tiny_book_text)[500:800]
    assert runs(mapped, text) == runs(live, text)
    assert max(runs(mapped, text)) == 300


def test_a_version_without_fingerprints_has_no_guard(tmp_path: Path) -> None:
    assert load_copies(tmp_path) is None


@pytest.mark.parametrize(
    ("file", "content"),
    [(TABLE_FILE, None), (TABLE_FILE, b""), (TABLE_FILE, b"\0" * 5000), (COPIES_FILE, b"{}"), (COPIES_FILE, b"\xff")],
)
def test_damaged_fingerprints_are_refused(saved: Path, tmp_path: Path, file: str, content: bytes | None) -> None:
    folder = shutil.copytree(saved, tmp_path / "version")
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_bytes(content)
    with pytest.raises(BadModel, match="copy guard of 'version' is damaged"):
        load_copies(folder)


def test_no_text_can_be_read_back(saved: Path, tiny_book_text: str) -> None:
    data = (saved / TABLE_FILE).read_bytes()
    words = set(words_of(tiny_book_text))
    assert not any(word.encode() in data for word in words if len(word) > 3)
    record = load_copies(saved)
    assert record is not None
    assert {w for volume in record.record.volumes for heading in volume.headings for w in words_of(heading)} < words
    # The same word has other codes behind other words: the codes are no cipher of the words.
    codes: dict[str, set[int]] = {}
    for place, word in enumerate(words_of(parse_book(tiny_book_text, "tower.txt").text)):
        codes.setdefault(word, set()).add(int(record.codes(np.array(place))))
    assert all(len(codes[word]) > 20 for word in ("and", "the"))
