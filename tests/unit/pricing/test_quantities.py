"""How much of a product is sold at once, and in which units: what is refused, in which words, and what is not."""

from __future__ import annotations

from fractions import Fraction

import pytest

from engine.lang import check
from engine.lang.book import Sold, Unit
from engine.lang.measures import ends, legal, nearest, times
from engine.plan.lower import lower
from engine.plan.plan import Plan
from engine.pricing import price_quotes
from engine.pricing.quote import Line, Quote
from tests.unit.pricing.test_methods import MICROS, TODAY, net, planned, priced

LIMITED = "price 2 EUR per piece\nsold in 12s\nat least 24\nat most 1_000"


def refusal(plan: Plan, quantity: float, unit: str | None = None) -> tuple[str, str, str]:
    """(code, field, message) of a line that is refused."""
    error = priced(plan, quantity, unit=unit).error
    assert error
    return error.code, error.field, error.message


@pytest.mark.parametrize("quantity", [24, 36, 996, 0, -1, -2_000])
def test_what_is_allowed(quantity: int) -> None:
    """Also nothing at all, and a credit of any part of a sale."""
    assert net(planned(LIMITED, "piece"), quantity) == f"{2 * quantity:.2f}"


@pytest.mark.parametrize(
    ("quantity", "near"),
    [(1, "24"), (23, "24"), (25, "24 or 36"), (40, "36 or 48"), (997, "996"), (1_000, "996"), (5_000, "996")],
)
def test_what_is_not_allowed_says_what_is(quantity: int, near: str) -> None:
    code, field, message = refusal(planned(LIMITED, "piece"), quantity)
    assert (code, field) == ("INVALID_QUANTITY", "quantity")
    allowed = f"`thing` is sold in 12s, at least 24 and at most 1000 pieces: {quantity} is not allowed"
    assert message == f"{allowed}, {near} is"


def test_each_bound_alone() -> None:
    assert refusal(planned("price 2 EUR per piece\nsold in 6s", "piece"), 7)[2] == (
        "`thing` is sold in 6s: 7 is not allowed, 6 or 12 is"
    )
    assert refusal(planned("price 2 EUR per piece\nat most 5", "piece"), 7)[2] == (
        "`thing` is sold at most 5 pieces: 7 is not allowed, 5 is"
    )
    plan = planned("price 2 EUR per hour\nat least 1.5\nsold in 0.25 hours", "hour")
    assert [net(plan, hours) for hours in (1.5, 1.75)] == ["3.00", "3.50"]
    assert refusal(plan, 1.6)[2] == "`thing` is sold in 0.25s, at least 1.5 hours: 1.6 is not allowed, 1.5 or 1.75 is"
    assert refusal(plan, 1.605)[2] == "`thing` is sold in hours: at most 2 decimals only"


def test_a_bound_in_another_unit_is_met_from_its_side() -> None:
    """At least 24 pieces is five boxes, at most 99 pieces nineteen."""
    plan = planned("price 2 EUR per box\nat least 24 pieces\nat most 99 pieces", "box")
    assert [net(plan, boxes) for boxes in (5, 19)] == ["10.00", "38.00"]
    assert refusal(plan, 4)[2].endswith("4 is not allowed, 5 is")
    assert refusal(plan, 20)[2].endswith("20 is not allowed, 19 is")


def test_a_refused_line_leaves_the_others_alone() -> None:
    lines = tuple(Line("thing", quantity * MICROS) for quantity in (24, 25, 36))
    quote = price_quotes(planned(LIMITED, "piece"), [Quote(TODAY, {}, lines)])[0]
    assert [line.net_amount for line in quote.lines] == [48 * MICROS, 0, 72 * MICROS]
    assert [total.net_amount for total in quote.totals] == [120 * MICROS]
    assert not quote.complete


# ---------------------------------------------------------------- units of a kind


