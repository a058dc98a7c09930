"""The cover, drawn by us: a beard of strands, each book's own, below its title. SVG, so that any script is at home."""

from __future__ import annotations

import colorsys
import math
import random
import unicodedata
from collections.abc import Iterator, Sequence
from html import escape

from bot.book.book import Book
from bot.book.labels import byline, full_title

WIDTH, HEIGHT = 1600, 2560
TITLE_WIDTH = 1240
TITLE_HEIGHT = 690
TITLE_TOP = 250
LARGEST, SMALLEST = 214, 58
LEADING = 1.22
BYLINE_SIZE = 72
STRANDS = 84
HAIRS = 17

Point = tuple[float, float]

SERIF = (
    "'Iowan Old Style', 'Palatino Linotype', Palatino, 'EB Garamond', 'Book Antiqua', Georgia, "
    "'Songti SC', 'Noto Serif CJK SC', 'Source Han Serif SC', SimSun, serif"
)
SONG = "'Songti SC', 'Noto Serif CJK SC', 'Noto Serif SC', 'Source Han Serif SC', SimSun, serif"


def cover(book: Book) -> str:
    """The cover as one SVG element of 1600 × 2560."""
    rng = random.Random(book.id)  # noqa: S311 - a drawing, not a secret
    title = full_title(book)
    hue = rng.uniform(0.36, 0.47)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>{escape(title)}</title>",
        _paints(hue),
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="url(#cover-night)"/>',
        f'<g fill="none" stroke-linecap="round">{"".join(_beard(rng, hue))}</g>',
        _lettering(title, byline(book), is_chinese=book.language == "zh"),
        f'<rect x="56" y="56" width="{WIDTH - 112}" height="{HEIGHT - 112}" fill="none" '
        'stroke="#d9b96a" stroke-opacity="0.55" stroke-width="4"/>',
        "</svg>",
    ]
    return "".join(parts)


def _paints(hue: float) -> str:
    top, bottom = _colour(hue, 0.20, 0.55), _colour(hue + 0.03, 0.07, 0.6)
    return (
        '<defs><linearGradient id="cover-night" x1="0" y1="0" x2="0" y2="1">'
        f'<stop offset="0" stop-color="{top}"/><stop offset="1" stop-color="{bottom}"/></linearGradient></defs>'
    )


def _colour(hue: float, lightness: float, saturation: float) -> str:
    red, green, blue = colorsys.hls_to_rgb(hue % 1, lightness, saturation)
    return f"#{round(255 * red):02x}{round(255 * green):02x}{round(255 * blue):02x}"


def _beard(rng: random.Random, hue: float) -> Iterator[str]:
    """Strands that fall from cheek to cheek and run together in a point, then the moustache above them."""
    phase = rng.uniform(0, 2 * math.pi)
    sway = rng.choice((-1, 1)) * rng.uniform(40, 150)
    order = list(range(STRANDS))
    rng.shuffle(order)
    falling = [_strand(2 * number / (STRANDS - 1) - 1, phase, sway, rng) for number in order]
    sweeping = [_sweep(side, rng) for _ in range(HAIRS) for side in (-1, 1)]
    for points in falling + sweeping:
        golden = rng.random() < 0.14
        lightness = rng.uniform(0.26, 0.62)
        stroke = _colour(0.12, 0.62, 0.6) if golden else _colour(hue + rng.uniform(-0.04, 0.05), lightness, 0.42)
        thick = rng.uniform(3, 6) if golden else rng.uniform(4, 15)
        look = f'stroke="{stroke}" stroke-width="{thick:.1f}" stroke-opacity="{rng.uniform(0.5, 0.95):.2f}"'
        yield f'<path d="{_smooth(points)}" {look}/>'


def _strand(along: float, phase: float, sway: float, rng: random.Random) -> list[Point]:
    """Points of the strand that begins at `along` (-1 the left cheek, 1 the right one)."""
    top = 1450 - 250 * abs(along) ** 2.2 + rng.uniform(-16, 16)
    tip = 2340 - 620 * abs(along) ** 1.7 + rng.uniform(-110, 30)
    wave = rng.uniform(10, 30)
    points = []
    for step in range(10):
        down = step / 9
        taper = 1 - (0.88 - 0.5 * abs(along)) * down**1.6 + 0.14 * math.sin(math.pi * down)
        bend = sway * down * down + wave * math.sin(6.5 * down + phase + 2.4 * along)
        points.append((WIDTH / 2 + 520 * along * taper + bend * min(1.0, 2.5 * down), top + (tip - top) * down))
    return points


