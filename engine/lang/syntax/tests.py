"""Tests and examples: a quote, and what is expected of it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.lang.places import Span
from engine.lang.syntax.amounts import Cells, Rate
from engine.lang.syntax.conditions import Expr
from engine.lang.syntax.leaves import Lit, Operand, Word


@dataclass(frozen=True, slots=True)
class GivenFact:
    """`customer.segment startup` in a test's `quote` or `line`."""

    path: Word
    value: Operand
    span: Span


@dataclass(frozen=True, slots=True)
class TestLineDecl:
    """`line seat 50 [group a] [line.x value, ...]`."""

    product: Word
    quantity: Lit
    group: Word | None
    facts: tuple[GivenFact, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class TestBundleDecl:
    """`bundle suite 2 as desk_a [in group a] [line.x value, ...]`, with the lines `choose` below it."""

    bundle: Word
    count: Word | None
    name: Word
    group: Word | None
    facts: tuple[GivenFact, ...]
    wishes: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Expect:
    """`expect WHAT = VALUE`, `expect applied = a, b`, `expect approvals is none`, `expect deep.needs = a and b, then c`."""

    what: Word
    values: tuple[Operand, ...]  # () is none; `then legal and finance` is one word
    rate: Rate | None
    span: Span
    term: str | None = None  # `13 months`, `3 months and 10 days`


@dataclass(frozen=True, slots=True)
class TestBlock:
    """`test "name"`: `quote on D, fact value, ...`, lines, expectations."""

    name: str
    on: Lit | None
    facts: tuple[GivenFact, ...]
    lines: tuple[TestLineDecl, ...]
    expect: tuple[Expect, ...]
    span: Span
    codes: tuple[Lit, ...] = ()
    exhausted: tuple[Word, ...] = ()
    bundles: tuple[TestBundleDecl, ...] = ()
    unread: bool = False  # a clause of it could not be read, and that is said: it may be the one that is missing


@dataclass(frozen=True, slots=True)
class Examples:
    """`examples on PRODUCT` and a table whose columns are facts (by last name), the unit, and `= figure` to expect."""

    product: Word
    cells: Cells
    span: Span
