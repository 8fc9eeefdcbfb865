"""What `quo diff` says of one change each, and that it says nothing of what is no change."""

from __future__ import annotations

from fractions import Fraction

import pytest

from engine.lang import book as b
from engine.lang.places import Span
from engine.pricing.compare.difference import changes
from engine.pricing.compare.pairs import beside_tier, place_of
from tests.unit.compare.books import TEXT, book_of

ROWS = """table banned
  | customer.kind | product |
  | home          | oil     |
  customer.kind: text key
  product:       product

deny no_oil on row.product
  for each row of banned

approval deep"""
BANNED = ("approval deep", ROWS)
SAID = [
    ("tier 50 of by_ten: 12% -> 15% off running price", ("50 | 12%", "50 | 15%")),
    ("tier 100 of by_ten: 20% off running price on saw, when line.quantity >= 100", ("50 | 12% |", "50 | 12% |\n  | 100 | 20% |")),
    ("oil: 3.33 EUR per piece", ('product oil "Oil"\n  price 3.33 EUR per piece\n', ""), ("on saw, oil", "on saw")),
    ("saw, price from 2026-07-01: 22.00 EUR -> 23.00 EUR", ("22.00", "23.00")),
    ("saw, price from 2026-07-01 until 2026-08-01: 22.00 EUR -> 20.00 EUR", ("2026-07-01", "2026-08-01")),
    ("saw, cost: 9.00 EUR -> 10.00 EUR", ("9.00 EUR", "10.00 EUR")),
    ("help, price: graduated: above 0 60.00 EUR, above 10 50.00 EUR -> graduated: above 0 60.00 EUR, above 10 55.00 EUR", ("50 EUR per hour", "55 EUR per hour")),
    ("club: 10% -> 11% off running price", ("give 10%", "give 11%")),
    ("club: 10% off running price -> 1.00 EUR off", ("give 10%", "give 1 EUR")),
    ("club, when: customer.kind is club -> customer.kind in club, home", ("kind is club", "kind in club, home")),
    ("club, on: oil -> nothing", ("on saw, oil", "on saw")),
    ("club, because: nothing -> Members", ("give 10% off running price", 'give 10% off running price\n  because "Members"')),
    ("row customer.country CH of duty: 4% -> 5% of list", ("4%", "5%")),
    ("row customer.country SE of duty: add 3% of list on everything, when customer.country is \"SE\"", ('"NO"', '"SE"')),
    ("half: at least 85% of list -> at least 80% of list", ("85%", "80%")),
    ("steps, in another order: list, volume, offer, extras, floor -> list, offer, volume, extras, floor",
     ("  volume one only\n  offer  best of\n", "  offer  best of\n  volume one only\n")),
    ("extras, combine: additive -> best of", ("extras additive", "extras best of")),
    ("customer.country, optional: yes -> no", ("text optional", "text")),
    ("customer.kind, kind: one of shop, club, home -> one of shop, club, home, bar", ("shop, club, home", "shop, club, home, bar")),
    ("customer.age: number from request", ("customer.spend:", "customer.age: number\n  customer.spend:")),
    ("price book, currency: EUR -> USD", ("EUR", "USD")),
    ("deep: quote.discount > 10% needs boss -> quote.discount > 12% needs boss and owner", ("> 10% needs boss", "> 12% needs boss and owner")),
    ('no_oil_at_home: oil, when customer.kind is home ("Sold to shops")', ("approval deep", 'deny no_oil_at_home on oil\n  when customer.kind is home\n  because "Sold to shops"\n\napproval deep')),
    ("no_oil: oil, when customer.kind is home; saw, when customer.kind is club", ("approval deep", ROWS.replace("oil     |\n", "oil     |\n  | club          | saw     |\n"))),
    ("families: gifts", ("families tools", "families tools, gifts")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "change"), [(said[0], said[1:]) for said in SAID], ids=[said[0][:40] for said in SAID]
)
def test_a_change_is_said_by_its_meaning(said: str, change: tuple[tuple[str, str], ...]) -> None:
    told = [one.words for one in changes(book_of(), book_of(TEXT, *change))]
    assert said in told


def test_a_denial_is_compared_by_its_rows() -> None:
    old = book_of(TEXT, BANNED)
    for said, change in (
        ("row customer.kind club of no_oil: saw, when customer.kind is club", ("oil     |", "oil     |\n  | club          | saw     |")),
        ("row customer.kind home of no_oil: oil, when customer.kind is home -> saw, when customer.kind is home", ("oil     |", "saw     |")),
    ):  # fmt: skip
        assert [one.words for one in changes(old, book_of(TEXT, BANNED, change))] == [said]
    assert changes(old, book_of(TEXT, BANNED)) == []


def test_back_again_is_the_same_the_other_way_round() -> None:
    old, new = book_of(), book_of(TEXT, ("50 | 12%", "50 | 15%"), ('"NO"', '"SE"'), ("22.00", "23.00"))
    there, back = changes(old, new), changes(new, old)
    turned = {"+": "-", "-": "+", "~": "~"}
    assert sorted((turned[c.mark], c.name, c.what) for c in there) == sorted((c.mark, c.name, c.what) for c in back)


def test_order_layout_and_comments_are_no_change() -> None:
    blocks = TEXT.split("\n\n")
    moved = "# first\n" + "\n\n".join([*blocks[:2], *reversed(blocks[2:5]), blocks[5], *reversed(blocks[6:])])
    moved = moved.replace("shop, club, home", "home, shop, club").replace("on saw, oil", "on oil,\n  saw  # both")
    assert changes(book_of(), book_of(moved)) == []


def test_a_price_in_two_pieces_is_the_price_in_one() -> None:
    pieces = "20.00 EUR per piece until 2026-02-01\n  price  20.00 EUR per piece from 2026-02-01 until 2026-07-01"
    assert changes(book_of(), book_of(TEXT, ("20.00 EUR per piece until 2026-07-01", pieces))) == []


def test_a_new_product_is_said_once_and_not_by_each_rule_that_reaches_it() -> None:
    told = changes(
        book_of(), book_of(TEXT, ("steps\n", "product axe\n  family tools\n  price 30 EUR per piece\n\nsteps\n"))
    )
    assert [one.words for one in told] == ["axe: 30.00 EUR per piece"]


def test_a_tier_of_a_row_is_named_by_both() -> None:
    when = b.All((b.Within(b.Subject("line.quantity", None, True), 10_000_000, 19_999_999), b.Known(b.Subject("x", 0))))
    case = b.Case(None, None, None, when, b.Amount(Fraction(1)), Span("a", 1), "country CH, seats from 10")
    assert place_of("rule", case) == "tier 10 of rule for country CH"
    assert beside_tier(case) == b.Known(b.Subject("x", 0))
