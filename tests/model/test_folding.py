from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.folding import fold, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('"I!" cried D\'Artagnan—“no.”', "i cried d artagnan no"),
        ("To-morrow, to morrow", "to morrow to morrow"),
        ("CAFÉ café cafe\u0301", "cafe cafe cafe"),
        ("ﬁn Straße ＡB", "fin strasse a b"),
        ("第一回 林黛玉，笑道", "第 一 回 林 黛 玉 笑 道"),
        ("हिन्दी भाषा।", "हनद भष"),
        ("soft\u00adhyphen zero\u200bwidth _low_", "softhyphen zerowidth low"),
        ("* * * … 🎉", ""),
    ],
)
def test_words_are_without_case_accents_and_punctuation(text: str, words: str) -> None:
    assert words_of(text) == words.split()


@given(st.text(), st.text())
def test_text_folds_as_it_comes(one: str, other: str) -> None:
    assert fold(one + other) == fold(one) + fold(other)
