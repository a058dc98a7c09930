"""What is kept of a member's text, how it is shown literally, where it is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pages import Copy, copy_of, pages, render
from bot.text import MESSAGE_LIMIT, clean, escape, fitting, fitting_lines, is_visible, split, title_of, utf16_length

PROSE = st.text(st.sampled_from("abc Äö中。.!?\n\n\t*_`>#-[]<@\\😀e\u0301"), max_size=6000)


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("  The king rode north.  ", "The king rode north."),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("one\n\n\n\n\ntwo", "one\n\ntwo"),
        ("zero\u200bwidth\ufeff and\u202e turned", "zerowidth and turned"),
        ("bell\x07 and\ttab", "bell and tab"),
        ("half \ud83d pair", "half  pair"),
        ("👩\u200d🚀 flies", "👩\u200d🚀 flies"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\u200d\u200c\u200b", ""),
    ],
)
def test_clean(raw: str, kept: str) -> None:
    assert clean(raw) == kept


@pytest.mark.parametrize("text", ["a", "7", "…", "😀", "中", "\U0001fae8"])
def test_visible(text: str) -> None:
    assert is_visible(text)


@pytest.mark.parametrize("text", ["", "  \n", "\u200b\u200d\ufeff", "\u2800\u3164", "\u0301", "\x00\x1f"])
def test_invisible(text: str) -> None:
    assert not is_visible(text)


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**bold** _it_ ~~no~~ `code` ||spoiler||", r"\*\*bold\*\* \_it\_ \~\~no\~\~ \`code\` \|\|spoiler\|\|"),
        ("```py\nx\n```", "\\`\\`\\`py\nx\n\\`\\`\\`"),
        ("# big\n> quote\n- item\n3. third", "\\# big\n\\> quote\n\\- item\n3\\. third"),
        ("@everyone and @here", "@\u200beveryone and @\u200bhere"),
        ("<@123> <#4> <:x:5>", r"\<\@123> \<\#4> \<:x:5>"),
        ("[click](https://example.org)", r"\[click](https\://example.org)"),
        ("back\\slash", "back\\\\slash"),
        ("It was 5 - 3, a #1 > 0.", "It was 5 - 3, a #1 > 0."),
    ],
)
def test_escape(text: str, shown: str) -> None:
    assert escape(text) == shown


def test_cuts_lie_at_paragraph_ends() -> None:
    text = "\n\n".join(f"Paragraph {i}. " + "It says this. " * 20 for i in range(30))
    parts = pages(copy_of(text))
    assert len(parts) > 3
    assert all(part.startswith("Paragraph") for part in parts)


def test_a_long_paragraph_is_cut_at_a_sentence_end() -> None:
    parts = pages(copy_of("This sentence has some words. " * 200))
    assert all(part.endswith("words.") for part in parts)


def test_a_text_without_sentences_is_cut_between_words() -> None:
    assert all(set(part.split()) == {"word"} for part in pages(copy_of("word " * 900)))


def test_a_chinese_paragraph_is_cut_at_a_full_stop() -> None:
    assert all(part.endswith("。") for part in pages(copy_of("话说天下大势分久必合。" * 400)))


def test_a_heading_stays_with_its_chapter() -> None:
    copy = copy_of("\n\n\nI\nThe Long Road\n\n" + "w" * 1995 + " end", chapter=True)
    first, *_ = pages(copy)
    assert first.startswith("## I\n## The Long Road\n\nwww")


def test_the_prompt_is_bold_and_the_rest_plain() -> None:
    copy = copy_of("\n\nThe *king*\nrode. North he went.", prompt="The *king*\nrode.")
    assert pages(copy) == [r"**The \*king\***" + "\n**rode.** North he went."]


def test_nothing_to_show_makes_no_page() -> None:
    assert pages(copy_of(" \n\n ")) == []


@given(PROSE, st.integers(0, 200))
def test_splitting_loses_nothing(text: str, prompt: int) -> None:
    copy = Copy(text.strip(), prompt=min(prompt, len(text.strip())))
    parts = split(copy.text, 300, lambda start, end: utf16_length(render(copy, start, end)))
    assert "".join(copy.text[start:end] for start, end in parts) == copy.text
    assert all(utf16_length(render(copy, start, end)) <= 300 for start, end in parts)


@given(PROSE)
def test_pages_fit_into_messages(text: str) -> None:
    for page in pages(copy_of(text)):
        assert 0 < utf16_length(page) <= MESSAGE_LIMIT


@given(PROSE, st.integers(0, 6000))
def test_pages_before_the_last_stay_when_the_text_grows(text: str, cut: int) -> None:
    text = text.lstrip()
    early, late = pages(Copy(text[:cut]), 300), pages(Copy(text), 300)
    assert early[:-1] == late[: max(len(early) - 1, 0)]


@given(PROSE)
def test_what_does_not_fit_is_cut_as_discord_counts(text: str) -> None:
    short = fitting(text, 300)
    assert utf16_length(short) <= 300
    assert short == text or (len(short) > 149 and text.startswith(short.removesuffix("…")))


@pytest.mark.parametrize(
    ("file", "title"),
    [
        ("03-the-vicomte-de-bragelonne.txt", "The Vicomte de Bragelonne"),
        ("books/2. A Clash of Kings.MD", "A Clash of Kings"),
        ("红楼梦.txt", "红楼梦"),
        ("1984.txt", "1984"),
        ("vol. 2", "Vol. 2"),
        ("_", "_"),
    ],
)
def test_a_books_title_is_read_off_its_file(file: str, title: str) -> None:
    assert title_of(file) == title


def test_lines_that_fit_are_whole() -> None:
    lines = ["ab", "🔥", "cd"]
    assert [list(fitting_lines(lines, limit)) for limit in (8, 7, 5, 4, 2, 1)] == [
        lines,
        lines[:2],
        lines[:2],
        lines[:1],
        lines[:1],
        [],
    ]
