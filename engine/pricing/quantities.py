"""Quantities as they are asked for: from the unit that a line names to the product's own, and the words for those refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from engine.lang.book import Sold, Unit
from engine.lang.measures import counted, grain, nearest, of_kind, times
from engine.plan.head import Head, ProductHead
from engine.pricing.quote import Line, Quote
from engine.values.kinds import decimal

BY_USE = "use"
"""The period of products that are charged by what is used: a line without a quantity has no estimate of it yet."""


def in_own_units(head: Head, quotes: Sequence[Quote]) -> Sequence[Quote]:
    """Quotes whose lines are in the units of their products. A line that does not convert keeps its `unit`, and has no price."""
    if all(line.unit is None for quote in quotes for line in quote.lines):
        return quotes
    return [replace(quote, lines=tuple(_in_own_unit(head, line) for line in quote.lines)) for quote in quotes]


def _in_own_unit(head: Head, line: Line) -> Line:
    index = head.index.get(line.product)
    if line.unit is None or index is None:
        return replace(line, unit=None)  # an unknown product is refused as such
    own = head.products[index].unit
    said = _unit_named(head.units, line.unit)
    factor = None if said is None else times(head.units, said, own)
    ticks = None if factor is None else (line.quantity or 0) * factor
    if ticks is None or ticks.denominator != 1 or int(ticks) % grain(head.units[own]):
        return line
    return replace(line, quantity=None if line.quantity is None else int(ticks), unit=None)


def is_counted(head: Head, line: Line) -> bool:
    """Whether a line (`in_own_units`) says how many of a product there are; what is charged by use may go without."""
    if line.unit is not None:
        return False
    index = head.index.get(line.product) if line.quantity is None else None
    return index is None or head.products[index].period == BY_USE


def _unit_named(units: Sequence[Unit], name: str) -> int | None:
    return next((i for i, unit in enumerate(units) if name in (unit.name, unit.plural)), None)


# ---------------------------------------------------------------- words


def invalid_quantity(
    units: Sequence[Unit], product: ProductHead, ticks: int | None, said: str | None = None, least: int | None = None
) -> str:
    """Why a quantity of a product (in `said`, or its own unit) has no price, what is allowed, and what is near."""
    own, name = units[product.unit], f"`{product.code}`"
    if said is not None:
        return _other_unit(units, product, ticks or 0, said)
    if ticks is None:
        return f"{name} is asked for without a quantity: say how many {own.plural}"
    if least is not None:
        return f"{name} has a price from {counted(own, least)} on"
    if ticks % grain(own):
        allowed = f"at most {own.decimals} decimals" if own.decimals else "whole numbers"
        return f"{name} is sold in {own.plural}: {allowed} only"
    sold = product.sold or Sold()
    near = " or ".join(decimal(each) for each in nearest(sold, grain(own), ticks))
    return f"{name} is sold {allowed_of(sold, own)}: {decimal(ticks)} is not allowed" + (f", {near} is" if near else "")


def allowed_of(sold: Sold, unit: Unit) -> str:
    """`in 12s, at least 24 and at most 1000 pieces`."""
    bounds = [f"at {word} {decimal(n)}" for word, n in (("least", sold.least), ("most", sold.most)) if n is not None]
    multiples = [f"in {decimal(sold.step)}s"] if sold.step else []
    return ", ".join(multiples + ([f"{' and '.join(bounds)} {unit.plural}"] if bounds else []))


def _other_unit(units: Sequence[Unit], product: ProductHead, ticks: int, said: str) -> str:
    """A unit of another kind, or so many of it are no number of the product's own unit."""
    own, index = units[product.unit], _unit_named(units, said)
    factor = None if index is None else times(units, index, product.unit)
    if index is None or factor is None:
        kind = [units[each].plural for each in of_kind(units, product.unit) if each != product.unit]
        others = f", and may be asked for in {' or '.join(kind)}" if kind else ""
        return f"`{product.code}` is counted in {own.plural}{others}, not in `{said[:60]}`"
    exact = Fraction(ticks) * factor / grain(own)
    near = " or ".join(counted(own, number * grain(own)) for number in (exact.__floor__(), exact.__ceil__()))
    finer = f"finer than {own.decimals} decimals of" if own.decimals else "no whole number of"
    return f"{counted(units[index], ticks)} of `{product.code}` are {finer} {own.plural}: ask for {near}"
