"""What lines come to over the time they run, against figures worked out by hand, and what must hold of any of them."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.lang import check
from engine.plan.lower import lower
from engine.plan.plan import Plan
from engine.pricing import price_quotes
from engine.pricing.quote import Line, PricedLine, PricedQuote, Quote
from engine.values.calendar import add_months
from engine.values.kinds import MICROS, Value

CENT = 10_000
MODES = {
    "day": "by day", "calendar": "by calendar month", "up": "by month, part months up", "and_day": "by month and day",
    "thirty": "by 30/360", "european": "by 30E/360", "of_365": "by day of 365", "of_360": "by actual/360", "actual": "by actual/actual",
}  # fmt: skip
HEAD = "price book time\n  currency EUR\n  units seat seats, loan loans, kwh kwh to 3 decimals\n"
FACTS = "\nfacts\n  line.amount: money optional\n  line.at: instant optional\n"


@cache
def plan_of(text: str) -> Plan:
    """The plan of a book that must be good."""
    checked = check({"book.quo": text.encode()})
    assert checked.book, [(d.code, d.message) for d in checked.diagnostics]
    return lower(checked.book)


def book_of(products: str, prorate: str | None = None, facts: str = "") -> Plan:
    """A book that has these products."""
    return plan_of(f"{HEAD}{f'  prorate {prorate}' if prorate else ''}\n{facts}\n{products}")


def day(text: str) -> int:
    """An ISO date as an ordinal."""
    return date.fromisoformat(text).toordinal()


def lasting(
    start: str | None = None, end: str | None = None, term: int | None = None, scope: str = "quote"
) -> dict[str, Value]:
    """The facts of a time from a day until another, half-open, or of so many months."""
    found: dict[str, Value | None] = {
        f"{scope}.start": day(start) if start else None, f"{scope}.end": day(end) - 1 if end else None, f"{scope}.term": term,
    }  # fmt: skip
    return {path: value for path, value in found.items() if value is not None}


def priced(plan: Plan, facts: dict[str, Value], *lines: Line) -> PricedQuote:
    """The priced quote, every line with a price."""
    [answer] = price_quotes(plan, [Quote(day("2026-01-15"), facts, lines)])
    assert [line.error for line in answer.lines if line.error] == []
    return answer


def one(code: str, quantity: int = 1, **facts: Value) -> Line:
    """A line; its facts by their last name."""
    return Line(code, quantity * MICROS, facts={f"line.{name}": value for name, value in facts.items()})


def total(answer: PricedQuote, name: str) -> int | None:
    """A total in cents."""
    return next((t.net_amount // CENT for t in answer.totals if t.name == name), None)


def term_cents(line: PricedLine) -> int:
    """A line over its term, in cents."""
    assert line.term is not None
    return line.term.net_amount // CENT


# ---------------------------------------------------------------- parts of a period

PRICES = "product m\n  price 100 EUR per seat per month\n\nproduct y\n  price 1_200 EUR per seat per year\n\nproduct d\n  price 2 EUR per seat per day\n"
PARTS = [
    # 15 January to 10 March 2026: 54 days, one month and 23 days of 28 from 15 February
    ("day", "m", 182_14),  # 1 + 23/28
    ("day", "y", 177_53),  # 54/365 of 1,200
    ("calendar", "m", 183_87),  # 17/31 + 1 + 9/31
    ("calendar", "y", 183_87),
    ("up", "m", 200_00),
    ("and_day", "y", 182_14),
    ("thirty", "m", 183_33),  # 55 days of 30
    ("european", "y", 183_33),
    ("of_365", "m", 177_53),  # 54 x 12 / 365
    ("of_365", "y", 177_53),
    ("of_360", "m", 180_00),
    ("actual", "y", 177_53),
    ("day", "d", 108_00),
    ("up", "d", 108_00),
]


@pytest.mark.parametrize(("mode", "product", "cents"), PARTS)
def test_parts_of_a_period(mode: str, product: str, cents: int) -> None:
    answer = priced(book_of(PRICES, MODES[mode]), lasting("2026-01-15", "2026-03-10"), one(product))
    assert term_cents(answer.lines[0]) == cents
    assert total(answer, "over_term") == total(answer, "first_year") == cents


@pytest.mark.parametrize("mode", ["day", "calendar", "up", "and_day", "thirty", "european"])
def test_whole_months_are_whole_in_every_mode_that_knows_months(mode: str) -> None:
    answer = priced(book_of(PRICES, MODES[mode]), lasting("2026-01-01", "2027-01-01"), one("m"), one("y"))
    assert [term_cents(line) for line in answer.lines] == [1_200_00, 1_200_00]


def test_a_leap_year_by_the_day() -> None:
    facts = lasting("2024-01-01", "2025-01-01")
    by_365, actual = (priced(book_of(PRICES, MODES[mode]), facts, one("y")) for mode in ("of_365", "actual"))
    assert [term_cents(answer.lines[0]) for answer in (by_365, actual)] == [1_203_29, 1_200_00]


def test_a_product_may_count_in_its_own_way() -> None:
    products = PRICES + "\nproduct own\n  price 100 EUR per seat per month\n  prorate by calendar month\n"
    answer = priced(
        book_of(products, "by month, part months up"), lasting("2026-01-15", "2026-03-10"), one("m"), one("own")
    )
    assert [term_cents(line) for line in answer.lines] == [200_00, 183_87]


def test_a_price_with_a_term_of_its_own() -> None:
    products = (
        "product year\n  price 749 EUR per seat per 365 days\n\nproduct two\n  price 90 EUR per seat per 24 months\n\n"
        "product twelve\n  price 50 EUR per seat per 12 months\n"
    )
    plan = book_of(products, "by day")
    answer = priced(plan, lasting("2026-01-01", "2029-01-01"), one("year"), one("two", 2), one("twelve"))
    # 1,096 days; one and a half times 180; three years
    assert [term_cents(line) for line in answer.lines] == [2_249_05, 270_12, 150_00]
    assert [line.period for line in answer.lines] == ["365 days", "24 months", "year"]
    assert total(answer, "per_365_days") == 749_00 and total(answer, "per_24_months") == 180_00


def test_months_alone_are_exact() -> None:
    plan = book_of(
        "product y\n  price 10_000 EUR per seat per year\n\nproduct d\n  price 1 EUR per seat per day\n", "by day"
    )
    answer = priced(plan, lasting(term=35), one("y"))
    assert term_cents(answer.lines[0]) == 29_166_67
    assert (total(answer, "first_year"), total(answer, "over_term")) == (10_000_00, 29_166_67)
    # a day's price for months of which the days are not known has no total: none is shown rather than a part of one
    both = priced(plan, lasting(term=35), one("y"), one("d"))
    assert both.lines[1].term is None and total(both, "over_term") is None


# ---------------------------------------------------------------- lines of one quote


def test_a_line_that_starts_later_ends_with_the_quote() -> None:
    plan = book_of(PRICES, "by day")
    answer = priced(
        plan, lasting("2026-01-01", term=24), one("m"), one("m", start=day("2026-07-01")), one("m", start=day("2027-07-01")),
        one("m", term=6), one("m", start=day("2026-07-01"), term=6), one("m", end=day("2026-02-28")),
    )  # fmt: skip
    assert [term_cents(line) for line in answer.lines] == [2_400_00, 1_800_00, 600_00, 600_00, 600_00, 200_00]
    # the first year is the quote's: 12, 6, none, 6, 6 and 2 months
    assert total(answer, "first_year") == 3_200_00
    assert total(answer, "over_term") == 6_200_00


def test_a_credit_runs_as_its_sale() -> None:
    answer = priced(book_of(PRICES, "by day"), lasting("2026-01-15", "2026-03-10"), one("m", 3), one("m", -3))
    assert answer.lines[0].term and answer.lines[1].term
    assert answer.lines[0].term.net_amount == -answer.lines[1].term.net_amount == 546_43 * CENT


def test_charges_stand_apart() -> None:
    products = PRICES + ("\nproduct once\n  price 500 EUR per seat\n\nproduct use\n  price 0.10 EUR per seat per use\n")
    facts = lasting("2026-01-15", "2026-03-10")
    answer = priced(book_of(products, "by calendar month"), facts, one("m"), one("once"), one("use", 100))
    assert [line.term is None for line in answer.lines] == [False, True, True]
    totals = {name: total(answer, name) for name in ("once", "per_month", "usage", "over_term", "first_year")}
    assert totals == {"once": 500_00, "per_month": 100_00, "usage": 10_00, "over_term": 683_87, "first_year": 683_87}


def test_usage_without_an_estimate_counts_nothing() -> None:
    products = PRICES + "\nproduct use\n  price 0.10 EUR per seat per use\n"
    answer = priced(book_of(products, "by day"), lasting("2026-01-01", "2027-01-01"), one("m"), Line("use", None))
    assert not answer.lines[1].estimated
    assert total(answer, "usage") == 0 and total(answer, "over_term") == 1_200_00


CONDITIONS = (
    "product m\n  price 100 EUR per seat per month\n\nsteps\n  list\n  long best of\n\nlong discount two_years on m\n"
    "  when quote.term >= 24 months\n  give 10% off list\n\nlong discount late on m\n"
    "  when line.start >= 2026-07-01 and line.end <= 2027-12-31\n  give 20% off list\n"
)


def test_rules_may_ask_when_a_line_runs() -> None:
    plan = book_of(CONDITIONS, "by day")
    lines = (one("m"), one("m", start=day("2026-07-01")))
    assert [line.unit_net for line in priced(plan, lasting("2026-01-01", "2028-01-01"), *lines).lines] == [
        90 * MICROS,
        80 * MICROS,
    ]
    short = priced(plan, lasting("2026-01-01", "2027-12-31"), *lines)
    assert [line.unit_net for line in short.lines] == [100 * MICROS, 80 * MICROS]


WRONG = [
    ({"quote.end": day("2026-12-31")}, None, "line.start", "by day"),
    ({"quote.start": day("2026-02-01"), "quote.end": day("2026-01-01")}, None, "line.end", "by day"),
    ({"quote.start": day("2026-01-01"), "quote.end": day("2026-12-31"), "quote.term": 13}, None, "line.term", "by day"),
    ({"quote.start": day("2026-01-01"), "quote.term": 999_999}, None, "line.end", "by day"),
    ({"quote.start": day("2026-01-01"), "quote.end": date.max.toordinal()}, None, "line.end", "by day"),
    ({"quote.start": day("9999-01-01"), "quote.end": date.max.toordinal() - 1}, None, "line.end", "by day"),
    ({"quote.start": day("2026-01-01"), "quote.end": day("2026-02-14")}, "ramp every 12 months", "line.end", None),
]


@pytest.mark.parametrize(("facts", "ramp", "field", "prorate"), WRONG)
def test_times_that_do_not_go_together(
    facts: dict[str, Value], ramp: str | None, field: str, prorate: str | None
) -> None:
    products = "product y\n  price 100 EUR per seat per year\n" + (f"  {ramp}\n" if ramp else "")
    [answer] = price_quotes(book_of(products, prorate), [Quote(day("2026-01-15"), facts, (one("y"),))])
    error = answer.lines[0].error
    assert error and (error.code, error.field) == ("INVALID_TERM", f"facts.{field}")


def test_what_is_too_much_over_the_term_is_said() -> None:
    plan = book_of("product big\n  price 1_000_000_000_000 EUR per seat per day\n", "by day")
    [answer] = price_quotes(plan, [Quote(day("2026-01-15"), lasting("2026-01-01", "2028-01-01"), (one("big", 5),))])
    assert answer.lines[0].error and answer.lines[0].error.code == "OVERFLOW"


# ---------------------------------------------------------------- ramps

RAMP = "product r\n  price {price} EUR per seat per {period}\n  ramp {ramp}\n"


def segments(line: PricedLine) -> list[tuple[str, int]]:
    """A line's segments: how long, and cents."""
    assert line.term is not None
    return [(segment.text, segment.net_amount // CENT) for segment in line.term.segments]


def test_a_ramp_compounds_and_rounds_each_segment_once() -> None:
    plan = book_of(RAMP.format(price="999.90", period="year", ramp="every 12 months, 4% uplift a year"))
    answer = priced(plan, lasting(term=30), one("r"))
    assert segments(answer.lines[0]) == [("12 months", 999_90), ("12 months", 1_039_90), ("6 months", 540_75)]
    assert total(answer, "over_term") == 2_580_55 and total(answer, "first_year") == 999_90


def test_a_ramp_without_an_uplift_cuts_only() -> None:
    plan = book_of(RAMP.format(price="1_200", period="year", ramp="every 12 months"))
    answer = priced(plan, lasting(term=39), one("r"))
    assert segments(answer.lines[0]) == [("12 months", 1_200_00)] * 3 + [("3 months", 300_00)]


def test_each_segment_is_uplifted_over_the_one_before() -> None:
    plan = book_of(RAMP.format(price="100", period="month", ramp="every 6 months, 10% uplift each"))
    assert [cents for _, cents in segments(priced(plan, lasting(term=18), one("r")).lines[0])] == [
        600_00,
        660_00,
        726_00,
    ]
    plan = book_of(RAMP.format(price="100", period="month", ramp="every 24 months, 10% uplift a year"))
    assert [cents for _, cents in segments(priced(plan, lasting(term=36), one("r")).lines[0])] == [2_400_00, 1_452_00]


def test_a_table_of_segments_and_the_discounts_of_the_line() -> None:
    products = (
        "product r\n  price 40 EUR per seat per month\n  ramp\n    | months from | price |\n    | 1 | 0 EUR |\n    | 4 | 30 EUR |\n"
        "    | 13 | 50 EUR |\n\nsteps\n  list\n  off\n\noff discount tenth on r\n  give 10% off list\n"
    )
    answer = priced(book_of(products, "by day"), lasting("2026-01-01", term=15), one("r", 2))
    # 3 months free; 9 x 30 and 3 x 50, two seats, less the line's own 10%
    assert segments(answer.lines[0]) == [("3 months", 0), ("9 months", 486_00), ("3 months", 270_00)]
    assert (
        total(answer, "per_month") == 72_00
        and total(answer, "over_term") == 756_00
        and total(answer, "first_year") == 486_00
    )


def test_a_table_of_percents_begins_at_the_list_price() -> None:
    products = "product r\n  price 100 EUR per seat per month\n  ramp\n    | months from | {} |\n    | 13 | 25% |\n"
    for column, cents in (("uplift", 1_500_00), ("off", 900_00)):
        answer = priced(book_of(products.format(column)), lasting(term=24), one("r"))
        assert segments(answer.lines[0]) == [("12 months", 1_200_00), ("12 months", cents)]


def test_segments_by_the_day_are_parts_of_the_price_s_own_years() -> None:
    plan = book_of(RAMP.format(price="730", period="year", ramp="every 6 months"), "by day")
    answer = priced(plan, lasting("2026-01-01", "2027-03-15"), one("r"))
    # 181 and 184 of 365 days, then 73 of 365
    assert segments(answer.lines[0]) == [("6 months", 362_00), ("6 months", 368_00), ("2 months and 14 days", 146_00)]


def test_a_line_that_is_free_takes_nothing_off_its_segments() -> None:
    products = "product r\n  price 0 EUR per seat per month\n  ramp\n    | months from | price |\n    | 4 | 30 EUR |\n"
    answer = priced(book_of(products), lasting(term=6), one("r"))
    assert segments(answer.lines[0]) == [("3 months", 0), ("3 months", 90_00)]


@given(st.integers(0, 3_000), st.integers(1, 1_500), st.integers(1, 36), st.sampled_from(sorted(MODES)))
def test_segments_add_up_to_the_term(start: int, days: int, every: int, mode: str) -> None:
    """Cut or not, the same time costs the same, but for the rounding of each segment."""
    products = RAMP.format(price="100", period="month", ramp=f"every {every} months") + "\n" + PRICES
    begin = day("2020-01-01") + start
    facts: dict[str, Value] = {"quote.start": begin, "quote.end": begin + days - 1}
    answer = priced(book_of(products, MODES[mode]), facts, one("r"), one("m"))
    cut, whole = answer.lines[0].term, answer.lines[1].term
    assert cut and whole and sum(s.net_amount for s in cut.segments) == cut.net_amount
    assert abs(cut.net_amount - whole.net_amount) * 2 <= CENT * (len(cut.segments) + 1)
    assert cut.segments[0].start == cut.start and cut.segments[-1].end == cut.end
    assert all(one.end == other.start for one, other in zip(cut.segments, cut.segments[1:], strict=False))


@given(st.integers(0, 3_000), st.integers(1, 36), st.integers(0, 900))
def test_parts_of_a_whole_period_add_up_to_it(start: int, months: int, after: int) -> None:
    """Two lines, one after the other, cost what one line over both times does: by the calendar's days."""
    plan = book_of("product m\n  price 3_100 EUR per seat per month\n", "by calendar month")
    begin = day("2020-01-01") + start
    end = add_months(begin, months)
    middle = min(begin + 1 + after, end)
    lines = [one("m", start=begin, end=end - 1), one("m", start=begin, end=middle - 1)]
    if middle < end:
        lines.append(one("m", start=middle, end=end - 1))
    whole, *parts = [line.term for line in priced(plan, {}, *lines).lines]
    assert whole and abs(whole.net_amount - sum(part.net_amount for part in parts if part)) <= CENT


# ---------------------------------------------------------------- rates and tariffs


@pytest.mark.parametrize(
    ("rate", "cents"),
    [
        ("4.5% a year of line.amount, actual/360", 1_125_00),  # 90 days
        ("4.5% a year of line.amount, actual/365", 1_109_59),
        ("4.5% a year of line.amount, actual/actual", 1_109_59),
        ("4.5% a year of line.amount, 30/360", 1_125_00),
        ("25 bp a month of line.amount, 30E/360", 750_00),
        ("2% of line.amount", 2_000_00),
    ],
)
def test_a_rate_on_an_amount(rate: str, cents: int) -> None:
    plan = book_of(f"product loan\n  unit loan\n  price {rate}\n", "by day", FACTS)
    line = one("loan", amount=100_000 * MICROS)
    answer = priced(plan, lasting("2026-01-15", "2026-04-15"), line)
    assert answer.lines[0].net_amount == cents * CENT
    name = "for_term" if " a " in rate else "once"
    assert total(answer, name) == cents


def test_interest_of_two_years_has_its_first() -> None:
    plan = book_of("product loan\n  unit loan\n  price 5% a year of line.amount, actual/actual\n", "by day", FACTS)
    answer = priced(plan, lasting("2026-01-01", term=24), one("loan", amount=10_000 * MICROS))
    assert (total(answer, "first_year"), total(answer, "over_term")) == (500_00, 1_000_00)


@pytest.mark.parametrize(("mode", "cents"), [("graduated", 875_00), ("all units", 625_00)])
def test_tiers_of_rates(mode: str, cents: int) -> None:
    table = "    | amount above | rate |\n    | 0 | 50 bp |\n    | 100_000 EUR | 0.25% |\n"
    plan = book_of(
        f"product c\n  unit loan\n  price rates {mode} a year of line.amount, 30/360\n{table}", "by day", FACTS
    )
    facts = lasting("2026-01-01", "2027-01-01")
    answer = priced(
        plan, facts, one("c", amount=250_000 * MICROS), one("c", amount=100_000 * MICROS), one("c", amount=0)
    )
    assert [line.net_amount // CENT for line in answer.lines] == [cents, 500_00, 0]


def test_what_a_rate_needs() -> None:
    plan = book_of("product loan\n  unit loan\n  price 5% a year of line.amount, 30/360\n", "by day", FACTS)
    amount = one("loan", amount=1)
    asked = [
        ({}, one("loan")), ({}, amount), (lasting(term=3), amount), ({"quote.start": 1}, amount),
        (lasting("2026-01-01", "2026-02-01"), one("loan", amount=-1)),
    ]  # fmt: skip
    [*answers] = price_quotes(plan, [Quote(day("2026-01-15"), dict(facts), (line,)) for facts, line in asked])
    errors = [(line.error.code, line.error.field) for answer in answers for line in answer.lines if line.error]
    missing = [("MISSING_FACT", f"facts.line.{name}") for name in ("amount", "start", "start", "end")]
    assert errors == [*missing, ("INVALID_FACT", "facts.line.amount")]


TARIFF = (
    "product power\n  price tariff by line.at\n    | hours | days | price |\n    | 7 to 23 | mon to fri | 0.30 EUR per kwh |\n"
    "    | 23 to 7 | mon to fri | 0.20 EUR per kwh |\n    | * | sat, sun | 0.10 EUR per kwh |\n  bill monthly by usage\n"
)


@pytest.mark.parametrize(
    ("at", "micros"),
    [
        ("2026-01-16 06:59", 200_000),  # Friday
        ("2026-01-16 07:00", 300_000),
        ("2026-01-16 22:59", 300_000),
        ("2026-01-16 23:00", 200_000),
        ("2026-01-17 00:00", 100_000),
        ("2026-01-18 23:59", 100_000),
        ("2026-01-19 00:00", 200_000),
    ],
)
def test_a_tariff_by_the_hour(at: str, micros: int) -> None:
    plan = book_of(TARIFF, facts=FACTS)
    kind = next(fact.kind for fact in plan.head.facts if fact.path == "line.at")
    answer = priced(plan, {}, one("power", 10, at=kind.parse(at)))
    assert (answer.lines[0].unit_net, total(answer, "usage")) == (micros, micros * 10 // CENT)


def test_even_use_costs_the_mean_of_its_hours() -> None:
    plan = book_of(TARIFF, "by day", FACTS)
    # a week: 5 x (16 x 0.30 + 8 x 0.20) + 2 x 24 x 0.10 = 36.80 for 168 hours; Saturday alone 0.10
    week = priced(plan, lasting("2026-01-14", "2026-01-21"), one("power", 168))
    weekend = priced(plan, lasting("2026-01-17", "2026-01-18"), one("power", 100))
    # half up at unit: 36.80 / 168 = 0.219... is 0.22
    assert week.lines[0].unit_list == round(Fraction(36_800_000, 168)) and week.lines[0].unit_net == 220_000
    assert weekend.lines[0].net_amount == 10 * MICROS


def test_a_tariff_needs_an_hour() -> None:
    [answer] = price_quotes(book_of(TARIFF, facts=FACTS), [Quote(day("2026-01-15"), {}, (one("power"),))])
    assert answer.lines[0].error and answer.lines[0].error.field == "facts.line.at"
