"""A book with a rule for every reason, and the words to ask it."""

from __future__ import annotations

from datetime import date
from functools import cache

from engine.lang.check import check
from engine.plan.lower import lower
from engine.pricing.explain import Explained, Explainer
from engine.pricing.explain.sentences import verdict_words
from engine.pricing.explain.shapes import LineWhy, Verdict
from engine.pricing.price import read_facts
from engine.pricing.quote import Line, Quote
from engine.values.kinds import millionths

BOOK = """
price book shop "A shop"
  currency EUR
  families chairs
  groups   rollout
  units    piece pieces, hour hours to 2 decimals

facts
  customer.segment: one of startup, mid_market, enterprise optional from account
  customer.account: text optional                          from account
  customer.country: text optional                          from request
  customer.spend:   money optional                         from account
  quote.term:       duration 1 month to 60 months
  line.rush:        yes or no optional

product chair "Chair"
  family chairs
  price  100 EUR per piece
  cost   75 EUR per piece

product stool "Stool"
  family chairs
  price  40 EUR per piece until 2026-07-01
  price  45 EUR per piece from 2026-07-01

product lamp "Lamp"
  price 80 EUR per piece

product hours "Work"
  price 150 EUR per hour

product desk "Desk"
  price 200 EUR per piece

product box "Box"
  price tiers all units
  | pieces from |           price |
  |           1 | 2 EUR per piece |
  |         100 | 1 EUR per piece |

steps
  list
  volume    one only
  promotion best of
  extras    additive
  floor

volume discount chairs_volume on chair
  tiers all units by quantity
  | pieces from | off |
  |           1 |  0% |
  |          10 |  5% |
  |          50 | 12% |

volume discount desks_volume on desk
  tiers all units by quantity
  | pieces from | off |
  |          10 |  5% |
  |          50 | 12% |

volume discount hours_volume on hours
  tiers graduated by quantity
  | hours above | off |
  |           0 |  0% |
  |          10 | 10% |

promotion discount spring on chair
  from 2026-03-01 through 2026-03-31
  give 10% off running price
  because "Spring, PR-1"

promotion discount summer on chair
  from 2026-06-01 until 2026-07-01
  give 10% off running price

promotion discount programme on chair
  when customer.segment in startup, mid_market
  give 12% off running price

promotion exception belgium to programme
  when customer.country is "BE"
  give 6% off running price

promotion discount large on chair
  when line.quantity >= 50 and customer.spend > 1_000 EUR
  give 2 EUR off running price

promotion discount either on chair
  when line.quantity > 100 or customer.account is "ACME" or line.group is rollout
  give 1 EUR off running price

promotion discount not_here on chair
  when customer.country is known and not customer.country in "NL", "BE"
  give 3 EUR off running price

promotion discount twelve on chair
  give 12% off running price

extras surcharge rush on everything
  when line.rush is yes
  add 5 EUR

table uplift
  | customer.country | product | least | extra |
  | "CH"             | chair   |    20 |    4% |
  | "CH"             | lamp    |     1 |    6% |
  | "NO"             | chair   |     1 |    3% |
  customer.country: text key
  product:          product
  least:            quantity
  extra:            percent

extras surcharge country on row.product
  for each row of uplift
  when line.quantity >= row.least
  add row.extra of list

floor margin on chair
  at least 20% margin

floor half on chair
  at least 50% of list

approval thin on chair
  when line.margin < 20% needs finance

approval deep
  when quote.discount > 5% needs desk
  when quote.discount > 20% and customer.segment is enterprise needs legal
  because "Policy 7"
"""


@cache
def explainer() -> Explainer:
    checked = check({"shop.quo": BOOK.encode()})
    assert checked.book is not None, [d.render(checked.sources) for d in checked.diagnostics]
    return Explainer(lower(checked.book), checked.book)


def ask(on: str, *lines: str, **facts: str) -> Explained:
    """Explain `SKU QUANTITY [fact=value ...]` lines; facts as `customer_segment="startup"`."""
    plan = explainer().plan
    said = {"customer.segment": "enterprise", **{name.replace("_", ".", 1): value for name, value in facts.items()}}
    values, errors = read_facts(plan, said)
    assert not errors, errors
    return explainer().explain(Quote(date.fromisoformat(on).toordinal(), values, tuple(map(_line, lines))))


def _line(text: str) -> Line:
    sku, quantity, *rest = text.split()
    given = dict(one.split("=", 1) for one in rest)
    group = given.pop("group", None)
    return Line(sku, millionths(quantity), group, None, dict(given))


def only(explained: Explained) -> LineWhy:
    [line] = explained.lines
    return line


def verdict(explained: Explained, rule: str) -> Verdict:
    return next(v for v in only(explained).verdicts if v.rule == rule)


def words(explained: Explained, rule: str) -> str:
    return verdict_words(verdict(explained, rule), explained.priced.date, "EUR")
