"""What an explanation is: plain data, from which text, JSON, pictures and messages are made, and nothing else.

    Explained -> LineWhy  -> Verdict (a rule: what it did, or why not) -> Miss (a row or tier) -> Needs (one comparison)
                          -> Change  (what would change the price, really priced)
              -> Consent  (an approval: what asks, by how much, and what would not)

What a role may not see is taken out of it once (`shown`), before anything is made of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from engine.lang import book as b
from engine.pricing.quote import Applied, PricedLine, PricedQuote

Reason = Literal[
    "applied",  # it moved the price
    "nothing",  # it applies, and changes nothing: 0%, or a price that is 0 already
    "product",  # it is not on the line's product
    "dates",  # it begins later, or has ended
    "condition",  # a condition does not hold
    "replaced",  # an exception to it applies
    "without",  # an exception, and what it is an exception to does not apply
    "outbid",  # another rule of the step leaves less
    "tied",  # another rule of the step leaves as much, and its name comes first
    "passed",  # another price comes first in the order that the step says
    "above",  # a floor, and the price is not below it
    "lower",  # a floor, and another is higher
    "alone",  # another rule of the step stands alone
    "closed",  # nothing happens to the line in this step
    "conflict",  # it and another both apply, and the step takes one only
    "unpriced",  # its conditions hold, and the line has no price
]


@dataclass(frozen=True, slots=True)
class Needs:
    """A comparison that did not hold, in words of the language; `instead`: others that would have done as well.

    `relation` is `is`, `is not`, `in`, `not in`, `=`, `>=`, `>`, `<=`, `<`, `known`, `unknown`, or `never` (nothing meets it).
    `was` is None where nothing was given. `gap` is how much is missing, or too much. `atom` should have been `holds`.
    """

    subject: str
    relation: str
    wanted: tuple[str, ...]
    was: str | None
    gap: str | None = None
    instead: tuple[Needs, ...] = ()
    atom: b.Condition = field(default=b.ALWAYS, compare=False, repr=False)
    holds: bool = field(default=True, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Miss:
    """A case (a rule has one, or one a row or tier) that did not apply: out of its dates, or the first condition that fails.

    `start` and `end` are ordinal days, [start, end), None is open.
    """

    reason: Literal["dates", "condition"]
    file: str
    line: int
    label: str
    needs: Needs | None = None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rule and a line: what it did (`bars`), or why it did nothing.

    `misses` are the cases that came nearest, the nearest first. `by` is the rule that took its place. `leaves` is what the
    price would be by this rule alone, `other` what `by` left (for a floor `above`: the price), in micros and in the form of the
    line's waterfall; `gives` and `by_gives` say so in words. `of_cost`: these figures rest on a cost.
    """

    rule: str
    title: str | None
    step: str
    kind: b.RuleKind
    reason: Reason
    file: str
    line: int
    label: str = ""
    because: str | None = None
    bars: tuple[Applied, ...] = ()
    misses: tuple[Miss, ...] = ()
    by: str | None = None
    leaves: int | None = None
    other: int | None = None
    gives: str | None = None
    by_gives: str | None = None
    of_cost: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One thing said differently, and what the line costs then, by a real price of the changed quote.

    `kind` quantity, fact, date or code; `what` the fact (`line.quantity`, `quote.date`), `values` what it would be (any of several
    that come to the same), `by` the difference. `cheaper`: more of it costs less in all. `error`: the line has no price then. `began` and `ended` are the rules
    (with their row or tier) that move the price only then, or only now; `asks` the approvals that are asked for only then.
    """

    kind: Literal["quantity", "fact", "date", "code"]
    what: str
    values: tuple[str, ...]
    by: str | None
    unit_net: int
    net_amount: int
    unit_change: int
    net_change: int
    began: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    cheaper: bool = False
    error: str | None = None
    of_account: bool = False
    open: bool = True  # False: the value is a word that only the book knows


@dataclass(frozen=True, slots=True)
class LineWhy:
    """A line explained. `number` counts from 1. `not_on`: so many rules of the book are on other products; `left_out`: so many
    that did not apply are not told, where a line has too many.
    """

    number: int
    title: str
    unit: str
    units: str
    priced: PricedLine
    verdicts: tuple[Verdict, ...]
    not_on: int
    left_out: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """A figure of an approval: `measure relation limit`, what it was, and how far that is from the limit; `hidden` by role."""

    measure: str
    relation: str
    limit: str
    was: str | None
    by: str | None
    holds: bool
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Consent:
    """An approval and what it is about: the line of this `number`, or the quote (None).

    `lowest_net` is the least net amount that does not ask, to the micro; `payable` the least that can be charged, in the
    book's own rounding; `largest_discount` what that is off list. `highest_net`: the most, where more asks.
    """

    approval: str
    asks: bool
    stages: tuple[tuple[str, ...], ...]
    because: str | None
    file: str
    line: int
    number: int | None = None
    limits: tuple[Limit, ...] = ()
    needs: Needs | None = None
    lowest_net: int | None = None
    payable: int | None = None
    largest_discount: str | None = None
    highest_net: int | None = None
    of_cost: bool = False


@dataclass(frozen=True, slots=True)
class Explained:
    """A priced quote and why it is so. `floors` are the steps of floors, `below` those below the net price; `costs` and `rules`
    say what was left in (`shown`).
    """

    priced: PricedQuote
    lines: tuple[LineWhy, ...]
    consents: tuple[Consent, ...]
    floors: frozenset[str] = frozenset()
    below: frozenset[str] = frozenset()
    costs: bool = True
    rules: bool = True


def of_line(line: PricedLine) -> list[bool]:
    """Whether each bar of a waterfall is of the whole line, and not of one unit.

    A price may be one of a unit until a step works on the line's amount (graduated tiers, an amount on the quote): there the
    bars leap from one to the other.
    """
    prices, taxes, below = parts_of(line.waterfall)
    whole = bool(prices) and prices[0].after != line.unit_list and prices[0].after in _amounts_at_list(line)
    forms = _leaping(prices, whole)
    after = forms[-1] if forms else whole
    return [*forms, *([after] * len(taxes)), *_leaping(below, after)]


def parts_of(bars: Sequence[Applied]) -> tuple[Sequence[Applied], Sequence[Applied], Sequence[Applied]]:
    """The bars of the price, those of its tax, and those below the net: each begins at the net."""
    below = [bar for bar in bars if bar.below]
    taxes = [bar for bar in bars if bar.step in TAXES and not bar.below]
    return [bar for bar in bars if bar.step not in TAXES and not bar.below], taxes, below


TAXES = ("tax", "tax rounding")


def _leaping(bars: Sequence[Applied], whole: bool) -> list[bool]:
    leap = next((i for i in range(1, len(bars)) if bars[i].before != bars[i - 1].after), len(bars))
    return [whole or i >= leap for i in range(len(bars))]


def _amounts_at_list(line: PricedLine) -> tuple[int, ...]:
    """What the line comes to at list, without tax and with it."""
    return (abs(line.list_amount), *((abs(line.tax.list_gross),) if line.tax is not None else ()))
