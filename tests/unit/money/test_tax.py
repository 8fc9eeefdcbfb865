"""What tax comes to, by figures worked out by hand."""

from __future__ import annotations

import pytest

from engine.pricing.quote import PricedLine
from tests.unit.money.book import book_of, cents, codes_of, priced

BOOK = """price book shop
  currency EUR
  prices {prices} tax
  round  {mode} to minor unit at unit
  round  tax at {level}
  units  piece pieces

product lamp
  price {price} EUR per piece

steps
  list
  promotion best of
  tax
{rule}
tax rate standard on everything
  charge {rate}%
"""


def line(
    price: str, rate: str, quantity: int = 1, prices: str = "exclude", level: str = "line", mode: str = "half up", rule: str = ""
) -> PricedLine:  # fmt: skip
    book = book_of(BOOK.format(prices=prices, mode=mode, level=level, price=price, rate=rate, rule=rule))
    return priced(book, {"lamp": str(quantity)}).lines[0]


def figures(one: PricedLine) -> tuple[str, str, str]:
    """Net, tax and gross."""
    assert one.tax is not None, one.error
    return cents(one.net_amount), cents(one.tax.tax_amount), cents(one.tax.gross_amount)


@pytest.mark.parametrize(
    ("level", "want"),
    [
        ("line", ("102.00", "23.46", "125.46")),  # 102.00 x 23% = 23.46
        ("unit", ("102.00", "23.50", "125.50")),  # 10.20 x 23% = 2.346 -> 2.35, ten times
        ("rate", ("102.00", "23.46", "125.46")),
        ("document", ("102.00", "23.46", "125.46")),
    ],
)
def test_tax_is_rounded_where_the_book_says(level: str, want: tuple[str, str, str]) -> None:
    assert figures(line("10.20", "23", 10, level=level)) == want


@pytest.mark.parametrize(
    ("price", "rate", "quantity", "level", "want"),
    [
        ("50", "2", 1, "line", ("49.02", "0.98", "50.00")),  # 50 / 1.02 = 49.0196
        ("38.23", "20", 10, "unit", ("318.60", "63.70", "382.30")),  # 31.8583 -> 31.86, ten times
        ("38.23", "20", 10, "line", ("318.58", "63.72", "382.30")),  # 382.30 / 1.2 = 318.5833
        ("1.00", "21", 3, "rate", ("2.48", "0.52", "3.00")),
    ],
)
def test_a_price_with_tax_keeps_its_gross(
    price: str, rate: str, quantity: int, level: str, want: tuple[str, str, str]
) -> None:
    assert figures(line(price, rate, quantity, "include", level)) == want


def test_a_tie_goes_by_the_book_s_mode() -> None:
    assert figures(line("2.50", "5", mode="half even")) == ("2.50", "0.12", "2.62")
    assert figures(line("2.50", "5")) == ("2.50", "0.13", "2.63")


GIFT = """
promotion discount gift on lamp
  give {amount} off running price{tax}
"""


def test_an_amount_with_tax_among_prices_without() -> None:
    one = line("1000", "19", rule=GIFT.format(amount="119 EUR", tax=" including tax"))
    assert figures(one) == ("900.00", "171.00", "1071.00")  # 1190 gross less 119


def test_the_gross_is_kept_to_the_cent() -> None:
    # 107.00 net at 19% is 127.33 gross; less 100.01 is 27.32, net 22.9580 -> 22.96, tax 4.36 (and not 22.96 x 19% = 4.3624)
    one = line("107", "19", rule=GIFT.format(amount="100.01 EUR", tax=" including tax"))
    assert figures(one) == ("22.96", "4.36", "27.32")


def test_the_gross_of_many_units_is_kept_too() -> None:
    # 3 x 10.00 at 19% is 35.70; one euro off the line leaves 34.70, net 29.1597 -> 29.16
    rule = GIFT.format(amount="1 EUR", tax=" including tax, each line")
    assert figures(line("10", "19", 3, rule=rule)) == ("29.16", "5.54", "34.70")


def test_an_amount_without_tax_among_prices_with() -> None:
    # 121.00 gross less 10 net (12.10 gross) is 108.90; net 90.00
    one = line("121", "21", prices="include", rule=GIFT.format(amount="10 EUR", tax=" excluding tax"))
    assert figures(one) == ("90.00", "18.90", "108.90")


def test_what_a_discount_takes_with_its_tax() -> None:
    one = line("50", "10", 2, rule=GIFT.format(amount="5 EUR", tax=""))
    assert one.tax is not None
    assert figures(one) == ("90.00", "9.00", "99.00")
    assert (cents(one.list_amount), cents(one.tax.list_gross)) == ("100.00", "110.00")
    assert cents(one.tax.list_gross - one.tax.gross_amount) == "11.00"
    assert cents(one.tax.list_tax - one.tax.tax_amount) == "1.00"


def test_a_credit_is_taxed_like_the_sale_it_undoes() -> None:
    sold, back = line("10.20", "23", 10, level="unit"), line("10.20", "23", -10, level="unit")
    assert figures(back) == tuple(f"-{figure}" for figure in figures(sold))


# ---------------------------------------------------------------- several lines, several rates

CLASSES = """price book shop
  currency EUR
  round  half up to minor unit at line
  round  tax at {level}
  units  piece pieces

facts
  customer.country: text
  customer.business: yes or no optional

product pen
  price 0.33 EUR per piece

product pad
  price 0.33 EUR per piece

product novel
  price    9.99 EUR per piece
  taxed as reduced

product support
  price 33.33 EUR per piece per month

steps
  list
  tax

tax rate nl_standard on class standard
  when customer.country is "NL"
  from 2012-10-01
  charge   21%
  category S
  because  "Wet OB art. 9"

tax rate nl_old on class standard
  when customer.country is "NL"
  until 2012-10-01
  charge 19%

tax rate nl_low on class reduced
  when customer.country is "NL"
  charge 9%

tax rate outside on everything
  when customer.country in "US", "CH"
  charge   0%
  category G

tax exception reverse on everything to nl_standard
  when customer.business is yes
  charge   0%
  category AE
"""


