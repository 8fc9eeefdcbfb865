"""Quotes in a book's other currencies, by figures worked out by hand."""

from __future__ import annotations

import pickle
from dataclasses import fields, is_dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from engine.lang import book as b
from engine.plan.exchange import APART, MONEY, PLAIN, NoRate, in_currency, rate_on
from engine.plan.lower import lower
from engine.plan.plan import Plan
from engine.pricing import price_quote, read_facts
from engine.pricing.quote import Line, Quote
from engine.values.kinds import decimal
from engine.values.money import PerCurrency
from tests.unit.money.book import book_of, cents, codes_of, priced

BOOK = """price book shop
  currency   EUR
  currencies USD, JPY, KWD, GBP
  units      piece pieces, seat seats

facts
  customer.spent: money optional

rates from "fx.csv"

product seat
  price 49 EUR per seat per month, 55 USD per seat per month
  cost  20 EUR per seat per month

product lamp
  price 10.99 EUR per piece
  price 12.50 USD per piece from 2026-03-01 until 2026-04-01

product bulk
  price tiers graduated
    | pieces above | price                          | flat          |
    |            0 | 1 EUR per piece, 2 USD per piece | 3 EUR         |
    |           10 | 0.50 EUR per piece             | 1 EUR, 2 USD  |

steps
  list
  promotion best of
  floor

promotion discount yen on lamp
  when quote.currency is "JPY"
  give 3 EUR off list

promotion discount five on seat
  when customer.spent >= 100 EUR
  give 5 EUR, 6 USD off list

promotion discount basket on bulk
  when goods at list >= 100 EUR
  give 10% off list

floor least on seat
  at least 40 EUR, 50 USD
"""
FILES = {
    "fx.csv": "from,to,rate,from date\nEUR,USD,1.10,2026-01-01\nEUR,USD,1.20,2026-02-01\nEUR,JPY,163.4567,\nEUR,KWD,0.3357,\n"
}


def book() -> b.Book:
    return book_of(BOOK, FILES)


def unit(product: str, on: str, **facts: str) -> int:
    line = priced(book(), {product: "1"}, on, **facts).lines[0]
    assert line.error is None, line.error
    return line.unit_net


def test_the_rate_of_the_day_comes_before_the_rounding() -> None:
    assert unit("lamp", "2026-01-31", quote__currency="USD") == 12_090_000  # 12.089
    assert unit("lamp", "2026-02-01", quote__currency="USD") == 13_190_000  # 13.188


def test_a_price_of_its_own_holds_on_its_dates() -> None:
    assert unit("lamp", "2026-03-01", quote__currency="USD") == 12_500_000
    assert unit("lamp", "2026-04-01", quote__currency="USD") == 13_190_000


def test_each_currency_has_its_own_minor_unit() -> None:
    assert unit("lamp", "2026-01-15", quote__currency="JPY") == 1_306_000_000  # 7.99 x 163.4567 = 1306.019
    assert unit("lamp", "2026-01-15", quote__currency="KWD") == 3_689_000  # 10.99 x 0.3357 = 3.689343


def test_amounts_of_rules_are_their_own_or_converted() -> None:
    assert unit("seat", "2026-01-15", quote__currency="USD", customer__spent="100 EUR") == 50_000_000  # 49, at least 50
    assert (
        unit("seat", "2026-01-15", quote__currency="JPY", customer__spent="100 EUR") == 7_192_000_000
    )  # 44 x 163.4567
    assert unit("seat", "2026-01-15", customer__spent="100 EUR") == 44_000_000


def test_tiers_and_sums_are_converted() -> None:
    quote = priced(book(), {"bulk": "12"}, quote__currency="USD")
    assert cents(quote.lines[0].net_amount) == "26.40"  # 10 x 2 + 2 x 0.55 + 3.30 + 2
    just, below = (priced(book(), {"bulk": str(n)}, quote__currency="JPY") for n in (182, 181))
    # 10 + 3 + 1 + 0.5 x 172 = 100 EUR reach the sum; 181 pieces, 99.50 EUR, do not
    assert [bool(len(one.lines[0].waterfall) > 1 and one.lines[0].waterfall[1].rule) for one in (just, below)] == [
        True,
        False,
    ]


def test_the_answer_says_the_rate_and_how_long_it_holds() -> None:
    quote = priced(book(), {"lamp": "1"}, "2026-01-15", quote__currency="USD")
    assert quote.currency == "USD" and quote.version == book().version
    assert quote.exchange == ("EUR", "USD", Fraction(11, 10), date(2026, 1, 1).toordinal())
    assert quote.holds_until == date(2026, 2, 1).toordinal()
    assert priced(book(), {"lamp": "1"}).exchange is None


