"""States what hangs on dated costs and list prices as plain prices and amounts, so that kernels can run it.

    price cost plus 25%, cost 8 until June, 10 from June   ->  price 10 until June, 12.50 from June
    add 10% of cost                                        ->  add 0.80 until June, add 1.00 from June, for each product
    give 20% off lowest price of 30 days                   ->  an amount for each product, and for each span of days

Only where both say the same on every day: what hangs on a cost that is not there on some day is left as it is, and priced by
the book's meaning.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from engine.lang import book as b

MOST = 50_000
"""Cases that a book is taken apart into; one that would have more is left as it is."""
Piece = tuple[int | None, int | None, b.Give]
"""A give on the days [start, end); None is open."""
Pieces = tuple[Piece, ...]


def stated(book: b.Book) -> b.Book:
    """The book with plain prices and amounts in place of what can be stated so."""
    if not any(_hangs(case.give) for rule in book.rules for case in rule.cases) and not any(
        dated.price.markup is not None for product in book.products for dated in product.prices
    ):
        return book
    products = tuple(replace(product, prices=tuple(_prices(product))) for product in book.products)
    plain = replace(book, products=products)
    rules = tuple(replace(rule, cases=tuple(_cases(plain, rule))) for rule in book.rules)
    whole = replace(plain, rules=rules)
    return whole if sum(len(rule.cases) for rule in rules) <= MOST else book


def _hangs(give: b.Give) -> bool:
    """Whether a give hangs on dated costs, or on list prices of other days."""
    if isinstance(give, b.SetPrice):
        return give.price.markup is not None
    return isinstance(give, b.Percent) and give.of.kind in ("cost", "lowest")


# ---------------------------------------------------------------- prices over cost


def _prices(product: b.Product) -> Iterator[b.DatedPrice]:
    for dated in product.prices:
        costs = _costs(product, dated.start, dated.end) if dated.price.markup is not None else None
        if costs is None or dated.price.markup is None:
            yield dated
            continue
        for start, end, cost in costs:
            yield b.DatedPrice(b.Price(cost * (1 + dated.price.markup)), start, end, dated.span)


def _costs(
    product: b.Product, start: int | None, end: int | None
) -> list[tuple[int | None, int | None, Fraction]] | None:
    """The cost of a unit on each part of [start, end); None where there is a day without."""
    found: list[tuple[int | None, int | None, Fraction]] = []
    for cost in product.costs:
        first, last = _later(cost.start, start), _earlier(cost.end, end)
        if first is not None and last is not None and first >= last:
            continue
        if cost.price.tiers is not None:
            return None
        found.append((first, last, cost.price.amount))
    edges = [start, *(last for _, last, _ in found)]
    meets = [first for first, _, _ in found] == edges[:-1]
    return found if found and meets and edges[-1] == end else None


def _later(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else max(one, other)


def _earlier(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else min(one, other)


# ---------------------------------------------------------------- cases


def _cases(book: b.Book, rule: b.Rule) -> Iterator[b.Case]:
    """The cases of a rule, those that can be stated by products and days."""
    for case in rule.cases:
        made = _stated(book, case) if _hangs(case.give) else None
        if made is None:
            yield case
            continue
        for pieces, products in made.items():
            for start, end, give in pieces:
                yield replace(case, products=frozenset(products), start=start, end=end, give=give)


def _stated(book: b.Book, case: b.Case) -> dict[Pieces, list[int]] | None:
    """What a case gives to which products on which days; None where that cannot be said."""
    made: dict[Pieces, list[int]] = {}
    for index in range(len(book.products)) if case.products is None else sorted(case.products):
        pieces = _pieces(book, book.products[index], case)
        if pieces is None:
            return None
        made.setdefault(pieces, []).append(index)
    return made


def _pieces(book: b.Book, product: b.Product, case: b.Case) -> Pieces | None:
    give = case.give
    if isinstance(give, b.Percent) and give.of.kind == "lowest":
        return _lowest(book, product, case, give)
    costs = _costs(product, case.start, case.end)
    if costs is None:
        return None
    if isinstance(give, b.SetPrice):
        over = 1 + (give.price.markup or Fraction(0))
        return tuple((start, end, b.SetPrice(b.Price(cost * over))) for start, end, cost in costs)
    assert isinstance(give, b.Percent)
    return tuple((start, end, b.Amount(give.rate * cost)) for start, end, cost in costs)


# ---------------------------------------------------------------- the lowest price of the days before


def _lowest(book: b.Book, product: b.Product, case: b.Case, give: b.Percent) -> Pieces | None:
    plain = all(p.price == b.Price(p.price.amount) for p in product.prices) and product.clamp is None
    if not plain or book.steps[0].rounding is not None or any(rule.step == 0 for rule in book.rules):
        return None
    if case.start is not None:
        return ((case.start, case.end, _before(product.prices, case.start, give)),)
    ends = {day for p in product.prices for day in (p.start, p.end) if day is not None}
    cuts = sorted({day + more for day in ends for more in (1, give.of.days)})
    cuts = [day for day in cuts if case.end is None or day < case.end]
    starts: list[int | None] = [None, *cuts]
    return tuple(
        (start, end, _before(product.prices, (cuts[0] - 1 if cuts else _ANY) if start is None else start, give))
        for start, end in zip(starts, [*cuts, case.end], strict=True)
    )


_ANY = 700_000
"""A day as good as any, for a product whose price never changes."""


def _before(prices: Sequence[b.DatedPrice], day: int, give: b.Percent) -> b.Give:
    """The give on a day: of the lowest price of the days before it, of list where there was none."""
    first = day - give.of.days
    found = [p.price.amount for p in prices if (p.start is None or p.start < day) and (p.end is None or p.end > first)]
    return b.Amount(give.rate * min(found)) if found else b.Percent(give.rate, b.Base("list"))
