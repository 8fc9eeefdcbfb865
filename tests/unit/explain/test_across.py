"""Rules over several lines: what is asked of the quote, what was chosen over it, what closes a step to a line."""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest

from engine.lang.check import check
from engine.plan.lower import lower
from engine.pricing.explain import Explained, Explainer
from engine.pricing.explain.sentences import change_words, verdict_words
from engine.pricing.quote import Line, Quote
from engine.values.kinds import Value

BOOK = """
price book cart
  currency EUR
  families mugs
  units    piece pieces

product mug
  family mugs
  price 10 EUR per piece

product cup
  family mugs
  price 6 EUR per piece

product pot
  price 50 EUR per piece

steps
  list
  item    best of
  offers  best of quote
  order   one only
  coupon  additive
  manual  additive

item discount clearance on cup
  give 5% off list
  final

item discount family_volume on family mugs
  tiers all units by quantity of family mugs
  | quantity from | off |
  |            10 | 10% |
  |            20 | 20% |

offers offer three_for_two on family mugs
  buy 2 of family mugs
  get 1 of family mugs, cheapest first, 100% off

offers discount pots on pot
  when sum of quantity where (product is mug) >= 5
  give 10% off list

order discount big on the quote
  when goods at list >= 200 EUR
  give 10 EUR off running price

coupon discount spring on the quote
  needs code "SPRING"
  give 5 EUR off running price

coupon discount member on mug
  alone in order
  needs code "MEMBER"
  give 1 EUR off running price

manual discount grant on everything
  by hand, at most 10% for seller, 25% for manager
"""


@cache
def explainer() -> Explainer:
    checked = check({"cart.quo": BOOK.encode()})
    assert checked.book is not None, [d.render(checked.sources) for d in checked.diagnostics]
    return Explainer(lower(checked.book), checked.book)


def ask(*lines: tuple[str, int], **facts: Value) -> Explained:
    said = {name.replace("_", " "): value for name, value in facts.items()}
    made = tuple(Line(code, pieces * 1_000_000) for code, pieces in lines)
    return explainer().explain(Quote(date(2026, 5, 4).toordinal(), said, made))


def words(explained: Explained, number: int, rule: str) -> str:
    found = next(v for v in explained.lines[number - 1].verdicts if v.rule == rule)
    return verdict_words(found, explained.priced.date, "EUR")


SMALL = (("mug", 4), ("cup", 4), ("pot", 2))
LARGE = (("mug", 12), ("pot", 2), ("cup", 1))


@pytest.mark.parametrize(
    ("lines", "number", "rule", "said"),
    [
        (SMALL, 1, "family_volume", "quantity from 10: needs quantity of family mugs >= 10, was 8; "
         "quantity from 20: needs quantity of family mugs >= 20, was 8"),
        (SMALL, 1, "three_for_two", "40.00 -> 30.00"),
        (SMALL, 1, "big", "needs goods at list >= 200.00 EUR, was 164.00 EUR"),
        (SMALL, 1, "spring", "needs the code SPRING"),
        (SMALL, 1, "grant", "applies, and changes nothing: nothing granted"),
        (SMALL, 2, "three_for_two", "clearance leaves nothing to this step"),
        (SMALL, 3, "pots", "needs sum of quantity where (product is mug) >= 5, was 4"),
        (LARGE, 1, "big", "81.00 -> 76.52"),
        (LARGE, 2, "pots", "three_for_two is better"),
        (LARGE, 3, "clearance", "10% off (family_volume) beats its 5% off: 5.40, not 5.70"),
    ],
)  # fmt: skip
def test_why(lines: tuple[tuple[str, int], ...], number: int, rule: str, said: str) -> None:
    assert words(ask(*lines), number, rule) == said


def test_a_rule_that_stands_alone_closes_the_other_step() -> None:
    explained = ask(*LARGE, code_MEMBER="yes")
    assert words(explained, 1, "big") == "member leaves nothing to this step"
    assert words(explained, 1, "member") == "81.00 -> 69.00"


def test_what_is_said_of_one_line_may_change_the_sums_of_all() -> None:
    """Two more mugs make ten of the family: 6 x 9.00. With the code the 5 EUR are spread over all lines."""
    line = ask(*SMALL).lines[0]
    told = [change_words(change, line, "EUR") for change in line.changes]
    assert told[0] == (
        "2 more pieces (6): 9.00 per piece, the line 54.00, 24.00 more in all; "
        "with family_volume (quantity from 10), without three_for_two"
    )
    assert any(words.startswith("with the code SPRING: ") for words in told)
    pot = ask(*SMALL).lines[2]
    assert change_words(pot.changes[0], pot, "EUR").startswith("1 more piece (3): ")
    assert pot.changes[0].began == ("big",)
