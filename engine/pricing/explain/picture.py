"""A waterfall as a picture: SVG, drawn here.

One kind of chart (rows of floating bars) is five shapes; a plotting library for it would be the largest thing the engine
installs, and would not know labels of two lines, a dark page or a screen reader. ElementTree escapes what books say.

    rule          ....####|            -2.45     46.55
    step, reason      connectors       change    after
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from xml.etree import ElementTree as Xml

from engine.pricing.explain.shapes import Explained, LineWhy, of_line, parts_of
from engine.pricing.explain.verdicts import percent_words
from engine.pricing.quote import Applied
from engine.values.currency import written
from engine.values.kinds import MICROS, decimal
from engine.values.rounding import round_ratio

WIDTH, PAD, LABELS, PLOT = 960, 28, 286, 410
LEFT = PAD + LABELS
"""Where the bars begin; they end PLOT further right, then come the figures."""
HEAD, ROW, BAR, FOOT, GAP = 86, 46, 22, 40, 18
MINUS = "\u2212"
STYLE = """
text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;fill:#1b2330}
.page{fill:#ffffff;stroke:#e3e7ee}.title{font-size:19px;font-weight:650}.net{font-size:22px;font-weight:650}
.rule{font-size:13.5px;font-weight:560}.small{font-size:11.5px;fill:#667085}.figure{font-size:13.5px;font-variant-numeric:tabular-nums}
.grid{stroke:#edf0f4}.axis{stroke:#c9d0da}.join{stroke:#98a2b3;stroke-dasharray:2 3}
.list{fill:#98a2b3}.down{fill:#12a17c}.up{fill:#e0812b}.even{fill:#98a2b3}.total{fill:#3b5bdb}
text.down{fill:#0b7a5d}text.up{fill:#b45a0b}text.even{fill:#667085}
@media (prefers-color-scheme:dark){
text{fill:#e8ecf3}.page{fill:#14181f;stroke:#2a313c}.small{fill:#98a2b3}.grid{stroke:#222935}.axis{stroke:#3a4453}.join{stroke:#667085}
.list{fill:#5d6879}.down{fill:#27c499}.up{fill:#f0994a}.even{fill:#5d6879}.total{fill:#748ffc}
text.down{fill:#4fd8b2}text.up{fill:#f5b277}text.even{fill:#98a2b3}}
"""


def picture_of(explained: Explained) -> str:
    """The waterfalls of all explained lines that have a price, one below the other, as an SVG document."""
    lines = [line for line in explained.lines if line.priced.error is None]
    heights = [_height(line, explained.priced.currency) for line in lines]
    height = sum(heights) + GAP * max(0, len(lines) - 1) or HEAD
    svg = Xml.Element(
        "svg", {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {WIDTH} {height}", "width": str(WIDTH),
        "height": str(height), "role": "img", "aria-labelledby": "title desc"},
    )  # fmt: skip
    priced = explained.priced
    _text(
        svg,
        "title",
        f"How the price came about: {priced.book}, {date.fromordinal(priced.date).isoformat()}",
        id="title",
    )
    _text(svg, "desc", " ".join(spoken(line, priced.currency) for line in lines), id="desc")
    _text(svg, "style", STYLE)
    top = 0
    for line, size in zip(lines, heights, strict=True):
        when = f"{priced.book}, {date.fromordinal(priced.date).isoformat()}"
        _Panel(Xml.SubElement(svg, "g", {"transform": f"translate(0 {top})"}), line, priced.currency, size, when).draw()
        top += size + GAP
    return Xml.tostring(svg, encoding="unicode") + "\n"


def spoken(line: LineWhy, currency: str) -> str:
    """The picture in words, for who does not see it."""
    bars = [_Row.of(bar, currency, not i) for i, bar in enumerate(_moving(line))]
    moves = "".join(f" {bar.name} {bar.change}, to {bar.figure}." for bar in bars[1:])
    listed = f" List {bars[0].figure}." if bars else ""
    return f"{line.title}, {_sold(line)}, in {currency} {_of(line)}.{listed}{moves} Net {_net(line, currency)}."


def _moving(line: LineWhy) -> list[Applied]:
    """The list price and the bars that moved it, all of one unit or all of the line."""
    forms = of_line(line.priced)
    bars = line.priced.waterfall
    if forms and forms[-1] and not forms[0]:
        bars = tuple(
            bar if whole else _times(bar, line.priced.quantity) for bar, whole in zip(bars, forms, strict=True)
        )
    return [bar for i, bar in enumerate(bars) if not i or bar.before != bar.after]


def _times(bar: Applied, ticks: int) -> Applied:
    """A bar of one unit as one of so many."""
    before, after = (
        round_ratio(Fraction(amount * abs(ticks), MICROS), "half even") for amount in (bar.before, bar.after)
    )
    return replace(bar, before=before, after=after)


def _height(line: LineWhy, currency: str) -> int:
    return HEAD + ROW * len(_rows(line, currency)) + FOOT


def _rows(line: LineWhy, currency: str) -> list[_Row]:
    """The bars down to the net price; then, where there are, those of the tax to the gross (of a price with tax to its net), and
    those below the net to the pocket price."""
    prices, taxes, below = parts_of(_moving(line))
    rises = bool(taxes) and taxes[-1].after >= taxes[0].before
    parts = [(prices, "Price with tax" if taxes and not rises else "Net price")]
    parts += [(taxes, "With tax" if rises else "Net price")] if taxes else []
    parts += [(below, "Pocket price")] if below else []
    return [
        row
        for bars, name in parts
        for row in (*(_Row.of(bar, currency, bar is prices[0]) for bar in bars), _total(name, bars, line, currency))
    ]


def _total(name: str, bars: Sequence[Applied], line: LineWhy, currency: str) -> _Row:
    end = bars[-1].after if bars else line.priced.unit_net
    return _Row(name, "", name, 0, end, end, "total", "", written(end, currency))


def _sold(line: LineWhy) -> str:
    number = decimal(abs(line.priced.quantity))
    return f"{'-' if line.priced.quantity < 0 else ''}{number} {line.unit if number == '1' else line.units}"


def _of(line: LineWhy) -> str:
    return "for the line" if any(of_line(line.priced)) else f"per {line.unit}"


def _end(line: LineWhy) -> int:
    """What the price comes to: its last bar, before taxes and what is below the net."""
    bars, _, _ = parts_of(line.priced.waterfall)
    return bars[-1].after if bars else line.priced.unit_net


def _net(line: LineWhy, currency: str) -> str:
    return written(_end(line), currency)


@dataclass(frozen=True)
class _Row:
    """One row: what it says, and the bar from `low` to `high` (micros), with the side its connector leaves from."""

    name: str
    small: str
    told: str
    low: int
    high: int
    after: int
    kind: str
    change: str
    figure: str

    def follows(self, row: _Row) -> bool:
        """Whether it begins where another ends."""
        return row.after in (self.low, self.high)

    @staticmethod
    def of(bar: Applied, currency: str, first: bool) -> _Row:
        """A bar of a waterfall; the first opens it."""
        by = bar.after - bar.before
        name = bar.rule or {"list": "List price"}.get(bar.step, bar.step)
        parts = [bar.step if bar.rule else "", bar.label, bar.because or ""]
        small = ", ".join(part for part in parts if part)
        where = f" ({bar.file}:{bar.line})" if bar.file else ""
        kind = "list" if first else "even" if bar.step in ("rounding", "tax rounding") else "down" if by < 0 else "up"
        low, high = (0, bar.after) if first else (min(bar.before, bar.after), max(bar.before, bar.after))
        change = "" if first else ("+" if by > 0 else MINUS) + written(abs(by), currency)
        return _Row(
            name, small, f"{name}: {small}{where}", low, high, bar.after, kind, change, written(bar.after, currency)
        )


class _Panel:
    """The waterfall of one line."""

    def __init__(self, at: Xml.Element, line: LineWhy, currency: str, height: int, when: str) -> None:
        self.at, self.line, self.currency, self.height, self.when = at, line, currency, height, when
        self.rows = _rows(line, currency)
        self.step, self.top = scale(max([row.high for row in self.rows] + [1]))

    def draw(self) -> None:
        """Draw it."""
        _shape(self.at, "rect", "page", x=0.5, y=0.5, width=WIDTH - 1, height=self.height - 1, rx=12)
        self._head()
        self._grid()
        for i, row in enumerate(self.rows):
            if i + 1 < len(self.rows) and self.rows[i + 1].follows(row):
                x, y = self._x(row.after), HEAD + ROW * i
                _shape(self.at, "line", "join", x1=x, x2=x, y1=y + (ROW + BAR) / 2, y2=y + ROW + (ROW - BAR) / 2)
            self._row(row, HEAD + ROW * i)

    def _x(self, micros: int) -> float:
        return round(LEFT + PLOT * micros / self.top, 2)

    def _head(self) -> None:
        line, right = self.line, WIDTH - PAD
        self._say("title", PAD, 38, _fit(line.title, 46))
        self._say("small", PAD, 59, f"{_sold(line)}; {self.when}; {self.currency} {_of(line)}")
        self._say("net", right, 38, f"{_net(line, self.currency)} {self.currency}", "end")
        listed, end = self.rows[0].after, _end(line)
        off = ""
        if listed and end != listed:
            share = percent_words(abs(Fraction(listed - end, listed)), 1)
            off = f", {share} {'off' if end < listed else 'over'} list"
        self._say("small", right, 59, f"{_of(line)}{off}", "end")

    def _grid(self) -> None:
        bottom = self.height - FOOT
        for value in range(0, self.top + 1, self.step):
            x = self._x(value)
            _shape(self.at, "line", "grid" if value else "axis", x1=x, x2=x, y1=HEAD - 4, y2=bottom)
            self._say("small", x, bottom + 18, written(value, self.currency).removesuffix(".00"), "middle")

    def _row(self, row: _Row, y: float) -> None:
        group = Xml.SubElement(self.at, "g")
        _text(group, "title", row.told)
        middle = y + ROW / 2
        self._say("rule", PAD, middle + (-2 if row.small else 5), _fit(row.name, 36), at=group)
        if row.small:
            self._say("small", PAD, middle + 14, _fit(row.small, 46), at=group)
        x, end = self._x(row.low), self._x(row.high)
        _shape(group, "rect", row.kind, x=x, y=y + (ROW - BAR) / 2, width=round(max(2.0, end - x), 2), height=BAR, rx=3)
        self._say(f"figure {row.kind}", WIDTH - PAD - 100, middle + 5, row.change, "end", group)
        self._say("figure", WIDTH - PAD, middle + 5, row.figure, "end", group)

    def _say(
        self, kind: str, x: float, y: float, words: str, anchor: str = "start", at: Xml.Element | None = None
    ) -> None:
        if words:
            place = {"class": kind, "x": _number(x), "y": _number(y), "text-anchor": anchor}
            Xml.SubElement(self.at if at is None else at, "text", place).text = words


def scale(most: int) -> tuple[int, int]:
    """(distance of grid lines, end of the axis) in micros: two to five round distances that reach over `most`."""
    step = 1
    while step * 50 < most:
        step *= 10
    step = next(step * times for times in (1, 2, 5, 10, 20, 50) if step * times * 5 >= most)
    return step, -(-most // step) * step


def _fit(words: str, most: int) -> str:
    words = _UNWRITABLE.sub("\ufffd", words)
    return words if len(words) <= most else words[: most - 1].rstrip() + "\u2026"


def _text(at: Xml.Element, tag: str, words: str, **attributes: str) -> None:
    Xml.SubElement(at, tag, attributes).text = _UNWRITABLE.sub("\ufffd", words)


_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document may have, however they are written."""


def _shape(at: Xml.Element, tag: str, kind: str, **numbers: float) -> None:
    Xml.SubElement(at, tag, {"class": kind, **{name: _number(value) for name, value in numbers.items()}})


def _number(value: float) -> str:
    return f"{value:g}" if value == int(value) else f"{value:.2f}"