def _sweep(side: int, rng: random.Random) -> list[Point]:
    """Points of a hair of the moustache, from the middle out to one side, its end curling up."""
    thick = rng.uniform(-1, 1)
    length = 440 + 70 * rng.uniform(-1, 0.6)
    points = []
    for step in range(8):
        out = step / 7
        droop = 105 * math.sin(2.5 * out) - 150 * out**3
        points.append(
            (WIDTH / 2 + side * (14 + length * out), 1418 + droop + 66 * thick * (1 - out) ** 0.7 * (0.45 + out))
        )
    return points


def _smooth(points: Sequence[Point]) -> str:
    """A path through all points (Catmull-Rom as cubic Bézier curves)."""
    path = f"M{points[0][0]:.0f} {points[0][1]:.0f}"
    for index in range(len(points) - 1):
        before, here = points[max(0, index - 1)], points[index]
        there, after = points[index + 1], points[min(len(points) - 1, index + 2)]
        handles = [
            (here[0] + (there[0] - before[0]) / 6, here[1] + (there[1] - before[1]) / 6),
            (there[0] - (after[0] - here[0]) / 6, there[1] - (after[1] - here[1]) / 6),
            there,
        ]
        path += "C" + " ".join(f"{x:.0f} {y:.0f}" for x, y in handles)
    return path


def _lettering(title: str, by: str, *, is_chinese: bool) -> str:
    size, lines = fit(title)
    step = size * LEADING
    top = TITLE_TOP + max(0.0, (TITLE_HEIGHT - step * len(lines)) / 2) + size * 0.8
    texts = [_text(line, top + step * index, size) for index, line in enumerate(lines)]
    below = top + step * (len(lines) - 1) + 0.6 * size + 60
    texts.append(f'<path d="M{WIDTH / 2 - 110} {below:.0f}h220" stroke="#d9b96a" stroke-width="4"/>')
    small = min(BYLINE_SIZE, BYLINE_SIZE * TITLE_WIDTH / max(1.0, width(by) * BYLINE_SIZE))
    slant = "" if is_chinese else ' font-style="italic"'
    texts.append(_text(by, below + 110, small, style=f' fill="#d9c9a0"{slant}'))
    font = SONG if is_chinese else SERIF
    return f'<g fill="#f4ecd8" font-family="{font}" text-anchor="middle">{"".join(texts)}</g>'


def _text(line: str, y: float, size: float, style: str = "") -> str:
    return f'<text x="{WIDTH // 2}" y="{y:.0f}" font-size="{size:.0f}"{style}>{escape(line)}</text>'


def fit(title: str) -> tuple[int, list[str]]:
    """The largest size at which a title fits, and its lines; dots where even the smallest is too large."""
    for size in range(LARGEST, SMALLEST - 1, -4):
        lines = wrap(title, TITLE_WIDTH / size)
        if len(lines) * size * LEADING <= TITLE_HEIGHT and all(width(line) * size <= TITLE_WIDTH for line in lines):
            return size, lines
    most = int(TITLE_HEIGHT / (SMALLEST * LEADING))
    lines = wrap(title, TITLE_WIDTH / SMALLEST)
    return SMALLEST, lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1][:-1]}…"]


def width(text: str) -> float:
    """About how wide a text is, in ems."""
    return sum(map(_char_width, text))


def _char_width(char: str) -> float:
    if unicodedata.combining(char):
        return 0
    if unicodedata.east_asian_width(char) in "WF":
        return 1
    return 0.72 if char.isupper() else 0.52


def wrap(text: str, ems: float) -> list[str]:
    """`text` in lines of at most `ems`, cut at spaces, inside a word only where it alone is wider."""
    lines: list[str] = []
    for word in text.split():
        if lines and width(lines[-1]) + 0.3 + width(word) <= ems:
            lines[-1] += f" {word}"
            continue
        lines.append("")
        for char in word:
            if lines[-1] and width(lines[-1]) + _char_width(char) > ems:
                lines.append("")
            lines[-1] += char
    return lines
