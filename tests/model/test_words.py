from __future__ import annotations

from pathlib import Path

import pytest

from model.ask import Ask
from model.books import count_words, parse_book
from model.evaluation import score_books
from model.sampling import Sampling
from model.settings import TrainSettings
from model.tokenizer import MIN_VOCAB, Tokenizer
from model.training import train
from model.version import read_info
from model.whole import write
from model.words import learn_words
from model.writer import Writer, load
from tests.books import tiny_book

ENGLISH = '"Who goes there?" asked Athos.\n\n"Athos," said Grimaud, "who goes?" Athos asked no more."'
CHINESE = "石頭說：「好。」\n他說：「好。」石頭他走了，走了。"


def spelled(tokenizer: Tokenizer, text: str) -> list[str]:
    return [tokenizer.bytes[token].decode() for token in tokenizer.encode(text)]


@pytest.fixture(scope="module")
def writer(word_version: Path) -> Writer:
    return load(word_version)


def test_words_are_whole_with_their_spaces() -> None:
    assert spelled(learn_words([ENGLISH] * 2, None), '"Athos asked,\n\nGrimaud."') == [
        '"', "Athos", " asked", ",", "\n\n", "G", "r", "i", "m", "a", "u", "d", '."',
    ]  # fmt: skip


def test_case_is_kept_apart() -> None:
    tokenizer = learn_words(["The end. the end. The end. the end."], None)
    assert spelled(tokenizer, "The end. the end.") == ["The", " end", ".", " the", " end", "."]


def test_a_chinese_word_is_a_character() -> None:
    tokens = spelled(learn_words([CHINESE], None), "石頭走了。」他")
    assert tokens == ["石", "頭", "走", "了", "。」", "他"]


def test_scripts_part_words() -> None:
    assert spelled(learn_words(["石頭Athos石頭 Athos石頭Athos"], None), "Athos石頭Athos") == [
        "Athos",
        "石",
        "頭",
        "Athos",
    ]


def test_a_word_seen_once_is_spelled_and_teaches_spelling() -> None:
    text = "a stone, a stone: " + " ".join(f"{start}ably" for start in ("prob", "not", "suit", "valu"))
    tokens = spelled(learn_words([text], 4_000), " stone amiably")
    assert tokens[0] == " stone"
    assert "".join(tokens) == " stone amiably"
    assert "ably" in tokens


def test_frequent_words_come_first() -> None:
    tokenizer = learn_words(["the sea the sea the ship the ship the ship"], None)
    ids = [int(tokenizer.encode(word)[0]) for word in (" the", " ship", " sea")]
    assert ids == sorted(ids)


def test_the_vocabulary_is_as_large_as_asked_or_as_the_text_supports() -> None:
    book = parse_book(tiny_book(), "tower.txt").text
    whole = learn_words([book], None)
    assert learn_words([book], 50_000).vocab == whole.vocab
    assert learn_words([book], MIN_VOCAB + 10).vocab == MIN_VOCAB + 10 < whole.vocab
    assert learn_words([""], None).vocab < MIN_VOCAB


def test_a_word_level_version_reads_and_writes(writer: Writer, word_version: Path) -> None:
    assert read_info(word_version).shape.rare > 0
    assert read_info(word_version).metrics.valid_bits_per_char < 1.5
    (one,) = write(writer, Ask("a", Sampling(seed=2), 60, read="Athos went to"))
    assert 60 <= count_words(one.text) <= 100
    assert one.end.tokens < 1.6 * count_words(one.text)


def test_unknown_words_pay_for_their_spelling(writer: Writer) -> None:
    known = parse_book(tiny_book(chapters=2, seed=5), "a.txt")
    unknown = parse_book(tiny_book(chapters=2, seed=5).replace("Athos", "Ulfgar"), "b.txt")
    with_known, with_unknown = score_books(writer.model, writer.tokenizer, [known, unknown])
    assert with_unknown.tokens > with_known.tokens
    assert with_unknown.nats > with_known.nats + 10 * known.text.count("Athos")


def test_words_asked_for_beyond_the_text_are_said_to_be_missing(tmp_path: Path) -> None:
    notes: list[str] = []
    settings = TrainSettings("t", budget_s=None, epochs=1, preset="tiny", tokenizer="word", vocab=9_000, device="cpu")
    report = train([parse_book(tiny_book(), "tower.txt")], [], tmp_path / "t", settings, on_note=notes.append)
    assert report.info.shape.vocab < 9_000
    assert any("9,000" in note and "support only" in note for note in notes)
