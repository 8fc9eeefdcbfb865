"""Rules of the step `list`: which of several prices counts."""

from __future__ import annotations

import pytest

from tests.unit.selection.book import bars, eur, line, priced

SEAT = "product seat\n  price 500 EUR per seat\n\n"
RULES = """list price pl on seat
  when customer.region is "PL"
  price 420 EUR per seat
  because "The Polish list"

list price krakow on seat
  when customer.region is "PL" and customer.city is "krakow"
  price 450 EUR per seat

list price city on seat
  when customer.city is "krakow"
  price 430 EUR per seat
"""


def chosen(how: str, **facts: str) -> tuple[str, float | None]:
    one = line(f"{SEAT}steps\n  list {how}\n\n{RULES}", ("seat", 1), **facts)
    return (one.waterfall[0].rule, eur(one.list_amount)) if one.error is None else (one.error.code, None)


@pytest.mark.parametrize(
    ("how", "rule", "price"),
    [
        ("most specific", "krakow", 450),  # two facts beat one, though dearer
        ("lowest", "pl", 420),
        ("from city, then pl, then krakow", "city", 430),
        ("from krakow and city, then lowest", "city", 430),
        ("from pl and krakow, then most specific", "krakow", 450),
        ("from book, then lowest", "", 500),
        ("from city and pl, then most specific", "CONFLICT", None),  # a fact each, on one level
        ("from city and pl, then most specific, then lowest", "pl", 420),
    ],
)
def test_the_step_says_which_price_counts(how: str, rule: str, price: float | None) -> None:
    assert chosen(how, region="PL", city="krakow") == (rule, price)


def test_without_a_word_two_that_apply_are_a_conflict() -> None:
    one = line(f"{SEAT}steps\n  list\n\n{TWO}", ("seat", 1), region="PL", city="krakow")
    assert one.error is not None
    assert (one.error.code, one.error.rule, one.error.other) == ("CONFLICT", "pl", "city")


TWO = """list price pl on seat
  when customer.region is "PL"
  price 420 EUR per seat

list price city on seat
  when customer.city is "krakow"
  price 430 EUR per seat
"""


def test_the_product_s_own_price_stands_where_no_rule_applies() -> None:
    assert chosen("most specific", region="NL") == ("", 500)
    assert chosen("most specific", region="PL") == ("pl", 420)


def test_the_list_bar_names_the_rule_its_place_and_its_reason() -> None:
    one = line(f"{SEAT}steps\n  list most specific\n\n{RULES}", ("seat", 2), region="PL")
    bar = one.waterfall[0]
    assert (bar.step, bar.rule, bar.file, bar.before, bar.because) == ("list", "pl", "book.quo", 0, "The Polish list")
    assert bar.line == 18
    assert (eur(one.unit_list), eur(one.list_amount)) == (420, 840)


def test_dates_and_products_make_nothing_more_specific() -> None:
    text = f"""{SEAT}steps
  list most specific, then lowest

list price dated on seat
  from 2026-01-01
  when quote.date >= 2026-02-01 and customer.region is "PL"
  price 440 EUR per seat

list price plain on everything
  when customer.region is "PL"
  price 439 EUR per seat
"""
    assert line(text, ("seat", 1), region="PL").waterfall[0].rule == "plain"


@pytest.mark.parametrize(("quantity", "rule", "amount"), [(1, "flat", 400), (2, "starter", 700), (0, "starter", 0)])
def test_the_lowest_of_prices_of_a_unit_and_of_a_line(quantity: int, rule: str, amount: int) -> None:
    """What a unit costs and what a line with a fee costs are compared as what so many cost."""
    text = f"""{SEAT}steps
  list lowest

list price flat on seat
  price 400 EUR per seat

list price starter on seat
  price tiers all units
    | seats from | price   | flat    |
    |          1 | 200 EUR | 300 EUR |
"""
    one = line(text, ("seat", quantity))
    assert (one.waterfall[0].rule, eur(one.list_amount)) == (rule, amount)


def test_a_step_leaves_out_lines_whose_list_price_a_rule_gave() -> None:
    """A list price of the product's own is no rule's. Kernels know which it was."""
    text = f"""{SEAT}product desk
  price 500 EUR per seat

steps
  list
  offer best of, skip lines priced by list

list price plain on seat
  when customer.region is "PL"
  price 400 EUR per seat

offer discount tenth on everything
  give 10% off list
"""
    seat, desk = priced(text, ("seat", 1), ("desk", 1), region="PL").lines
    assert bars(seat) == [("list", "plain", 400)]
    assert bars(desk) == [("list", "", 500), ("offer", "tenth", 450)]
    assert bars(line(text, ("seat", 1), region="NL")) == [("list", "", 500), ("offer", "tenth", 450)]


def test_a_product_without_a_price_of_its_own() -> None:
    text = """product seat
  unit seat

steps
  list
  volume

list price pl on seat
  when customer.region is "PL"
  price 420 EUR per seat per month

volume discount tenth on seat
  give 10% off list
"""
    one = line(text, ("seat", 1), region="PL")
    assert (one.period, eur(one.net_amount)) == ("month", 378)
    none = line(text, ("seat", 1), region="NL")
    assert none.error is not None and none.error.code == "NO_PRICE"
    assert "or for what is known" in none.error.message


def test_an_exception_takes_the_place_and_the_level_of_its_rule() -> None:
    text = f"""{SEAT}steps
  list from pl, then city

{TWO}
list exception cracow to pl
  when customer.city is "krakow"
  price 415 EUR per seat
"""
    assert line(text, ("seat", 1), region="PL", city="krakow").waterfall[0].rule == "cracow"


def test_a_step_of_contract_prices_chooses_too() -> None:
    text = f"""{SEAT}steps
  list
  contract most specific, then lowest
  promotion

{RULES.replace("list price", "contract price")}
promotion discount off on seat
  give 10% off after contract
"""
    one = line(text, ("seat", 1), region="PL", city="krakow")
    assert bars(one) == [("list", "", 500), ("contract", "krakow", 450), ("promotion", "off", 405)]
    assert bars(line(text, ("seat", 1)))[0] == ("list", "", 500)


def test_a_price_per_row_of_a_table() -> None:
    text = """product seat
  unit seat

steps
  list most specific

list price regional on row.product
  for each row of regional_prices
  price row.price

table regional_prices
  | customer.region | customer.city | product | price |
  | "PL"            | *             | seat    |   420 |
  | "PL"            | "krakow"      | seat    |   450 |
  | *               | *             | seat    |   500 |
  customer.region: text key
  customer.city:   text key
  product:         product
  price:           money per seat per month
"""
    by_city = {c: eur(line(text, ("seat", 1), region="PL", city=c).list_amount) for c in ("krakow", "warsaw")}
    assert by_city == {"krakow": 450, "warsaw": 420}
    elsewhere = line(text, ("seat", 1), region="NL", city="x")
    assert (eur(elsewhere.list_amount), elsewhere.period) == (500, "month")
