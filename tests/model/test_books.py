from __future__ import annotations

import io
import textwrap
import zipfile
from pathlib import Path

import pytest

from model.books import Book, count_words, heading_style, parse_book, split_validation
from model.errors import BadCorpus
from model.files import read_book, read_books, read_text, read_upload
from model.headings import write_heading

DATA = Path(__file__).parents[3] / "shared" / "data"
SENTENCE = "The rain had fallen upon the roofs of the town since the morning, and nobody was abroad. "


def wrapped(headings: list[str]) -> str:
    parts = ["THE TITLE OF THE BOOK"]
    for heading in headings:
        parts += ["\n" + textwrap.fill(heading, 72) + "\n"]
        parts += [textwrap.fill(SENTENCE * n, 72) for n in (3, 5, 4)]
    return "\n\n".join(parts)


@pytest.mark.parametrize(
    ("headings", "next_heading"),
    [
        (["1 THE THREE PRESENTS", "2 THE ANTECHAMBER", "3 THE AUDIENCE", "4 A LONG NAME " * 8], "5 MY TITLE"),
        (["1. The Shade.", "2. A Patrol.", "3. Dead Animosities."], "5. My Title."),
        (["Chapter I. The Letter.", "Chapter II. The Messenger.", "Chapter III. Toby."], "Chapter V. My Title."),
        (["CHAPTER I", "CHAPTER II", "CHAPTER III"], "CHAPTER V My Title"),
        (["Chapter One: Rain", "Chapter Two: Sun", "Chapter Three: Snow"], "Chapter Five: My Title"),
        (["第一回 风起", "第二回 雨落", "第三回 雪飞"], "第五回 My Title"),
        (["# Rain", "# Sun", "# Snow"], "# My Title"),
    ],
)
def test_headings_are_recognised_and_written_alike(headings: list[str], next_heading: str) -> None:
    book = parse_book(wrapped(headings), "book.txt")

    assert [c.heading for c in book.chapters] == [None, *(h.strip() for h in headings)]
    assert all(len(c.paragraphs) == 3 for c in book.chapters[1:])
    assert write_heading(heading_style([book]), 5, "My Title") == next_heading


def test_names_alone_on_a_line_head_chapters() -> None:
    names = ["PROLOGUE", "BRAN", "CATELYN", "BRAN", "DAENERYS", "CATELYN", "DAENERYS", "ARYA"]
    book = parse_book(wrapped(names), "book.txt")

    assert [c.heading for c in book.chapters[1:]] == names
    assert heading_style([book]).people[:3] == ("BRAN", "CATELYN", "DAENERYS")
    assert write_heading(heading_style([book]), 9, "", "Bran") == "BRAN"


def test_number_and_narrator_are_one_heading() -> None:
    text = wrapped(["CHAPTER I -MINA'S JOURNAL", "CHAPTER II", "CHAPTER III -MINA'S JOURNAL"]).replace(" -", "\n\n")
    book = parse_book(text, "book.txt")

    assert [c.heading for c in book.chapters[1:]] == [
        "CHAPTER I\nMINA'S JOURNAL",
        "CHAPTER II",
        "CHAPTER III\nMINA'S JOURNAL",
    ]


def test_prose_that_looks_like_a_heading_stays_prose() -> None:
    lines = [
        "Part of me was afraid.",
        "Part one of the plan had failed.",
        "3 KING HENRY VI",
        "HELP!",
        "I. Newton wrote it.",
    ]
    book = parse_book("\n\n".join([*lines, SENTENCE * 4]), "book.txt")

    assert [c.heading for c in book.chapters] == [None]


def test_table_of_contents_makes_no_chapters() -> None:
    headings = [f"Chapter {n}. Title {n}." for n in ("I", "II", "III", "IV")]
    book = parse_book("\n\n".join(headings) + "\n\n" + wrapped(headings), "book.txt")

    assert sum(c.heading is not None for c in book.chapters) == 4


def test_hard_wraps_go_and_verse_stays() -> None:
    prose = textwrap.fill(SENTENCE * 5, 72)
    verse = "Roses are red,\nViolets are blue,\nSugar is sweet."
    book = parse_book(f"{prose}\n\n{verse}\n\n{prose}\n", "book.txt")

    assert book.text == f"{(SENTENCE * 5).strip()}\n\n{verse}\n\n{(SENTENCE * 5).strip()}"


