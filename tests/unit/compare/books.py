"""A small book that has one of each thing that is compared, and ways to change its text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.lang import book as b
from engine.lang import check
from engine.plan import layout as at
from engine.plan.lower import lower
from engine.plan.plan import Plan
from engine.pricing.compare.lines import Asked
from engine.pricing.quote import Line, Quote
from engine.pricing.workspace import encoder_of
from engine.values.kinds import MICROS

DAY = 739_617  # 2026-01-05
TEXT = """price book shop "Shop"
  currency EUR
  families tools
  groups   hall
  units    piece pieces, hour hours to 2 decimals

facts
  customer.kind:    one of shop, club, home
  customer.country: text optional
  customer.spend:   money optional

product saw "Saw"
  family tools
  price  20.00 EUR per piece until 2026-07-01
  price  22.00 EUR per piece from 2026-07-01
  cost   9.00 EUR per piece

product oil "Oil"
  price 3.33 EUR per piece

product help "Help"
  price tiers graduated
  | hours above |           price |
  |           0 | 60 EUR per hour |
  |          10 | 50 EUR per hour |

steps
  list
  volume one only
  offer  best of
  extras additive
  floor

volume discount by_ten on family tools
  tiers all units by quantity
  | pieces from | off |
  |           1 |  0% |
  |          10 |  5% |
  |          50 | 12% |

offer discount club on saw, oil
  from 2026-01-01 through 2026-12-31
  when customer.kind is club
  give 10% off running price

offer exception belgian_club to club
  when customer.country is "BE"
  give 4% off running price

table duties
  | customer.country | extra |
  | "CH"             |    4% |
  | "NO"             |    3% |
  customer.country: text key
  extra:            percent

extras surcharge duty on everything
  for each row of duties
  add row.extra of list

floor half on saw
  at least 85% of list

approval deep
  when quote.discount > 10% needs boss
"""


def book_of(text: str = TEXT, *changes: tuple[str, str]) -> b.Book:
    """The book of a text after changes, each of which must change it."""
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    checked = check({"book.quo": text.encode()})
    assert checked.book is not None, [d.message for d in checked.diagnostics]
    return checked.book


def plan_of(*changes: tuple[str, str]) -> Plan:
    """The plan of the changed book."""
    return lower(book_of(TEXT, *changes))


def line(sku: str, quantity: float, group: str | None = None, day: int = DAY, **facts: str | int) -> Quote:
    """A quote of one line; facts of the customer by their last word."""
    given = {f"customer.{name}": value for name, value in ({"kind": "home"} | facts).items()}
    return Quote(day, given, (Line(sku, int(quantity * MICROS), group),))


def asked(plan: Plan, quotes: Sequence[Quote]) -> Asked:
    """Quotes as columns of a plan's codes; each is a quote of its own in all its lines."""
    lines = [(number, quote, each) for number, quote in enumerate(quotes) for each in quote.lines]
    facts = {
        plan.dims[d].name: np.array(
            [encoder_of(plan, d)({**quote.facts, **each.facts}.get(plan.dims[d].name)) for _, quote, each in lines],
            np.int64,
        )
        for d in range(at.FACTS, len(plan.dims))
    }
    groups = plan.words[at.GROUP]
    return Asked(
        np.array([number for number, _, _ in lines], np.int64),
        np.array([quote.date for _, quote, _ in lines], np.int64),
        np.array([plan.head.index.get(each.product, -1) for _, _, each in lines], np.int64),
        np.array([each.quantity or 0 for _, _, each in lines], np.int64),
        facts,
        np.array([at.UNKNOWN if e.group is None else groups.get(e.group, at.OTHER) for _, _, e in lines], np.int64),
        lambda i: lines[i][2].product,
    )
