"""Rules, denials and approvals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.lang.book import RuleKind
from engine.lang.places import Span
from engine.lang.syntax.amounts import BaseRef
from engine.lang.syntax.conditions import Expr, Target
from engine.lang.syntax.gives import AtLeastClause, ChargeClause, Clause
from engine.lang.syntax.leaves import Dates, Lit, Operand, Word
from engine.lang.syntax.prices import PriceClause, Term, TierTable


@dataclass(frozen=True, slots=True)
class Limit:
    """How often or how much a coupon gives in all: `once per customer`, `1_000 times`, `up to 50_000 EUR`."""

    what: Literal["customer", "times", "amount"]
    value: Operand | None
    span: Span


@dataclass(frozen=True, slots=True)
class More:
    """What else a rule says: `alone`, `alone in volume, coupon`, `final`, `needs code "A"`, limits."""

    alone: tuple[Word, ...] | None
    final: bool
    codes: tuple[Lit, ...]
    limits: tuple[Limit, ...]


@dataclass(frozen=True, slots=True)
class RuleBlock:
    """`STEP discount|surcharge|price NAME on TARGET`, `STEP exception NAME to A, B`, `floor NAME on TARGET`."""

    step: Word
    kind: RuleKind | Literal["exception"]
    name: Word
    title: str | None
    target: Target | None
    exception_to: tuple[Word, ...]
    rows_of: Word | None  # `for each row of offers`
    dates: Dates | None
    when: Expr | None
    gives: tuple[Clause | AtLeastClause | PriceClause | ChargeClause, ...]
    tiers: TierTable | None
    base: BaseRef | None  # `off BASE` under a tier table whose column is a bare `off`
    because: str | None
    span: Span
    more: More | None = None
    terms: tuple[Term, ...] = ()
    may_fall: bool = False  # `totals may fall`: more units may cost less, and the author knows
    may_meet: bool = False  # `prices may meet it`: of a floor that is there to be met


@dataclass(frozen=True, slots=True)
class DenyBlock:
    """`deny NAME [on TARGET]`, `for each row of TABLE`: what is not sold so, and why."""

    name: Word
    target: Target | None
    rows_of: Word | None
    dates: Dates | None
    when: Expr | None
    because: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Needs:
    """`when COND needs deal_desk and legal, then finance`: stages in order."""

    when: Expr
    stages: tuple[tuple[Word, ...], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ApprovalBlock:
    """`approval NAME [on TARGET]`."""

    name: Word
    target: Target | None
    needs: tuple[Needs, ...]
    because: str | None
    span: Span
