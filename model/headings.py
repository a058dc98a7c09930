"""Chapter headings: recognising the forms that books use, and writing the next one in the same form."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Literal

from pydantic import BaseModel, ConfigDict

Numerals = Literal["roman", "arabic", "chinese", "word", "none"]

ROMAN = r"(?=[IVXLCDM])M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})"
NUMBER_WORDS = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
    *("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"),
)
_WORD_NUMBER = rf"(?:{'|'.join(NUMBER_WORDS)})(?:[- ](?:{'|'.join(NUMBER_WORDS[:9])}))?"
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_CHINESE_DIGITS = "〇一二三四五六七八九"

_NAMED = re.compile(
    rf"^(?P<word>chapter|part|book|letter|act|scene|canto|stave)\s+"
    rf"(?P<number>{ROMAN}|\d{{1,4}}|{_WORD_NUMBER})(?P<after>\.?:?\s*(?:--?|—|–)?\s*)(?P<title>.*)$",
    re.IGNORECASE,
)
_DIGITS_CAPS = re.compile(r"^(?P<number>\d{1,3})(?P<after>[.):]?\s+)(?P<title>[^a-z]*[^\Wa-z\d_][^a-z]*)$")
_DIGITS_DOT = re.compile(r"^(?P<number>\d{1,3})(?P<after>[.:]\s+)(?P<title>[^\Wa-z\d_].*)$")
_ROMAN_CAPS = re.compile(rf"^(?P<number>{ROMAN})(?P<after>[.):]\s*)(?P<title>[^a-z]*)$")
_BARE = (_DIGITS_CAPS, _DIGITS_DOT, _ROMAN_CAPS)
_CHINESE = re.compile(
    r"^第(?P<number>[〇零一二三四五六七八九十百千两\d]{1,6})(?P<word>[回章节卷部集])"
    r"(?P<after>[\s　：:]*)(?P<title>.{0,40})$"
)
_MARKDOWN = re.compile(r"^(?P<word>#{1,3})\s+(?P<title>\S.*)$")
_LONE = re.compile(r"^(prologue|epilogue|preface|introduction|interlude|序|序章|楔子|尾声|后记)[.:]?$", re.IGNORECASE)

MAX_HEADING_CHARS = 160


class HeadingStyle(BaseModel):
    """How a corpus heads its chapters, in enough detail to write the next heading."""

    model_config = ConfigDict(frozen=True)

    form: Literal["named", "number", "chinese", "markdown", "person", "none"] = "none"
    word: str = ""
    """"Chapter", "回", "#": what stands beside the number."""
    numerals: Numerals = "none"
    after: str = " "
    """What stands between the number and the title."""
    end: str = ""
    """What ends a heading with a title: "." or nothing."""
    upper: bool = False
    """Titles are all capitals."""
    people: tuple[str, ...] = ()
    """Names that head chapters by themselves, most frequent first."""


def numbered(line: str) -> re.Match[str] | None:
    """Match a heading that carries its own evidence: a number, "Chapter", 第…回, or Markdown's #."""
    if len(line) > MAX_HEADING_CHARS:
        return None
    for pattern in (_NAMED, _DIGITS_CAPS, _DIGITS_DOT, _ROMAN_CAPS, _CHINESE, _MARKDOWN):
        if match := pattern.match(line):
            return match if _plausible(match) else None
    return None


def _plausible(match: re.Match[str]) -> bool:
    """Tell `Part one of the story was over.` (prose) from `Part One. The Sea` (a heading)."""
    if match.re is not _NAMED or not (title := match["title"]):
        return True
    separated = bool(match["after"].strip()) or match["word"].isupper()
    return match["word"][0].isupper() and (separated or title[0].isupper())


def bare_numbers_count_up(lines: Iterable[str]) -> bool:
    """Say whether the headings that are only a number and capitals (`12 THE DUEL`, `IV.`) count like chapters do.

    Without this, play titles and lists (`3 KING HENRY VI`) would pass for headings.
    """
    values = [_value(m["number"]) for line in lines if (m := numbered(line)) and m.re in _BARE]
    steps = [b - a for a, b in pairwise(values)]
    return len(steps) >= 2 and sum(step == 1 for step in steps) >= 0.6 * len(steps)


def is_bare_number(line: str) -> bool:
    """Say whether a heading's only evidence is its number and capitals."""
    return (match := numbered(line)) is not None and match.re in _BARE


def _value(number: str) -> int:
    if number.isdigit():
        return int(number)
    values = [_ROMAN_VALUES[c] for c in number]
    return sum(-a if b > a else a for a, b in zip(values, [*values[1:], 0], strict=True))


def lone(line: str) -> bool:
    """Say whether a line is Prologue, Epilogue and the like."""
    return bool(_LONE.match(line))


