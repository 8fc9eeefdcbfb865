"""Calendar arithmetic on ordinal days: months added, day counts, and how many months lie between two days.

Every span is half-open: its first day counts, its last does not. Months are added by the calendar, from the day that is
given, and a day that a month does not have is its last: 31 January and one month is 28 February. A dozen lines of
`datetime` do it; a library of dates would bring a dependency and its own idea of these rules.
"""

from __future__ import annotations

from calendar import isleap, monthrange
from collections.abc import Callable
from datetime import date
from fractions import Fraction


def add_months(day: int, months: int) -> int:
    """The ordinal day so many months later, clamped to the month's end.

    Raises:
        OverflowError: past the calendar.
    """
    from_day = date.fromordinal(day)
    year, month = divmod(from_day.year * 12 + from_day.month - 1 + months, 12)
    if not 1 <= year <= date.max.year:
        raise OverflowError("past the calendar")
    return date(year, month + 1, min(from_day.day, monthrange(year, month + 1)[1])).toordinal()


def full_months(start: int, end: int) -> int:
    """How many whole months of [start, end) there are, each counted from the start."""
    one, other = date.fromordinal(start), date.fromordinal(end)
    months = (other.year - one.year) * 12 + other.month - one.month
    return months - (add_months(start, months) > end)


def in_words(count: int, unit: str) -> str:
    """`1 month`, `365 days`: `unit` is months or days."""
    return f"{count:_} {unit}" if count != 1 else f"1 {unit.removesuffix('s')}"


# ---------------------------------------------------------------- parts of months


def anniversary(start: int, end: int, months: int) -> Fraction:
    """Periods of so many months from the start: whole ones, and of the last its days by the days that it has."""
    whole = full_months(start, end) // months
    begun, over = add_months(start, whole * months), add_months(start, (whole + 1) * months)
    return whole + Fraction(end - begun, over - begun)


def calendar_months(start: int, end: int) -> Fraction:
    """Months of the calendar: of each month that is touched, its days by the days that it has."""
    found, day = Fraction(0), start
    while day < end:
        at = date.fromordinal(day)
        first = day - at.day + 1
        following = first + monthrange(at.year, at.month)[1]
        if day == first and following <= end:
            whole = full_months(first, end)
            found, day = found + whole, add_months(first, whole)
        else:
            last = min(following, end)
            found, day = found + Fraction(last - day, following - first), last
    return found


# ---------------------------------------------------------------- day counts


def _actual(days_of_year: int) -> Callable[[int, int], Fraction]:
    return lambda start, end: Fraction(end - start, days_of_year)


def _actual_actual(start: int, end: int) -> Fraction:
    """Days of leap years by 366, and all others by 365."""
    one, other = date.fromordinal(start), date.fromordinal(end)
    if one.year == other.year:
        return Fraction(end - start, 365 + isleap(one.year))
    first, last = date(one.year + 1, 1, 1).toordinal(), date(other.year, 1, 1).toordinal()
    head = Fraction(first - start, 365 + isleap(one.year))
    return head + (other.year - one.year - 1) + Fraction(end - last, 365 + isleap(other.year))


def _thirty(start: int, end: int, european: bool) -> Fraction:
    one, other = date.fromordinal(start), date.fromordinal(end)
    first = min(one.day, 30)
    last = min(other.day, 30) if european or first == 30 else other.day
    days = 360 * (other.year - one.year) + 30 * (other.month - one.month) + last - first
    return Fraction(days, 360)


DAY_COUNTS: dict[str, Callable[[int, int], Fraction]] = {
    "actual/360": _actual(360),
    "actual/365": _actual(365),
    "actual/actual": _actual_actual,
    "30/360": lambda start, end: _thirty(start, end, False),
    "30E/360": lambda start, end: _thirty(start, end, True),
}
"""The part of a year between two days, exact: the conventions of the 2006 ISDA Definitions, section 4.16.

`actual/actual` is (b), days in a leap year over 366 and the others over 365; `actual/365` is (d), always over 365;
`actual/360` is (e); `30/360` is (f), the bond basis: a first day of 31 is 30, and a last day of 31 is 30 where the first is
30 or 31; `30E/360` is (g), the Eurobond basis: a day of 31 is 30 at either end.
"""
