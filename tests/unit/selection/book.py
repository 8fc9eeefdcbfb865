"""A small book to add to, priced through the public interface."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from engine.lang import check
from engine.plan.lower import lower
from engine.pricing import price_quotes
from engine.pricing.quote import Line, PricedLine, PricedQuote, Quote
from engine.values.kinds import MICROS, Value

HEAD = """price book shop
  currency EUR
  families crm, care
  groups   rollout
  units    seat seats

facts
  customer.region: text optional
  customer.city:   text optional
  quote.term:      duration optional

"""


def priced(
    text: str, *lines: tuple[str, int] | Line, on: str = "2026-05-04", head: str = HEAD, **facts: Value
) -> PricedQuote:
    """The priced quote of lines (a code and how many), by a book of the head and this text; facts are the customer's."""
    result = check({"book.quo": (head + text).encode()})
    assert result.book is not None, "\n".join(d.render(result.sources) for d in result.diagnostics)
    known: Mapping[str, Value] = {f"customer.{name}": value for name, value in facts.items()}
    asked = tuple(each if isinstance(each, Line) else Line(each[0], each[1] * MICROS) for each in lines)
    quote = Quote(date.fromisoformat(on).toordinal(), dict(known), asked)
    return price_quotes(lower(result.book), [quote], waterfall=True)[0]


def line(text: str, *lines: tuple[str, int] | Line, **more: str) -> PricedLine:
    """The first line of it."""
    return priced(text, *lines, **more).lines[0]


def eur(micros: int | None) -> float | None:
    """Euros of micros, to read in a test."""
    return None if micros is None else micros / MICROS


def bars(one: PricedLine) -> list[tuple[str, str, float | None]]:
    """A waterfall as (step, rule, after)."""
    return [(bar.step, bar.rule, eur(bar.after)) for bar in one.waterfall]
