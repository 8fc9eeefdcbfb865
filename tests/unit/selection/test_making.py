"""Prices over cost, floors below list, and steps that round."""

from __future__ import annotations

import pytest

from engine.pricing.quote import Line
from tests.unit.selection.book import HEAD, bars, eur, line, priced

MADE = """product made
  price cost plus 25%
  cost 16.50 EUR per seat until 2026-06-01
  cost 18 EUR per seat from 2026-06-01 until 2027-01-01

"""


@pytest.mark.parametrize(("mode", "price"), [("half up", 20.63), ("half even", 20.62), ("down", 20.62)])
def test_cost_plus(mode: str, price: float) -> None:
    """16.50 and a quarter of it is 20.625, a tie."""
    head = HEAD.replace("  currency EUR\n", f"  currency EUR\n  round {mode} to minor unit at unit\n")
    one = line(MADE, ("made", 2), head=head)
    assert (eur(one.unit_list), eur(one.unit_net), eur(one.net_amount)) == (20.625, price, 2 * price)


def test_the_cost_of_the_day_counts() -> None:
    assert eur(line(MADE, ("made", 1), on="2026-06-01").net_amount) == 22.5


def test_a_day_without_cost_is_an_error_that_says_so() -> None:
    one = line(MADE, ("made", 1), on="2027-01-01")
    assert one.error is not None and one.error.code == "NO_COST"
    assert one.error.message.startswith("its list price needs the cost of `made`")


def test_rules_over_cost() -> None:
    text = (
        MADE.replace("price cost plus 25%", "price 100 EUR per seat")
        + """steps
  list
  contract
  extras additive
  floor

contract price plus on made
  when customer.region is "PL"
  price cost plus 30%

extras surcharge handling on made
  add 10% of cost

floor near_list on made
  at least 30 EUR below list
"""
    )
    # 100 + 1.65; and 16.50 x 1.3 = 21.45, + 1.65 = 23.10, lifted to 100 - 30
    assert eur(line(text, ("made", 1)).net_amount) == 101.65
    assert bars(line(text, ("made", 1), region="PL"))[1:] == [
        ("contract", "plus", 21.45), ("extras", "handling", 23.1), ("floor", "near_list", 70.0),
    ]  # fmt: skip
    late = line(text, ("made", 1), on="2027-01-01")
    assert late.error is not None and (late.error.code, late.error.rule) == ("NO_COST", "handling")


def test_a_floor_below_list_is_never_below_zero() -> None:
    text = """product pen
  price 20 EUR per seat

steps
  list
  promotion
  floor

promotion discount all on pen
  give 100% off list

floor low on pen
  at least 30 EUR below list
"""
    assert eur(line(text, ("pen", 3)).net_amount) == 0


# ---------------------------------------------------------------- steps that round


def rounded(price: str, how: str, *, quantity: int = 1) -> list[tuple[str, str, float | None]]:
    return bars(line(f"product pen\n  price {price} EUR per seat\n\nsteps\n  list\n  charm {how}\n", ("pen", quantity)))


@pytest.mark.parametrize(
    ("price", "how", "after"),
    [
        ("23.40", "rounded to 10 EUR minus 0.01 EUR", 19.99),
        ("9.502", "rounded to 10 EUR minus 0.01 EUR", 9.99),
        ("25", "rounded half even to 10 EUR", 20),
        ("25", "rounded to 10 EUR", 30),
        ("23.01", "one only, rounded up to 5 EUR plus 0.50 EUR", 25.5),
        ("4", "rounded to 10 EUR minus 0.01 EUR", 0),  # never below 0
        ("19.996", "rounded down to minor unit", 19.99),
    ],
)  # fmt: skip
def test_a_step_rounds(price: str, how: str, after: float) -> None:
    assert rounded(price, how)[1:] == [("charm", "", after)]


def test_the_bar_says_where_the_step_is() -> None:
    bar = line(
        "product pen\n  price 23.40 EUR per seat\n\nsteps\n  list\n  charm rounded to 10 EUR\n", ("pen", 1)
    ).waterfall[1]
    assert (bar.file, bar.line, bar.before, bar.after) == ("book.quo", 17, 23_400_000, 20_000_000)


def test_rules_first_then_the_rounding() -> None:
    text = """product pen
  price 40 EUR per seat

steps
  list
  promotion best of, rounded to 10 EUR minus 0.01 EUR
  extras additive

promotion discount off on pen
  give 41% off list

extras surcharge box on pen
  add 1 EUR
"""
    one = line(text, ("pen", 2))
    assert bars(one) == [
        ("list", "", 40),
        ("promotion", "off", 23.6),
        ("promotion", "", 19.99),
        ("extras", "box", 20.99),
    ]
    assert eur(one.net_amount) == 41.98


def test_a_line_priced_whole_is_rounded_whole() -> None:
    text = """product calls
  price tiers graduated
  | seats from |             price |  flat |
  |          1 | 1.10 EUR per seat | 2 EUR |

steps
  list
  charm rounded to 5 EUR

"""
    one = line(text, ("calls", 7))  # 7 x 1.10 + 2 = 9.70
    assert (eur(one.net_amount), one.waterfall[1].before, one.waterfall[1].after) == (10, 9_700_000, 10_000_000)


def test_a_list_that_rounds_is_what_percents_are_of() -> None:
    text = """product pen
  price 23.40 EUR per seat

steps
  list rounded to 10 EUR
  promotion

promotion discount off on pen
  give 10% off list
"""
    one = line(text, ("pen", 1))
    assert (eur(one.list_amount), eur(one.net_amount)) == (20, 18)


def test_a_credit_undoes_the_sale() -> None:
    text = "product pen\n  price 23.40 EUR per seat\n\nsteps\n  list\n  charm rounded to 10 EUR minus 0.01 EUR\n"
    sale = priced(text, ("pen", 3), Line("pen", -3_000_000))
    assert [eur(each.net_amount) for each in sale.lines] == [59.97, -59.97]
