"""Which approvals ask, by how much, and the lowest net price that would not, worked out by hand."""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest

from engine.lang.check import check
from engine.plan.lower import lower
from engine.pricing.explain import Explained, Explainer, shown
from engine.pricing.explain.sentences import consent_words
from engine.pricing.explain.shapes import Consent
from engine.pricing.quote import Line, Quote

BOOK = """
price book deals
  currency EUR
  units    piece pieces

facts
  customer.kind: one of new, old

product a
  price 150 EUR per piece
  cost  75 EUR per piece

product b
  price 100 EUR per piece
  cost  61 EUR per piece

product c
  price 10 EUR per piece

steps
  list
  hand

hand discount deep on a
  give 40% off list

hand discount less on b
  give 15% off list

approval thin on a, b
  when line.margin < 20% needs finance
  when line.margin < 30% and customer.kind is new needs desk, then finance

approval large
  when quote.net > 1_000 EUR needs manager

approval off
  when quote.discount >= 25% needs desk and legal
"""


@cache
def explainer() -> Explainer:
    book = check({"deals.quo": BOOK.encode()}).book
    assert book is not None
    return Explainer(lower(book), book)


def ask(*lines: tuple[str, int], kind: str = "old") -> Explained:
    quote = Quote(
        date(2026, 5, 4).toordinal(), {"customer.kind": kind}, tuple(Line(p, n * 1_000_000) for p, n in lines)
    )
    return explainer().explain(quote)


def consent(explained: Explained, name: str, line: int | None = None) -> Consent:
    [found] = [c for c in explained.consents if c.approval == name and line in (None, c.number)]
    return found


def test_a_margin_below_its_limit_and_the_lowest_net() -> None:
    """150 less 40% is 90; (90 - 75) / 90 = 16.67%. 75 / (1 - 20%) = 93.75, which is 37.5% off 150."""
    found = consent(ask(("a", 1)), "thin")
    assert (found.asks, found.stages, found.number) == (True, (("finance",),), 1)
    [limit] = found.limits
    assert (limit.measure, limit.relation, limit.limit, limit.was, limit.by) == (
        "line.margin", "<", "20%", "16.67%", "3.33 points",
    )  # fmt: skip
    assert (found.lowest_net, found.payable, found.largest_discount) == (93_750_000, 93_750_000, "37.5%")
    assert consent_words(found, "EUR") == (
        "line.margin is 16.67%, 3.33 points past 20%; a net of 93.75 (37.5% off list) would not ask"
    )


def test_the_lowest_net_of_a_line_of_many_pieces_is_of_the_line() -> None:
    assert consent(ask(("a", 3)), "thin").lowest_net == 3 * 93_750_000


def test_of_several_cases_the_lowest_net_is_free_of_all_that_hold() -> None:
    """For a new customer 30% counts, too: 75 / 0.7 = 107.142857..., the next micro, and the next cent."""
    found = consent(ask(("a", 1), kind="new"), "thin")
    assert found.stages == (("finance",), ("desk",))
    assert (found.lowest_net, found.payable) == (107_142_858, 107_150_000)


def test_an_approval_that_does_not_ask_says_how_far_it_is() -> None:
    """85 at a cost of 61: 28.24%. For an old customer 20% counts alone; 61 / 0.8 = 76.25."""
    found = consent(ask(("b", 1)), "thin")
    assert (found.asks, found.lowest_net, found.limits[0].was, found.limits[0].holds) == (
        False,
        76_250_000,
        "28.24%",
        False,
    )
    assert consent_words(found, "EUR") == "line.margin is 28.24%, and < 20% asks"


def test_each_line_that_asks_is_told() -> None:
    assert [c.number for c in ask(("a", 1), ("c", 1), ("a", 2)).consents if c.approval == "thin"] == [1, 3]


@pytest.mark.parametrize(("pieces", "asks"), [(100, False), (101, True)])
def test_above_a_net_asks_and_equal_does_not(pieces: int, asks: bool) -> None:
    found = consent(ask(("c", pieces)), "large")
    assert (found.asks, found.highest_net, found.lowest_net) == (asks, 1_000_000_000, None)


def test_a_discount_of_the_quote() -> None:
    """Two lines, 250 at list and 175 net: 30% off. At least 25% asks, so the least is a micro above 187.50."""
    found = consent(ask(("a", 1), ("b", 1)), "off")
    assert (found.asks, found.number, found.limits[0].was) == (True, None, "30%")
    assert (found.lowest_net, found.payable) == (187_500_001, 187_510_000)


def test_without_costs_nothing_is_told_from_which_one_follows() -> None:
    found = consent(shown(ask(("a", 1)), costs=False, rules=True), "thin")
    assert (found.asks, found.lowest_net, found.payable, found.largest_discount) == (True, None, None, None)
    assert consent_words(found, "EUR") == "line.margin is past its limit"
