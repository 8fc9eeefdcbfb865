"""Rules over several lines where they meet what else a book can say: refused lines, other currencies, steps below the net."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

import pytest

from engine.lang import check
from engine.plan.lower import lower
from engine.pricing import price_quote, read_facts
from engine.pricing.explain.shapes import of_line
from engine.pricing.quote import Line, PricedQuote, Quote
from engine.values.kinds import MICROS

HEAD = """price book shop
  currency   EUR
  currencies USD
  round      {round}
  units      piece pieces

rates
  | from | to  | rate |
  | EUR  | USD | 1.25 |

facts
  customer.spent:  money optional
  customer.land:   text optional
  customer.bought: number optional

product mug
  price 10.00 EUR per piece
  cost  4 EUR per piece until 2026-01-01

product cup
  price 8.355 EUR per piece
  cost  4 EUR per piece

product lamp
  price 100 EUR per piece
  cost  50 EUR per piece

product cover
  unit  piece
  price 10% of net of everything

steps
  list
"""
OFF = """
order discount ten on the quote
  give 10 EUR off running price
"""


def priced(
    rules: str, lines: Sequence[tuple[str, int]], round_: str = "half up to minor unit at unit", **facts: str
) -> PricedQuote:
    checked = check({"book.quo": (HEAD.format(round=round_) + rules).encode()})
    assert checked.book is not None, "\n".join(d.render(checked.sources) for d in checked.diagnostics)
    plan = lower(checked.book)
    values, errors = read_facts(plan, {name.replace("__", "."): text for name, text in facts.items()})
    assert not errors, errors
    asked = tuple(Line(code, quantity * MICROS) for code, quantity in lines)
    return price_quote(plan, Quote(date(2026, 1, 15).toordinal(), values, asked), waterfall=True)


def nets(found: PricedQuote) -> list[str]:
    """Each line's net, or why it has none."""
    return [line.error.code if line.error else f"{line.net_amount / MICROS:.2f}" for line in found.lines]


def test_a_line_that_is_denied_takes_no_part_of_what_is_split() -> None:
    denied = '\ndeny abroad on lamp\n  when customer.land is "XX"\n  because "No guarantee there"\n'
    found = priced(f"  order additive\n{OFF}{denied}", [("mug", 2), ("lamp", 1)], customer__land="XX")
    assert nets(found) == ["10.00", "DENIED"]
    assert found.totals[0].net_amount == 10 * MICROS


def test_a_denial_for_each_row_of_a_table() -> None:
    table = """
table barred
  | customer.land | product | from_now   | least |
  | "XX"          | lamp    | 2026-01-15 |     1 |
  | "XX"          | cup     | 2026-01-16 |     1 |
  | *             | mug     | 2020-01-01 |     5 |
  customer.land: text key
  product:       product
  from_now:      from date
  least:         quantity

deny barred on row.product
  for each row of barred
  when line.quantity >= row.least and goods at list >= 150 EUR
"""
    many = [("mug", 5), ("lamp", 1), ("cup", 1)]
    assert nets(priced(table, many, customer__land="XX")) == ["DENIED", "DENIED", "8.36"]
    assert nets(priced(table, many)) == ["DENIED", "100.00", "8.36"]
    assert nets(priced(table, [("mug", 4), ("lamp", 1)], customer__land="XX")) == ["40.00", "100.00"]
    found = priced(table, [("lamp", 2)], customer__land="XX").lines[0].error
    assert found is not None
    assert found.message == "`barred` denies this line (customer.land XX)"


@pytest.mark.parametrize("combine", ["additive", "best of quote", "best combination"])
def test_a_line_without_the_cost_that_a_rule_asks_for_leaves_the_others_right(combine: str) -> None:
    over_cost = "\norder surcharge handling on mug\n  add 10% of cost\n"
    assert nets(priced(f"  order {combine}\n{OFF}{over_cost}", [("mug", 1), ("lamp", 1)])) == ["NO_COST", "90.00"]


@pytest.mark.parametrize("combine", ["additive", "best of quote", "best combination"])
def test_more_than_may_be_granted_is_refused_in_every_kind_of_step(combine: str) -> None:
    by_hand = "\norder discount grant on mug\n  by hand, at most 10% for seller\n"
    asks = '\norder discount asks on cup\n  when quote.role is "seller"\n  give 1% off list\n'
    checked = check(
        {"book.quo": (HEAD.format(round="up to minor unit at unit") + f"  order {combine}\n{by_hand}{asks}").encode()}
    )
    assert checked.book is not None
    facts = {"grant.grant": 120_000, "quote.role": "seller"}
    asked = Quote(date(2026, 1, 15).toordinal(), facts, (Line("mug", MICROS), Line("lamp", MICROS)))
    assert nets(price_quote(lower(checked.book), asked)) == ["GRANT", "100.00"]


