"""Why one of several prices was chosen."""

from __future__ import annotations

from datetime import date

import pytest

from engine.lang.check import check
from engine.plan.lower import lower
from engine.pricing.explain import Explainer, shown
from engine.pricing.explain.document import document_of
from engine.pricing.explain.sentences import verdict_words
from engine.pricing.quote import Line, Quote

BOOK = """
price book prices
  currency EUR
  units    seat seats

facts
  customer.region: text optional
  customer.city:   text optional

product seat
  price 500 EUR per seat
  cost  200 EUR per seat

steps
  list from krakow, then pl, then book
  contract from frame, then plus

list price pl on seat
  when customer.region is "PL"
  price 420 EUR per seat

list price krakow on seat
  when customer.city is "krakow"
  price 450 EUR per seat

contract price frame on seat
  when customer.city is "krakow"
  price 400 EUR per seat

contract price plus on seat
  price cost plus 75%
"""


def why(**facts: str) -> dict[str, str]:
    book = check({"book.quo": BOOK.encode()}).book
    assert book is not None
    said = {f"customer.{name}": value for name, value in facts.items()}
    explained = Explainer(lower(book), book).explain(
        Quote(date(2026, 5, 4).toordinal(), dict(said), (Line("seat", 1_000_000),))
    )
    text = str(document_of(shown(explained, costs=False, rules=True)))
    assert "75%" not in text and "200.00" not in text
    [line] = explained.lines
    return {v.rule: verdict_words(v, explained.priced.date, "EUR") for v in line.verdicts}


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({}, {"pl": 'needs customer.region "PL", which was not given', "plus": "500.00 -> 350.00"}),
        ({"region": "PL"}, {"pl": "opens at 420.00", "plus": "420.00 -> 350.00"}),
        (
            {"region": "PL", "city": "krakow"},
            {
                "krakow": "opens at 450.00", "pl": "krakow comes first in this step",
                "frame": "450.00 -> 400.00", "plus": "frame comes first in this step",
            },
        ),
    ],
)  # fmt: skip
def test_the_price_that_counts(facts: dict[str, str], said: dict[str, str]) -> None:
    told = why(**facts)
    assert {rule: told[rule] for rule in said} == said
