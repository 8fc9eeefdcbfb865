"""The tests that a book brings: quotes, and what is expected of them."""

from __future__ import annotations

from dataclasses import dataclass

from engine.lang.places import Span
from engine.values.kinds import Value


@dataclass(frozen=True, slots=True)
class Expectation:
    """`expect seat.unit = 34.50 EUR`: `what` is the dotted figure, `value` what it should be.

    `what`: `LINE.unit`, `LINE.net`, `LINE.list` (LINE is a product code or `line N`), `quote.once`, `quote.per_month`,
    `quote.per_year`, `quote.first_year`, `quote.over_term`, `quote.usage_per_month` ... (value: micros), `applied`
    and `approvals` (value: names in order of application, or of needs; () is none), `error` (value: a code). In words:
    `LINE.term`, `LINE.tax_category`, `LINE.tax_rate`, `APPROVAL.needs` (a word a stage). A bundle of the test is named with a
    colon: `desk_a: once` (a total of it), `desk_a: cpu.net` (of the line at that path).
    """

    what: str
    value: int | tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class TestLine:
    """One `line` of a test: ticks of quantity; facts by path; of a line of a bundle, the bundle's name in the test and its path there."""

    product: str
    quantity: int
    group: str | None = None
    facts: tuple[tuple[str, Value], ...] = ()
    inside: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class TestBundle:
    """A `bundle` of a test: `choices` by the names of options; `configure` makes lines of it."""

    name: str
    bundle: str
    count: int
    choices: tuple[str, ...]
    group: str | None
    facts: tuple[tuple[str, Value], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class BookTest:
    """A `test` block, or one row of `examples`."""

    name: str
    on: int  # ordinal day
    facts: tuple[tuple[str, Value], ...]
    lines: tuple[TestLine, ...]
    expect: tuple[Expectation, ...]
    span: Span
    bundles: tuple[TestBundle, ...] = ()
