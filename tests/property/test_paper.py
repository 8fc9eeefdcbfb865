"""Whatever a book makes of a quote ties out on paper: steps from list to net, and totals of what a customer is shown."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import assume, event, given
from hypothesis import strategies as st

from engine.paper.content import content_of
from engine.paper.from_priced import option_of
from engine.paper.sheet import Line
from engine.plan.lower import lower
from engine.pricing import price_quotes
from tests.property.books import books, quotes
from tests.property.timed import timed_books, timed_quotes
from tests.property.whole import whole_books, whole_quotes
from tests.unit.paper.sheets import sheet

KINDS = ((books, quotes), (timed_books, timed_quotes), (whole_books, whole_quotes))


@given(st.data())
def test_a_waterfall_on_paper_ends_at_the_price_that_is_charged(data: st.DataObject) -> None:
    made, asked = data.draw(st.sampled_from(KINDS))
    book = data.draw(made())
    plan, quote = lower(book), data.draw(asked(book))
    found = price_quotes(plan, [quote], waterfall=True)[0]
    kept = tuple(line for line in found.lines if line.error is None)
    assume(kept and found.error is None)
    option = option_of(plan.head, replace(found, lines=kept, complete=True))
    alone = [one for one in kept if one.inside is None]
    for line, priced in zip((line for group in option.groups for line in group.lines), alone, strict=True):
        event(f"{len(line.steps)} steps")
        _ties(line)
        assert line.amount is None or line.amount == (
            priced.tax.gross_amount if option.with_tax and priced.tax else priced.net_amount
        )
    assert content_of(sheet(data.draw(st.sampled_from(("en", "nl", "de-CH", "fr"))), (option,)))["options"][0]["rows"]


def _ties(line: Line) -> None:
    """Each step begins where the one before it ended, but for the first of the line as a whole."""
    for one, other in pairwise(line.steps):
        assert other.before == one.after or (other.whole and not one.whole)
    if line.steps:
        last = line.steps[-1]
        assert last.after == (line.amount if last.whole else line.unit_price), (
            line.steps,
            line.unit_price,
            line.amount,
        )
