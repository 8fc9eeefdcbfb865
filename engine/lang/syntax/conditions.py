"""Which lines are meant, and what must hold of them: targets, sums over lines, comparisons and what joins them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.lang.places import Span
from engine.lang.syntax.amounts import BaseRef, Rate
from engine.lang.syntax.leaves import Operand, Word


@dataclass(frozen=True, slots=True)
class Target:
    """`on seat, support`, `on family crm`, `on group a`, `on everything`, `on offer_products.sku`, `on row.sku`; `on the quote
    of family crm` has `quote`.
    """

    kind: Literal["products", "family", "group", "everything", "column", "class"]
    names: tuple[Word, ...]
    span: Span
    quote: bool = False


@dataclass(frozen=True, slots=True)
class FoldRef:
    """A sum over lines: `goods at list`, `sum of net where (...)`, `number of lines where (...)`, `quantity of family crm`.

    `text` is how it was written. `moment` None: as the step begins. `among`: the lines of `quantity of ...`; `plus`: a fact that is added.
    """

    what: Literal["goods", "quantity", "list", "net", "lines"]
    moment: BaseRef | None
    where: Expr | None
    among: Target | None
    plus: Word | None
    text: str
    span: Span
    own: bool = False  # `quantity plus customer.bought`: of the line alone


@dataclass(frozen=True, slots=True)
class Compare:
    """`a is b`, `a is not b`, `a in b, c`, `a in 10 to 49`, `a >= 50 seats`, `a is known`, `a not in ...`.

    `is`/`in`: `values` are the alternatives. `range`: `values` is (low, high), either end may be a row's column.
    """

    subject: Operand | FoldRef
    relation: Literal[
        "is", "is not", "in", "not in", "range", "not range", "known", "not known", "=", "<", "<=", ">=", ">"
    ]
    values: tuple[Operand | Rate, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Combined:
    """`and` / `or` of two or more conditions; `not` of one."""

    word: Literal["and", "or", "not"]
    parts: tuple[Expr, ...]
    span: Span


Expr = Compare | Combined
