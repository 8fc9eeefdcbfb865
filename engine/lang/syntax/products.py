"""Products, one by one or from a file, and their ramps."""

from __future__ import annotations

from dataclasses import dataclass

from engine.lang.book import Period
from engine.lang.places import Span
from engine.lang.syntax.amounts import Cells
from engine.lang.syntax.leaves import Lit, Setting, Word
from engine.lang.syntax.prices import PriceClause, Term


@dataclass(frozen=True, slots=True)
class RampDecl:
    """`ramp every 12 months, 4% uplift a year`, or `ramp` and its table of segments; `each` is `a year` or `each`."""

    every: Lit | None
    uplift: Lit | None
    each: str
    cells: Cells | None
    span: Span


@dataclass(frozen=True, slots=True)
class ProductBlock:
    """`product NAME "Title"`; `prices` are its price clauses (several when dated: `price 49 EUR ... from D until D2`)."""

    name: Word
    title: str | None
    families: tuple[Word, ...]
    unit: Word | None
    prices: tuple[PriceClause, ...]
    costs: tuple[PriceClause, ...]
    never_discounted: bool
    settings: tuple[Setting, ...]
    span: Span
    shipping: bool = False
    terms: tuple[Term, ...] = ()
    taxed_as: Word | None = None
    may_fall: bool = False  # `totals may fall`
    charged: Word | None = None  # `charged per month`, where no rate says it
    prorate: Word | None = None
    ramp: RampDecl | None = None
    attributes: tuple[tuple[Word, Word | Lit], ...] = ()  # `attribute watts 65`, `attribute socket am5`


@dataclass(frozen=True, slots=True)
class ProductsFrom:
    """`products from "products.csv"`: which column gives what (`code column sku`, `family column category`), or a constant.

    `columns` maps role (code, name, family, unit) to a column; family may appear more than once.
    """

    file: Lit
    columns: tuple[tuple[Word, Word], ...]
    families: tuple[Word, ...]
    unit: Word | None
    period: Period | None
    never_discounted: bool
    span: Span
    taxed_as: Word | None = None
    attributes: tuple[tuple[Word, Word], ...] = ()  # `attribute watts column "TDP"`
