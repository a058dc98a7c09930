from __future__ import annotations

import pytest

from model.books import parse_book
from model.corpus import MIN_CHARS, Corpus, visible_chars
from model.errors import BadCorpus

LINE = "The rain had fallen since the morning.\n\n"
CHINESE = "此开卷第一回也，作者自云曾历过一番梦幻之后。"


@pytest.mark.parametrize(
    "text",
    [
        "Chapter 1. Rain.\n\n" + LINE * 900 + "Epilogue.\n\nIt ended.",
        "Chapter 1. Rain.\n\n" + LINE * 900 + "Epilogue.",
        "第一章 风起\n\n" + (CHINESE + "\n") * 900 + "\n尾声\n\n从此无话。",
        "书名 作者\n" + (CHINESE + "\n") * 900,
    ],
)
def test_nearly_all_of_a_single_book_is_learned_from(text: str) -> None:
    corpus = Corpus.of([parse_book(text, "book.txt")])

    assert 0.9 < corpus.chars / len(corpus.books[0].text) < 0.96


def test_what_is_held_out_does_not_count_as_text_to_learn_from() -> None:
    book = parse_book("Rain! " * (MIN_CHARS // 5 + 10), "rain.txt")
    assert visible_chars(book.text) > MIN_CHARS

    with pytest.raises(BadCorpus, match=r"^The books give 4,7\d\d characters of text to learn from; .* at least 5,000"):
        Corpus.of([book])
    assert Corpus.of([book], [book]).train == (book,)


def test_books_too_short_to_be_parted_are_refused_with_the_reason() -> None:
    books = [parse_book("Rain and then sun.", f"{n}.txt") for n in range(400)]

    with pytest.raises(BadCorpus, match=r"None of the books is long enough to hold a part of it out .* join them"):
        Corpus.of(books)
    assert Corpus.of([parse_book("\n\n".join(book.text for book in books), "all.txt")]).valid