TIERS = """  volume one only

volume price by_all on mug, cup
  price tiers {mode} by quantity of mug or cup plus customer.bought
  | pieces from | price |
  |           5 | 9 EUR |
  |          10 | 6 EUR |
"""


def test_prices_of_all_units_go_by_what_several_lines_count() -> None:
    table = TIERS.replace("{mode}", "all units")
    for lines, bought, expected in (
        ([("mug", 3), ("lamp", 9), ("cup", 1)], "0", ["30.00", "900.00", "8.36"]),
        ([("mug", 3), ("cup", 2), ("lamp", 1)], "0", ["27.00", "18.00", "100.00"]),
        ([("mug", 3), ("cup", 2)], "5", ["18.00", "12.00"]),
        ([("mug", 9), ("cup", -3)], "0", ["81.00", "-27.00"]),
    ):
        assert nets(priced(table, lines, customer__bought=bought)) == expected
    assert nets(priced(table, [("mug", 5)], quote__currency="USD")) == ["56.25"]


def test_prices_of_graduated_tiers_are_filled_by_the_lines_one_after_the_other() -> None:
    table = TIERS.replace("{mode}", "graduated").replace("           5 | 9", "           1 | 9")
    assert nets(priced(table, [("mug", 4), ("lamp", 1), ("cup", 8), ("mug", 1)])) == [
        "36.00",
        "100.00",
        "63.00",
        "6.00",
    ]
    assert nets(priced(table, [("mug", 4), ("cup", 0)], customer__bought="9")) == ["24.00", "0.00"]


def test_what_one_line_alone_could_owe_is_no_price_by_several() -> None:
    rows = "  | pieces from | price | flat |\n  | 1 | 5 EUR | 1 EUR |\n"
    for clause, code in (
        (f"  tiers all units by quantity of mug\n{rows}", "E509"),
        (
            f"  price tiers graduated by goods at list\n{rows.replace('pieces', 'goods').replace('| 1 ', '| 1 EUR ')}",
            "E539",
        ),
        (
            "  price tiers graduated by quantity of mug\n  | pieces from | price |\n  | 1 | 5 EUR |\n  first 2 free\n",
            "E546",
        ),
    ):
        text = HEAD.format(round="up to minor unit at unit") + f"  volume\n\nvolume price p on mug\n{clause}"
        assert [d.code for d in check({"book.quo": text.encode()}).diagnostics] == [code]
    listed = HEAD.format(round="up to minor unit at unit").replace(
        "  price 100 EUR per piece\n",
        "  price tiers all units by quantity of mug\n  | pieces from | price |\n  | 1 | 5 EUR |\n",
    )
    assert [d.code for d in check({"book.quo": listed.encode()}).diagnostics] == ["E539"]


def test_what_is_added_to_a_sum_is_in_the_currency_of_the_quote() -> None:
    worth = """  worth additive

worth discount worth on lamp
  tiers all units by goods of the line at list plus customer.spent
  | goods from | off |
  |      0 EUR |  0% |
  |  1_000 EUR |  5% |
"""
    for spent, euros, dollars in (("899.99 EUR", "100.00", "125.00"), ("900 EUR", "95.00", "118.75")):
        assert nets(priced(worth, [("lamp", 1)], customer__spent=spent)) == [euros]
        assert nets(priced(worth, [("lamp", 1)], customer__spent=spent, quote__currency="USD")) == [dollars]


def test_the_most_of_a_discount_is_rounded_with_it() -> None:
    half = "  order additive\n\norder discount half on the quote\n  give 50% off running price, at most 5.01 EUR\n"
    found = priced(half, [("mug", 1), ("lamp", 1)], quote__currency="USD")
    assert [bar.after % 10_000 for line in found.lines for bar in line.waterfall] == [0] * 4
    assert nets(found) == ["11.93", "119.31"]  # 6.2625 is 6.26


def test_a_percent_of_net_is_of_what_is_invoiced_not_of_what_is_left_below_it() -> None:
    rebate = "  net\n  rebate additive\n\nrebate discount bonus on mug, lamp\n  give 50% off running price\n"
    assert nets(priced(rebate, [("mug", 1), ("cover", 1)])) == ["10.00", "1.00"]
    deny = '\ndeny dear on cover\n  when sum of net where (product is lamp) >= 100 EUR\n  because "Covered by us"\n'
    assert nets(priced(rebate + deny, [("lamp", 1), ("cover", 1)])) == ["100.00", "DENIED"]


def test_what_a_seller_grants_is_only_that_beside_another_rule_of_the_step() -> None:
    both = """  manual additive

manual discount grant on everything
  by hand, at most 10% for seller

manual discount fifth on mug
  give 20% off running price
"""
    found = priced(both, [("mug", 1)], **{"grant.grant": "10%"})
    assert nets(found) == ["7.00"]
    assert found.lines[0].granted_amount == MICROS


