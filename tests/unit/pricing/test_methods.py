"""Ways to price, against figures worked out by hand: packages, blocks, free units, flats at zero, percents of an amount."""

from __future__ import annotations

from datetime import date

import pytest

from engine.lang import check
from engine.plan.lower import lower
from engine.plan.plan import Plan
from engine.pricing import price_quotes
from engine.pricing.quote import Line, PricedLine, Quote

MICROS = 1_000_000
TODAY = date(2026, 5, 4).toordinal()
BOOK = """price book shop
  currency EUR
  round    half up to minor unit at line
  units    piece pieces, box boxes of 5 pieces, call calls, hour hours to 2 decimals, third thirds of 3 pieces

facts
  line.amount: money optional

product thing
  unit {unit}
"""


def planned(clauses: str, unit: str = "call", rules: str = "") -> Plan:
    """A book with one product of these clauses."""
    text = BOOK.format(unit=unit) + "".join(f"  {line.strip()}\n" for line in clauses.strip().split("\n")) + rules
    checked = check({"book.quo": text.encode()})
    assert checked.book, [d.render(checked.sources) for d in checked.diagnostics]
    return lower(checked.book)


def priced(plan: Plan, quantity: float | None, amount: str | None = None, unit: str | None = None) -> PricedLine:
    """The only line of a quote."""
    ticks = None if quantity is None else round(quantity * MICROS)
    facts = {} if amount is None else {"line.amount": round(float(amount) * MICROS)}
    (line,) = price_quotes(plan, [Quote(TODAY, {}, (Line("thing", ticks, facts=facts, unit=unit),))])[0].lines
    return line


def net(plan: Plan, quantity: float, amount: str | None = None) -> str:
    """The line's amount, or its error."""
    line = priced(plan, quantity, amount)
    return line.error.code if line.error else f"{line.net_amount / MICROS:.2f}"


PACKAGES = "price 100 EUR per started 10 calls"
TIERS = """price tiers {mode}
| calls above | price |
| 0 | 1 EUR per started 100 calls |
| 1_000 | 1 EUR per started 1_000 calls |"""
BLOCKS = """price block
| calls from | price |
| 1 | 1 EUR |
| 11 | 3 EUR |"""
FLATS = """price tiers {mode}
| calls above | price | flat |
| 0 | 10 EUR per call | 2 EUR |
| 10 | 5 EUR per call | 3 EUR |"""
FEES = """price tiers {mode}
| amount above | percent | flat |
| 0 EUR | 1% | 200 EUR |
| 1_000 EUR | 2% | 300 EUR |"""


@pytest.mark.parametrize(
    ("clauses", "quantity", "expected"),
    [
        (PACKAGES, 0, "0.00"),
        (PACKAGES, 1, "100.00"),
        (PACKAGES, 10, "100.00"),
        (PACKAGES, 121, "1300.00"),
        (PACKAGES, -121, "-1300.00"),
        (PACKAGES + "\nfirst 10 free", 10, "0.00"),
        (PACKAGES + "\nfirst 10 free", 121, "1200.00"),  # 111 in packages of 10: 12
        (TIERS.format(mode="graduated"), 1_000, "10.00"),
        (TIERS.format(mode="graduated"), 5_325, "15.00"),  # 10 of 100, then 4_325 in 5 of 1_000
        (TIERS.format(mode="all units"), 1_000, "10.00"),
        (TIERS.format(mode="all units"), 5_325, "6.00"),  # 5_325 in 6 of 1_000
        (TIERS.format(mode="all units") + "\nfirst 325 calls free", 5_325, "5.00"),
        (BLOCKS, 0, "0.00"),
        (BLOCKS, 7, "1.00"),
        (BLOCKS, 10, "1.00"),
        (BLOCKS, 11, "3.00"),
        (BLOCKS, 50, "3.00"),
        (BLOCKS + "\noverage 2 EUR per call", 10, "1.00"),
        (BLOCKS + "\noverage 2 EUR per call", 50, "81.00"),  # 3 + (50 - 11) x 2
        (BLOCKS + "\noverage 2 EUR per started 20 calls", 50, "7.00"),  # 39 in 2 of 20
        (FLATS.format(mode="graduated"), 0, "0.00"),
        (FLATS.format(mode="graduated, flat at zero"), 0, "2.00"),
        (FLATS.format(mode="graduated"), 12, "115.00"),  # 102 + 13
        (FLATS.format(mode="all units, flat at zero"), 0, "2.00"),
        (FLATS.format(mode="all units"), 0, "0.00"),
        (FLATS.format(mode="all units"), 12, "63.00"),
        (FLATS.format(mode="graduated, flat at zero") + "\nfirst 5 free", 5, "2.00"),
        (FLATS.format(mode="graduated") + "\nfirst 5 free", 17, "115.00"),
        ("price 3 EUR per call\nfirst 5 free", 4, "0.00"),
        ("price 3 EUR per call\nfirst 5 free", 7, "6.00"),
        ("price 3 EUR per call\nat least 10 EUR\nat most 20 EUR", 0, "0.00"),
        ("price 3 EUR per call\nat least 10 EUR\nat most 20 EUR", 1, "10.00"),
        ("price 3 EUR per call\nat least 10 EUR\nat most 20 EUR", 5, "15.00"),
        ("price 3 EUR per call\nat least 10 EUR\nat most 20 EUR", 50, "20.00"),
        ("price 3 EUR per call\nat least 10 EUR\nat most 20 EUR", -50, "-20.00"),
    ],
)  # fmt: skip
def test_a_quantity_costs(clauses: str, quantity: int, expected: str) -> None:
    assert net(planned(clauses), quantity) == expected


