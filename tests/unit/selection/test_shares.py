"""Lines that are a percent of other lines."""

from __future__ import annotations

import pytest

from engine.pricing.quote import Line
from tests.unit.selection.book import bars, eur, line, priced

BOOK = """product seat
  family crm
  price 100 EUR per seat per month

product addon
  family crm
  price 50 EUR per seat per month

product setup
  family crm
  price 1_000 EUR per seat

product support
  family care
  price SHARE
  charged per month

steps
  list
  volume one only
  promotion

volume discount tenth on family crm
  give 10% off list

promotion discount fifth on family crm, care
  give 20% off running price
"""
BOOK = BOOK.replace("family crm, care", "everything")


def support(share: str, *more: tuple[str, int] | Line, quantity: int = 1) -> tuple[float | None, float | None, int]:
    """List and net of a support line beside ten seats, two add-ons, a set-up; and its bars after list."""
    lines = (("support", quantity), ("seat", 10), ("addon", 2), ("setup", 1), *more)
    one = line(BOOK.replace("SHARE", share), *lines)
    assert one.error is None
    return eur(one.list_amount), eur(one.net_amount), len(one.waterfall) - 1


@pytest.mark.parametrize(
    ("share", "listed", "net", "moved"),
    [
        ("18% of list of family crm", 198, 158.4, 1),  # of 1,100; the once-only set-up is not counted
        ("18% after volume of family crm", 178.2, 142.56, 1),
        ("18% of net of family crm", 142.56, 142.56, 0),  # of 792, and through no step
        ("18% after promotion of family crm", 142.56, 142.56, 0),
        ("18% of list of addon", 18, 14.4, 1),
        ("18% of list of addon or seat", 198, 158.4, 1),
        ("18% of list of everything", 198, 158.4, 1),
        ("18% of list of family crm, at least 500 EUR per month", 500, 400, 1),
        ("18% of list of family crm, at most 150 EUR per seat per month", 150, 120, 1),
        ("18% of list of family crm, at least 500 EUR per month, at most 900 EUR per month", 500, 400, 1),
    ],
)
def test_a_percent_joins_where_its_base_stands(share: str, listed: float, net: float, moved: int) -> None:
    assert support(share) == (listed, net, moved)


def test_quantity_multiplies_and_bounds_are_of_a_unit() -> None:
    assert support("18% of list of family crm, at most 150 EUR per month", quantity=2) == (300, 240, 1)


def test_lines_that_have_no_price_are_left_out() -> None:
    wrong = Line("seat", 1_500_000)
    assert support("18% of list of family crm", wrong) == (198, 158.4, 1)


def test_a_group_is_counted_by_its_lines() -> None:
    in_group = (Line("seat", 1_000_000, "rollout"), Line("addon", 2_000_000, "rollout"))
    assert support("18% of list of group rollout", *in_group) == (36, 28.8, 1)


def test_a_credit_takes_away_and_a_credited_percent_is_of_what_is_credited() -> None:
    text = BOOK.replace("SHARE", "10% of list of seat")
    sold = priced(text, ("support", 1), ("seat", 10), ("seat", -4))
    assert eur(sold.lines[0].list_amount) == 60
    back = priced(text, ("support", -1), ("seat", -4))
    assert [eur(each.list_amount) for each in back.lines] == [-40, -400]
    odd = priced(text, ("support", 1), ("seat", -4))
    assert eur(odd.lines[0].list_amount) == 0


CHAIN = """product seat
  price 100 EUR per seat per month

product support
  price 20% of list of seat

product hotline
  price 50% of list of support, at least 1 EUR per month

product audit
  price 10% of net of everything
  charged per month

steps
  list
  promotion

promotion discount half on support
  give 50% off list
"""


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_percents_of_percents_are_taken_in_the_order_of_dependencies(order: tuple[int, ...]) -> None:
    lines = [("seat", 10), ("support", 1), ("hotline", 1), ("audit", 1)]
    quote = priced(CHAIN, *(lines[i] for i in order))
    found = {each.product: (eur(each.list_amount), eur(each.net_amount)) for each in quote.lines}
    # 1,000; 200 and half of it; half of 200; a tenth of 1,000 + 100 + 100
    assert found == {"seat": (1000, 1000), "support": (200, 100), "hotline": (100, 100), "audit": (120, 120)}


def test_its_waterfall_opens_with_what_it_came_to() -> None:
    one = priced(CHAIN, ("support", 1), ("seat", 10)).lines[0]
    assert bars(one) == [("list", "", 200), ("promotion", "half", 100)]


def test_alone_on_a_quote_it_is_a_percent_of_nothing() -> None:
    assert eur(priced(CHAIN, ("support", 1)).lines[0].net_amount) == 0
    assert eur(priced(CHAIN, ("hotline", 1)).lines[0].net_amount) == 1


def test_a_dated_percent() -> None:
    text = CHAIN.replace(
        "price 20% of list of seat",
        "price 20% of list of seat until 2026-06-01\n  price 30% of list of seat from 2026-06-01",
    )
    by_day = [
        eur(priced(text, ("support", 1), ("seat", 1), on=day).lines[0].list_amount)
        for day in ("2026-05-31", "2026-06-01")
    ]
    assert by_day == [20, 30]


def test_a_list_rule_takes_the_place_of_a_percent() -> None:
    text = (
        CHAIN
        + """
list price fixed on support
  when customer.region is "PL"
  price 9 EUR per seat per month
"""
    )
    assert eur(priced(text, ("support", 1), ("seat", 10), region="PL").lines[0].list_amount) == 9
    assert eur(priced(text, ("support", 1), ("seat", 10), region="NL").lines[0].list_amount) == 200
