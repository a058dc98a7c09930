from __future__ import annotations

import pytest

from greenbeard.settings import SHIPPED_MODEL
from model.ask import Ask, NewChapter, Opened
from model.engine import Engine
from model.headings import title_of
from model.sampling import Sampling
from model.titles import ENOUGH, Titles
from model.writer import load

FILLING = [f"Chapter {number}. Word{number}" for number in range(ENOUGH)]
"""Enough words for a corpus that makes titles of its own."""
TITLES = Titles(
    [
        "Chapter I. In Which D'Artagnan Meets M. Fouquet.",
        "2 THE RED CARPET; OR, LOUIS XIV. AT VAUX",
        "第一回　甄士隐梦幻识通灵　贾雨村风尘怀闺秀",
        *FILLING,
    ]
)


@pytest.mark.parametrize(
    "piece",
    [" Meets", " D'Artagnan,", " m.", " the", "carpet;", "\nVaux!", " ", " 贾雨村", "　甄", "灵。", " 甄士隐，"],
)
def test_words_of_titles_may_stand_in_one(piece: str) -> None:
    assert TITLES.may_have(piece)


@pytest.mark.parametrize("piece", [" Remetery.", " Chapter", ' Fouquet."', " Meets;", "梅", "通梅"])
def test_others_may_not(piece: str) -> None:
    assert not TITLES.may_have(piece)


def test_a_title_ends_with_its_sentence() -> None:
    assert TITLES.ends_with(" Carpet.") and TITLES.ends_with(" Vaux!") and TITLES.ends_with("灵。")
    assert not any(TITLES.ends_with(piece) for piece in (" M.", " XIV.", " Carpet", " Carpet,", ""))


def test_anything_may_be_a_title_where_the_books_have_few() -> None:
    few = Titles(FILLING[: ENOUGH - 1])
    assert few.may_have(" Remetery.") and not few.ends_with(" Remetery.")


def test_the_shipped_model_makes_titles_of_words_that_titles_have() -> None:
    writer = load(SHIPPED_MODEL)
    engine, titles, count = Engine(writer), [], 24
    for seed in range(count):
        engine.submit(Ask(str(seed), Sampling(seed=1000 * seed), words=1, opening=NewChapter(seed + 2)))
    while engine.running or engine.waiting:
        titles += [title_of(output.heading) for output in engine.step() if isinstance(output, Opened)]

    assert len(titles) == count and all(titles)
    odd = [title for title in titles if not all(writer.titles.may_have(word) for word in title.split())]
    assert len(odd) <= count // 8  # where the patience ended
    assert len(set(titles)) > count // 2
