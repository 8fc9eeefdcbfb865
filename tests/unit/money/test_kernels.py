"""Which books with taxes or a pocket kernels price, and what columns of them come to."""

from __future__ import annotations

import numpy as np
import pytest

from engine.plan.lower import lower
from engine.pricing.columns import price_columns, prices_whole_quotes
from tests.unit.money.book import book_of, cents, quoted

BOOK = """price book shop
  currency EUR
  prices {prices} tax
  round  half up to minor unit at {level}
  round  tax at {tax}
  units  piece pieces

product lamp
  price 10.00 EUR per piece

steps
  list
  tax
  net
  rebate one only

tax rate standard on everything
{when}  charge 21%

rebate discount half on lamp
  when line.quantity >= 2
  give 50% off running price
"""


def text(prices: str = "include", level: str = "unit", tax: str = "rate", when: str = "") -> str:
    return BOOK.format(prices=prices, level=level, tax=tax, when=when)


@pytest.mark.parametrize(
    ("written", "by_kernels"),
    [
        (text(), True),
        (text(level="line", tax="unit"), True),
        (text(level="document"), False),  # its pocket begins at a share of a document
        (text(level="document").replace("  net\n  rebate one only\n", "").split("rebate discount")[0], True),
        (text(when="  when goods at list >= 100 EUR\n"), False),
        (text().replace("  list\n", "  list rounded to 1 EUR\n"), True),
        (text().replace("  net\n", "  net rounded to 1 EUR\n"), False),  # no line goes through it, and yet it rounds
        (text().replace("  tax\n", "  tax rounded to 1 EUR\n"), False),
    ],
)
def test_kernels_price_what_they_can(written: str, by_kernels: bool) -> None:
    assert (lower(book_of(written)).meaning is None) is by_kernels


@pytest.mark.parametrize(
    ("prices", "tax", "nets"),
    [
        # 10.00 / 1.21 = 8.2645 each, 24.7934 -> 24.79 of the first quote: the cent over goes to its first line
        ("include", "rate", ["8.27", "8.26", "8.26", "8.26"]),
        ("include", "document", ["8.27", "8.26", "8.26", "8.26"]),
        ("include", "line", ["8.26", "8.26", "8.26", "8.26"]),
        ("exclude", "rate", ["10.00", "10.00", "10.00", "10.00"]),
    ],
)
def test_columns_are_without_tax(prices: str, tax: str, nets: list[str]) -> None:
    plan = lower(book_of(text(prices, tax=tax)))
    assert plan.meaning is None and prices_whole_quotes(plan) is (len(set(nets)) > 1)
    ones = np.ones(4, np.int64)
    found = price_columns(plan, np.array([0, 0, 0, 1]), 739_600 * ones, 0 * ones, 1_000_000 * ones, {})
    assert not found.faults
    assert [cents(net) for net in found.net_amount.tolist()] == nets
    assert [cents(listed) for listed in found.list_amount.tolist()] == nets
    assert [cents(unit) for unit in found.unit_net.tolist()] == ["10.00"] * 4


FLOORS = """price book shop
  currency EUR
  prices include tax
  units  piece pieces

product cup
  price 12.10 EUR per piece
  cost  9 EUR per piece

product tea
  price 12.10 EUR per piece
  cost  9 EUR per piece
  taxed as reduced

steps
  list
  order additive
  floor
  tax

order discount four on the quote
  give 4 EUR off running price

floor over_cost on everything
  at least 10% markup
  prices may meet it

tax rate standard on class standard
  charge 21%
tax rate reduced on class reduced
  charge 6%
"""


@pytest.mark.parametrize("codes", [("cup", "tea"), ("tea", "cup")])
def test_a_floor_over_cost_leaves_each_line_what_its_own_tax_asks(codes: tuple[str, str]) -> None:
    book = book_of(FLOORS)
    assert lower(book).meaning is None
    # 9 x 110% with 21% is 11.979, with 6% 10.494: the lines can lose 0.12 and 1.60 in whole cents, and do
    gross = {
        line.product: line.tax and cents(line.tax.gross_amount)
        for line in quoted(book, [(c, "1") for c in codes]).lines
    }
    assert gross == {"cup": "11.98", "tea": "10.50"}


TURNED = """price book shop
  currency EUR
  prices include tax
  round  discounts half up to 0.05 EUR at document
  round  tax at line
  units  piece pieces

product lamp
  price 3.53 EUR per piece

steps
  list
  offer one only
  tax

offer discount gift on lamp
  give 100% off list

tax rate zero on everything
  charge 0%
  category Z
"""


def test_a_document_s_rounding_may_turn_an_amount() -> None:
    """3.53 off, rounded to 3.55, leaves less than nothing: columns say so too."""
    plan = lower(book_of(TURNED))
    found = price_columns(plan, *(np.array([n], np.int64) for n in (0, 739_600, 0, 1_000_000)), {})
    assert plan.meaning is None and not found.faults
    assert [cents(net) for net in found.net_amount.tolist()] == ["-0.02"]
    assert quoted(book_of(TURNED), [("lamp", "1")]).lines[0].net_amount == -20_000
