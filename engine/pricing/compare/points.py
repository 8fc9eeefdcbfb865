"""What of a book a test can reach: its rules, their rows, the edges of tiers, exceptions beside their rules, approvals.

    rule       some line on which it moved the price, or won its step and left it as it was
    row        a case of a rule: a row of its table, a tier, or the rule itself where it has one case only
    edge       a tier's bound from both sides: the last quantity below it, and the first one in it
    exception  a line where it applies, and one where a rule that it excepts does
    approval   an approval that asked
    denial     a denial that refused a line

A point is what is written at one place: cases that come from one row are one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from engine.lang import book as b
from engine.lang.parts import atoms
from engine.lang.places import Span
from engine.pricing.compare.words import tier_name
from engine.values.kinds import MICROS, millionths

Sort = Literal["rule", "row", "edge", "exception", "approval", "denial"]
_TIER = re.compile(r"(?:\A|, |.* )(from|above) ([\d_.]+)\Z")


@dataclass(frozen=True, slots=True)
class Point:
    """One thing to reach. `rule` is what owns it (a rule, an approval, `price of SKU`); `what` tells it from the others."""

    sort: Sort
    rule: str
    what: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Band:
    """A tier of a table kept within one give or price: its point, and the quantities (ticks) it holds, `end` not in it."""

    point: Point | None
    start: int
    end: int | None
    graduated: bool

    def holds(self, ticks: int) -> bool:
        """Whether so many reach it; a graduated tier is also filled on the way to the next."""
        return self.start <= ticks and (self.graduated or self.end is None or ticks < self.end)


@dataclass(frozen=True, slots=True)
class Edge:
    """A tier's bound: the points of its two sides, and the first tick that is in the tier."""

    below: Point
    at: Point
    start: int

    def sides(self, grain: int) -> tuple[int, int]:
        """(the last quantity below the bound, the first in the tier) of a unit that is sold in so many ticks."""
        first = -(-self.start // grain) * grain
        return first - grain, first


@dataclass(frozen=True, slots=True)
class CasePoints:
    """What a case of a rule reaches when it applies."""

    rule: Point
    row: Point | None  # None: its bands are its rows
    bands: tuple[Band, ...] = ()
    edges: tuple[Edge, ...] = ()


def grain(book: b.Book, product: int) -> int:
    """The least quantity of a product that can be sold, in ticks."""
    goods = book.products[product]
    step = goods.sold.step if goods.sold is not None else 0
    return step or int(MICROS // 10 ** book.units[goods.unit].decimals)


# ---------------------------------------------------------------- of a rule


def points_of_case(rule: b.Rule, case: b.Case) -> CasePoints:
    """The points that a case stands for."""
    owner = Point("rule", rule.name, "", rule.span.file, rule.span.line)
    tiers = _tiers_of(case.give)
    if tiers is not None:
        bands, edges = bands_of(rule.name, case.label, tiers)
        return CasePoints(owner, None, bands, edges)
    if gives_nothing(case.give) and over_lines(case):
        return CasePoints(owner, None)  # nothing shows whether it held
    row = Point("row", rule.name, case.label, case.span.file, case.span.line)
    start = _tier_start(case)
    edges = () if start is None or start <= MICROS else (_edge(rule.name, case.label, start, case.span),)
    return CasePoints(owner, row, (), edges)


def _tiers_of(give: b.Give) -> b.Tiers | None:
    if isinstance(give, b.GraduatedOff):
        return _by_quantity(give.tiers) if give.by is None else None  # tiers of a sum over lines are no line's quantity
    return _by_quantity(give.price.tiers) if isinstance(give, b.SetPrice) and give.by is None else None


def _by_quantity(tiers: b.Tiers | None) -> b.Tiers | None:
    """Tiers that the line's quantity fills as it is said; None for those of another measure: their edges are not its own."""
    return tiers if tiers is not None and tiers.by is None and tiers.scale == 1 and not tiers.free else None


def _tier_start(case: b.Case) -> int | None:
    """The first tick of an all-units tier, which is a case of its own and bounded by the line's quantity."""
    said = _TIER.match(case.label)
    if said is None:
        return None
    start = millionths(said.group(2)) + (said.group(1) == "above")
    lows = {
        atom.low for atom in atoms(case.when) if isinstance(atom, b.Within) and atom.subject.name == "line.quantity"
    }
    return start if start in lows else None


def bands_of(owner: str, label: str, tiers: b.Tiers) -> tuple[tuple[Band, ...], tuple[Edge, ...]]:
    """The tiers of a table as points, and their bounds."""
    bands, edges = [], []
    starts = [row.start + (not row.inclusive) for row in tiers.rows]
    for row, (start, end) in zip(tiers.rows, pairwise([*starts, None]), strict=True):
        what = ", ".join(part for part in (label, tier_name(row)) if part)
        assert start is not None
        bands.append(
            Band(Point("row", owner, what, row.span.file, row.span.line), start, end, tiers.mode == "graduated")
        )
        if start > MICROS:
            edges.append(_edge(owner, what, start, row.span))
    return tuple(bands), tuple(edges)


def _edge(owner: str, what: str, start: int, span: Span) -> Edge:
    said = _TIER.match(what)
    sides = ("at the bound", "just above") if said and said.group(1) == "above" else ("just below", "at the bound")
    below, at = (Point("edge", owner, f"{what}: {side}", span.file, span.line) for side in sides)
    return Edge(below, at, start)


def gives_nothing(give: b.Give) -> bool:
    """Whether a give never moves a price, whatever it is: the first tier of many tables."""
    match give:
        case b.Percent(rate, _):
            return rate == 0
        case b.Amount(micros):
            return micros == 0
        case _:
            return False


def over_lines(case: b.Case) -> bool:
    """Whether a case looks at other lines of the quote."""
    return isinstance(case.give, b.Across) or any(atom.subject.fold is not None for atom in atoms(case.when))


# ---------------------------------------------------------------- of a book


def price_owner(product: b.Product) -> str:
    """What the tiers of a list price belong to."""
    return f"price of {product.code}"


def points_of_price(product: b.Product, dated: b.DatedPrice) -> tuple[tuple[Band, ...], tuple[Edge, ...]]:
    """The tiers of a list price: only their edges count, for a list price is no rule."""
    tiers = _by_quantity(dated.price.tiers)
    if tiers is None:
        return (), ()
    bands, edges = bands_of(price_owner(product), "", tiers)
    return tuple(Band(None, band.start, band.end, band.graduated) for band in bands), edges


def points_of(book: b.Book) -> dict[Point, None]:
    """Every point of a book, once, in the order it is written."""
    found: dict[Point, None] = {}
    for product in book.products:
        for dated in product.prices:
            found.update(dict.fromkeys(point for edge in points_of_price(product, dated)[1] for point in _sides(edge)))
    for rule in book.rules:
        found[Point("rule", rule.name, "", rule.span.file, rule.span.line)] = None
        for case in rule.cases:
            found.update(dict.fromkeys(_all(points_of_case(rule, case))))
        if rule.exception_to:
            found[exception_point(rule)] = None
    for approval in book.approvals:
        found[approval_point(approval)] = None
    for denial in book.denials:
        found[denial_point(denial)] = None
    return found


def exception_point(rule: b.Rule) -> Point:
    """An exception applies somewhere, and each rule it excepts elsewhere."""
    return Point("exception", rule.name, f"beside {', '.join(rule.exception_to)}", rule.span.file, rule.span.line)


def approval_point(approval: b.Approval) -> Point:
    """An approval asks somewhere, by whichever of its lines."""
    return Point("approval", approval.name, "", approval.span.file, approval.span.line)


def denial_point(denial: b.Denial) -> Point:
    """A denial refuses somewhere."""
    return Point("denial", denial.name, "", denial.span.file, denial.span.line)


def _sides(edge: Edge) -> tuple[Point, Point]:
    return edge.below, edge.at


def _all(points: CasePoints) -> Iterator[Point]:
    if points.row is not None:
        yield points.row
    yield from (band.point for band in points.bands if band.point is not None)
    for edge in points.edges:
        yield from _sides(edge)