def test_plays_and_chinese_keep_their_lines() -> None:
    play = "First Citizen:\nBefore we proceed any further, hear me speak.\n\nAll:\nSpeak, speak.\n"
    chinese = "第一回 风起\n\n" + "此开卷第一回也。\n作者自云：因曾历过一番梦幻之后。\n" * 3

    assert parse_book(play * 5, "play.txt").text == (play * 5).replace("\n\n\n", "\n\n").strip()
    assert parse_book(chinese, "stone.txt").text == chinese.strip()


def test_wraps_after_dashes_and_in_chinese_leave_no_space() -> None:
    filler = textwrap.fill(SENTENCE * 6, 72)
    line = "It was the captain himself who had come through the garden gate that--"
    book = parse_book(f"{filler}\n\n{line}\nmorning.\n", "book.txt")

    assert book.text.endswith("garden gate that--morning.")


@pytest.mark.parametrize(
    "data", [b"", b"  \n\n ", b"\xef\xbb\xbf", b"PK\0\0\1\2binary\0", bytes(range(256)) * 40, bytes(range(1, 40)) * 40]
)
def test_what_is_no_text_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(BadCorpus, match=r"^book\.txt is .*\.$"):
        read_text(data, "book.txt")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_encodings(encoding: str) -> None:
    text = "第一回 甄士隐梦幻识通灵\r\n“此开卷第一回也。”\r\n" * 20
    assert read_text(text.encode(encoding), "stone.txt") == text.replace("\r\n", "\n")


def test_windows_quotes() -> None:
    assert read_text("“Yes,” he said – “café”".encode("cp1252") * 30, "a.txt").startswith("“Yes,” he said – “café”")


@pytest.mark.parametrize("damage", ["été".encode()[:1], "“".encode()[:2], b"caf\xe9 \x9d"])
def test_a_few_damaged_bytes_change_nothing_else(damage: bytes) -> None:
    """A book cut in mid-character, or with a line of another encoding."""
    text = "L’été fut long, « très long », dit-il. " * 8

    assert read_text(text.encode() + damage, "été.txt").startswith(text)


def test_old_encodings_are_not_taken_for_damage() -> None:
    french, chinese = "L’été fut long, « très long », dit-il. " * 8, "此开卷第一回也，作者自云。" * 8

    assert read_text(french.encode("cp1252"), "a.txt") == french
    assert read_text(chinese.encode("gb18030"), "a.txt") == chinese


JAPANESE = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。\n"
TRADITIONAL = "黛玉方進入房時，只見兩個人攙著一位鬢髮如銀的老母迎上來，黛玉便知是他外祖母。\n"
KOREAN = "죽는 날까지 하늘을 우러러 한 점 부끄럼이 없기를, 잎새에 이는 바람에도 나는 괴로워했다.\n"
RUSSIAN = "Все счастливые семьи похожи друг на друга, каждая несчастливая семья несчастлива по-своему.\n"
POLISH = "Litwo! Ojczyzno moja! ty jesteś jak zdrowie. Ile cię trzeba cenić, ten tylko się dowie, kto cię stracił.\n"
ENGLISH = "It was a dark night, and nothing was said.\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (JAPANESE, "cp932"),
        (JAPANESE, "euc_jp"),
        (TRADITIONAL, "big5"),
        (TRADITIONAL, "gb18030"),
        (KOREAN, "cp949"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8_r"),
        (POLISH, "cp1250"),
        (POLISH, "iso8859_2"),
        (ENGLISH * 8000 + "He was at the fête, à la mode.\n", "cp1252"),
        (ENGLISH * 8000 + "“Ça va,” he said – “c’est une première.”\n", "cp1252"),
        (ENGLISH * 8000 + "“It’s a café,” he said.\n", "cp1252"),
    ],
)
def test_old_encodings(text: str, encoding: str) -> None:
    assert read_text((text * 8).encode(encoding), "a.txt") == text * 8


def test_old_encoding_of_one_long_line() -> None:
    line = ENGLISH.strip() * 8000 + RUSSIAN.strip() * 20

    assert read_text(line.encode("cp1251"), "a.txt") == line


def test_a_damaged_byte_is_no_other_encoding() -> None:
    book = (JAPANESE * 20).encode("cp932")

    assert read_text(book + b"\x83", "a.txt") == JAPANESE * 20


def test_of_a_folder_only_books_are_read(tmp_path: Path) -> None:
    for name in ("README.md", "SOURCE.md", ".notes.txt", "._01.txt", "cover.png"):
        (tmp_path / name).write_text("About the books.", encoding="utf-8")
    with pytest.raises(BadCorpus, match=r"holds no \.txt or \.md file\.$"):
        read_books([tmp_path])

    (tmp_path / "01.txt").write_text("It rained.", encoding="utf-8")
    assert [book.name for book in read_books([tmp_path])] == ["01.txt"]