@pytest.mark.parametrize("clauses", ["price 2 EUR per piece", "price 2 EUR per piece\nat most 1_000"])
def test_a_line_in_another_unit(clauses: str) -> None:
    """Through the kernels, and by the meaning of a book that says more."""
    plan = planned(clauses, "piece")
    for quantity, unit, pieces in (
        (3, "boxes", 15),
        (1, "box", 5),
        (4, "piece", 4),
        (0.2, "box", 1),
        (-2, "third", -6),
    ):
        line = priced(plan, quantity, unit=unit)
        assert (line.error, line.quantity, line.net_amount) == (None, pieces * MICROS, 2 * pieces * MICROS)


@pytest.mark.parametrize("clauses", ["price 2 EUR per box", "price 2 EUR per box\nat most 1_000"])
def test_a_unit_that_does_not_convert(clauses: str) -> None:
    plan = planned(clauses, "box")
    assert refusal(plan, 7, "pieces") == (
        "INVALID_QUANTITY", "unit", "7 pieces of `thing` are no whole number of boxes: ask for 1 box or 2 boxes",
    )  # fmt: skip
    for unit in ("crates", "hours"):
        assert refusal(plan, 7, unit)[2] == (
            f"`thing` is counted in boxes, and may be asked for in pieces or thirds, not in `{unit}`"
        )
    assert priced(planned("price 2 EUR per hour", "hour"), 7, unit="box").error.message == (  # type: ignore[union-attr]
        "`thing` is counted in hours, not in `box`"
    )
    lines = (Line("nothing", MICROS, unit="box"), Line("thing", 7 * MICROS, unit="pieces"), Line("thing", 2 * MICROS))
    quote = price_quotes(plan, [Quote(TODAY, {}, lines)])[0]
    assert [line.error.code if line.error else None for line in quote.lines] == [
        "UNKNOWN_PRODUCT", "INVALID_QUANTITY", None,
    ]  # fmt: skip
    assert quote.lines[2].net_amount == 4 * MICROS


ASKS = """
facts
  customer.segment: one of gold, plain from request

product single
  unit  piece
  price 1 EUR per piece

steps
  list
  offer best of

offer discount gold on single
  when customer.segment is gold
  give 10% off list
"""


@pytest.mark.parametrize("more", ["", "\noffer discount first on single\n  give 0.10 EUR off the first unit\n"])
def test_a_fact_that_is_missing_is_told_before_a_unit_that_does_not_convert(more: str) -> None:
    """By kernels and by the meaning."""
    plan = planned("price 5 EUR per box", "box", ASKS + more)
    assert (plan.meaning is None) == (more == "")
    lines = (Line("single", MICROS, unit="crates"), Line("single", MICROS))
    quote = price_quotes(plan, [Quote(TODAY, {}, lines), Quote(TODAY, {"customer.segment": "gold"}, lines)])
    codes = [[line.error.code if line.error else None for line in one.lines] for one in quote]
    assert codes == [["MISSING_FACT", "MISSING_FACT"], ["INVALID_QUANTITY", None]]


def test_a_metered_line_without_an_estimate_in_another_unit() -> None:
    line = priced(planned("price 2 EUR per piece per use", "piece"), None, unit="boxes")
    assert (line.error, line.estimated, line.net_amount) == (None, False, 0)


RULES = """
product single
  unit  piece
  price 1 EUR per piece

steps
  list
  volume one only

volume discount many on thing, single
  tiers all units by quantity
  | {unit} from | off |
  | {first} | 10% |
"""


@pytest.mark.parametrize(("unit", "first"), [("pieces", 10), ("boxes", 2)])
def test_a_rule_counts_products_of_a_kind_alike(unit: str, first: int) -> None:
    plan = planned("price 5 EUR per box", "box", RULES.format(unit=unit, first=first))
    lines = (
        Line("thing", 1 * MICROS),
        Line("thing", 2 * MICROS),
        Line("single", 9 * MICROS),
        Line("single", 10 * MICROS),
    )
    quote = price_quotes(plan, [Quote(TODAY, {}, lines)])[0]
    assert [line.net_amount for line in quote.lines] == [5 * MICROS, 9 * MICROS, 9 * MICROS, 9 * MICROS]