def test_a_missing_rate_is_an_answer_that_says_which() -> None:
    quote = priced(book(), {"lamp": "1"}, "2026-01-15", quote__currency="GBP")
    error = quote.lines[0].error
    assert error is not None and error.code == "NO_RATE"
    assert "from EUR to GBP on 2026-01-15" in error.message


OWN = """price book shop
  currency   EUR
  currencies GBP
  units      piece pieces

product lamp
  price 10 EUR per piece, 9 GBP per piece

product desk
  price 10 EUR per piece
"""


def test_prices_of_their_own_need_no_rate() -> None:
    quote = priced(book_of(OWN), {"lamp": "1", "desk": "1"}, quote__currency="GBP")
    assert quote.lines[0].net_amount == 9_000_000
    assert quote.lines[1].error is not None and quote.lines[1].error.code == "NO_RATE"


DISCOUNTS = """price book shop
  currency   EUR
  currencies USD
  round      discounts half up to minor unit at {level}
  families   rated
  units      piece pieces, call calls

facts
  line.amount:   money optional
  customer.near: yes or no optional

rates
  | from | to  |   rate |
  | EUR  | USD | 1.0842 |

product key
  price 29.05 EUR per piece

product own
  price 29.05 EUR per piece, 31.4961 USD per piece

product fine
  price 1.505 EUR per piece

product call
  price 0.40 EUR per 1_000 calls

product rows
  price tiers graduated
    | pieces above | price           | flat     |
    |            0 | 1 EUR per piece | 1.99 EUR |
    |            2 | 0.99 EUR per piece | 0 EUR |

product part
  unit piece
  price tiers graduated by line.amount
    | amount above | percent | flat  |
    |        0 EUR |      1% | 1 EUR |

product near
  price 10.01 EUR per piece

steps
  list
  promotion
  contract

list price nearby on near
  when customer.near is yes
  price 9.99 EUR per piece

promotion discount tenth on everything
  give 10% off list

contract price agreed on key
  when customer.near is yes
  price 29.05 EUR per piece
"""


@pytest.mark.parametrize(
    ("level", "asked", "listed", "net"),
    [
        ("unit", {"key": "10"}, "315", "283.5"),  # 31.49601, so 31.50 less 3.15
        ("line", {"key": "10"}, "315", "283.5"),
        ("unit", {"own": "1"}, "31.4961", "28.3461"),
        ("unit", {"fine": "1"}, "1.631721", "1.471721"),  # as exact as 1.505 EUR is
        ("line", {"call": "1_000"}, "0.43368", "0.39368"),
        ("line", {"rows": "3"}, "5.39", "4.85"),  # 2.16 and twice 1.08 and 1.07
        ("unit", {"near": "1"}, "10.85", "9.76"),
    ],
)
def test_list_prices_are_rounded_before_discounts_are(level: str, asked: dict[str, str], listed: str, net: str) -> None:
    text = DISCOUNTS.format(level=level)
    line = priced(book_of(text), asked, quote__currency="USD").lines[0]
    assert line.error is None, line.error
    assert (decimal(line.list_amount), decimal(line.net_amount)) == (listed, net)


def test_prices_of_rules_are_rounded_where_they_are_list_prices() -> None:
    near = {"quote__currency": "USD", "customer__near": "yes"}
    line = priced(book_of(DISCOUNTS.format(level="unit")), {"near": "1"}, **near).lines[0]
    assert (cents(line.list_amount), cents(line.net_amount)) == ("10.83", "9.75")  # 9.99 x 1.0842 = 10.831158
    line = priced(book_of(DISCOUNTS.format(level="unit")), {"key": "1"}, **near).lines[0]
    assert cents(line.net_amount) == "31.50"  # at 31.49601 nothing is off


def test_a_price_list_may_be_in_another_currency() -> None:
    text = OWN.replace("10 EUR per piece, 9 GBP per piece", "10 EUR per piece") + (
        '\nprice list pounds in GBP from "gbp.csv"\n  sku: product\n  price: money per piece\n'
    )
    quote = priced(
        book_of(text, {"gbp.csv": "sku,price\ndesk,8.50\nlamp,7\n"}), {"desk": "1", "lamp": "2"}, quote__currency="GBP"
    )
    assert [cents(line.net_amount) for line in quote.lines] == ["8.50", "14.00"]


def test_a_currency_the_book_has_not_is_refused() -> None:
    plan = lower(book())
    values, errors = read_facts(plan, {"quote.currency": "CHF"})
    assert not values and errors[0].code == "INVALID_FACT" and "EUR, USD, JPY, KWD, GBP" in errors[0].message
    assert read_facts(plan, {"quote.currency": "EUR"}) == ({}, [])