def test_of_a_zip_only_books_are_read() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in ("books/README.md", "books/._01.txt", "__MACOSX/books/01.txt", "books/01.txt"):
            archive.writestr(name, "It rained.")

    assert [book.name for book in read_upload(packed.getvalue(), "books.zip")] == ["01.txt"]


def test_a_licence_without_a_book_is_empty(tmp_path: Path) -> None:
    begin, end = (f"*** {word} OF THE PROJECT GUTENBERG EBOOK X ***" for word in ("START", "END"))
    (tmp_path / "x.txt").write_text(f"Licence\n{begin}\n\n{end}\nMore", encoding="utf-8")

    with pytest.raises(BadCorpus, match=r"^x\.txt is empty\.$"):
        read_book(tmp_path / "x.txt")


def test_zip_of_books_in_the_order_of_their_names() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("books/2.txt", "Second.")
        archive.writestr("books/1.txt", "First.")
        archive.writestr("cover.png", b"\0")

    assert [b.text for b in read_upload(buffer.getvalue(), "books.zip")] == ["First.", "Second."]


def test_damaged_and_locked_zips_are_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("1.txt", SENTENCE * 100)
    whole = buffer.getvalue()

    with pytest.raises(BadCorpus, match="damaged"):
        read_upload(whole[: len(whole) // 2], "books.zip")
    with pytest.raises(BadCorpus, match="damaged"):
        read_upload(whole[:60] + bytes(20) + whole[80:], "books.zip")
    with pytest.raises(BadCorpus, match=r"no \.txt"):
        read_upload(whole.replace(b"1.txt", b"1.png"), "books.zip")
    locked = bytearray(whole)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[whole.index(mark) + at] |= 1
    with pytest.raises(BadCorpus, match="locked"):
        read_upload(bytes(locked), "books.zip")


def test_a_single_paragraph_is_cut_for_validation() -> None:
    kept, rest = split_validation(parse_book(SENTENCE * 200, "one.txt"))

    assert rest is not None
    assert f"{kept.text} {rest.text}" == (SENTENCE * 200).strip()
    assert 0.04 < len(rest.text) / len(SENTENCE * 200) < 0.06


CHINESE = "此开卷第一回也，作者自云曾历过一番梦幻之后故将真事隐去。"


def words_in(*parts: Book) -> str:
    return "".join("".join(part.text for part in parts).split())


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("书名 作者\n" + "\n".join([CHINESE * 5] * 60), "\n"),
        ("书名 作者\n" + CHINESE * 300, ""),
        ("书名 作者\n" + f"“{CHINESE[:-1]}！”" * 300, ""),
        ("第一章 风起\n" + CHINESE * 200 + "\n第二章 雨落\n" + CHINESE * 90, ""),
        ("A Title\nby nobody\n" + "\n".join([SENTENCE.strip(), "It rained."] * 60), "\n"),
    ],
)
def test_a_block_of_lines_is_cut_near_its_end(text: str, separator: str) -> None:
    book = parse_book(text, "lines.txt")
    kept, rest = split_validation(book)

    assert rest is not None
    assert kept.text + separator + rest.text == book.text
    assert kept.text.endswith(("。", "！”", "."))
    assert 0.049 < len(rest.text) / len(book.text) < 0.1


def test_a_text_without_any_break_is_cut_at_the_mark() -> None:
    kept, rest = split_validation(parse_book("书名 作者\n" + "梦" * 6_000, "dream.txt"))

    assert rest is not None
    assert set(rest.text) == {"梦"}
    assert 0.04 < len(rest.text) / len(kept.text) < 0.06


@pytest.mark.parametrize("end", ["Epilogue.\n\nAnd so it ended.", "Epilogue.", "Epilogue.\n\nAnd so.\n\nIt ended."])
@pytest.mark.parametrize("chapters", [1, 3, 6, 7, 12])
def test_a_short_epilogue_is_not_held_out_alone(end: str, chapters: int) -> None:
    headings = [f"Chapter {n}. The Letter." for n in range(1, chapters + 1)]
    bodies = [(SENTENCE * 3 + "\n\n") * 60] * chapters
    text = "".join(f"{heading}\n\n{body}" for heading, body in zip(headings, bodies, strict=True))
    book = parse_book(text + end, "book.txt")
    kept, rest = split_validation(book)

    assert [c.heading for c in book.chapters] == [*headings, "Epilogue."]
    assert rest is not None
    assert words_in(kept, rest) == words_in(book)
    assert 0.045 < len(rest.text) / len(book.text) < 0.1
    assert rest.text.startswith(SENTENCE.strip())
    assert rest.text.endswith(end)


