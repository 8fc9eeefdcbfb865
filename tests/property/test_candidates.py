"""The cases that are found for a line are those that a walk of the whole book finds, on every book and quote that Hypothesis makes."""

from __future__ import annotations

from itertools import count

from hypothesis import event, given
from hypothesis import strategies as st

from engine.lang.parts import atoms
from engine.plan.conditions import holds
from engine.pricing.interpret.candidates import candidates_of
from tests.property.books import books, quotes


@given(st.data())
def test_what_is_not_found_cannot_hold(data: st.DataObject) -> None:
    book = data.draw(books())
    quote = data.draw(quotes(book))
    known = {
        **quote.facts,
        **quote.lines[0].facts,
        "quote.date": quote.date,
        "line.quantity": quote.lines[0].quantity or 0,
    }
    here, place = candidates_of(book), count()
    cases = [(next(place), rule, case) for rule in book.rules for case in rule.cases]
    for step in range(len(book.steps)):
        for product in range(len(book.products)):
            found = list(here.of_product(step, product, known))
            mine = [
                one for one in cases if one[1].step == step and (one[2].products is None or product in one[2].products)
            ]
            assert [one for one in found if holds(one[2].when, known)] == [
                one for one in mine if holds(one[2].when, known)
            ]
            assert found == sorted(found, key=lambda one: one[0])
            event(f"found {len(found)} of {len(mine)}")


@given(st.data())
def test_what_rules_on_a_product_ask(data: st.DataObject) -> None:
    book = data.draw(books())
    for product in range(len(book.products)):
        asked = [
            (atom.subject.fact, number)
            for number, rule in enumerate(book.rules)
            for case in rule.cases if case.products is None or product in case.products
            for atom in atoms(case.when) if atom.subject.fact is not None and not book.facts[atom.subject.fact].optional
        ]  # fmt: skip
        first = {fact: min(number for other, number in asked if other == fact) for fact, _ in sorted(asked)}
        assert list(candidates_of(book).asking(product).items()) == list(first.items())
