"""When a line runs, and how many periods of its price that is.

A quote has a start and an end, or a term; a line may have its own, and takes what it has not from the quote: a line that
only starts later ends with the quote. An end in a fact is the last day; within, spans are half-open.

    quote.start 2026-01-15, quote.term 12 months   ->  [2026-01-15, 2027-01-15), each line's too
    line.start  2026-07-01                         ->  [2026-07-01, 2027-01-15)

Periods are counted from the line's start up to a day, and a part of the term is the difference of two counts: so the parts
of a term always add up to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import lru_cache

from engine.lang import book as b
from engine.pricing.quote import Line, Quote
from engine.pricing.refusals import Fault
from engine.values.calendar import DAY_COUNTS, add_months, anniversary, calendar_months, full_months, in_words
from engine.values.kinds import Value

MONTHS = {"month": 1, "quarter": 3, "year": 12}
DAYS = {"day": 1, "week": 7}
Facts = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Time:
    """From `start` until `end` in ordinal days, half-open; or `months` alone, where it is not said when they begin."""

    start: int | None
    end: int | None
    months: int = 0

    @property
    def dated(self) -> bool:
        """Whether its days are known."""
        return self.start is not None and self.end is not None


# ---------------------------------------------------------------- what is said, and what follows


def with_terms(book: b.Book, quote: Quote) -> Quote:
    """The quote with what follows from its dates and terms as facts, its own and each line's; conditions may ask for them.

    What does not go together is left as it is, for `time_of` to refuse.
    """
    if not book.timed:
        return quote
    facts = dict(quote.facts)
    facts |= _filled(book.prorate, "quote", facts.get("quote.start"), facts.get("quote.end"), facts.get("quote.term"))
    return replace(quote, facts=facts, lines=tuple(_with_term(book, facts, line) for line in quote.lines))


def _with_term(book: b.Book, quote: Facts, line: Line) -> Line:
    said = {**quote, **line.facts}
    start, end, term = said.get("line.start"), said.get("line.end"), said.get("line.term", line.term)
    if start is None and end is None and term is None:
        start, end, term = quote.get("quote.start"), quote.get("quote.end"), quote.get("quote.term")
    else:
        start = quote.get("quote.start") if start is None else start
        if end is None and term is None:
            end, term = quote.get("quote.end"), quote.get("quote.term") if "quote.start" not in quote else None
    return replace(line, facts={**line.facts, **_filled(book.prorate, "line", start, end, term)})


@lru_cache(4_096)
def _filled(prorate: str | None, scope: str, start: Value | None, end: Value | None, term: Value | None) -> Facts:
    """The facts of a scope: the end by the start and the term, or the term, in full months, by both ends."""
    try:
        if isinstance(start, int) and isinstance(term, int) and end is None:
            end = add_months(start, term) - 1
        if isinstance(start, int) and isinstance(end, int) and term is None and start <= end + 1:
            term = months_of(prorate, start, end + 1)
    except (OverflowError, ValueError):
        pass
    found = {f"{scope}.start": start, f"{scope}.end": end, f"{scope}.term": term}
    return {path: value for path, value in found.items() if value is not None}


def months_of(prorate: str | None, start: int, end: int) -> int:
    """Whole months of a time; a started one counts where the book says so."""
    months = full_months(start, end)
    return months + (prorate == "month up" and add_months(start, months) < end)


def time_of(book: b.Book, known: Facts) -> Time | None:
    """When a line runs; None where it is not said. `known` has been through `with_terms`.

    Raises:
        Fault: INVALID_TERM, what is said does not go together.
    """
    start, end, term = (known.get(f"line.{name}") for name in ("start", "end", "term"))
    if isinstance(end, int) and not isinstance(start, int):
        raise Fault("INVALID_TERM", "line.start", why="it ends, and does not say when it starts")
    if isinstance(start, int) and isinstance(end, int):
        if end < start:
            raise Fault("INVALID_TERM", "line.end", why="it ends before it starts")
        if end >= date.max.toordinal():
            raise past_calendar()
        try:
            agree = term is None or term == months_of(book.prorate, start, end + 1)
        except (OverflowError, ValueError):
            agree = False
        if not agree:
            raise Fault("INVALID_TERM", "line.term", why="its term is not the time from its start to its end")
        return Time(start, end + 1)
    if isinstance(start, int) and term is not None:
        raise past_calendar()
    return Time(None, None, int(term)) if isinstance(term, int) else None


def past_calendar() -> Fault:
    """A time that ends after the last day there is."""
    return Fault("INVALID_TERM", "line.end", why="it ends past the calendar")


def shown(prorate: str | None, time: Time) -> str:
    """A time in words: `13 months`, `3 months and 10 days`."""
    if time.start is None or time.end is None:
        return in_words(time.months, "months")
    months = months_of(prorate, time.start, time.end)
    rest = max(0, time.end - add_months(time.start, months)) if prorate != "month up" else 0
    words = [in_words(count, unit) for count, unit in ((months, "months"), (rest, "days")) if count]
    return " and ".join(words) or "0 days"


# ---------------------------------------------------------------- periods


@dataclass(frozen=True, slots=True)
class Clock:
    """Counts the periods of a price: so many `months`, or else so many `days`, each; or the whole time is one period.

    A place in a dated time is an ordinal day, in another the months since its start.
    """

    time: Time
    prorate: str | None
    months: int = 0
    days: int = 0
    count: str | None = None  # the day count of a price for the time itself

    def until(self, place: int) -> Fraction | None:
        """Periods from the start up to a place; None where it cannot be said without the days."""
        start, end = self.time.start, self.time.end
        if self.count is not None and start is not None and end is not None:
            whole = DAY_COUNTS[self.count](start, end)
            return DAY_COUNTS[self.count](start, place) / whole if whole else Fraction(int(place >= end))
        if start is None:
            return Fraction(place, self.months) if self.months else None
        if self.days:
            return Fraction(place - start, self.days)
        return self._by_months(start, place)

    def _by_months(self, start: int, place: int) -> Fraction:
        match self.prorate:
            case None:
                whole = full_months(start, place)
                if add_months(start, whole) != place:
                    why = "it has a part of a month, and the book does not say how that counts"
                    raise Fault("INVALID_TERM", "line.end", why=why)
                return Fraction(whole, self.months)
            case "day":
                return anniversary(start, place, self.months)
            case "calendar month":
                return calendar_months(start, place) / self.months
            case "month up":
                return Fraction(months_of(self.prorate, start, place), self.months)
            case "month and day":
                return anniversary(start, place, 1) / self.months
            case count:
                return DAY_COUNTS[count](start, place) * 12 / self.months

    def place(self, months: int) -> int:
        """Where so many months after the start are, or the end where that is before."""
        if self.time.start is None or self.time.end is None:
            return min(months, self.time.months)
        try:
            return min(add_months(self.time.start, months), self.time.end)
        except OverflowError:
            return self.time.end

    @property
    def first(self) -> int:
        """Where it starts."""
        return self.time.start or 0

    @property
    def last(self) -> int:
        """Where it ends."""
        return self.time.months if self.time.end is None else self.time.end


def clock_of(book: b.Book, product: b.Product, price: b.Price | None, time: Time) -> Clock | None:
    """What counts a product's periods; None where it is not charged by the period."""
    period, prorate = product.period, product.prorate or book.prorate
    if period == "term" and price is not None and price.accrual is not None:
        return Clock(time, prorate, count=price.accrual.count) if time.dated else None
    number, _, unit = period.partition(" ")
    months = MONTHS.get(period) or (int(number) if unit == "months" else 0)
    days = DAYS.get(period) or (int(number) if unit == "days" else 0)
    return Clock(time, prorate, months, days) if months or days else None