@pytest.mark.parametrize(
    ("clauses", "amount", "expected"),
    [
        (FEES.format(mode="graduated by line.amount"), "0", "0.00"),
        (FEES.format(mode="graduated by line.amount, flat at zero"), "0", "200.00"),
        (FEES.format(mode="graduated by line.amount"), "500", "205.00"),
        (FEES.format(mode="graduated by line.amount"), "1050", "511.00"),  # 10 + 200 + 1 + 300
        (FEES.format(mode="all units by line.amount"), "1050", "321.00"),
        (FEES.format(mode="graduated by line.amount") + "\nfirst 50 EUR free", "550", "205.00"),
        (FEES.format(mode="graduated by line.amount") + "\nfirst 50 EUR free", "50", "0.00"),
        (FEES.format(mode="graduated by line.amount") + "\nat least 210 EUR\nat most 500 EUR", "500", "210.00"),
        (FEES.format(mode="graduated by line.amount") + "\nat least 210 EUR\nat most 500 EUR", "1050", "500.00"),
        (FEES.format(mode="graduated by line.amount"), "-1", "INVALID_FACT"),
        (FEES.format(mode="graduated by line.amount"), None, "MISSING_FACT"),
    ],
)
def test_an_amount_is_charged(clauses: str, amount: str | None, expected: str) -> None:
    """Whatever the quantity; a credit is the charge undone."""
    plan = planned(clauses)
    assert net(plan, 1, amount) == net(plan, 7, amount) == expected
    if "_" not in expected:
        assert float(net(plan, -1, amount)) == -float(expected)


def test_packages_of_a_part_of_a_unit() -> None:
    plan = planned("price 25 EUR per started 0.25 hours", "hour")
    assert [net(plan, hours) for hours in (0.25, 0.26, 1, 1.3)] == ["25.00", "50.00", "100.00", "150.00"]


def test_below_the_first_block_there_is_no_price() -> None:
    plan = planned("price block\n| calls from | price |\n| 21 | 30 EUR |\noverage 2 EUR per call")
    line = priced(plan, 20)
    assert line.error
    assert (line.error.code, line.error.field) == ("INVALID_QUANTITY", "quantity")
    assert line.error.message == "`thing` has a price from 21 calls on"
    assert [net(plan, n) for n in (0, 21, 25)] == ["0.00", "30.00", "38.00"]


def test_a_rule_sets_such_prices_too() -> None:
    rules = """
steps
  list
  contract one only
  volume   one only

contract price packed on thing
  when line.quantity < 100
  price 10 EUR per started 12 calls
  first 2 free

contract price blocks on thing
  when line.quantity >= 100
  price block
  | calls from | price |
  | 200 | 50 EUR |

volume discount tenth on thing
  give 10% off running price
"""
    plan = planned("price 2 EUR per call\nfirst 50 free", "call", rules)
    # 24 left: 2 packages; 25: 3. From 100 no block holds it, so list: 100 x 2, less 10%. Then the block.
    assert [net(plan, n) for n in (26, 27, 150, 200)] == ["18.00", "27.00", "180.00", "45.00"]


def test_the_list_price_of_a_row_by_packages() -> None:
    text = BOOK.format(unit="call").replace("product thing\n  unit call\n", "")
    text += 'products from "p.csv"\n  code column sku\n  unit call\n\nprice list l from "p.csv"\n  sku: product\n  amount: money per started 10 calls\n'
    book = check({"book.quo": text.encode(), "p.csv": b"sku,amount\nthing,3.50\n"}).book
    assert book
    assert net(lower(book), 11) == "7.00"