def test_a_saved_plan_prices_every_currency(tmp_path: Path) -> None:
    lower(book()).save(tmp_path / "a.plan")
    plan = Plan.open(tmp_path / "a.plan")
    asked = Quote(date(2026, 1, 15).toordinal(), {"quote.currency": "USD"}, (Line("seat", 2_000_000),))
    assert price_quote(plan, asked).lines[0].net_amount == 110_000_000


def test_kernels_price_where_they_can() -> None:
    plan = lower(book_of(OWN))
    assert plan.meaning is None and plan.exchange is not None


def test_an_amount_per_currency_keeps_them_through_arithmetic_and_files() -> None:
    amount = PerCurrency(Fraction(3), {"USD": Fraction(4)})
    for made in (-1 * amount, -amount, pickle.loads(pickle.dumps(amount * -1))):
        assert made == -3 and made.own == {"USD": Fraction(-4)}
    assert amount == 3 and amount != Fraction(3) and amount != PerCurrency(Fraction(3), {"USD": Fraction(5)})
    assert (amount / 2).own == {"USD": Fraction(2)}
    assert amount + 1 == 4


def test_no_amount_is_converted_without_a_rate() -> None:
    with pytest.raises(NoRate):
        in_currency(book(), "GBP", None)
    assert rate_on(book(), "USD", date(2025, 12, 31).toordinal()) is None


def _ratios() -> set[tuple[type, str]]:
    """Every field of the book's dataclasses that holds a ratio."""
    found: set[tuple[type, str]] = set()
    for thing in vars(b).values():
        if isinstance(thing, type) and is_dataclass(thing):
            found |= {(thing, field.name) for field in fields(thing) if "Fraction" in str(field.type)}
    return found


def test_every_ratio_of_a_book_is_known_as_money_or_not() -> None:
    known: set[tuple[Any, str]] = {*MONEY, *PLAIN, *APART}
    assert _ratios() - known == set(), "say in engine/plan/exchange.py whether it is money, so that it is converted"
    assert known - _ratios() == set()


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("currencies GBP", "currencies GBP, GBP", "E332"),
        ("currencies GBP", "currencies GPB", "E304"),
        ("9 GBP per piece", "9 USD per piece", "E333"),
        ("9 GBP per piece", "9 EUR per piece", "E332"),
        ("9 GBP per piece", "9 GBP per piece per month", "E334"),
        ("product lamp", "rates\n  | from | to | price |\n  | EUR | GBP | 1 |\n\nproduct lamp", "E335"),
        ("product lamp", "rates\n  | from | to | rate |\n  | EUR | GBP | 0 |\n\nproduct lamp", "E335"),
        (
            "product lamp",
            "rates\n  | from | to | rate |\n  | EUR | GBP | 1 |\n  | EUR | GBP | 2 |\n\nproduct lamp",
            "E336",
        ),
    ],
)
def test_slips_with_currencies(old: str, new: str, code: str) -> None:
    assert code in codes_of(OWN.replace(old, new, 1))


OVER_TIME = """price book x
  currency EUR
  currencies USD
  units kwh kwhs, piece pieces
  prorate by month, part months up

facts
  line.at: instant optional
  line.amount: money optional

rates
  | from | to | rate | from date |
  | EUR | USD | 1.10 | |

product power
  unit kwh
  price tariff by line.at
  | hours | days | price |
  | 0 to 24 | mon to sun | 0.50 EUR |
  bill monthly by usage

product loan
  unit piece
  price 4.5% a year of line.amount, actual/360

product plan
  price 100 EUR per piece per month
  ramp
  | months from | price |
  | 7 | 120.00 EUR |
"""


def test_what_is_charged_over_time_is_converted() -> None:
    """A ramp's own price, a tariff, and what a rate comes to: 0.50, 120 and 45.625 EUR at 1.10."""
    book = book_of(OVER_TIME)
    days = {"quote.start": date(2026, 1, 15).toordinal(), "quote.end": date(2027, 1, 14).toordinal()}
    lines = (
        Line("power", 10_000_000),
        Line("plan", 1_000_000),
        Line("loan", 1_000_000, facts={"line.amount": 1_000_000_000}),
    )
    quote = Quote(date(2026, 1, 15).toordinal(), {"quote.currency": "USD", **days}, lines)
    power, plan, loan = price_quote(lower(book), quote).lines
    assert (power.net_amount, plan.net_amount, loan.net_amount) == (5_500_000, 110_000_000, 50_190_000)
    assert plan.term is not None
    assert [segment.net_amount for segment in plan.term.segments] == [660_000_000, 792_000_000]
