"""What suggested tests aim at: each point of a book, with the case it is of and what a line must be to reach it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from engine.lang import book as b
from engine.pricing.compare import points as p
from engine.pricing.compare.points import Point
from engine.values.kinds import MICROS, Value

_NOTHING = b.Percent(Fraction(0), b.Base("list"))


@dataclass
class Target:
    """A point to reach: the case it is of (`rule` None: a list price's, an approval's), the quantity and what else it needs with
    the quote, and what stood in its way. `deep`: only a low price reaches it.
    """

    point: Point
    rule: b.Rule | None
    case: b.Case
    ticks: int | None = None
    deep: bool = False
    extra: dict[str, Value] = field(default_factory=dict)
    blocked: list[b.Case] = field(default_factory=list)
    why: str = "no line meets its condition on a day with a price"


def targets_of(book: b.Book) -> Iterator[Target]:
    """A target for each point of each case, of list prices, and of approvals."""
    for rule in book.rules:
        for case in rule.cases:
            points = p.points_of_case(rule, case)
            for point, ticks in _points(book, points.row, points.bands, points.edges, case.products):
                yield Target(point, rule, case, ticks, rule.kind == "floor", _by_hand(case.give))
    for number, product in enumerate(book.products):
        for dated in product.prices:
            _, edges = p.points_of_price(product, dated)
            case = b.Case(frozenset((number,)), dated.start, dated.end, b.ALWAYS, _NOTHING, dated.span)
            for point, ticks in _points(book, None, (), edges, case.products):
                yield Target(point, None, case, ticks)
    for approval in book.approvals:
        for asked in approval.cases:
            case = b.Case(approval.products, None, None, asked.when, _NOTHING, asked.span)
            yield Target(p.approval_point(approval), None, case, None, True, why="no quote tried asks for it")
    for denial in book.denials:
        case = b.Case(denial.products, denial.start, denial.end, denial.when, _NOTHING, denial.span)
        yield Target(p.denial_point(denial), None, case, why="no line tried is refused by it")


def _points(
    book: b.Book,
    row: Point | None,
    bands: Sequence[p.Band],
    edges: Sequence[p.Edge],
    products: frozenset[int] | None,
) -> Iterator[tuple[Point, int | None]]:
    """Each point of a case, and the quantity that it needs (None: any that the case allows)."""
    some = 0 if products is None else min(products, default=0)
    grain = p.grain(book, some) if book.products else MICROS
    if row is not None:
        yield row, None
    for band in bands:
        if band.point is not None:
            yield band.point, max(grain, -(-band.start // grain) * grain)
    for edge in edges:
        below, first = edge.sides(grain)
        yield edge.at, first
        yield edge.below, below


def _by_hand(give: b.Give) -> dict[str, Value]:
    """What a seller says of a grant: the most that the first role may."""
    if not isinstance(give, b.ByHand) or not give.limits:
        return {}
    role, most = give.limits[0]
    return {"quote.role": role, f"grant.{give.name}": int(most * MICROS)}
