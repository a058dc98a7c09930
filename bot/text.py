"""Plain decisions about text: what of a member's text is kept, how it is shown literally, where it is cut."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence

MESSAGE_LIMIT = 2000
"""Characters Discord takes in one message (counted here in UTF-16 units, the stricter reading)."""

_VISIBLE = "LNPS?"
_JOINERS = "\u200c\u200d"
_BLANKS = "\u115f\u1160\u2800\u3164\uffa0"
"""Characters that Unicode calls letters or symbols and that show nothing."""

_INLINE = re.compile(r"[\\*_~`|<\[]")
_LINE_START = re.compile(r"^([ \t]*)([#>+-])", re.MULTILINE)
_NUMBERED = re.compile(r"^([ \t]*\d+)([.)])(?=\s)", re.MULTILINE)
_LINK = re.compile(r"(?<=[A-Za-z])://")
_LOUD = re.compile(r"@(?=everyone|here)")
_MENTION = re.compile(r"(?<=<)(?=[@#])")

_FILE_ENDING = re.compile(r"\.(?:txt|md|markdown)$", re.IGNORECASE)
_ORDER = re.compile(r"^\d+[ ._-]+(?=\S)")
_SMALL_WORDS = frozenset(["a", "an", "and", "de", "der", "des", "di", "du", "in", "la", "le", "of", "the", "to", "von"])

_PARAGRAPH_END = re.compile(r"\n{2,}")
_LINE_END = re.compile(r"\n")
_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*\s+|[。！？][”’」』）]*")
_WORD_END = re.compile(r"\s+")
_BOUNDARIES = (_PARAGRAPH_END, _LINE_END, _SENTENCE_END, _WORD_END)


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text) + sum(char > "\uffff" for char in text)


def clean(text: str) -> str:
    """`text` without control, zero-width and other format characters, its edges stripped.

    Line ends become one newline, three or more newlines become two (three stand before chapters only), tabs become
    spaces. Joiners stay inside words and emoji, where they change what is shown.
    """
    unified = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n")
    kept = "".join(_kept(unified))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ ]+\n", "\n", kept)).strip()


def _kept(text: str) -> Iterator[str]:
    for index, char in enumerate(text):
        if char == "\n" or _category(char) != "C":
            yield char
        elif char == "\t":
            yield " "
        elif char in _JOINERS and 0 < index < len(text) - 1 and _joins(text[index - 1]) and _joins(text[index + 1]):
            yield char


def _joins(char: str) -> bool:
    return _category(char) == "M" or is_visible(char)


def is_visible(text: str) -> bool:
    """Whether anything in `text` can be seen: a letter, number, sign or emoji."""
    return any(_category(char) in _VISIBLE and char not in _BLANKS for char in text)


def _category(char: str) -> str:
    """Major Unicode category, "?" for what this Python does not know yet and for private use (new or custom signs)."""
    category = unicodedata.category(char)
    return "?" if category in ("Cn", "Co") else category[0]


def escape(text: str) -> str:
    """`text` such that Discord shows it as it is: no Markdown, no links, no mentions."""
    escaped = _INLINE.sub(r"\\\g<0>", text)
    escaped = _LINK.sub(r"\\://", escaped)
    escaped = _LINE_START.sub(r"\1\\\2", escaped)
    escaped = _NUMBERED.sub(r"\1\\\2", escaped)
    escaped = _MENTION.sub(r"\\", escaped)
    return _LOUD.sub("@\u200b", escaped)


def fitting(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """As much of `text` as one message takes, with dots where something is left out."""
    if utf16_length(text) <= limit:
        return text
    end = _longest(0, min(len(text), limit), limit - 1, lambda start, stop: utf16_length(text[start:stop]))
    return f"{text[:end]}…"


def fitting_lines(lines: Sequence[str], limit: int) -> Sequence[str]:
    """As many of `lines`, from the first on, as fit into `limit` when they stand one below the other."""
    room = limit + 1
    for count, line in enumerate(lines):
        room -= utf16_length(line) + 1
        if room < 0:
            return lines[:count]
    return lines


def decoded(value: bytes | str) -> str:
    """A text as Redis gives it back."""
    return value.decode() if isinstance(value, bytes) else value


def title_of(file: str) -> str:
    """A book's title, as far as its file has it in its name: `03-the-man-in-the-mask.txt` → The Man in the Mask."""
    name = _ORDER.sub("", _FILE_ENDING.sub("", file.rpartition("/")[2]))
    words = [word for word in re.split(r"[\s_-]+", name) if word] or [file]
    if name != name.lower():
        return " ".join(words)
    return " ".join(word if i and word in _SMALL_WORDS else word[:1].upper() + word[1:] for i, word in enumerate(words))


def split(text: str, limit: int, measure: Callable[[int, int], int], keep: int = 0) -> list[tuple[int, int]]:
    """Cut `text` into consecutive ranges (start, end) that cover all of it, each of `measure(start, end)` ≤ `limit`.

    Cuts lie at paragraph ends, else line, sentence or word ends. The first `keep` characters are not parted from what
    follows them. Cuts depend only on the text before them, so those of a growing text stay where they are.
    `measure` must not shrink as a range grows, nor be smaller than half its characters.
    """
    ranges: list[tuple[int, int]] = []
    start = 0
    while start < len(text):
        end = _longest(start, min(len(text), start + 2 * limit), limit, measure)
        if end < len(text):
            end = _boundary(text, max(start, keep), end)
        ranges.append((start, end))
        start = end
    return ranges


def _longest(start: int, stop: int, limit: int, measure: Callable[[int, int], int]) -> int:
    """The largest end up to `stop` for which text[start:end] fits."""
    low, high = start + 1, stop
    while low < high:
        middle = (low + high + 1) // 2
        if measure(start, middle) <= limit:
            low = middle
        else:
            high = middle - 1
    return low


def _boundary(text: str, start: int, end: int) -> int:
    """The best place to cut in text[start:end], after at least one visible character."""
    for pattern in _BOUNDARIES:
        found = [m.end() for m in pattern.finditer(text, start, end) if text[start : m.start() + 1].strip()]
        if found:
            return found[-1]
    cut = end
    while cut > start + 1 and (_category(text[cut]) in "MC" or text[cut - 1] == "\u200d"):
        cut -= 1
    return cut if cut > start + 1 else end
