"""A line that is refused on its way is not sold, in kernels as in the book's meaning: no sum counts it."""

from __future__ import annotations

import numpy as np

from engine.plan.lower import lower
from engine.pricing import price_quote
from engine.pricing.columns import price_columns
from engine.pricing.quote import Line, Quote
from tests.unit.money.book import book_of

BOOK = """price book shop
  currency EUR
  units    piece pieces

product cup
  price 10 EUR per piece
  cost  8 EUR per piece

product mug
  price 10 EUR per piece
  cost  4 EUR per piece from 2030-01-01

steps
  list
  order best of
  floor

order discount large on everything
  when goods at list >= 25 EUR
  give 10% off running price

floor over_cost on mug
  at least 5% markup
"""
TEN, DAY = 10_000_000, 739_600


def test_a_sum_does_not_count_a_line_that_turns_out_to_have_no_cost() -> None:
    plan = lower(book_of(BOOK))
    assert plan.meaning is None and plan.across
    answer = price_quote(plan, Quote(DAY, {}, (Line("cup", 1_000_000), Line("mug", 2_000_000))), waterfall=True)
    cup, mug = answer.lines
    assert mug.error is not None and mug.error.code == "NO_COST"
    assert cup.net_amount == TEN and [bar.step for bar in cup.waterfall] == ["list"]  # 10 EUR of goods, not 30
    three = price_quote(plan, Quote(DAY, {}, (Line("cup", 3_000_000), Line("mug", 2_000_000))))
    assert three.lines[0].net_amount == 27_000_000


def test_nor_do_columns() -> None:
    plan = lower(book_of(BOOK))
    quote, product = np.array([0, 0, 1]), np.array([0, 1, 0])
    quantity = np.array([1, 2, 3]) * 1_000_000
    found = price_columns(plan, quote, np.full(3, DAY), product, quantity, {})
    assert set(found.faults) == {1}
    assert found.net_amount[[0, 2]].tolist() == [TEN, 27_000_000]
