"""Bundles: their parts, attributes, rules and prices; and the block that tests them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.lang.places import Span
from engine.lang.syntax.amounts import Cells, Over
from engine.lang.syntax.conditions import Expr
from engine.lang.syntax.gives import GiveClause
from engine.lang.syntax.leaves import Lit, Word
from engine.lang.syntax.prices import PriceClause


@dataclass(frozen=True, slots=True)
class Range:
    """`2`, `5 to 5_000`, `60 to 200 in steps of 2.5`; `high` None: just `low`."""

    low: Word
    high: Word | None
    step: Word | None
    span: Span


@dataclass(frozen=True, slots=True)
class DefaultDecl:
    """`default basic`, `default 5`, `default 2 dimm_16`."""

    count: Word | None
    what: Word | None
    span: Span


@dataclass(frozen=True, slots=True)
class PartDecl:
    """`part seat 5 to 5_000`, `part plan one of a, b default a`, `part memory up to 2 of a, b with 1 to 4 each`.

    `many`: how many of `offered` (or of a `family`); None: the part is the one thing that it is called by.
    """

    name: Word
    title: str | None
    many: tuple[Word | None, Word | None] | None
    offered: tuple[Word, ...]
    family: Word | None
    each: Range | None
    optional: bool
    defaults: tuple[DefaultDecl, ...]
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class AttributeDecl:
    """`attribute colour: one of red, blue`, `attribute width: 60 to 200 in steps of 2.5`; `ask use "For what?" one of a, b`."""

    name: Word
    title: str | None
    values: tuple[Word, ...]
    range: Range | None
    asked: bool
    defaults: tuple[DefaultDecl, ...]
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Summand:
    """`watts`, `watts of gpu, cpu`, `price per month`; of a sum's other side also a number, an amount, or an attribute or part that is a
    number."""

    what: Word
    of: tuple[Word, ...]
    kind: Literal["sum", "number", "money", "name"]
    span: Span
    per: Word | None = None
    amount: Lit | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A rule of a bundle. `wishes` are what it is about; of `implies`, `narrows` and `equivalent` the two sides.

    `choose` has `many` from-to; `sum` its two sides and how they compare; `allowed` its table; `warn` and `note` what they say.
    """

    kind: Literal[
        "require", "forbid", "prefer", "hide", "disable", "implies", "narrows", "equivalent", "choose", "sum", "allowed",
        "warn", "note",
    ]  # fmt: skip
    wishes: tuple[Expr, ...]
    when: Expr | None
    because: str | None
    span: Span
    text: str
    many: tuple[Word | None, Word | None] = (None, None)
    sums: tuple[Summand, Summand] | None = None
    relation: str = ""
    file: Lit | None = None
    cells: Cells | None = None
    says: str = ""


@dataclass(frozen=True, slots=True)
class BundlePrice:
    """`price sum of parts`, `price sum of parts, 5% off list` (`off`), `price 999 EUR` (`fixed`), `price keyboard 10 EUR` (of a `part`)."""

    off: GiveClause | None
    fixed: PriceClause | None
    part: Word | None
    over: Over | None  # how what is off, or fixed, is split
    span: Span


@dataclass(frozen=True, slots=True)
class BundleBlock:
    """`bundle NAME "Title"`; `features NAME` has the same clauses but parts and prices, and is `shared`."""

    name: Word
    title: str | None
    features: tuple[Word, ...]
    parts: tuple[PartDecl, ...]
    attributes: tuple[AttributeDecl, ...]
    choices: tuple[Choice, ...]
    shared: bool
    span: Span
    prices: tuple[BundlePrice, ...] = ()


@dataclass(frozen=True, slots=True)
class Expected:
    """A line of a `configure` block: what is given or chosen, or what is expected, allowed, refused or completed then."""

    kind: Literal["given", "choose", "expect", "allow", "refuse", "complete"]
    wishes: tuple[Expr, ...]
    because: str | None
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class ConfigureBlock:
    """`configure BUNDLE "What is tested"`."""

    bundle: Word
    name: str
    lines: tuple[Expected, ...]
    span: Span