CONDITIONS = {
    "= 10 pieces": {2},
    "= 11 pieces": set(),
    "> 10 pieces": {3, 4, 5},
    "> 9 pieces": {2, 3, 4, 5},
    ">= 11 pieces": {3, 4, 5},
    ">= 10 pieces": {2, 3, 4, 5},
    "< 11 pieces": {1, 2},
    "< 10 pieces": {1},
    "<= 14 pieces": {1, 2},
    "in 6 pieces to 19 pieces": {2, 3},
    "in 5 pieces, 20 pieces": {1, 4},
    "not in 6 pieces to 19 pieces": {1, 4, 5},
}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition_in_another_unit(condition: str) -> None:
    """On whole boxes of five."""
    rules = f"\nsteps\n  list\n  volume\n\nvolume discount some on thing\n  when line.quantity {condition}\n  give 10% off list\n"
    plan = planned("price 1 EUR per box", "box", rules)
    assert {n for n in range(1, 6) if net(plan, n) != f"{n:.2f}"} == CONDITIONS[condition]


def test_a_condition_between_the_ticks_of_a_unit() -> None:
    """Ten pieces are three thirds and a third of one: between whole millionths."""
    for condition, expected in (("= 10 pieces", set()), (">= 10 pieces", {4, 5}), ("< 10 pieces", {1, 2, 3})):
        rules = f"\nsteps\n  list\n  volume\n\nvolume discount some on thing\n  when line.quantity {condition}\n  give 10% off list\n"
        plan = planned("price 1 EUR per third", "third", rules)
        assert {n for n in range(1, 6) if net(plan, n) != f"{n:.2f}"} == expected


TIERED = """price tiers {mode}
| pieces {bound} | price |
| {first} | 2 EUR per piece |
| {second} | 1 EUR per piece |"""


def test_tiers_of_pieces_for_what_is_sold_by_the_box() -> None:
    """12 pieces are 2.4 boxes; graduated from 12: eleven at 2 EUR, the rest at 1."""
    every = planned(TIERED.format(mode="all units", bound="from", first=1, second=12), "box")
    assert [net(every, boxes) for boxes in (1, 2, 3)] == ["10.00", "20.00", "15.00"]
    each = planned(TIERED.format(mode="graduated", bound="from", first=1, second=12), "box")
    assert [net(each, boxes) for boxes in (1, 2, 3)] == ["10.00", "20.00", "26.00"]
    thirds = planned(TIERED.format(mode="graduated", bound="above", first=0, second=10), "third")
    assert [net(thirds, n) for n in (3, 4)] == ["18.00", "22.00"]


def test_prices_costs_and_free_units_in_another_unit() -> None:
    plan = planned("price 2 EUR per piece\ncost 1 EUR per piece\nfirst 5 pieces free", "box")
    line = priced(plan, 3)
    assert (line.net_amount, line.cost_amount) == (20 * MICROS, 15 * MICROS)
    packs = planned("price 2 EUR per started 7 pieces", "box")
    assert [net(packs, boxes) for boxes in (1, 2, 7)] == ["2.00", "4.00", "10.00"]