@pytest.mark.parametrize("own", ["on lamp", "on the quote of lamp"])
def test_a_line_that_a_rule_has_alone_takes_no_part_of_what_is_split(own: str) -> None:
    alone = f"\norder discount solo {own}\n  give 1 EUR off running price\n  alone\n"
    assert nets(priced(f"  order additive\n{OFF}{alone}", [("mug", 3), ("lamp", 1)])) == ["20.00", "99.00"]


def test_all_off_leaves_no_fraction_of_a_cent() -> None:
    whole = "  order additive\n\norder discount all on the quote\n  give 100% off running price\n"
    found = priced(whole, [("mug", 1), ("cup", 1)], "half up to minor unit at document")
    assert (nets(found), found.totals[0].net_amount) == (["0.00", "0.00"], 0)


def test_nothing_is_charged_for_no_units_where_a_step_rounds_up() -> None:
    charm = """  order additive
  charm rounded down to 1 EUR plus 0.50 EUR

order discount three on mug
  give 3 EUR off list, each line
"""
    assert nets(priced(charm, [("mug", 0), ("mug", 2)])) == ["0.00", "17.50"]


BOXES = """price book boxes
  currency EUR
  families mugs
  units    piece pieces, box boxes of 5 pieces

product mug
  family mugs
  price  10 EUR per piece

product case
  family mugs
  price  45 EUR per box

steps
  list
  order additive

"""


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("order discount ten on the quote\n  give 10 EUR off running price\n", ["9.00", "81.00"]),
        (
            "order discount ten on the quote\n  when quantity of family mugs >= 2 boxes\n  give 10 EUR off running price\n",
            ["9.00", "81.00"],
        ),
        ("order discount least on mug, case\n  give 10% off the cheapest unit\n", ["9.00", "90.00"]),
        (
            "order offer three\n  buy 2 of family mugs\n  get 1 of family mugs, cheapest first, free\n",
            ["0.00", "90.00"],
        ),
    ],
)
def test_lines_are_taken_together_whatever_they_are_counted_in(rule: str, expected: list[str]) -> None:
    checked = check({"book.quo": (BOXES + rule).encode()})
    assert checked.book is not None, "\n".join(d.render(checked.sources) for d in checked.diagnostics)
    asked = Quote(date(2026, 1, 15).toordinal(), {}, (Line("mug", MICROS), Line("case", 2 * MICROS)))
    assert nets(price_quote(lower(checked.book), asked)) == expected


def test_an_exception_on_some_lines_leaves_the_rule_to_the_others() -> None:
    less = """  order additive

order discount tenth on the quote
  give 10% off running price

order exception lesser on lamp to tenth
  give 5% off running price
"""
    assert nets(priced(less, [("mug", 1), ("lamp", 1)])) == ["9.00", "95.00"]
    none = less + "\norder exception least on lamp to lesser\n  give 1% off running price\n"
    assert nets(priced(none, [("mug", 1), ("lamp", 1)])) == ["9.00", "99.00"]


def test_a_rule_closes_steps_by_the_sums_that_it_asks_about() -> None:
    coupon = """  promo  additive
  member additive
  coupon additive

promo discount fifth on lamp
  give 20% off list

member discount tenth on lamp
  give 10% off list

coupon discount five on the quote
  when goods after promo >= {least} EUR
  give 5 EUR off running price
  alone in member
"""
    assert nets(priced(coupon.format(least=90), [("lamp", 1)])) == ["70.00"]
    assert nets(priced(coupon.format(least=80), [("lamp", 1)])) == ["75.00"]


def test_a_unit_price_that_is_rounded_as_its_line_goes_whole_has_a_bar() -> None:
    """A cup of 8.355 at 10% off is 7.5195, and 7.52 where the amount on the quote begins: three are 22.56."""
    steps = """  member additive
  order  additive

member discount tenth on cup
  give 10% off list
"""
    [line] = priced(steps + OFF, [("cup", 3)]).lines
    assert [(bar.step, bar.before, bar.after) for bar in line.waterfall] == [
        ("list", 0, 8_355_000),
        ("member", 8_355_000, 7_519_500),
        ("rounding", 7_519_500, 7_520_000),
        ("order", 22_560_000, 12_560_000),
    ]
    assert of_line(line) == [False, False, False, True]
    [alone] = priced(steps + OFF, [("cup", 1)]).lines
    assert all(one.after == other.before for one, other in pairwise(alone.waterfall))
    assert alone.waterfall[-1].after == alone.net_amount == 0
    [exact] = priced(steps + OFF, [("cup", 3)], "half up to minor unit at line").lines
    assert "rounding" not in [bar.step for bar in exact.waterfall]
