"""What a rate charges: so much for each unit, or for each package that is started, in the unit that is measured."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from engine.lang import words
from engine.lang.book import Price, Tier, Tiers
from engine.lang.draft import Draft
from engine.lang.measures import times
from engine.lang.places import Span
from engine.lang.syntax import Rate, Word
from engine.lang.types import per_count, rate_money
from engine.values.kinds import millionths


@dataclass(frozen=True, slots=True)
class Charge:
    """Micros for a unit of the measure, or for each started `package` of it (in ticks; 0: by the unit)."""

    amount: Fraction
    package: Fraction = Fraction(0)

    def held(self, factor: Fraction) -> Charge:
        """The same for a measure of which one holds so many of this one."""
        return Charge(self.amount, self.package / factor) if self.package else Charge(self.amount * factor)

    def price(self, span: Span) -> Price:
        """The charge as a price of its own."""
        if not self.package:
            return Price(self.amount)
        return Price(Fraction(0), Tiers("graduated", (Tier(0, False, self.amount, span, package=self.package),)))


def charge(draft: Draft, rate: Rate, measure: int | None) -> Charge | None:
    """A rate for the unit that is measured (None: its own); that the two are of a kind, and its period, are for the caller to check."""
    amount, factor = rate_money(draft, rate, "price"), held(draft, rate.per_unit, measure)
    if rate.started:
        package = package_of(draft, rate)
        return None if amount is None or package is None else Charge(amount, Fraction(package)).held(factor)
    count = per_count(draft, rate)
    return None if amount is None or count is None else Charge(amount / count).held(factor)


def held(draft: Draft, said: Word | None, measure: int | None) -> Fraction:
    """How many of the unit `said` one of the measure holds; 1 where nothing is said."""
    index = None if said is None else draft.unit_of.get(said.text)
    factor = None if index is None or measure is None else times(draft.units, measure, index)
    return Fraction(1) if factor is None else factor


def package_of(draft: Draft, rate: Rate) -> int | None:
    """The ticks of a package in the rate's own unit: 10 units in `per started 10 calls`, a quarter in `per started 0.25 hours`."""
    if rate.per_count is None:
        return millionths("1")
    try:
        ticks = millionths(rate.per_count)
    except ValueError as wrong:
        draft.report.add(words.unreadable(str(wrong), rate.span))
        return None
    if ticks <= 0:
        draft.report.add(words.unreadable(f"`per started {rate.per_count}` is not a number above 0", rate.span))
        return None
    return ticks
