"""A bar chart as SVG, written by hand: forty lines of rectangles need no plotting library, and the file opens in any browser.

a heading
label          |======      +1,234.00
label     =====|              -567.00
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, LABELS, VALUES, ROW, PAD = 960, 260, 150, 24, 24
MOST_LABEL = 36
UP, DOWN, INK, FAINT = "#2b7a4b", "#b3402e", "#222222", "#8a8a8a"


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: what it is of, its length (below zero: to the left), and its figure in words."""

    label: str
    value: int
    words: str


@dataclass(frozen=True, slots=True)
class Group:
    """Bars under one heading, drawn to one scale."""

    heading: str
    bars: Sequence[Bar]


def bar_chart(title: str, note: str, groups: Sequence[Group]) -> str:
    """The picture, as the text of an SVG file."""
    parts: list[str] = []
    y = 2 * PAD
    parts += [_text(PAD, y, title, 18, INK, "bold"), _text(PAD, y + 22, note, 13, FAINT)]
    y += 30
    for group in groups:
        y += 34
        parts.append(_text(PAD, y, group.heading, 14, INK, "bold"))
        drawn, y = _group(group, y + 10)
        parts += drawn
    height = y + PAD
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="system-ui, sans-serif" role="img">\n<title>{escape(title)}</title>\n'
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _group(group: Group, y: int) -> tuple[list[str], int]:
    """The bars of a group from y on, and where it ends."""
    low, high = min([0, *(bar.value for bar in group.bars)]), max([0, *(bar.value for bar in group.bars)])
    room, span = WIDTH - LABELS - VALUES - 2 * PAD, max(1, high - low)
    zero = LABELS + PAD + room * -low // span
    parts = [f'<line x1="{zero}" y1="{y}" x2="{zero}" y2="{y + ROW * len(group.bars)}" stroke="{FAINT}"/>']
    for bar in group.bars:
        width = max(1, room * abs(bar.value) // span)
        left = zero if bar.value >= 0 else zero - width
        parts += [
            _text(PAD, y + 16, _short(bar.label), 13, INK),
            f'<rect x="{left}" y="{y + 4}" width="{width}" height="{ROW - 8}" fill="{UP if bar.value >= 0 else DOWN}"/>',
            _text(WIDTH - PAD, y + 16, bar.words, 13, INK, anchor="end"),
        ]
        y += ROW
    return parts, y


def _text(x: int, y: int, words: str, size: int, colour: str, weight: str = "normal", anchor: str = "start") -> str:
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" fill="{colour}">'
        f"{escape(words)}</text>"
    )


def _short(label: str) -> str:
    return label if len(label) <= MOST_LABEL else f"{label[: MOST_LABEL - 1]}…"
