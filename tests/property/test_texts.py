"""Whole books of text that mix what different chapters of the language say, priced: nothing crashes, and every figure ties out."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import event, given, settings
from hypothesis import strategies as st

from engine.lang import check
from engine.plan.lower import lower
from engine.pricing import price_quote
from engine.pricing.quote import Line, PricedQuote, Quote
from engine.values.kinds import MICROS
from tests.effort import tries

HEAD = """price book mixed
  currency   EUR
  currencies USD, JPY
  prices     {tax} tax
  round      {mode} to minor unit at {level}
  round      tax at {tax_level}
  families   mugs
  groups     hall
  units      piece pieces, box boxes of 5 pieces, hour hours to 2 decimals

rates
  | from | to  |     rate |
  | EUR  | USD |   1.0842 |
  | EUR  | JPY | 163.4567 |

facts
  customer.spent: money optional
  customer.land:  text optional

product mug
  family mugs
  price  12.10 EUR per piece
  cost   4 EUR per piece until 2026-03-01

product case
  family mugs
  price  52.35 EUR per box

product lamp
  price 100.05 EUR per piece
  cost  50 EUR per piece

product hours
  price tiers graduated
  | hours above |             price |
  |           0 | 50.01 EUR per hour |
  |           2 | 40.01 EUR per hour |

product cover
  unit  piece
  price 7% of net of everything, at least 1 EUR

product gift
  price 0 EUR per piece

steps
  list
  prices  one only
  first   {first}
  second  {second}
  charm   additive{charm}
  floor
  tax
  net
  rebate  additive
"""
RULES = (
    "discount a{n} on the quote\n  when goods at list >= 60 EUR\n  give 7.77 EUR off running price",
    "discount b{n} on the quote of mug or lamp\n  give 13% off list, at most 5.55 EUR, spread by equal parts, remainder to last",
    "surcharge c{n} on the quote of family mugs\n  add 1.11 EUR, spread by list",
    'discount d{n} on mug, lamp\n  when customer.land is "PL"\n  give 9% off running price\n  alone',
    "offer e{n}\n  buy 2 of family mugs\n  get 1 of family mugs, cheapest first, 33% off",
    "discount f{n} on lamp, hours\n  give 3 EUR off the first unit, 1.05 EUR off each other, at most 4 units",
    "discount g{n} on family mugs\n  tiers all units by goods of the line at list plus customer.spent\n"
    "  | goods from | off |\n  |      0 EUR |  0% |\n  |     50 EUR | 6% |",
    "discount h{n} on lamp\n  give 120 EUR off list\n  final",
    "discount i{n} on everything\n  by hand, at most 10% for seller",
    "surcharge j{n} on mug\n  add 10% of cost",
    "discount k{n} on lamp, mug\n  give 2.22 EUR off list, each line",
    "discount m{n} on the quote\n  give 100% off running price",
    "discount o{n} on case\n  give 5.5% off the 2 dearest boxes",
)
LAST = (
    "floor least on lamp\n  at least 20% margin",
    "floor lowest on mug\n  at least 3.33 EUR",
    "rebate discount bonus on lamp, mug\n  give 3% off running price",
    'deny abroad on case\n  when customer.land is "XX"\n  because "no"',
    "prices price filled on family mugs\n  price tiers graduated by quantity of family mugs\n"
    "  | pieces above | price |\n  | 0 | 9.99 EUR per piece |\n  | 6 | 7.77 EUR per piece |",
    "prices price reached on lamp\n  price tiers all units by quantity of lamp or mug plus customer.spent\n"
    "  | pieces from | price |\n  | 3 | 80.05 EUR |\n  | 8 | 60.05 EUR |",
)
TAXES = "tax rate most on class standard\n  charge 21%"
COMBINES = st.sampled_from(["additive", "best of", "best of quote", "best combination"])


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A book of these rules, some of them, in steps that combine in some way."""
    head = HEAD.format(
        tax=draw(st.sampled_from(["include", "exclude"])),
        mode=draw(st.sampled_from(["half up", "half even", "up", "down"])),
        level=draw(st.sampled_from(["unit", "line", "document"])),
        tax_level=draw(st.sampled_from(["unit", "line", "rate", "document"])),
        first=draw(COMBINES),
        second=draw(COMBINES),
        charm=draw(st.sampled_from(["", ", rounded to 0.05 EUR", ", rounded down to 1 EUR plus 0.49 EUR"])),
    )
    picked = draw(
        st.lists(st.tuples(st.sampled_from(["first", "second"]), st.sampled_from(RULES)), max_size=5, unique=True)
    )
    rules = [f"{step} {rule.format(n=n)}" for n, (step, rule) in enumerate(picked)]
    last = draw(st.lists(st.sampled_from(LAST), unique=True))
    return "\n\n".join([head, *rules, *last, *draw(st.sampled_from([[], [TAXES]]))]) + "\n"


