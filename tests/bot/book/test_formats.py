"""Every format carries the whole text, and nothing that anybody wrote becomes markup."""

from __future__ import annotations

import io
import re
import zipfile
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from markdown_it import MarkdownIt

from bot.book.binding import bind
from bot.book.book import Book
from bot.book.cover import TITLE_HEIGHT, TITLE_WIDTH, cover, fit, width
from bot.book.epub import DOCUMENT_CHARS, epub
from bot.book.markdown import escape, markdown
from bot.book.page import page
from bot.book.plain import plain
from tests.bot.book.made import NAMES, of_text, passage, sixth_book

XHTML = "{http://www.w3.org/1999/xhtml}"
HOSTILE = (
    "<script>alert(1)</script> </style> </svg> & &amp; &#60; <!-- ]]> [x](https://example.org) ![y](z) **b** _i_ `c` "
    "| a | b | $x$ ~~s~~ https://example.org www.example.org a@example.org\n# heading\n- item\n1. one\n> quote\n"
    "```\ncode\n```\n---\n===\n+ plus\n* star\n[^1]: note\n: term\n    code"
)
NAME = '"><img src=x onerror=alert(1)>\u202e*'

markup = st.text(alphabet=st.sampled_from("<>&\"'/\\`*_{}[]()#+-.!|~$^=:@ \nab1w\u4e00"), min_size=1, max_size=60)


class Tags(HTMLParser):
    """The tags and attributes of a page, and the text outside of style and drawing."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.shown = ""
        self._hidden = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self._hidden = self._hidden or (tag if tag in ("style", "svg", "head") else "")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._hidden:
            self._hidden = ""

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.shown += data


def documents(data: bytes) -> dict[str, etree._Element]:
    """Every XML document in an EPUB."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [name for name in archive.namelist() if name.endswith((".xhtml", ".opf", ".ncx", ".svg", ".xml"))]
        return {name: etree.fromstring(archive.read(name)) for name in names}


def squeezed(text: str) -> str:
    return "".join(text.split())


def rendered(text: str) -> Tags:
    """Markdown as a renderer that knows tables, strikethrough and bare links shows it."""
    return Tags(MarkdownIt("gfm-like").render(text))


@settings(deadline=None)
@given(markup)
def test_no_text_is_markup_in_html(text: str) -> None:
    plain_tags = Tags(page(of_text("It began.")))
    tags = Tags(page(of_text(f"It {text} began.", title=f"T {text}")))
    assert set(tags.tags) <= set(plain_tags.tags)
    assert tags.attributes <= plain_tags.attributes
    paragraphs = of_text(f"It {text} began.").chapters[0].paragraphs
    assert all(squeezed(paragraph.text) in squeezed(tags.shown) for paragraph in paragraphs)


@settings(deadline=None)
@given(markup)
def test_no_text_is_markup_in_markdown(text: str) -> None:
    book = of_text(f"{text} end", title=f"{text} T")
    tags = rendered(markdown(book))
    assert set(tags.tags) <= {"h1", "h2", "p", "em", "br", "hr", "ul", "li"}
    assert tags.tags.count("h2") == 1 and tags.tags.count("hr") == 1 + sum(
        p.is_break for p in book.chapters[0].paragraphs
    )
    for paragraph in book.chapters[0].paragraphs:
        assert paragraph.is_break or squeezed(paragraph.text) in squeezed(tags.shown)


@settings(deadline=None)
@given(markup)
def test_no_text_is_markup_in_an_epub(text: str) -> None:
    found = documents(epub(of_text(f"It {text} began.", title=f"T {text}")))
    chapter = found["EPUB/chapter1.xhtml"]
    allowed = {"html", "head", "title", "link", "body", "section", "p"}
    assert {str(element.tag).removeprefix(XHTML) for element in chapter.iter()} <= allowed
    shown = squeezed("".join(chapter.itertext()))
    paragraphs = of_text(f"It {text} began.").chapters[0].paragraphs
    assert all(squeezed(paragraph.text) in shown for paragraph in paragraphs)


