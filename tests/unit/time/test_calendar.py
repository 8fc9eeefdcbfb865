"""Days, months and day counts against figures that were worked out by hand."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.values.calendar import DAY_COUNTS, add_months, anniversary, calendar_months, full_months
from engine.values.kinds import Kind

DAYS = st.dates(date(1995, 1, 1), date(2035, 12, 31)).map(lambda day: day.toordinal())


def day(text: str) -> int:
    """An ISO date as an ordinal."""
    return date.fromisoformat(text).toordinal()


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2026-01-31", 2, "2026-03-31"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2026-03-15", -13, "2025-02-15"),
        ("2026-12-01", 1, "2027-01-01"),
    ],
)
def test_months_are_added_by_the_calendar(start: str, months: int, end: str) -> None:
    assert add_months(day(start), months) == day(end)


def test_past_the_calendar() -> None:
    with pytest.raises(OverflowError):
        add_months(day("9999-12-01"), 1)


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        ("2017-01-01", "2018-01-11", 12),
        ("2026-01-31", "2026-02-28", 1),
        ("2026-01-31", "2026-03-30", 1),
        ("2026-01-31", "2026-03-31", 2),
        ("2026-01-15", "2026-01-15", 0),
        ("2026-01-15", "2026-02-14", 0),
    ],
)
def test_full_months_count_from_the_start(start: str, end: str, months: int) -> None:
    assert full_months(day(start), day(end)) == months


# Two figures of each convention are those of published examples: 2003-11-01 to 2004-05-01 and 1999-02-01 to 1999-07-01 are the
# dates of ISDA's own paper "EMU and market conventions: recent developments" (1998); the others are worked out by hand.
COUNTS = [
    ("actual/360", "2026-01-15", "2026-04-15", Fraction(90, 360)),
    ("actual/365", "2026-01-15", "2026-04-15", Fraction(90, 365)),
    ("actual/365", "2024-01-01", "2025-01-01", Fraction(366, 365)),
    ("actual/actual", "2003-11-01", "2004-05-01", Fraction(61, 365) + Fraction(121, 366)),
    ("actual/actual", "1999-02-01", "1999-07-01", Fraction(150, 365)),
    ("actual/actual", "2024-01-01", "2025-01-01", Fraction(1)),
    ("actual/actual", "2023-07-01", "2026-07-01", Fraction(184, 365) + 2 + Fraction(181, 365)),
    ("30/360", "2026-01-31", "2026-03-31", Fraction(60, 360)),
    ("30/360", "2026-01-15", "2026-03-31", Fraction(76, 360)),
    ("30/360", "2026-01-30", "2026-03-31", Fraction(60, 360)),
    ("30/360", "2026-02-28", "2026-03-31", Fraction(33, 360)),
    ("30E/360", "2026-01-15", "2026-03-31", Fraction(75, 360)),
    ("30E/360", "2026-01-31", "2026-03-31", Fraction(60, 360)),
    ("30E/360", "2026-02-28", "2026-03-31", Fraction(32, 360)),
]


@pytest.mark.parametrize(("count", "start", "end", "part"), COUNTS)
def test_day_counts(count: str, start: str, end: str, part: Fraction) -> None:
    assert DAY_COUNTS[count](day(start), day(end)) == part


def test_parts_of_months() -> None:
    # 15 January to 10 March: 17 of 31 days, February, 9 of 31
    assert calendar_months(day("2026-01-15"), day("2026-03-10")) == Fraction(17, 31) + 1 + Fraction(9, 31)
    # two months from 15 January are 15 March; 10 March is 23 days into the month that began on 15 February, of 28
    assert anniversary(day("2026-01-15"), day("2026-03-10"), 1) == 1 + Fraction(23, 28)
    assert anniversary(day("2026-01-15"), day("2026-03-10"), 12) == Fraction(54, 365)


@given(DAYS, DAYS, DAYS)
def test_calendar_months_of_parts_add_up(one: int, two: int, three: int) -> None:
    first, middle, last = sorted((one, two, three))
    parts = calendar_months(first, middle) + calendar_months(middle, last)
    assert parts == calendar_months(first, last)


@given(DAYS, DAYS, DAYS, st.sampled_from(["actual/360", "actual/365", "actual/actual"]))
def test_actual_days_of_parts_add_up(one: int, two: int, three: int, count: str) -> None:
    first, middle, last = sorted((one, two, three))
    part = DAY_COUNTS[count]
    assert part(first, middle) + part(middle, last) == part(first, last)


@given(DAYS, st.integers(1, 240), st.sampled_from([1, 3, 12, 24]))
def test_a_whole_period_is_one(start: int, times: int, months: int) -> None:
    assert anniversary(start, add_months(start, times * months), months) == times


@given(DAYS, st.integers(0, 400))
def test_whole_months_are_found_again(start: int, months: int) -> None:
    assert full_months(start, add_months(start, months)) == months


@given(DAYS, st.integers(0, 2_000), st.sampled_from(["30/360", "30E/360"]))
def test_thirty_day_months_never_run_back(start: int, days: int, count: str) -> None:
    part = DAY_COUNTS[count]
    assert 0 <= part(start, start + days) <= part(start, start + days + 1)


# ---------------------------------------------------------------- instants


def test_an_instant_is_read_in_the_zone_of_the_book() -> None:
    kind = Kind("instant", unit="Europe/Amsterdam")
    plain = kind.parse("2026-07-01 14:30")
    assert kind.parse("2026-07-01T12:30:00Z") == plain == kind.parse("2026-07-01T14:30+02:00")
    assert kind.show(plain) == "2026-07-01 14:30"
    # the hour that is there twice in October is one hour of the clock
    assert kind.parse("2026-10-25T00:30Z") == kind.parse("2026-10-25T01:30Z")


@pytest.mark.parametrize(
    "text", ["2026-01-15", "2026-01-15 25:00", "2026-02-30 10:00", "14:30", "0001-01-01T00:00+02:00"]
)
def test_what_is_no_instant(text: str) -> None:
    with pytest.raises(ValueError, match="is not an instant such as"):
        Kind("instant", unit="UTC").parse(text)
