"""The book while it is being settled: what each pass of `check` has found, for the passes after it.

A pass is a function of the `Draft`; it reads the blocks of its kind and fills its part. Names are kept as dicts from
the name to its index in the book, in the order of the book's tuples.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol, TypeVar

from engine.lang import syntax, words
from engine.lang.book import (
    Approval,
    BookTest,
    Case,
    Clamp,
    DatedPrice,
    Denial,
    ExchangeRate,
    Fact,
    Ramp,
    Rule,
    Sold,
    Step,
    Subject,
    TaxLevel,
    Unit,
)
from engine.lang.boxes import Box, Kinds, boxes
from engine.lang.configurable import Bundle, ConfigurationTest
from engine.lang.places import Span
from engine.lang.report import Report
from engine.values.kinds import Kind, Value
from engine.values.rounding import Rounding

B = TypeVar("B")
NOWHERE = Span("", 1)
STANDARD = "standard"
"""The tax class of a product that says none."""
HALF_UP = Rounding("half up", "unit", 10_000)


@dataclass(slots=True)
class Goods:
    """A product being settled: `periods` maps each period a price was written in to where; `unit` is an index."""

    code: str
    title: str
    span: Span
    unit: int | None = None
    periods: dict[str, Span] = field(default_factory=dict)
    families: list[int] = field(default_factory=list)
    prices: list[DatedPrice] = field(default_factory=list)
    costs: list[DatedPrice] = field(default_factory=list)
    never_discounted: bool = False
    listed: bool = False  # a rule of the step `list` is on it
    shares: list[syntax.PriceClause] = field(default_factory=list)
    by_usage: bool = False
    broken: bool = False  # a price of its was refused: say no more about its prices
    settings: list[tuple[str, str]] = field(default_factory=list)
    tax_class: str = STANDARD
    own: dict[str, list[DatedPrice]] = field(default_factory=dict)  # prices of its own in other currencies
    terms: tuple[syntax.Term, ...] = ()
    sold: Sold | None = None
    clamp: Clamp | None = None
    shipping: bool = False
    ssp: Fraction | None = None
    prorate: str | None = None
    ramp: Ramp | None = None
    attributes: dict[str, int | str] = field(default_factory=dict)  # what bundles look at: ticks, or a word

    @property
    def period(self) -> str:
        """How often it is charged, by its prices."""
        return "use" if self.by_usage else next(iter(self.periods), "once")


@dataclass(frozen=True, slots=True)
class Look:
    """Something a condition may look at: its subject, its kind (without bounds), whether it may be unknown."""

    subject: Subject
    kind: Kind
    optional: bool


@dataclass(slots=True)
class Column:
    """A column of a table, read: `values` by row, None where the cell is empty or `*` (any).

    A product column has `kind` text and its values are product indexes. `join` is the column whose values these are.
    """

    name: str
    kind: Kind
    decl: syntax.Declared
    values: list[Value | None]
    product: bool = False
    join: Column | None = None
    sheet: Sheet | None = None
    at: int = 0  # its place in the sheet

    def cell_span(self, row: int) -> Span:
        """Where one of its cells stands."""
        return self.sheet.cell_span(row, self.at) if self.sheet else self.decl.span


class Sheet(Protocol):
    """The cells of a table as written, and where each stands."""

    file: str
    head: list[str]
    rows: list[list[str]]

    def row_span(self, row: int) -> Span: ...

    def cell_span(self, row: int, column: int) -> Span: ...


@dataclass(slots=True)
class Table:
    """A table, read: columns by name, and each row's dates as [start, end) in ordinal days (None: always)."""

    name: str
    sheet: Sheet
    columns: dict[str, Column]
    span: Span
    declared: frozenset[str] = frozenset()  # also those that could not be read
    dates: list[tuple[int | None, int | None]] | None = None

    def label(self, row: int) -> str:
        """What tells a row from the others: its key columns, else its number."""
        keys = [c for c in self.columns.values() if c.decl.key and c.values[row] is not None]
        return ", ".join(f"{c.name} {self.shown(c, row)}" for c in keys) or f"row {row + 1}"

    def shown(self, column: Column, row: int) -> str:
        """A cell as the author wrote it."""
        value = column.values[row]
        if column.product or value is None:
            return self.sheet.rows[row][column.at]
        return column.kind.show(value)