@pytest.mark.parametrize("end", ["尾声\n\n从此无话。", "后记", "尾声\n\n从此无话。\n\n梦醒。"])
@pytest.mark.parametrize("chapters", [1, 3, 6, 7, 12])
@pytest.mark.parametrize("between", ["\n", "\n\n"])
def test_a_short_chinese_epilogue_is_not_held_out_alone(end: str, chapters: int, between: str) -> None:
    headings = [f"第{n}章 风起" for n in range(1, chapters + 1)]
    text = "".join(f"{heading}\n\n{(CHINESE * 3 + between) * 60}\n\n" for heading in headings)
    book = parse_book(text + end, "book.txt")
    kept, rest = split_validation(book)

    assert [c.heading for c in book.chapters[:chapters]] == headings
    assert rest is not None
    assert words_in(kept, rest) == words_in(book)
    assert 0.045 < len(rest.text) / len(book.text) < 0.1
    assert rest.text.startswith((CHINESE, headings[-1]))
    assert rest.text.endswith(end)


def test_short_chapters_are_held_out_with_their_headings() -> None:
    short = "".join(f"Chapter {n}. The Letter.\n\n{SENTENCE}\n\n" for n in (2, 3, 4, 5))
    book = parse_book("Chapter 1. The Duel.\n\n" + (SENTENCE * 3 + "\n\n") * 30 + short, "book.txt")
    kept, rest = split_validation(book)

    assert rest is not None
    assert kept.chapters + rest.chapters == book.chapters
    assert len(kept.chapters) == 1


@pytest.mark.parametrize("chapters", [2, 12])
def test_a_last_chapter_that_is_nearly_the_book_is_not_held_out_whole(chapters: int) -> None:
    headings = [f"Chapter {n}. The Letter." for n in range(1, chapters + 1)]
    first = "".join(f"{heading}\n\n{SENTENCE}\n\n" for heading in headings)
    book = parse_book(first + (SENTENCE * 3 + "\n\n") * 90, "book.txt")
    kept, rest = split_validation(book)

    assert rest is not None
    assert words_in(kept, rest) == words_in(book)
    assert 0.045 < len(rest.text) / len(book.text) < 0.1


def test_what_is_too_short_to_be_parted_is_kept_whole() -> None:
    book = parse_book("Only a line.", "line.txt")

    assert split_validation(book) == (book, None)


def test_gutenberg_licence_is_dropped() -> None:
    begin, end = (f"*** {word} OF THE PROJECT GUTENBERG EBOOK X ***" for word in ("START", "END"))
    text = f"Licence\n{begin}\n\nStory.\n\n{end}\nMore"
    assert parse_book(text, "x.txt").text == "Story."


def test_validation_is_the_last_chapters(tiny_book_text: str) -> None:
    book = parse_book(tiny_book_text, "tower.txt")
    kept, rest = split_validation(book)

    assert rest is not None
    assert kept.chapters + rest.chapters == book.chapters
    assert 0.02 < len(rest.text) / len(book.text) < 0.08


def test_words_are_words_and_chinese_characters() -> None:
    assert count_words("D'Artagnan's horse -- a well-known one!") == 5
    assert count_words("此开卷第一回也。Yes, 是的。") == 10


@pytest.mark.skipif(not DATA.is_dir(), reason="the real texts (../shared/data) are not here")
@pytest.mark.parametrize(
    ("file", "chapters", "last"),
    [
        ("musketeers/01-the-three-musketeers.txt", 68, "EPILOGUE"),
        ("musketeers/02-twenty-years-after.txt", 90, "90. Conclusion."),
        ("musketeers/06-the-man-in-the-iron-mask.txt", 61, "Epilogue."),
        ("dracula/dracula.txt", 27, "CHAPTER XXVII\nMINA HARKER'S JOURNAL"),
        ("zh-hongloumeng/hongloumeng.txt", 120, "第一百二十回 甄士隐详说太虚情 贾雨村归结红楼梦"),
        ("tinyshakespeare/input.txt", 0, None),
    ],
)
def test_real_books(file: str, chapters: int, last: str | None) -> None:
    book: Book = read_book(DATA / file)
    raw = (DATA / file).read_text(encoding="utf-8")

    assert sum(c.heading is not None for c in book.chapters) == chapters
    assert book.chapters[-1].heading == last
    assert "".join(book.text.split()) == "".join(raw.split())