def person_like(line: str) -> bool:
    """Say whether a line standing alone could be a person's name that heads a chapter (`JON`, `DR. SEWARD'S DIARY`)."""
    words = line.rstrip(".").split()
    letters = [c for c in line if c.isalpha()]
    return (
        1 <= len(words) <= 4
        and len(line) <= 40
        and len(letters) >= 2
        and all(c.isupper() for c in letters)
        and not any(c.isdigit() or c in '!?":;,()*_' for c in line)
    )


def people(lines: Sequence[str], has_numbers: bool) -> frozenset[str]:
    """Find which of the lines that stand alone are names heading chapters.

    A name counts when it recurs. In a book without numbered chapters, three recurring names prove the habit, and then
    names that head a single chapter count too.
    """
    counts = Counter(line for line in lines if person_like(line))
    recurring = {line for line, count in counts.items() if count > 1}
    if not has_numbers and len(recurring) >= 3:
        return frozenset(counts)
    return frozenset(recurring)


def style_of(headings: Iterable[str]) -> HeadingStyle:
    """Learn the most common heading form from chapter headings (one line, or number and name joined by a newline)."""
    headings = list(headings)
    first_lines = [h.split("\n")[0] for h in headings]
    names = Counter(line for h in headings for line in h.split("\n") if person_like(line) and not numbered(line))
    styles = Counter(style for line in first_lines if (style := _style_of_line(line)))
    people_found = tuple(name for name, count in names.most_common(200) if count > 1 or not styles)
    if not styles:
        return HeadingStyle(form="person" if people_found else "none", upper=True, people=people_found)
    return styles.most_common(1)[0][0].model_copy(update={"people": people_found})


def title_of(heading: str) -> str:
    """A heading without what numbers it."""
    match = numbered(heading)
    return heading if match is None else match.groupdict().get("title") or ""


def _style_of_line(line: str) -> HeadingStyle | None:
    match = numbered(line)
    if match is None:
        return None
    groups = match.groupdict()
    title = groups.get("title") or ""
    upper = bool(title) and title == title.upper() and title != title.lower()
    form: Literal["named", "number", "chinese", "markdown"] = "number"
    if match.re is _NAMED:
        form = "named"
    elif match.re is _CHINESE:
        form = "chinese"
    elif match.re is _MARKDOWN:
        form = "markdown"
    return HeadingStyle(
        form=form,
        word=groups.get("word") or "",
        numerals=_numerals(groups.get("number") or ""),
        after=groups.get("after") or " ",
        end="." if title.endswith(".") else "",
        upper=upper,
    )


def _numerals(number: str) -> Numerals:
    if not number:
        return "none"
    if number.isascii() and number.isdigit():
        return "arabic"
    if re.fullmatch(ROMAN, number, re.IGNORECASE):
        return "roman"
    return "word" if number.isascii() else "chinese"


def write_heading(style: HeadingStyle, number: int, title: str, pov: str = "") -> str:
    """Write a heading in a corpus's style; an empty title gives the heading up to where its title begins."""
    name = pov.upper() if style.upper or style.people else pov
    if style.form == "none":
        return title or f"Chapter {number}"
    if style.form == "person":
        return "\n".join(part for part in (title, name) if part)
    shown = title.upper() if style.upper else title
    if shown and style.end and shown[-1] not in ".!?":
        shown += style.end
    if style.form == "chinese":
        head = f"第{format_number(number, style.numerals)}{style.word}"
    elif style.form == "markdown":
        head = style.word
    else:
        head = " ".join(part for part in (style.word, format_number(number, style.numerals)) if part)
    heading = f"{head}{style.after}{shown}".rstrip()
    return f"{heading}\n{name}" if name and style.people else heading


def match_person(style: HeadingStyle, pov: str) -> str:
    """The heading under which a corpus tells chapters by `pov` ("Mina" → "MINA MURRAY'S JOURNAL"), or `pov`."""
    wanted = pov.casefold()
    return next((name for name in style.people if wanted in name.casefold()), pov)


def format_number(number: int, numerals: Numerals) -> str:
    """Write a chapter number: 4 → IV, 4, 四, Four."""
    if numerals == "roman":
        return _roman(number)
    if numerals == "chinese":
        return _chinese(number)
    if numerals == "word" and number < 100:
        return _word(number)
    return str(number)


def _roman(number: int) -> str:
    out = ""
    for value, sign in (
        (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"),
        (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
    ):  # fmt: skip
        count, number = divmod(number, value)
        out += sign * count
    return out


def _chinese(number: int) -> str:
    if number >= 1000:
        return "".join(_CHINESE_DIGITS[int(digit)] for digit in str(number))
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    out = f"{_CHINESE_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        out += ("" if tens == 1 and not hundreds else _CHINESE_DIGITS[tens]) + "十"
    elif hundreds and ones:
        out += "零"
    return out + (_CHINESE_DIGITS[ones] if ones else "")


def _word(number: int) -> str:
    if number <= 20:
        return NUMBER_WORDS[number - 1].capitalize()
    tens, ones = divmod(number, 10)
    word = NUMBER_WORDS[17 + tens].capitalize()
    return f"{word}-{NUMBER_WORDS[ones - 1].capitalize()}" if ones else word
