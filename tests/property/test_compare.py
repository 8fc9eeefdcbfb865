"""What compares, on every book and quote that Hypothesis makes, and on the texts that we keep."""

from __future__ import annotations

from dataclasses import replace
from unittest import mock

import numpy as np
import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st

from engine.lang import book as b
from engine.lang import check, format_text
from engine.plan.lower import lower
from engine.plan.plan import Plan
from engine.pricing import price_quotes
from engine.pricing.compare.coverage import coverage
from engine.pricing.compare.difference import changes
from engine.pricing.compare.examples import examples_text
from engine.pricing.compare.lines import amounts_of, shares_of, to_net
from engine.pricing.compare.simulate import Simulator
from engine.pricing.compare.suggest import suggest
from engine.pricing.quote import Line, Quote
from tests.docs.pages import ROOT
from tests.golden.check.test_check import read
from tests.property.books import books, in_columns, quotes
from tests.unit.compare.books import asked


def plan_of(data: st.DataObject, book: b.Book) -> Plan:
    """A plan of the book, for the kernels or for its meaning."""
    with mock.patch("engine.plan.lower.beyond", return_value=data.draw(st.integers(0, 4)) == 0):
        return lower(book)


def lines_of(data: st.DataObject, book: b.Book) -> list[Quote]:
    found = [data.draw(quotes(book)) for _ in range(3)]
    kept = [replace(quote, lines=in_columns(quote.lines)) for quote in found]
    return [quote for quote in kept if quote.lines]


# ---------------------------------------------------------------- shares, simulations


@given(st.data())
def test_shares_add_up_to_what_each_line_costs(data: st.DataObject) -> None:
    book = data.draw(books())
    plan, sent = plan_of(data, book), lines_of(data, book)
    assume(sent)
    lines = asked(plan, sent)
    amounts = amounts_of(plan, lines)
    rows = np.flatnonzero(amounts.fine)
    shares = shares_of(plan, lines, rows, amounts.net[rows])
    sums = np.zeros(len(rows), np.int64)
    np.add.at(sums, shares.line, shares.micros)
    event("lines" if len(rows) else "no lines")
    assert sums.tolist() == amounts.net[rows].tolist()


@given(st.data())
def test_a_rule_that_moved_a_line_has_a_share_of_it(data: st.DataObject) -> None:
    """Of lines of one unit, where a bar is its share, whether of a unit or the whole line."""
    book = data.draw(books())
    book = replace(book, rounding=replace(book.rounding, level="line"))
    plan, [quote] = plan_of(data, book), [data.draw(quotes(book))]
    lines = tuple(replace(line, quantity=1_000_000, group=None) for line in quote.lines)
    quote = replace(quote, lines=lines)
    columns = asked(plan, [quote])
    amounts = amounts_of(plan, columns)
    rows = np.flatnonzero(amounts.fine)
    shares = shares_of(plan, columns, rows, amounts.net[rows])
    [priced] = price_quotes(plan, [quote], waterfall=True)
    for i, row in enumerate(rows.tolist()):
        bars = [(bar.rule, bar.after - bar.before) for bar in to_net(plan, priced.lines[row]) if bar.rule]
        mine = (shares.line == i) & (shares.rule >= 0)
        names = [plan.head.rules[number].name for number in shares.rule[mine].tolist()]
        assert list(zip(names, shares.micros[mine].tolist(), strict=True)) == bars


@given(st.data())
def test_a_book_simulated_against_itself_moves_nothing(data: st.DataObject) -> None:
    book = data.draw(books())
    plan, sent = plan_of(data, book), lines_of(data, book)
    assume(sent)
    found = Simulator(plan, plan)
    found.add(asked(plan, sent), asked(plan, sent), {})
    assert not found.found.rules and not found.found.most
    assert all(moved.changed == moved.change == moved.margin_change == 0 for moved in found.found.totals.values())