SUMS = """
price book shop
  currency EUR
  families nails
  units    piece pieces, box boxes of 5 pieces, hour hours

product nail
  family nails
  price 1 EUR per piece

product nails
  family nails
  price 5 EUR per box

product work
  price 1 EUR per hour

steps
  list
  first
  second
  third

first discount many on family nails
  when quantity of family nails >= 3 boxes
  give 10% off list

second discount more on family nails
  tiers all units by quantity of family nails
  | boxes from | off list |
  |          1 |       0% |
  |          4 |      10% |

third discount most on family nails
  tiers graduated by quantity of family nails
  | pieces above | off list |
  |            0 |       0% |
  |           10 |      10% |
"""


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        # 14 pieces: the last four, of ten in boxes, get 10%
        ([("nail", 4), ("nails", 2), ("work", 100)], ["4.00", "9.60", "100.00"]),
        # 15: 10% on all; the last five get 10% more
        ([("nail", 5), ("nails", 2)], ["4.50", "8.50"]),
        ([("nails", 2), ("nail", 5)], ["9.00", "4.00"]),
        # 20: 10% and 10% on all, and 10% on half of them
        ([("nails", 4)], ["15.00"]),
    ],
)
def test_sums_over_lines_count_units_of_a_kind_alike(asked: list[tuple[str, int]], expected: list[str]) -> None:
    checked = check({"book.quo": SUMS.encode()})
    assert checked.book, [d.render(checked.sources) for d in checked.diagnostics]
    lines = tuple(Line(product, quantity * MICROS) for product, quantity in asked)
    quote = price_quotes(lower(checked.book), [Quote(TODAY, {}, lines)])[0]
    assert [f"{line.net_amount / MICROS:.2f}" for line in quote.lines] == expected


BASKET = """
price book shop
  currency EUR
  families nails, jobs
  groups   room
  units    piece pieces, box boxes of 5 pieces, hour hours

product nail
  family nails
  price 1 EUR per piece

product nails
  family nails
  price 5 EUR per box

product work
  family jobs
  price 10 EUR per hour

steps
  list
  first
  second
  third

first discount many on the quote of work
  when quantity of the quote >= 2 boxes
  give 10 EUR off list

second discount in_rooms on work
  tiers all units by quantity of the group
  | pieces from | off list |
  |           1 |       0% |
  |           3 |      10% |

third discount busy on work
  when sum of quantity where (family is jobs and quantity >= 2) >= 4
  give 1 EUR off list
"""


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ([("nail", 9), ("work", 3)], "30.00"),  # twelve of two kinds are neither ten pieces nor four hours
        ([("nail", 5), ("nails", 1), ("work", 3)], "20.00"),
        ([("nail", 2), ("nail", 2, "room"), ("work", 2, "room")], "20.00"),
        ([("nail", 2), ("nail", 3, "room"), ("work", 2, "room")], "18.00"),
        ([("work", 4), ("work", 1)], "36.00"),
    ],
)
def test_a_sum_counts_one_kind_of_unit(asked: list[tuple[str, int] | tuple[str, int, str]], expected: str) -> None:
    checked = check({"book.quo": BASKET.encode()})
    assert checked.book, [d.render(checked.sources) for d in checked.diagnostics]
    lines = tuple(Line(one[0], one[1] * MICROS, *one[2:]) for one in asked)
    quote = price_quotes(lower(checked.book), [Quote(TODAY, {}, lines)])[0]
    of_work = next(line for line in quote.lines if line.product == "work")
    assert f"{of_work.net_amount / MICROS:.2f}" == expected


# ---------------------------------------------------------------- the arithmetic


def test_units_of_a_kind() -> None:
    units = (
        Unit("piece", "pieces"),
        Unit("box", "boxes", 0, 0, Fraction(5)),
        Unit("pallet", "pallets", 0, 0, Fraction(200)),
        Unit("hour", "hours"),
    )
    assert [times(units, 2, other) for other in range(4)] == [200, 40, 1, None]
    assert times(units, 0, 2) == Fraction(1, 200)


@pytest.mark.parametrize("sold", [Sold(), Sold(4), Sold(4, 6), Sold(0, 6, 9), Sold(5, None, 14), Sold(3, 7, 20)])
def test_the_nearest_are_legal_and_nothing_is_nearer(sold: Sold) -> None:
    least, most = ends(sold, 1)
    allowed = [n for n in range(1, 60) if legal(sold, n)]
    assert allowed[0] == least
    assert most is None or allowed[-1] == most
    for n in range(1, 50):
        below, above = [a for a in allowed if a < n], [a for a in allowed if a > n]
        expected = {*below[-1:], *above[:1]} if not legal(sold, n) else {n}
        assert set(nearest(sold, 1, n)) == expected
