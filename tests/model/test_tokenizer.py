from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from model.books import parse_book
from model.tokenizer import StreamDecoder, Tokenizer
from model.words import learn_words
from tests.books import tiny_book

CHINESE = "第一回　石頭記\n\n石頭說：「你好，世界！」他走了。\n他又說：「好，好，好。」石頭走了……"
TEXTS = [parse_book(tiny_book(), "tower.txt").text, CHINESE]
BPE, WORDS = Tokenizer.train(TEXTS, 600), learn_words(TEXTS, None)
BOTH = pytest.mark.parametrize("tokenizer", [BPE, WORDS], ids=["bpe", "word"])
SCRIPTS = st.sampled_from(
    [
        *(" ", "\n", "\r", "\t", "Athos", "went", "d’", "'s", "Ça", "e\u0301", "1234567"),
        *("石頭", "，", "「", "！？", "ｆｕｌｌ", "１２", "ひら", "カナ", "สวัสดี", "한국", "при", "אב"),
        *("🎉🏽", "\u200d", "\u200b", "\x00"),
    ]
)


@BOTH
@settings(max_examples=200, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"])))
@example(text="\r")
@example(text="\r\n \r\r")
def test_any_text_comes_back(tokenizer: Tokenizer, text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text)) == text


@BOTH
@settings(max_examples=200, deadline=None)
@given(parts=st.lists(SCRIPTS, max_size=12))
def test_mixed_scripts_come_back(tokenizer: Tokenizer, parts: list[str]) -> None:
    text = "".join(parts)
    assert tokenizer.decode(tokenizer.encode(text)) == text


@BOTH
@pytest.mark.parametrize("text", TEXTS, ids=["English", "Chinese"])
def test_whole_books_come_back(tokenizer: Tokenizer, text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text)) == text


@BOTH
@pytest.mark.parametrize(
    "text", ["“Yes!” she said.\n\nNo.\n\n\nChapter I. X\n\n 红楼梦 \n 🎉🏽 \u200b", "\n", "  a  b "]
)
def test_structure_and_scripts_come_back_token_by_token(tokenizer: Tokenizer, text: str) -> None:
    decoder = StreamDecoder(tokenizer)
    tokens = tokenizer.encode(text)

    assert "".join(decoder.feed(int(token)) for token in tokens) == text
    assert decoder.whole


@BOTH
def test_structure_is_one_token_each(tokenizer: Tokenizer) -> None:
    tokens = list(tokenizer.encode("a\n\n\nb\n\nc\nd"))

    for token in (tokenizer.chapter, tokenizer.paragraph, tokenizer.line):
        assert tokens.count(token) == 1


@BOTH
@pytest.mark.parametrize(
    "text", [tiny_book(chapters=8), "第一回 甄士隐梦幻识通灵\n此开卷第一回也。" * 200, "a" * 5_000, ""]
)
def test_a_long_text_is_encoded_in_parts_as_in_one(
    tokenizer: Tokenizer, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = parse_book(text, "t.txt").text
    whole = tokenizer.encode(text)
    monkeypatch.setattr("model.tokenizer.PART_CHARS", 100)

    assert tokenizer.decode(tokenizer.encode(text)) == text
    if " " in text or "\n" in text:
        assert tokenizer.encode(text).tolist() == whole.tolist()


def test_words_are_of_bounded_length() -> None:
    tokenizer = Tokenizer.train(["ab" * 500, "ab" * 700], 600)

    assert max(map(len, tokenizer.bytes)) <= 64