@given(st.data())
def test_what_rules_account_for_adds_up_to_all_that_moved(data: st.DataObject) -> None:
    old = data.draw(books())
    other = data.draw(books())
    shared = min(len(old.products), len(other.products))
    assume(shared)
    plans = [plan_of(data, book) for book in (old, other)]
    sent = [
        replace(quote, lines=tuple(line for line in quote.lines if _sold(line, shared)))
        for quote in lines_of(data, old)
    ]
    sent = [quote for quote in sent if quote.lines]
    assume(sent)
    simulator = Simulator(*plans)
    words = ["one", "other"]
    lines = sum(len(quote.lines) for quote in sent)
    codes = np.arange(lines) % 2
    outcome = simulator.add(*(asked(plan, sent) for plan in plans), {"by": (codes, words)})
    found = simulator.found
    event("moved" if found.rules else "nothing moved")
    for period, moved in found.totals.items():
        assert moved.change == sum(rule.change for (mine, _), rule in found.rules.items() if mine == period)
        assert moved.change == sum(one.change for (mine, _, _), one in found.segments.items() if mine == period)
        assert moved.lines == sum(one.lines for (mine, _, _), one in found.segments.items() if mine == period)
    apart = found.neither + found.only_old.lines + found.only_new.lines + found.charged_otherwise
    assert apart + sum(moved.lines for moved in found.totals.values()) == found.rows == lines
    assert all(abs(line.new_net - line.old_net) == line.size for line in found.most)
    assert len(outcome.rules) == lines


def _sold(line: Line, products: int) -> bool:
    return line.product in {f"p{i}" for i in range(products)}


# ---------------------------------------------------------------- texts


def bundles() -> dict[str, dict[str, bytes]]:
    """The books in rules/, and the good ones of the golden tests."""
    found = {
        f"rules/{folder.name}": {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.*")}
        for folder in sorted((ROOT / "rules").iterdir())
        if folder.is_dir()
    }
    for path in sorted((ROOT / "tests" / "golden" / "check" / "good").glob("*.txt")):
        parts = read(path)
        found[path.stem] = {name: text.encode() for name, text in parts.items() if name not in ("says", "book")}
    return found


BUNDLES = bundles()


def settled(files: dict[str, bytes]) -> b.Book:
    checked = check(files)
    assert checked.book is not None
    return checked.book


@pytest.mark.parametrize("name", BUNDLES)
def test_a_text_laid_out_anew_says_the_same(name: str) -> None:
    files = BUNDLES[name]
    laid_out = {
        path: format_text(content.decode()).encode() if path.endswith(".quo") else content
        for path, content in files.items()
    }
    assert changes(settled(files), settled(laid_out)) == []


@pytest.mark.parametrize("name", BUNDLES)
def test_suggested_tests_check_pass_and_reach_what_they_claim(name: str) -> None:
    files = BUNDLES[name]
    book = replace(settled(files), tests=())
    plan = lower(book)
    found = suggest(book, lambda sent: price_quotes(plan, sent, waterfall=True), [])
    text = examples_text(book, [(one.quote, one.priced) for one in found.chosen])
    added = check({**files, "suggested.quo": text.encode()})
    assert added.book is not None, [d.message for d in added.diagnostics]
    mine = [test for test in added.book.tests if test.span.file == "suggested.quo"]
    assert len(mine) == len(found.chosen)
    sent = [
        Quote(
            test.on,
            dict(test.facts),
            tuple(Line(ln.product, ln.quantity, ln.group, None, dict(ln.facts)) for ln in test.lines),
        )
        for test in mine
    ]
    answers = price_quotes(plan, sent, waterfall=True)
    after = coverage(book, zip(sent, answers, strict=True))
    assert after.reached == found.after.reached
    assert set(found.missed) == set(after.missed)


@given(st.data())
def test_suggested_quotes_reach_what_they_claim_on_any_book(data: st.DataObject) -> None:
    """Books that no text makes too: nothing fails, no point is claimed that is not reached, and misses have their reasons."""
    book = data.draw(books())
    plan = plan_of(data, book)
    found = suggest(book, lambda sent: price_quotes(plan, sent, waterfall=True), [])
    again = [(one.quote, price_quotes(plan, [one.quote], waterfall=True)[0]) for one in found.chosen]
    assert coverage(book, again).reached == found.after.reached
    assert all(why for why in found.missed.values())
    assert set(found.after.points) == found.after.reached | set(found.missed)
