"""What rules took off a quote is exact: together it is list less net, to the last fraction of a micro."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from engine.pricing.interpret import outcomes, taken
from tests.effort import tries
from tests.property.whole import whole_books, whole_quotes


@settings(max_examples=tries(30))
@given(st.data())
def test_what_rules_took_is_list_less_net(data: st.DataObject) -> None:
    """Of books that round nothing on the way, neither steps nor units nor lines: what a rounding takes is no rule's."""
    book = data.draw(whole_books())
    assume(all(step.combine != "net" for step in book.steps))
    steps = tuple(replace(step, rounding=None) for step in book.steps)
    book = replace(book, steps=steps, rounding=replace(book.rounding, level="document"))
    quote = data.draw(whole_quotes(book))
    found = taken(book, quote)
    event(f"{len(found)} rules")
    exact = [out.exact for out in outcomes(book, quote) if out.fault is None and out.exact is not None]
    assert sum(found.values(), Fraction(0)) == sum((one.listed - one.net for one in exact), Fraction(0))
