from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from model.books import Book, Chapter, parse_book
from model.errors import BadCorpus, BadModel
from model.settings import TrainSettings
from model.tokenizer import Tokenizer
from model.training import train
from model.version import TOKENIZER_FILE, read_info
from model.voices import LEAST_WORDS, MOST_BOOKS, VOICES_FILE, load_voices, voices_of
from model.writer import load
from scripts.voices import make_voices
from tests.books import tiny_book

SEA = "the ship sails over waves while gulls cry above foam and anchors rust in salt water near land"
FOREST = "the oak stands under clouds while wolves howl behind fern and axes ring in deep shade near land"


def prose(words: str, count: int, seed: int) -> str:
    """Sentences of random words."""
    pick = random.Random(seed)
    return " ".join(" ".join(pick.choices(words.split(), k=9)).capitalize() + "." for _ in range(count // 9))


def book(name: str, words: str, seed: int = 1) -> Book:
    return Book(name, tuple(Chapter(f"Chapter {n}.", (prose(words, 900, seed * 100 + n),)) for n in range(1, 6)))


@pytest.fixture(scope="module")
def books() -> list[Book]:
    return [book("sea.txt", SEA), book("forest.txt", FOREST)]


@pytest.fixture(scope="module")
def tokenizer(books: list[Book]) -> Tokenizer:
    return Tokenizer.train([one.text for one in books], 400)


def test_the_book_that_a_text_sounds_like_is_named(books: list[Book], tokenizer: Tokenizer) -> None:
    voices = voices_of(books, tokenizer)
    assert voices is not None
    for seed, (name, words) in enumerate((("sea.txt", SEA), ("forest.txt", FOREST)), start=50):
        likeness = voices.likeness(prose(words, 120, seed), tokenizer)
        assert likeness is not None and likeness.file == name and likeness.lead > 0


def test_nothing_is_said_of_short_texts_and_of_such_as_sound_like_both(books: list[Book], tokenizer: Tokenizer) -> None:
    voices = voices_of(books, tokenizer)
    assert voices is not None
    text = prose(SEA, 120, 7)
    assert voices.likeness(" ".join(text.split()[: LEAST_WORDS - 1]), tokenizer) is None
    assert voices.likeness(" ".join(text.split()[:LEAST_WORDS]), tokenizer) is not None
    assert voices.likeness(f"{text} {prose(FOREST, 120, 7)}", tokenizer) is None
    assert voices.likeness("", tokenizer) is None


def test_surprise_is_the_sum_over_distinct_tokens(books: list[Book], tokenizer: Tokenizer) -> None:
    voices = voices_of(books, tokenizer)
    assert voices is not None
    tokens = tokenizer.encode("waves waves and wolves")
    counts = [np.bincount(tokenizer.encode(one.text), minlength=tokenizer.vocab) for one in books]
    total = counts[0] + counts[1]
    for number, count in enumerate(counts):
        expected = count.sum() * total / total.sum()
        bits = [np.log2((count[t] + 1) / (expected[t] + 1)) for t in set(tokens.tolist())]
        naive = -sum(np.clip(bits, -127 / 32, 127 / 32))
        assert voices.surprise(tokens)[number] == pytest.approx(naive, abs=0.02 * len(bits))
    assert (voices.surprise(tokens) == voices.surprise(np.concatenate([tokens, tokens]))).all()


def test_order_is_not_in_the_table(books: list[Book], tokenizer: Tokenizer) -> None:
    """Books whose sentences stand in another order have the same table."""
    turned = [Book(one.name, one.chapters[::-1]) for one in books]
    first, second = voices_of(books, tokenizer), voices_of(turned, tokenizer)
    assert first is not None and second is not None
    assert np.abs(first.table.astype(int) - second.table.astype(int)).max() <= 1


def test_one_book_and_very_many_have_no_table(books: list[Book], tokenizer: Tokenizer) -> None:
    assert voices_of(books[:1], tokenizer) is None
    assert voices_of(books * MOST_BOOKS, tokenizer) is None


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("books")
    (folder / "1-sea.txt").write_text(book("", SEA).text)
    (folder / "2-tower.txt").write_text(tiny_book(8))
    return [folder / "1-sea.txt", folder / "2-tower.txt"]


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory, files: list[Path]) -> Path:
    folder = tmp_path_factory.mktemp("models") / "two"
    books = [parse_book(path.read_text(), path.name) for path in files]
    train(books, [], folder, TrainSettings(name="two", budget_s=None, epochs=1, preset="tiny", device="cpu"))
    return folder


def test_a_training_publishes_the_table_and_it_can_be_made_again(version: Path, files: list[Path]) -> None:
    published = (version / VOICES_FILE).read_bytes()
    likeness = load(version).likeness(prose(SEA, 120, 3))
    assert likeness is not None and likeness.file == "1-sea.txt"
    (version / VOICES_FILE).unlink()
    assert load(version).likeness(prose(SEA, 120, 3)) is None
    make_voices(version, files)
    assert (version / VOICES_FILE).read_bytes() == published
    with pytest.raises(BadCorpus, match="other books"):
        make_voices(version, files[::-1])


@pytest.mark.parametrize("damage", [b"", b"\0" * 40])
def test_a_damaged_table_is_refused(version: Path, damage: bytes) -> None:
    whole = (version / VOICES_FILE).read_bytes()
    try:
        (version / VOICES_FILE).write_bytes(damage or whole[:-100])
        with pytest.raises(BadModel, match="delete that file"):
            load_voices(version, read_info(version))
    finally:
        (version / VOICES_FILE).write_bytes(whole)


def test_the_table_of_another_version_is_refused(version: Path) -> None:
    info = read_info(version)
    other = info.model_copy(update={"corpus": info.corpus[:1]})
    with pytest.raises(BadModel, match="other books"):
        load_voices(version, other)


def test_the_shipped_model_knows_its_five_volumes() -> None:
    from greenbeard.settings import SHIPPED_MODEL

    voices = load_voices(SHIPPED_MODEL, read_info(SHIPPED_MODEL))
    assert voices is not None and len(voices.files) == 5
    tokenizer = Tokenizer.load(SHIPPED_MODEL / TOKENIZER_FILE)
    milady = "Milady, Felton, Lord de Winter, Buckingham, Kitty, Bonacieux, Treville, Planchet. " * 8
    likeness = voices.likeness(milady, tokenizer)
    assert likeness is not None and likeness.file == "01-the-three-musketeers.txt"
