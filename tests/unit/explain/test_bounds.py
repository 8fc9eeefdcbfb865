"""A line with more rules than anyone reads: those that moved it and those that came near are told, the rest are counted."""

from __future__ import annotations

from datetime import date

from engine.lang.check import check
from engine.plan.lower import lower
from engine.pricing.explain import Explainer
from engine.pricing.explain.explainer import LEAST_OF_LINE, MOST_OF_LINE, MOST_VERDICTS
from engine.pricing.quote import Line, Quote

RULES = MOST_OF_LINE + 100
HEAD = """
price book many
  currency EUR
  units    piece pieces

facts
  customer.kind: one of new, old

product pen
  price 100 EUR per piece

steps
  list
  promotion best of
"""


def explainer() -> Explainer:
    """Rule n is for n pieces; each third asks for a new customer, too, and is so one step further away."""
    rules = [
        f"promotion discount r{n} on everything\n"
        f"  when line.quantity >= {n}{' and customer.kind is new' if n % 3 == 0 else ''}\n"
        "  give 1% off list\n"
        for n in range(1, RULES + 1)
    ]
    book = check({"many.quo": (HEAD + "\n" + "\n".join(rules)).encode()}).book
    assert book is not None
    return Explainer(lower(book), book)


def test_the_nearest_of_too_many_rules_are_told_in_the_order_of_the_book() -> None:
    made, day = explainer(), date(2026, 5, 4).toordinal()
    quote = Quote(day, {"customer.kind": "old"}, (Line("pen", 5_000_000),))
    [line] = made.explain(quote).lines
    assert (len(line.verdicts), line.left_out, line.not_on) == (MOST_OF_LINE, 100, 0)
    assert [v.rule for v in line.verdicts if v.reason == "applied"] == ["r1"]
    numbers = [int(v.rule.removeprefix("r")) for v in line.verdicts]
    assert numbers == sorted(numbers)
    assert {n for n in range(1, RULES + 1) if n % 3 or n <= 5} <= set(numbers), "one thing fails in these, or none"


def test_many_lines_share_what_is_told() -> None:
    made, day = explainer(), date(2026, 5, 4).toordinal()
    lines = tuple(Line("pen", 5_000_000) for _ in range(20))
    explained = made.explain(Quote(day, {"customer.kind": "old"}, lines))
    told = [len(line.verdicts) for line in explained.lines]
    assert told == [max(LEAST_OF_LINE, MOST_VERDICTS // 20)] * 20
    assert all(line.verdicts[0].reason == "applied" for line in explained.lines)
