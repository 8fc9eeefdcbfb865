"""What is sold: its dated prices and costs, how much of it at once, and how a long term is cut."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from engine.lang.book.prices import DatedPrice, Period, Prorate
from engine.lang.places import Span


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a ramp, from the months after the line's start on: a price of a unit in micros, or a factor of the line's list."""

    months: int
    price: Fraction | None
    factor: Fraction
    span: Span


@dataclass(frozen=True, slots=True)
class Ramp:
    """How a long term is cut: segments as they are listed, or one `every` so many months, each `factor` times the one before."""

    every: int | None
    factor: Fraction
    segments: tuple[Segment, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Sold:
    """How much of a product is sold at once, in ticks: a multiple of `step` (0: any), `least` to `most` (None: open).

    A quantity of 0 is always legal, and a credit undoes any part of a sale.
    """

    step: int = 0
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Clamp:
    """What a line costs at list, at least and at most, in micros; a line that costs nothing is left alone."""

    least: Fraction | None = None
    most: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """Something sold. `code` is what requests name it by (its block name, or the sku column of a file).

    `prices` and `costs` do not overlap in time. `unit` is an index into `Book.units`. `families` are indexes into
    `Book.families`. `name` is the title shown to people.
    """

    code: str
    title: str
    unit: int
    period: Period
    families: tuple[int, ...]
    prices: tuple[DatedPrice, ...]
    costs: tuple[DatedPrice, ...]
    span: Span
    never_discounted: bool = False
    settings: tuple[tuple[str, str], ...] = ()  # bill, recognise, ssp ... as written, for the stages downstream
    ssp: Fraction | None = None  # stand-alone selling price of a unit, in micros
    sold: Sold | None = None
    clamp: Clamp | None = None
    own: tuple[tuple[str, tuple[DatedPrice, ...]], ...] = ()  # prices of its own in other currencies, by code
    tax_class: str = "standard"  # which tax rules may be for: `taxed as reduced`
    prorate: Prorate | None = None  # its own way; None: the book's
    ramp: Ramp | None = None
    attributes: tuple[tuple[str, int | str], ...] = ()  # `attribute watts 65` in ticks, `attribute socket am5`