PRODUCTS = ("mug", "case", "lamp", "hours", "cover", "gift")
LINES = st.lists(
    st.builds(
        Line, st.sampled_from(PRODUCTS), st.integers(-3, 12).map(lambda n: n * MICROS), st.sampled_from([None, "hall"])
    ),
    min_size=1,
    max_size=6,
)
FACTS = st.fixed_dictionaries(
    {},
    optional={
        "customer.land": st.sampled_from(["PL", "XX"]),
        "customer.spent": st.integers(0, 100).map(lambda n: n * MICROS),
        "quote.currency": st.sampled_from(["EUR", "USD", "JPY"]),
        "grant.i0": st.sampled_from([0, 100_000, 120_000]),
        "quote.role": st.just("seller"),
    },
)


@settings(max_examples=tries(60))
@given(texts(), LINES, FACTS, st.sampled_from([739_650, 739_700]))
def test_books_that_mix_everything_price_and_tie_out(text, lines, facts, day) -> None:
    checked = check({"book.quo": text.encode()})
    event("a book" if checked.book else "no book")
    if checked.book is None:
        return
    plan = lower(checked.book)
    found = price_quote(plan, Quote(day, facts, tuple(lines)), waterfall=True)
    _ties_out(found, 1_000_000 if found.currency == "JPY" else 10_000)
    with_refused = price_quote(plan, Quote(day, facts, (*lines, Line("nothing", MICROS))), waterfall=True)
    assert with_refused.lines[:-1] == found.lines
    assert with_refused.totals == found.totals
    again = [line for line, priced in zip(lines, found.lines, strict=True) if priced.error is None]
    if again:
        without = price_quote(plan, Quote(day, facts, tuple(again)), waterfall=True)
        assert list(without.lines) == [line for line in found.lines if line.error is None]


def _ties_out(found: PricedQuote, step: int) -> None:
    good = [line for line in found.lines if line.error is None]
    for line in good:
        event("line priced")
        assert line.net_amount % step == 0
        assert line.net_amount >= 0 if line.quantity >= 0 else line.net_amount <= 0
        if not line.quantity:
            assert line.net_amount == 0
        if line.tax is not None:
            assert line.net_amount + line.tax.tax_amount == line.tax.gross_amount
            assert line.tax.tax_amount * line.quantity >= 0
        _chains([bar for bar in line.waterfall if not bar.below], line.quantity, step)
    for total in found.totals:
        assert total.net_amount == sum(line.net_amount for line in good)
        assert total.list_amount == sum(line.list_amount for line in good)
        if total.gross_amount is not None:
            assert total.gross_amount == total.net_amount + (total.tax_amount or 0)


def _chains(bars, quantity: int, step: int) -> None:
    """Each bar begins where the one before ended, in its form or, once the line is taken as a whole, of all of its units."""
    for before, after in pairwise(bars):
        whole = before.after * abs(quantity) // MICROS
        assert abs(after.before - before.after) <= 1 or abs(after.before - whole) <= step * (
            1 + abs(quantity) // MICROS
        )
