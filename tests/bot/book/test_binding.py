"""A story's passages become chapters and paragraphs, and every character keeps its author."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.book.binding import bind, language_of, paragraphs_of, readable
from bot.book.book import OTHERS, THE_MODEL, Run
from bot.book.credits import NAMED, percents, visible
from bot.book.hands import authors_of, revised, runs_of
from tests.bot.book.made import NAMES, of_text, passage, sixth_book, story
from worker.contract import Passage


def test_chapters_paragraphs_and_authors() -> None:
    book = sixth_book()
    assert [(chapter.number, chapter.title) for chapter in book.chapters] == [
        ("", ""),
        ("I", "The Long Road"),
        ("II", "The Letter & <b>the Seal</b>"),
    ]
    opening, road, letter = book.chapters
    texts = [paragraph.text for paragraph in opening.paragraphs]
    assert texts == ["The king rode north. He was cold. So was the horse.", "* * *", "Morning came."]
    assert [paragraph.is_break for paragraph in opening.paragraphs] == [False, True, False]
    assert [(run.text, run.author, run.model) for run in opening.paragraphs[0].runs] == [
        ("The king rode north.", "1", ""),
        (" He was cold. So was the horse.", THE_MODEL, "tiny"),
    ]
    assert [paragraph.text for paragraph in road.paragraphs] == [
        "Rain fell on the old tower. Nobody came.\nNobody went."
    ]
    assert [(run.author, run.model) for run in road.paragraphs[0].runs] == [(THE_MODEL, "small"), ("2", "")]
    assert [paragraph.text for paragraph in letter.paragraphs] == ["It was written in green."]


def test_credits_count_visible_characters_and_make_a_hundred() -> None:
    book = sixth_book()
    assert [(credit.author, credit.name) for credit in book.credits] == [
        ("2", "Bob"),
        ("1", "Alice"),
        (THE_MODEL, "the model"),
    ]
    bob, alice, model = book.credits
    assert (bob.chars, alice.chars) == (visible("Nobody came. Nobody went."), visible("The king rode north."))
    assert sum(int(credit.percent.rstrip("%")) for credit in book.credits) == 100
    assert [(use.version, use.chars > 0) for use in book.models] == [("tiny", True), ("small", True)]
    assert model.chars == sum(use.chars for use in book.models)


def test_a_members_own_passage_is_the_members() -> None:
    book = bind(story(passage("It began.", model=""), passage(" And on.", 1)), NAMES, "x")
    assert [run.author for run in book.chapters[0].paragraphs[0].runs] == ["1", THE_MODEL]


def test_a_prompt_after_a_heading_is_the_members() -> None:
    book = bind([passage("I\n\nShe knocked. No answer.", kind="chapter", prompt="She knocked.")], NAMES, "x")
    (chapter,) = book.chapters
    assert chapter.title == "I"
    assert [run.text for run in chapter.paragraphs[0].runs] == ["She knocked.", " No answer."]


def test_members_without_a_name_or_place_are_summed_up() -> None:
    many = [passage(f" Number {i}.", i, prompt=f"Number {i}.", author=str(i)) for i in range(NAMED + 5)]
    book = bind(story(*many), {str(i): f"M{i}" for i in range(NAMED + 2)}, "x")
    assert len(book.members) == NAMED
    assert [credit.name for credit in book.credits if credit.author == OTHERS] == ["other members"]
    nobody = bind(story(*many), {}, "x")
    assert [credit.name for credit in nobody.credits] == ["members"] and nobody.credits[0].percent == "100%"


def test_two_chapters_in_a_row_keep_an_empty_one() -> None:
    parts = (passage("I\n\n", kind="chapter"), passage("\n\n\nII\n\nIt began.", kind="chapter"))
    assert [len(chapter.paragraphs) for chapter in bind(story(*parts), NAMES, "x").chapters] == [0, 1]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("甄士隐梦幻识通灵，贾雨村风尘怀闺秀。", "zh"),
        ("The word 道 means way.", "en"),
        ("Привет", "en"),
        ("", "en"),
        ("第一回 GREENBEARD 甄士隐梦幻识通灵贾雨村", "zh"),
    ],
)
def test_the_language_is_that_of_most_letters(text: str, language: str) -> None:
    assert language_of(text) == language


def test_the_same_story_makes_the_same_book() -> None:
    assert sixth_book() == sixth_book()
    assert sixth_book().id != of_text("Something else.").id


@settings(deadline=None)
@given(st.lists(st.text(alphabet=" \n\nab*。é", max_size=30), max_size=8))
def test_no_character_is_lost_between_runs_and_paragraphs(texts: list[str]) -> None:
    runs = [Run(text, str(number % 3), "", 0) for number, text in enumerate(texts)]
    found = list(paragraphs_of(runs))
    whole = "".join(texts)
    assert "".join("".join(p.text for p in found).split()) == "".join(whole.split())
    assert all(p.text == p.text.strip() and p.text and "\n\n" not in p.text for p in found)
    for author in "012":
        written = "".join(run.text for run in runs if run.author == author)
        kept = "".join(run.text for p in found for run in p.runs if run.author == author)
        assert "".join(written.split()) == "".join(kept.split())


@settings(deadline=None)
@given(st.text())
def test_readable_text_can_stand_in_xml(text: str) -> None:
    kept = readable(text)
    assert all(char in "\n" or ord(char) >= 32 for char in kept)
    kept.encode()
    assert readable(kept) == kept


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=50))
def test_percents_make_a_hundred(counts: list[int]) -> None:
    shares = percents(counts)
    assert sum(0 if share == "<1%" else int(share[:-1]) for share in shares) == (100 if sum(counts) else 0)
    for count, share in zip(counts, shares, strict=True):
        assert count or share == "0%"
        assert not count or share != "0%"


def edited(old: Passage, text: str, number: int, author: str = "2") -> Passage:
    return old.model_copy(update={"id": f"{old.id}+{number}", "text": text, "prompt": "", "author": author})


def test_words_that_an_edit_left_alone_keep_their_author() -> None:
    first = passage("The king rode north. He was very cold.", prompt="The king rode north.")
    second = edited(first, "The old king rode north. He was very wet.", 1)
    third = edited(first, "The old king rode north. He was not very wet.", 2, "3")
    book = bind([third], NAMES, "x", {third.id: [first, second]})
    assert [(run.text, run.author) for run in book.chapters[0].paragraphs[0].runs] == [
        ("The ", "1"),
        ("old ", "2"),
        ("king rode north.", "1"),
        (" He was ", THE_MODEL),
        ("not ", "3"),
        ("very ", THE_MODEL),
        ("wet", "2"),
        (".", THE_MODEL),
    ]


def test_an_edit_may_take_a_heading_away_or_change_it() -> None:
    first = passage("I\nThe Road\n\nRain fell.", kind="chapter")
    renamed = edited(first, "I\nThe Long Road\n\nRain fell.", 1)
    book = bind([renamed], NAMES, "x", {renamed.id: [first]})
    assert book.chapters[0].title == "The Long Road"
    assert [run.author for run in book.chapters[0].paragraphs[0].runs] == [THE_MODEL]
    without = edited(first, "Rain fell. " * 60, 1)
    (chapter,) = bind([without], NAMES, "x", {without.id: [first]}).chapters
    assert not chapter.is_titled and len(chapter.paragraphs) == 1


@settings(deadline=None)
@given(st.text("ab \n。梦", max_size=40), st.lists(st.text("ab \n。梦", max_size=40), max_size=3))
def test_edits_lose_no_character(first: str, later: list[str]) -> None:
    runs = runs_of(passage(first), first, "a")
    for number, text in enumerate(later):
        runs = revised(runs, passage(text, number, author=str(number)), text)
        assert "".join(run.text for run in runs) == text


def test_who_wrote_most_is_asked_for_first() -> None:
    some = [passage("Long text of the model.", author="9"), passage("Hi there", 1, author="1", prompt="Hi")]
    some.append(passage("A long text of my own.", 2, author="2", kind="written", model=""))
    assert authors_of(some) == ["2", "1"]


@pytest.mark.parametrize(
    ("heading", "number", "title"),
    [
        ("IV\nThe Long Road", "IV", "The Long Road"),
        ("Chapter XII. The Letter.", "Chapter XII", "The Letter"),
        ("IV. THE LETTER", "IV", "THE LETTER"),
        ("12. At Sea", "12", "At Sea"),
        ("CHAPTER 7\nHome\nAgain", "CHAPTER 7", "Home Again"),
        ("第一回 甄士隐梦幻识通灵", "第一回", "甄士隐梦幻识通灵"),
        ("第十二章：夜", "第十二章", "夜"),
        ("ARYA", "", "ARYA"),
        ("I", "", "I"),
        ("Chapter II.", "", "Chapter II"),
        ("I. ", "", "I"),
        ("Mild and Bitter", "", "Mild and Bitter"),
        ("And so to J. R.", "", "And so to J. R."),
        ("And then ...", "", "And then ..."),
    ],
)
def test_a_heading_has_a_number_and_a_title(heading: str, number: str, title: str) -> None:
    (chapter,) = bind([passage(f"{heading}\n\nIt began.", kind="chapter")], NAMES, "x").chapters
    assert (chapter.number, chapter.title) == (number, title)
