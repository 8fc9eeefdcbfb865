"""Explanations of generated books: every rule once, those that applied are the waterfall's, a condition that is said to fail does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date

from hypothesis import event, given, settings
from hypothesis import strategies as st

from engine.lang import book as b
from engine.lang.parts import atoms
from engine.plan.conditions import holds
from engine.plan.lower import lower
from engine.pricing import price_quotes
from engine.pricing.approvals import subjects
from engine.pricing.explain import Explainer, shown
from engine.pricing.explain.document import document_of
from engine.pricing.explain.needs import needed
from engine.pricing.explain.picture import picture_of
from engine.pricing.explain.shapes import LineWhy, Needs, Verdict
from engine.pricing.quote import Quote
from engine.values.kinds import Value, millionths
from tests.effort import tries
from tests.property.books import books, quotes


@settings(max_examples=tries(150))
@given(st.data())
def test_every_rule_is_explained_once_and_the_applied_are_those_of_the_waterfall(data: st.DataObject) -> None:
    book = data.draw(books())
    plan, quote = lower(book), data.draw(quotes(book))
    explained = Explainer(plan, book).explain(quote)
    assert [explained.priced] == price_quotes(plan, [quote], waterfall=True)
    for line in explained.lines:
        product = plan.head.index[line.priced.product]
        on_it = {r.name for r in book.rules if any(c.products is None or product in c.products for c in r.cases)}
        assert Counter(v.rule for v in line.verdicts) == Counter(on_it)
        assert line.not_on == len(book.rules) - len(on_it)
        moved = {bar.rule: [o for o in line.priced.waterfall if o.rule == bar.rule] for bar in line.priced.waterfall}
        assert {v.rule: list(v.bars) for v in line.verdicts if v.reason == "applied"} == {
            name: bars for name, bars in moved.items() if name
        }
        known = known_of(quote, line.number - 1)
        for verdict in line.verdicts:
            event(verdict.reason)
            rule = next(rule for rule in book.rules if rule.name == verdict.rule)
            if any(atom.subject.fold for case in rule.cases for atom in atoms(case.when)):
                continue  # a sum is not known before the steps are taken
            met = [case for case in rule.cases if meets(case, product, known)]
            assert bool(met) == (verdict.reason not in ("dates", "condition"))


@settings(max_examples=tries(150))
@given(st.data())
def test_a_condition_that_fails_fails_and_holds_with_the_value_it_needs(data: st.DataObject) -> None:
    book = data.draw(books())
    quote = data.draw(quotes(book))
    for line in Explainer(lower(book), book).explain(quote).lines:
        known = known_of(quote, line.number - 1)
        for verdict in line.verdicts:
            for needs in said(verdict):
                event(needs.relation)
                if needs.relation == "never":
                    continue
                assert holds(needs.atom, known) != needs.holds
                flipped = flip(needs, known)
                if flipped is not None:
                    assert holds(needs.atom, flipped) == needs.holds, needs


def known_of(quote: Quote, i: int) -> dict[str, Value]:
    line = quote.lines[i]
    return subjects(quote.date, quote.facts, line.facts, line.quantity or 0, line.group)


def meets(case: b.Case, product: int, known: dict[str, Value]) -> bool:
    day = known["quote.date"]
    assert isinstance(day, int)
    dated = (case.start is None or case.start <= day) and (case.end is None or day < case.end)
    return (case.products is None or product in case.products) and dated and holds(case.when, known)


def said(verdict: Verdict) -> Iterator[Needs]:
    """Every comparison that a verdict names."""
    stack = [miss.needs for miss in verdict.misses if miss.needs is not None]
    while stack:
        needs = stack.pop()
        yield needs
        stack.extend(needs.instead)


def flip(needs: Needs, known: Mapping[str, Value]) -> dict[str, Value] | None:
    """What is known, with the value that the comparison needs; None where no value would do."""
    name, out = needs.atom.subject.name, dict(known)
    match needs.atom:
        case b.Known():
            out.pop(name, None)
            return {**out, name: 1} if needs.holds else out
        case b.Is(_, values):
            return {**out, name: sorted(values)[0] if needs.holds else "\0"} if values else None
        case b.Within():
            was = known.get(name)
            value = needed(needs.atom, needs.holds, was if isinstance(was, int) else None)
            return None if value is None else {**out, name: value}
    raise AssertionError(needs)


@settings(max_examples=tries(120))
@given(st.data())
def test_a_change_is_what_the_changed_quote_costs(data: st.DataObject) -> None:
    """Whatever is told, saying so gives that price."""
    book = data.draw(books())
    plan, quote = lower(book), data.draw(quotes(book))
    for line in Explainer(plan, book).explain(quote).lines:
        for change in line.changes:
            event(change.kind)
            if change.error is not None:
                continue
            for value in change.values:
                asked = changed(book, quote, line, change.kind, change.what, value)
                then = price_quotes(plan, [asked])[0].lines[line.number - 1]
                assert (then.unit_net, then.net_amount) == (change.unit_net, change.net_amount)
                assert then.net_amount - line.priced.net_amount == change.net_change
                assert then.unit_net != line.priced.unit_net or then.net_amount != line.priced.net_amount


def changed(book: b.Book, quote: Quote, line: LineWhy, kind: str, what: str, value: str) -> Quote:
    """The quote with one thing said, from the words of the change."""
    lines, i = list(quote.lines), line.number - 1
    facts, day = dict(quote.facts), quote.date
    old = lines[i]
    if kind == "quantity":
        ticks = millionths(value)
        lines[i] = type(old)(old.product, ticks, old.group, old.term, old.facts)
    elif kind == "date":
        day = date.fromisoformat(value).toordinal()
    elif kind == "code":
        facts[f"code {what.removeprefix('code ')}"] = "yes"
    else:
        parsed = next(f for f in book.facts if f.path == what).kind.parse(value.strip('"'))
        if what.startswith("line."):
            lines[i] = type(old)(old.product, old.quantity, old.group, old.term, {**old.facts, what: parsed})
        else:
            facts[what] = parsed
    return Quote(day, facts, tuple(lines))


@settings(max_examples=tries(120))
@given(st.data())
def test_approvals_ask_as_the_price_says_and_the_lowest_net_is_the_edge(data: st.DataObject) -> None:
    book = data.draw(books())
    plan, quote = lower(book), data.draw(quotes(book))
    explained = Explainer(plan, book).explain(quote)
    assert {c.approval for c in explained.consents if c.asks} == {n.approval for n in explained.priced.approvals}
    for consent in explained.consents:
        if consent.approval == "thin" and consent.lowest_net is not None:
            priced = explained.priced.lines[(consent.number or 0) - 1]
            cost, sign = priced.cost_amount, -1 if priced.quantity < 0 else 1
            assert cost is not None
            event("a lowest net")
            assert 5 * (consent.lowest_net - sign * cost) >= consent.lowest_net > 0
            below = consent.lowest_net - 1
            assert 5 * (below - sign * cost) < below


@settings(max_examples=tries(60))
@given(st.data())
def test_every_explanation_can_be_written_drawn_and_hidden(data: st.DataObject) -> None:
    book = data.draw(books())
    quote = data.draw(quotes(book))
    explained = Explainer(lower(book), book).explain(quote)
    for costs, rules in ((True, True), (False, True), (False, False)):
        seen = shown(explained, costs, rules)
        text = str(document_of(seen))
        assert picture_of(seen).startswith("<svg")
        if not rules:
            assert not any(rule.name in text for rule in book.rules)
            assert "deep" not in text and "thin" not in text
        if not costs:
            assert "'cost'" not in text