def hostile_book() -> Book:
    heading = "IV\n<b>The</b> *Seal* & </title>"
    return bind(
        [passage(f"{heading}\n\n{HOSTILE}", kind="chapter", prompt=HOSTILE, model="</style>")],
        {"1": NAME},
        "</title><script>alert(1)</script>",
    )


def test_names_titles_and_versions_are_text_too() -> None:
    html = page(hostile_book())
    tags = Tags(html)
    assert "script" not in tags.tags and "img" not in tags.tags and "b" not in tags.tags
    assert "onerror" not in tags.attributes
    assert html.count("</style>") == html.count("</svg>") == html.count("</title>") - 1 == 1
    assert "\u202e" not in html
    found = rendered(markdown(hostile_book()))
    assert not {"script", "img", "a", "code", "table", "blockquote", "b"} & set(found.tags)
    for element in documents(epub(hostile_book())).values():
        assert not element.xpath("//*[local-name()='script' or local-name()='b']")


def test_a_line_of_markdown_keeps_its_ends() -> None:
    assert rendered(escape("Roses are red,\nviolets are blue.")).tags == ["p", "br"]
    assert rendered(escape("# no\n1. no\n- no\n> no")).tags == ["p", "br", "br", "br"]


def test_plain_text_holds_everything_in_order() -> None:
    text = plain(sixth_book())
    wanted = [
        "The Sixth Book\nby Bob and Alice, with the model\n",
        "The king rode north. He was cold. So was the horse.\n\n* * *\n\nMorning came.\n",
        "\n\n\nI – The Long Road\n\nRain fell on the old tower. Nobody came.\nNobody went.\n",
        "\n\n\nII – The Letter & <b>the Seal</b>\n\nIt was",
        "Who wrote this book\n\nBob: ",
        "Written from 2025-10-09 to 2025-10-13\nModel versions: tiny, small\n",
    ]
    places = [text.find(piece) for piece in wanted]
    assert -1 not in places and places == sorted(places)


def test_markdown_reads_as_a_book() -> None:
    text = markdown(sixth_book())
    assert text.startswith("# The Sixth Book\n\n*by Bob and Alice, with the model*\n\nThe king rode north.")
    assert "\n\n## I – The Long Road\n\nRain fell on the old tower. Nobody came.\\\nNobody went.\n\n" in text


