"""What bundles cost: their own prices in the waterfall, by kernels and by the book's meaning alike, with nothing lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.lang import check
from engine.plan.lower import lower
from engine.pricing import price_quote
from engine.pricing.interpret import price as meant
from engine.pricing.quote import Inside, Line, PricedBundle, PricedQuote, Quote
from engine.values.kinds import MICROS
from tests.property.test_sums_of_columns import as_columns

HEAD = """price book desks
  currency   EUR
  currencies USD
  round      half up to minor unit at {level}
  units      piece pieces, metre metres to 2 decimals

rates
  | from | to  | rate |
  | EUR  | USD | 1.25 |

product keyboard
  price 40 EUR per piece
  ssp   31 EUR per piece

product mouse
  price 19.99 EUR per piece
  ssp   17 EUR per piece

product cable
  price 0.33 EUR per metre

product gift
  price 7 EUR per piece
  never discounted

product care
  price 9 EUR per piece per month

bundle suite "Suite"
  part keyboard 1
  part mouse    1 to 4
  part cable    1 to 9
  part gift     optional
  part care     optional
  {prices}

bundle other "Other"
  part keyboard 1

steps
  list
  bundle
  promotion best of

promotion discount tenth on keyboard
  when line.bundle is suite
  give 10% off running price
"""
TODAY = date(2026, 11, 25).toordinal()


def book_of(*prices: str, level: str = "line"):  # type: ignore[no-untyped-def]
    checked = check({"book.quo": HEAD.format(prices="\n  ".join(prices), level=level).encode()})
    assert checked.book is not None, [d.message for d in checked.diagnostics]
    return checked.book


def line(product: str, quantity: float, number: int = 0, count: int = 1, bundle: str = "suite") -> Line:
    ticks = round(quantity * MICROS)
    if not number:
        return Line(product, ticks)
    inside = Inside(f"b{number}", bundle, number, count, product)
    return Line(product, ticks * count, facts=inside.facts, inside=inside)


def priced(book, *lines: Line, currency: str = "EUR") -> PricedQuote:  # type: ignore[no-untyped-def]
    found = {one.inside.number: one.inside for one in lines if one.inside is not None}
    bundles = tuple(PricedBundle(one.id, one.bundle, one.count) for _, one in sorted(found.items()))
    quote = Quote(TODAY, {"quote.currency": currency} if currency != "EUR" else {}, lines, bundles)
    answer = price_quote(lower(book), quote, waterfall=True)
    assert replace(answer, exchange=None) == meant(book, quote)
    return answer


def nets(answer: PricedQuote) -> list[float]:
    return [one.net_amount / MICROS for one in answer.lines]


def test_a_percent_is_of_each_part_and_ordinary_rules_go_on_from_it() -> None:
    book = book_of("price sum of parts, 5% off list")
    assert lower(book).meaning is None and not lower(book).across  # lines by themselves: no pass over the quote
    answer = priced(book, line("keyboard", 1, 1, 2), line("gift", 1, 1, 2), line("keyboard", 2))
    assert nets(answer) == [68.40, 14.00, 80.00]  # 80 less 5%, less 10%; a gift is never discounted
    assert [(bar.step, bar.rule) for bar in answer.lines[0].waterfall] == [
        ("list", ""), ("bundle", "suite"), ("promotion", "tenth"),
    ]  # fmt: skip
    assert nets(priced(book, line("keyboard", 1, 1, 1, "other"))) == [40.00]


def test_a_fixed_price_is_split_among_the_lines_of_each_bundle() -> None:
    book = book_of("price 50 EUR, spread by list", "price gift 2 EUR", "price 5 EUR per month")
    assert lower(book).meaning is None
    answer = priced(
        book, line("mouse", 1), line("mouse", 3, 1, 3), line("cable", 1, 2), line("cable", 4, 1, 3), line("gift", 1, 1, 3),
        line("mouse", 1, 2), line("care", 1, 2),
    )  # fmt: skip
    first, second = answer.bundles
    assert nets(answer)[0] == 19.99
    assert [(t.name, t.net_amount) for t in first.totals] == [("once", 3 * 52 * MICROS)]
    assert [(t.name, t.net_amount) for t in second.totals] == [("once", 50 * MICROS), ("per_month", 5 * MICROS)]


def test_an_amount_off_is_off_each_bundle() -> None:
    book = book_of("price sum of parts, 10 EUR off running price, remainder to last")
    answer = priced(book, line("mouse", 1, 1, 2), line("cable", 1, 1, 2), line("mouse", 1, 2))
    assert [bundle.totals[0].net_amount for bundle in answer.bundles] == [20_640_000, 9_990_000]


def test_a_percent_that_is_spread_is_rounded_once() -> None:
    book = book_of("price sum of parts, 5% off list, spread by ssp")
    answer = priced(book, line("mouse", 1, 1), line("keyboard", 1, 1))
    assert nets(answer)[0] == 18.93  # of 3.00 off, 17 of 48 parts
    assert answer.lines[1].waterfall[1].after == 38_060_000


def test_another_currency_has_its_own_price_or_the_rate() -> None:
    own = book_of("price 50 EUR, 60 USD")
    assert priced(own, line("mouse", 1, 1, 2), currency="USD").totals[0].net_amount == 120 * MICROS
    assert priced(book_of("price 50 EUR"), line("mouse", 1, 1, 2), currency="USD").totals[0].net_amount == 125 * MICROS


@given(
    st.sampled_from(["running price", "list", "ssp", "equal parts"]),
    st.sampled_from(["largest fraction", "first", "last"]),
    st.sampled_from(["line", "unit", "document"]),
    st.integers(0, 99_999),
    st.lists(st.tuples(st.integers(1, 4), st.integers(1, 900), st.integers(1, 7)), min_size=1, max_size=3),
)
def test_the_lines_of_each_bundle_come_to_its_price(
    spread: str, remainder: str, level: str, cents: int, bundles: list[tuple[int, int, int]]
) -> None:
    book = book_of(f"price {cents / 100:.2f} EUR, spread by {spread}, remainder to {remainder}", level=level)
    lines = [line("mouse", 2)]
    for number, (mice, metres, count) in enumerate(bundles, 1):
        lines += [line("mouse", mice, number, count), line("cable", metres / 100, number, count)]
    answer = priced(book, *lines)
    assert all(one.error is None for one in answer.lines)
    for number, (_, _, count) in enumerate(bundles, 1):
        of = [one.net_amount for one in answer.lines if one.inside is not None and one.inside.number == number]
        assert sum(of) == cents * 10_000 * count
        assert answer.bundles[number - 1].totals[0].net_amount == sum(of)


@pytest.mark.parametrize("prices", [(), ("price sum of parts",)])
def test_the_sum_of_the_parts_needs_no_step(prices: tuple[str, ...]) -> None:
    text = HEAD.format(prices="\n  ".join(prices), level="line").replace("  bundle\n", "")
    assert check({"book.quo": text.encode()}).book is not None


def test_columns_say_of_which_bundle_a_line_is_to_a_book_beyond_the_kernels() -> None:
    book = book_of("price 50 EUR, spread by list")
    with patch("engine.plan.lower.beyond", return_value=True):
        plan = lower(book)
    assert plan.meaning is not None
    lines = [line("mouse", 1), line("mouse", 3, 1, 3), line("keyboard", 1, 1, 3), line("keyboard", 1)]
    found = as_columns(plan, [Quote(TODAY, {}, tuple(lines))])
    assert [net / MICROS for net in found.net_amount.tolist()] == nets(priced(book, *lines))
    assert not found.faults
