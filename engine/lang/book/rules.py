"""Rules, and the cases in which each applies; denials, which refuse a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.lang.book.conditions import Condition
from engine.lang.book.gives import Give
from engine.lang.places import Span


@dataclass(frozen=True, slots=True)
class Case:
    """One way a rule can apply: a plain rule has one, a table rule one a row, an all-units tier rule one a tier.

    It applies to a line when its product is in `products` (None: every product), the pricing date is in
    [start, end), and `when` holds. `span` is the row or tier where it is written.
    """

    products: frozenset[int] | None
    start: int | None
    end: int | None
    when: Condition
    give: Give
    span: Span
    label: str = ""  # what tells this case from its rule's others: "offer_id 3", "seats from 50"


RuleKind = Literal["discount", "surcharge", "price", "offer", "floor", "tax"]


@dataclass(frozen=True, slots=True)
class Limit:
    """How often (`times`), how much (`amount`, micros) a rule gives in all, or once to a `customer`; counted at acceptance."""

    what: Literal["times", "amount", "customer"]
    value: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A named rule of one step. Where an exception applies, the rules it is `exception_to` do not."""

    name: str
    kind: RuleKind
    step: int
    cases: tuple[Case, ...]
    span: Span
    exception_to: tuple[str, ...] = ()
    because: str | None = None
    title: str | None = None
    alone: bool = False  # where it applies, nothing else does in its step
    alone_in: tuple[int, ...] = ()  # nor in these steps
    final: bool = False  # where it applied, only floors and taxes follow
    limits: tuple[Limit, ...] = ()


@dataclass(frozen=True, slots=True)
class Denial:
    """What is not sold so: a line of `products` (None: any) is refused on [start, end) when `when` holds, and told why.

    A denial for each row of a table is one for every row, all of its name, with a `label` that tells them apart.
    """

    name: str
    products: frozenset[int] | None
    start: int | None
    end: int | None
    when: Condition
    span: Span
    because: str | None = None
    label: str = ""
