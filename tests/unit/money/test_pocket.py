"""What stands below the net, by figures worked out by hand."""

from __future__ import annotations

import pytest

from tests.unit.money.book import book_of, cents, codes_of, priced, quoted

BOOK = """price book shop
  currency EUR
  prices {prices} tax
  round half up to minor unit at {level}
  units  piece pieces

product lamp
  price 10.99 EUR per piece

steps
  list
  promotion best of
  tax
  net
  rebate  additive
  freight additive

promotion discount spring on lamp
  give 5% off list

tax rate standard on everything
  charge 21%

rebate discount bonus on lamp
  give 3% off running price

rebate discount terms on lamp
  give 2% off running price

freight discount absorbed on lamp
  give 0.50 EUR off running price
"""


@pytest.mark.parametrize(
    ("level", "net", "pocket"),
    [
        # 10.4405 -> 10.44 a piece; less 5% is 9.918, less 0.50 is 9.418: 94.18 for ten
        ("unit", "104.40", "94.18"),
        # 104.405 -> 104.41; less 5% is 99.1895, less 5.00 is 94.1895 -> 94.19
        ("line", "104.41", "94.19"),
        # 104.405 -> 104.41 of one line, as above
        ("document", "104.41", "94.19"),
    ],
)
def test_the_pocket_goes_on_from_the_invoice_price(level: str, net: str, pocket: str) -> None:
    quote = priced(book_of(BOOK.format(level=level, prices="exclude")), {"lamp": "10"})
    [line], [total] = quote.lines, quote.totals
    assert (cents(line.net_amount), cents(line.pocket_amount), cents(total.pocket_amount)) == (net, pocket, pocket)
    assert [bar.rule for bar in line.waterfall if bar.below] == ["bonus", "terms", "absorbed"]


def test_rebates_move_neither_net_nor_tax() -> None:
    with_rebates = priced(book_of(BOOK.format(level="unit", prices="exclude")), {"lamp": "10"}).lines[0]
    without = BOOK.split("rebate discount bonus")[0].replace("  rebate  additive\n  freight additive\n", "")
    line = priced(book_of(without.format(level="unit", prices="exclude")), {"lamp": "10"}).lines[0]
    assert (line.net_amount, line.tax) == (with_rebates.net_amount, with_rebates.tax)
    assert line.pocket_amount == line.net_amount


def test_pocket_amounts_are_without_tax() -> None:
    line = priced(book_of(BOOK.format(level="unit", prices="include")), {"lamp": "10"}).lines[0]
    # 10.44 with tax a piece; net 86.28 for ten (104.40 / 1.21 = 86.2810); less 5% is 81.966, less 5.00 is 76.966
    assert (cents(line.net_amount), cents(line.pocket_amount)) == ("86.28", "76.97")


HALF = """price book shop
  currency EUR
  prices include tax
  round half up to {step} at {level}
  units  piece pieces

product lamp
  price {price} EUR per piece

steps
  list
  tax
  net
  rebate one only

tax rate standard on everything
  charge 21%

rebate discount half on lamp
  when line.quantity >= 2
  give 50% off running price
"""


@pytest.mark.parametrize(
    ("level", "price", "quantities", "nets", "pockets"),
    [
        # 109.90 / 1.21 = 90.8264 -> 90.83, and half of that is 45.415 -> 45.42 (of the exact net it were 45.41)
        ("unit", "10.99", ["10"], ["90.83"], ["45.42"]),
        ("line", "10.99", ["10"], ["90.83"], ["45.42"]),
        ("document", "10.99", ["10"], ["90.83"], ["45.42"]),
        # 20.00 / 1.21 = 16.5289 each, 33.0579 -> 33.06 of both: 16.53 and 16.53; half of it is 8.265 -> 8.27
        ("unit", "10.00", ["2", "2"], ["16.53", "16.53"], ["8.27", "8.27"]),
        # 10.00 / 1.21 = 8.2645 each, 24.7934 -> 24.79 of three: the cent over goes to the first, and nothing moves their pockets
        ("unit", "10.00", ["1", "1", "1"], ["8.27", "8.26", "8.26"], ["8.27", "8.26", "8.26"]),
    ],
)
def test_the_pocket_begins_at_the_net_that_is_invoiced(
    level: str, price: str, quantities: list[str], nets: list[str], pockets: list[str]
) -> None:
    book = book_of(HALF.format(level=level, price=price, step="minor unit"))
    quote = quoted(book, [("lamp", quantity) for quantity in quantities])
    assert [cents(line.net_amount) for line in quote.lines] == nets
    assert [cents(line.pocket_amount) for line in quote.lines] == pockets


def test_a_net_in_cents_of_prices_in_whole_euros_has_a_pocket_in_cents() -> None:
    quote = quoted(book_of(HALF.format(level="unit", price="10", step="1 EUR")), [("lamp", "1"), ("lamp", "2")])
    # 30.00 / 1.21 = 24.7934 -> 24.79: 8.2645 and 16.5289; the cent over goes to the larger fraction; half of 16.53 is 8.265
    assert [cents(line.net_amount) for line in quote.lines] == ["8.26", "16.53"]
    assert [cents(line.pocket_amount) for line in quote.lines] == ["8.26", "8.27"]


def test_a_credit_has_a_pocket_below_zero() -> None:
    line = priced(book_of(BOOK.format(level="unit", prices="exclude")), {"lamp": "-10"}).lines[0]
    assert cents(line.pocket_amount) == "-94.18"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("  freight additive\n", "  freight additive\n  floor\n", "E575"),
        ("  tax\n  net\n", "  net\n  tax\n  net2\n", ""),
        ("  promotion best of\n  tax\n", "  tax\n  promotion best of\n", "E570"),
        ("freight discount absorbed on lamp\n  give 0.50 EUR off running price", "freight price absorbed on lamp\n  price 9 EUR", "E575"),
    ],
)  # fmt: skip
def test_where_steps_stand(old: str, new: str, code: str) -> None:
    found = codes_of(BOOK.format(level="unit", prices="exclude").replace(old, new, 1))
    assert code in found if code else "E570" not in found and "E575" not in found
