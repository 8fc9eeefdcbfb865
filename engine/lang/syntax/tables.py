"""What is declared and what is read from tables: facts, columns, price lists, exchange rates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.lang.places import Span
from engine.lang.syntax.amounts import Cells, Rate
from engine.lang.syntax.leaves import Lit, Word


@dataclass(frozen=True, slots=True)
class TypeRef:
    """`one of a, b`, `text`, `money`, `duration 1 month to 60 months`, `quantity`, `product`, `offers.offer_id` (a join)."""

    name: str  # enum text number money percent fraction quantity duration date flag product join
    values: tuple[Word, ...]
    low: Lit | None
    high: Lit | None
    join: Word | None
    span: Span


@dataclass(frozen=True, slots=True)
class Declared:
    """A fact or a table column: `path: [from|until|through] type [key] [optional] [from account|request] [per unit ...]`.

    A column may say its head in the file, which is then looked for as it stands: `unit_price "Unit Price": money`.
    """

    path: Word
    type: TypeRef
    bound: Literal["from", "until", "through"] | None  # a column that opens or closes the row's dates or range
    key: bool
    optional: bool
    source: Literal["account", "request"] | None
    rate: Rate | None  # a money column of a price list: `list_price: money per piece per month`
    span: Span
    head: Word | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """`facts`."""

    entries: tuple[Declared, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ListFrom:
    """`price list NAME from "list_prices.csv"` / `cost list NAME from ...`: rows of product, dates, money."""

    kind: Literal["price", "cost"]
    name: Word
    file: Lit
    columns: tuple[Declared, ...]
    span: Span
    currency: Word | None = None  # `price list usd in USD from ...`


@dataclass(frozen=True, slots=True)
class Rates:
    """`rates from "fx.csv"`, or `rates` and a table: from, to, rate, from date."""

    file: Lit | None
    cells: Cells | None
    span: Span


@dataclass(frozen=True, slots=True)
class TableBlock:
    """`table NAME from "x.csv"` or with inline `cells`; columns declared like facts."""

    name: Word
    file: Lit | None
    cells: Cells | None
    columns: tuple[Declared, ...]
    span: Span