def test_one_rounding_a_rate_on_the_sum() -> None:
    quote = priced(
        book_of(CLASSES.format(level="rate")), {"pen": "1", "pad": "1", "novel": "1"}, customer__country="NL"
    )
    # 0.66 x 21% = 0.1386 -> 0.14 on the sum (0.07 a line); 9.99 x 9% = 0.8991 -> 0.90
    assert [(t.category, t.rate, cents(t.taxable_amount), cents(t.tax_amount)) for t in quote.taxes] == [
        ("S", 210_000, "0.66", "0.14"),
        ("S", 90_000, "9.99", "0.90"),
    ]
    [total] = quote.totals
    assert (cents(total.net_amount), cents(total.tax_amount), cents(total.gross_amount)) == ("10.65", "1.04", "11.69")


def test_one_rounding_a_document() -> None:
    book = book_of(CLASSES.format(level="document"))
    quote = priced(book, {"pen": "1", "pad": "1", "novel": "5"}, customer__country="NL")
    # 0.0693 + 0.0693 + 49.95 x 9% = 4.4955: 4.6341 -> 4.63; the largest fraction of a cent is the first pen's
    assert [cents(one.tax.tax_amount) for one in quote.lines if one.tax] == ["0.07", "0.07", "4.49"]
    assert sum(one.tax.tax_amount for one in quote.lines if one.tax) == 4_630_000


def test_what_is_charged_apart_is_taxed_apart() -> None:
    quote = priced(book_of(CLASSES.format(level="rate")), {"pen": "1", "support": "1"}, customer__country="NL")
    assert [(t.name, cents(t.tax_amount)) for t in quote.taxes] == [("once", "0.07"), ("per_month", "7.00")]
    assert [(t.name, cents(t.gross_amount)) for t in quote.totals] == [("once", "0.40"), ("per_month", "40.33")]


def test_date_and_buyer_decide() -> None:
    book = book_of(CLASSES.format(level="rate"))
    for on, facts, want in (
        ("2012-09-30", {"customer__country": "NL"}, ("S", 190_000)),
        ("2012-10-01", {"customer__country": "NL"}, ("S", 210_000)),
        ("2026-01-01", {"customer__country": "NL", "customer__business": "yes"}, ("AE", 0)),
        ("2026-01-01", {"customer__country": "CH"}, ("G", 0)),
    ):
        tax = priced(book, {"pen": "1"}, on, **facts).lines[0].tax
        assert tax is not None and (tax.category, tax.rate) == want


def test_no_tax_rule_is_an_answer() -> None:
    quote = priced(book_of(CLASSES.format(level="rate")), {"pen": "1", "novel": "1"}, customer__country="DE")
    assert [line.error.code for line in quote.lines if line.error] == ["NO_TAX", "NO_TAX"]
    assert not quote.complete and quote.totals == ()


def test_two_that_apply_are_a_conflict() -> None:
    more = CLASSES.format(level="rate") + "\ntax rate trade on pen\n  when line.quantity >= 3\n  charge 5%\n"
    quote = priced(book_of(more), {"pen": "3"}, customer__country="CH")
    error = quote.lines[0].error
    assert error is not None and (error.code, error.rule, error.other) == ("CONFLICT", "outside", "trade")


def test_two_that_surely_meet_are_said_when_checked() -> None:
    more = (
        CLASSES.format(level="rate") + '\ntax rate twice on everything\n  when customer.country is "CH"\n  charge 5%\n'
    )
    assert "E520" in codes_of(more)


def test_a_tax_asks_for_its_facts() -> None:
    error = priced(book_of(CLASSES.format(level="rate")), {"pen": "1"}).lines[0].error
    assert error is not None and (error.code, error.field) == ("MISSING_FACT", "facts.customer.country")


def test_a_margin_floor_looks_through_the_tax() -> None:
    rule = "\nfloor margin on lamp\n  at least 20% margin\n"
    text = BOOK.format(prices="include", mode="half up", level="line", price="10", rate="25", rule=rule)
    text = text.replace("  promotion best of\n", "  promotion best of\n  floor\n").replace(
        "EUR per piece\n\nsteps", "EUR per piece\n  cost 8 EUR per piece\n\nsteps"
    )
    # a net of 10.00 leaves 20% over 8.00; with 25% tax that is 12.50
    assert figures(priced(book_of(text), {"lamp": "1"}).lines[0]) == ("10.00", "2.50", "12.50")


def test_the_waterfall_ends_with_the_tax_and_its_rounding() -> None:
    one = line("10.20", "23", 10, level="unit")
    assert [(bar.step, bar.rule, bar.before, bar.after) for bar in one.waterfall] == [
        ("list", "", 0, 10_200_000),
        ("tax", "standard", 10_200_000, 12_546_000),
        ("tax rounding", "", 12_546_000, 12_550_000),
    ]


def test_tax_may_be_rounded_more_finely() -> None:
    text = BOOK.format(prices="exclude", mode="half up", level="line", price="10.20", rate="23", rule="")
    fine = text.replace("round  tax at line", "round  tax to 0.001 EUR at line")
    tax = priced(book_of(fine), {"lamp": "1"}).lines[0].tax
    assert tax is not None and tax.tax_amount == 2_346_000