def test_html_needs_nothing_from_anywhere() -> None:
    html = page(sixth_book())
    assert re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?(?!#)([^"')\s>]+)""", html) == []
    assert "http" not in re.sub(r'http-equiv|xmlns="[^"]+"', "", html)
    assert 'content="width=device-width' in html and "prefers-color-scheme: dark" in html
    targets = re.findall(r'<a [^>]*href="#(\w+)"', html)
    assert targets == ["c1", "c2", "c3", *3 * ["contents"]]
    assert all(f'id="{target}"' in html for target in targets)
    assert (
        '<span class="m m0" title="Bob"> Nobody came.</span></p>\n<p><span class="m m0" title="Bob">Nobody went.'
        in html
    )


def test_a_book_of_one_chapter_has_no_contents() -> None:
    html = page(of_text("It began."))
    assert "<nav" not in html and 'href="#' not in html


def test_an_epub_is_one() -> None:
    """What epubcheck asks for; the whole of it needs Java, and found nothing to object to."""
    data = epub(sixth_book())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert archive.read("mimetype") == b"application/epub+zip"
        names = set(archive.namelist())
        styles = archive.read("EPUB/style.css").decode()
    package = documents(data)["EPUB/content.opf"]
    spaces = {"o": "http://www.idpf.org/2007/opf", "dc": "http://purl.org/dc/elements/1.1/"}
    items = {item.get("id"): item for item in package.xpath("//o:manifest/o:item", namespaces=spaces)}
    assert {f"EPUB/{item.get('href')}" for item in items.values()} | {
        "mimetype",
        "META-INF/container.xml",
        "EPUB/content.opf",
    } == names
    spine = package.xpath("//o:spine/o:itemref/@idref", namespaces=spaces)
    assert spine == ["cover", "title", "nav", "chapter1", "chapter2", "chapter3", "credits"]
    assert items["cover-image"].get("properties") == "cover-image" and items["nav"].get("properties") == "nav"
    assert package.xpath("//dc:creator/text()", namespaces=spaces) == ["Bob", "Alice"]
    assert package.xpath("//dc:language/text()", namespaces=spaces) == ["en"]
    (identifier,) = package.xpath("//dc:identifier", namespaces=spaces)
    assert identifier.get("id") == package.get("unique-identifier")
    assert identifier.text == f"urn:uuid:{sixth_book().id}"
    nav = documents(data)["EPUB/nav.xhtml"]
    links = nav.xpath("//x:nav//x:a", namespaces={"x": XHTML[1:-1]})
    assert [(link.get("href"), link.text) for link in links] == [
        ("chapter1.xhtml", "Opening"),
        ("chapter2.xhtml", "I – The Long Road"),
        ("chapter3.xhtml", "II – The Letter & <b>the Seal</b>"),
        ("credits.xhtml", "Who wrote this book"),
    ]
    assert all(document.get("lang") == "en" for name, document in documents(data).items() if name.endswith(".xhtml"))
    assert "url(" not in styles


def test_spaces_between_two_hands_stay() -> None:
    chapter = documents(epub(sixth_book()))["EPUB/chapter1.xhtml"]
    assert chapter.xpath("string(//*[local-name()='p'][1])") == "The king rode north. He was cold. So was the horse."


def test_a_very_long_chapter_goes_on_in_a_further_document() -> None:
    text = "\n\n".join(f"Paragraph {i}. " + "Rain fell. " * 500 for i in range(60))
    found = documents(epub(of_text(text)))
    parts = [document for name, document in found.items() if "chapter1" in name]
    assert len(parts) == 1 + len(text) // (DOCUMENT_CHARS + 6000)
    assert squeezed("".join(part.xpath("string(//*[local-name()='body'])") for part in parts)) == squeezed(text)


def test_the_same_book_makes_the_same_bytes_apart_from_the_archives_clock() -> None:
    first, second = (documents(epub(sixth_book())) for _ in range(2))
    assert {name: etree.tostring(tree) for name, tree in first.items()} == {
        name: etree.tostring(tree) for name, tree in second.items()
    }


def test_a_chinese_book_speaks_chinese() -> None:
    text = "第一回\n甄士隐梦幻识通灵\n\n此开卷第一回也。作者自云：“曾历过一番梦幻之后，故将真事隐去。”"
    book = bind([passage(text, kind="chapter"), passage("却说", 1, prompt="却说")], {"1": "雪芹"}, "红楼梦")
    html = page(book)
    assert '<html lang="zh-Hans">' in html and "雪芹与模型　著" in html and "本书作者" in html
    assert "## 第一回　甄士隐梦幻识通灵\n" in markdown(book)
    assert "写于2025年10月9日至2025年10月10日" in plain(book) and "模型版本：tiny" in plain(book)
    found = documents(epub(book))
    assert found["EPUB/chapter1.xhtml"].get("lang") == "zh-Hans"
    assert found["EPUB/nav.xhtml"].xpath("string(//*[local-name()='h2'])") == "目录"


@pytest.mark.parametrize(
    "title", ["A", "The Winds of Winter", "红楼梦", "word " * 20, "梦" * 100, "W" * 100, "🐉" * 100]
)
def test_a_title_fits_its_cover(title: str) -> None:
    size, lines = fit(title)
    assert all(width(line) * size <= TITLE_WIDTH for line in lines)
    assert len(lines) * size <= TITLE_HEIGHT
    assert squeezed("".join(lines)) == squeezed(title)


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=200))
def test_any_title_makes_a_cover(title: str) -> None:
    drawn = etree.fromstring(cover(of_text("It began.", title)).encode())
    assert drawn.get("viewBox") == "0 0 1600 2560"


def test_names_stay_names() -> None:
    book = bind([passage("It began.", prompt="It began.")], {**NAMES, "1": "  A\n\nB  "}, "x")
    assert book.members == ("A B",)