class Named(Protocol):
    """Anything with a name and a place."""

    @property
    def text(self) -> str: ...

    @property
    def span(self) -> Span: ...


@dataclass(slots=True)
class Draft:
    """Everything settled so far. `data` are the bundle's files that are not rule text."""

    files: Mapping[str, bytes]
    blocks: list[syntax.Block]
    report: Report
    sources: dict[str, str]
    name: str = ""
    title: str = ""
    span: Span = NOWHERE
    currency: str = ""
    currencies: list[str] = field(default_factory=list)
    rates: list[ExchangeRate] = field(default_factory=list)
    minor: int = 10_000
    zone: str = "UTC"
    rounding: Rounding = HALF_UP
    include_tax: bool = False
    tax_level: TaxLevel = "rate"
    tax_step: int = 0
    lowest_days: int | None = None
    prorate: str | None = None
    timed: bool = False
    units: list[Unit] = field(default_factory=list)
    unit_of: dict[str, int] = field(default_factory=dict)  # by name and by plural
    families: dict[str, int] = field(default_factory=dict)
    groups: dict[str, int] = field(default_factory=dict)
    facts: dict[str, Fact] = field(default_factory=dict)
    looks: dict[str, Look] = field(default_factory=dict)
    goods: dict[str, Goods] = field(default_factory=dict)
    codes: list[str] = field(default_factory=list)  # of `goods`, by index
    number: dict[str, int] = field(default_factory=dict)  # code -> index
    tables: dict[str, Table] = field(default_factory=dict)
    steps: dict[str, int] = field(default_factory=dict)
    step_list: list[Step] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    approvals: list[Approval] = field(default_factory=list)
    denials: list[Denial] = field(default_factory=list)
    bundles: dict[str, Bundle] = field(default_factory=dict)  # also features, which are shared
    configurations: list[ConfigurationTest] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)  # names in bundles whose part or attribute was refused
    tests: list[BookTest] = field(default_factory=list)
    boxed: dict[int, list[Box] | None] = field(default_factory=dict)  # of each case, by its id
    places: dict[tuple[str, str], Span] = field(default_factory=dict)  # (what, name) -> where it was first declared

    def of(self, kind: type[B]) -> list[B]:
        """The blocks of one kind, by file and line."""
        return [block for block in self.blocks if isinstance(block, kind)]

    def declare(self, what: str, name: str, span: Span) -> bool:
        """Take a name for one thing; False (and said) when it is taken or reserved."""
        if what != "test" and _is_reserved(what, name):
            self.report.add(words.reserved(what, name, span))
            return False
        first = self.places.setdefault((what, name), span)
        if first is not span:
            self.report.add(words.duplicate(what, name, span, first))
        return first is span

    def kinds(self) -> dict[str, Kind]:
        """The kind of everything a condition may look at, with a fact's bounds."""
        bounded = {fact.path: fact.kind for fact in self.facts.values()}
        return {path: look.kind for path, look in self.looks.items()} | bounded

    def boxes_of(self, case: Case, kinds: Kinds) -> list[Box] | None:
        """The boxes of a case's condition, made once: several passes ask."""
        if id(case) not in self.boxed:
            self.boxed[id(case)] = boxes(case.when, kinds)
        return self.boxed[id(case)]

    def find(self, what: str, word: Named, known: Mapping[str, int]) -> int | None:
        """The index of a name, or None (and said, with the nearest)."""
        index = known.get(word.text)
        if index is None:
            self.unknown(what, word.text, word.span, known)
        return index

    def unknown(self, what: str, name: str, span: Span, known: Collection[str]) -> None:
        """Say that a name is not there, with the nearest."""
        self.report.add(words.unknown(what, name, span, self.report.near(name, known)))

    def unit_name(self, index: int | None) -> str:
        """The unit in words."""
        return self.units[index].name if index is not None else "?"


RESERVED = frozenset(
    [
        "and",
        "or",
        "not",
        "one",
        "known",
        "then",
        "family",
        "discount",
        "surcharge",
        "price",
        "exception",
        "offer",
        "together",
    ]
)
"""Words that can name nothing (but a step `offer`): the grammar could not tell them from its own."""
ROOTS = frozenset(("line", "quote", "customer", "row"))
"""What facts and columns begin with, so a product cannot be called so."""


def _is_reserved(what: str, name: str) -> bool:
    if what == "product" and name in ROOTS:
        return True
    return name in RESERVED and (what, name) != ("step", "offer")
