"""What counts as covered: what applied, both sides of an edge, an exception beside its rule; and nothing else."""

from __future__ import annotations

from dataclasses import replace
from unittest import mock

import pytest

from engine.plan.lower import lower
from engine.pricing import price_quotes
from engine.pricing.compare.coverage import Coverage, coverage
from engine.pricing.quote import Line, Quote
from engine.values.kinds import MICROS
from tests.unit.compare.books import DAY, book_of, line


def covered(*quotes: Quote, meaning: bool = False) -> Coverage:
    book = book_of()
    with mock.patch("engine.plan.lower.beyond", return_value=meaning):
        plan = lower(book)
    return coverage(book, zip(quotes, price_quotes(plan, quotes, waterfall=True), strict=True))


def reached(*quotes: Quote, meaning: bool = False) -> set[str]:
    found = covered(*quotes, meaning=meaning)
    return {f"{point.sort} {point.rule} {point.what}".strip() for point in found.reached}


EDGES = ("pieces from 10", "pieces from 50")


@pytest.mark.parametrize("meaning", [False, True])
def test_each_line_reaches_what_applied_to_it(meaning: bool) -> None:
    assert reached(line("oil", 1), meaning=meaning) == set()
    assert reached(line("saw", 1), meaning=meaning) == {"rule by_ten", "row by_ten pieces from 1"}
    assert reached(line("saw", 10), meaning=meaning) == {
        "rule by_ten", "row by_ten pieces from 10", "edge by_ten pieces from 10: at the bound"
    }  # fmt: skip
    assert reached(line("saw", 9), meaning=meaning) == {
        "rule by_ten", "row by_ten pieces from 1", "edge by_ten pieces from 10: just below"
    }  # fmt: skip
    assert reached(line("oil", 5, country="NO"), meaning=meaning) == {"rule duty", "row duty customer.country NO"}


def test_an_exception_needs_a_line_of_its_own_and_one_of_its_rule() -> None:
    rule, exception = line("oil", 1, kind="club"), line("oil", 1, kind="club", country="BE")
    assert reached(exception) == {"rule belgian_club", "row belgian_club"}
    assert reached(rule) == {"rule club", "row club"}
    assert "exception belgian_club beside club" in reached(rule, exception)


def test_a_floor_counts_where_it_lifts_and_not_where_it_holds() -> None:
    assert "rule half" not in reached(line("saw", 10))
    assert {"rule half", "approval deep"} <= reached(line("saw", 50, kind="club"))


def test_a_line_without_a_price_reaches_nothing() -> None:
    assert reached(line("saw", 0.5), line("sofa", 1)) == set()


def test_tiers_of_a_list_price_count_by_their_edges() -> None:
    name = "edge price of help above 10"
    assert reached(line("help", 10)) == {f"{name}: at the bound"}
    assert reached(line("help", 10.01)) == {f"{name}: just above"}
    assert reached(line("help", 9.99)) == set()


def test_a_rule_that_two_rows_share_is_one_of_its_rows_alone() -> None:
    """Shares are of what is written: three rules of one row each, three tiers and two rows of a table."""
    found = covered(line("saw", 10), line("oil", 1, kind="club"))
    assert found.of("rule") == (2, 5)
    assert found.of("row") == (2, 8)
    assert found.of("rule", "row") == (4, 13)
    assert found.percent("denial") == 100
    assert len(found.missed) == len(found.points) - len(found.reached)


def test_what_stands_outside_the_dates_of_a_rule_is_not_just_below_its_bound() -> None:
    book = book_of()
    dated = tuple(
        replace(rule, cases=tuple(replace(case, start=DAY + 1) for case in rule.cases))
        if rule.name == "by_ten"
        else rule
        for rule in book.rules
    )
    book = replace(book, rules=dated)
    quote = line("saw", 9)
    found = coverage(book, [(quote, price_quotes(lower(book), [quote], waterfall=True)[0])])
    assert found.reached == frozenset()


ROAMING = """price book roaming
  currency EUR
  units    minute minutes

facts
  line.abroad: text

product call
  unit minute

steps
  list

table abroad
  | line.abroad | price |
  | "BE"        |  0.00 |
  | "CH"        |  0.49 |
  line.abroad: text key
  price:       money

list price country on call
  for each row of abroad
  price row.price per minute
"""


@pytest.mark.parametrize("country", ["BE", "CH"])
def test_a_list_price_of_nothing_is_a_price(country: str) -> None:
    """What gave the list price is reached, though 0 moves no price."""
    book = book_of(ROAMING)
    quote = Quote(DAY, {}, (Line("call", 10 * MICROS, facts={"line.abroad": country}),))
    found = coverage(book, zip([quote], price_quotes(lower(book), [quote], waterfall=True), strict=True))
    assert {point.what for point in found.reached if point.sort == "row"} == {f"line.abroad {country}"}
