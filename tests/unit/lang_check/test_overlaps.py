"""Overlaps in `one only` steps: the search by groups finds what comparing every pair finds."""

from __future__ import annotations

import re
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cli.trial import quote_of
from engine.lang import book as b
from engine.lang.boxes import both, boxes
from engine.plan.lower import lower
from engine.pricing import price_quotes
from engine.pricing.quote import PricedLine
from engine.values.kinds import Kind
from tests.unit.lang_check.bundle import checked, codes

SEGMENTS = ("startup", "mid_market", "enterprise")
KINDS = {
    "customer.segment": Kind("enum", SEGMENTS),
    "customer.account": Kind("text"),
    "line.quantity": Kind("quantity"),
    "line.group": Kind("enum", ("rollout",)),
    "quote.term": Kind("duration", low=1, high=60),
}

conditions = st.lists(
    st.one_of(
        st.sampled_from(SEGMENTS).map(lambda word: f"customer.segment is {word}"),
        st.just("customer.segment is not startup"),
        st.sampled_from("AB").map(lambda word: f'customer.account is "{word}"'),
        st.tuples(st.integers(1, 9), st.integers(0, 5)).map(lambda t: f"line.quantity in {t[0]} to {t[0] + t[1]}"),
        st.just("(line.quantity < 3 or line.group is rollout)"),
        st.integers(1, 60).map(lambda months: f"quote.term > {months} months"),
    ),
    max_size=3,
)
targets = st.sampled_from(["everything", "seat", "help", "seat, help", "family crm"])
dates = st.sampled_from(["", "  from 2026-01-01 until 2026-03-01\n", "  from 2026-03-01\n", "  until 2026-02-01\n"])


@given(st.lists(st.tuples(targets, dates, conditions), min_size=2, max_size=14))
def test_finds_what_all_pairs_find(rules: list[tuple[str, str, list[str]]]) -> None:
    """A rule is in a pair that is said exactly when comparing all pairs leaves it in one (each is said once)."""
    text = "".join(
        f"volume discount r{n} on {target}\n{days}"
        + (f"  when {' and '.join(when)}\n" if when else "")
        + "  give 5% off list\n\n"
        for n, (target, days, when) in enumerate(rules)
    )
    said = {d.span.line for d in checked(text).diagnostics if d.code == "E520"}
    book = checked(text.replace("volume discount", "offers discount")).book
    assert book
    proven = [pair for pair in combinations(book.rules, 2) if _proven(*(rule.cases[0] for rule in pair))]
    assert bool(said) == bool(proven)
    left = [pair for pair in proven if not {rule.span.line for rule in pair} & said]
    assert len(said) >= 1 or not proven
    assert all(any(set(pair) & set(other) for other in proven if other != pair) for pair in left)


def _proven(one: b.Case, other: b.Case) -> bool:
    """The definition, pair by pair."""
    if one.products is not None and other.products is not None and not one.products & other.products:
        return False
    start, end = max(one.start or 0, other.start or 0), min(one.end or 10**9, other.end or 10**9)
    return start < end and any(
        both(mine, theirs) is not None and (set(mine) <= set(theirs) or set(theirs) <= set(mine))
        for mine in boxes(one.when, KINDS) or ()
        for theirs in boxes(other.when, KINDS) or ()
    )


def test_one_asks_what_the_other_does_not() -> None:
    """Where each asks about something else, pricing decides."""
    text = """volume discount a on seat
  when customer.segment is startup
  give 5% off list

volume discount b on seat
  when line.quantity >= 10
  give 6% off list
"""
    assert codes(text) == []
    assert codes(text.replace("line.quantity >= 10", "line.quantity >= 10 and customer.segment is startup")) == ["E520"]
    assert codes(text.replace("line.quantity >= 10", "customer.segment is enterprise")) == []


def test_an_exception_does_not_overlap_its_rule() -> None:
    """That is what it is for; but two exceptions to one rule may."""
    text = """volume discount a on seat
  give 5% off list

volume exception b to a
  when line.quantity >= 10
  give 6% off list
"""
    assert codes(text) == []
    assert codes(text + "\nvolume exception c to a\n  when line.quantity >= 20\n  give 7% off list\n") == ["E520"]


def test_the_witness_is_a_line() -> None:
    """The line that is shown meets both conditions."""
    text = """volume discount a on seat
  from 2026-01-01 through 2026-01-31
  when customer.account is not "x" and customer.account is known and quote.term in 6 months to 12 months
  give 5% off list

volume discount b on seat
  from 2026-01-31
  when quote.term >= 12 months and customer.account is known
  give 6% off list
"""
    found = [d for d in checked(text).diagnostics if d.code == "E520"]
    assert len(found) == 1
    assert (
        'quote on 2026-01-31, customer.account "xx", customer.segment startup, quote.term 12 months; line seat;'
        in found[0].help
    )


@given(st.lists(st.tuples(targets, dates, conditions), min_size=2, max_size=6))
def test_the_witness_is_a_test_that_meets_both(rules: list[tuple[str, str, list[str]]]) -> None:
    """Pasted into a book whose step adds up, the witness of each overlap is a quote to which both rules apply."""
    text = "".join(
        f"volume discount r{n} on {target}\n{days}"
        + (f"  when {' and '.join(when)}\n" if when else "")
        + "  give 5% off list\n\n"
        for n, (target, days, when) in enumerate(rules)
    )
    for found in checked(text).diagnostics:
        if found.code != "E520":
            continue
        witness = re.fullmatch(r"both apply to: (quote .+); (line [^;]+); narrow.*", found.help)
        names = re.findall(r"`(r\d+)`", found.message)
        assert witness and len(names) == 2
        asked = f'test "witness"\n  {witness[1]}\n  {witness[2]}\n  expect error is none\n'
        book = checked(text.replace("volume discount", "extras discount") + asked).book
        assert book
        [line] = price_quotes(lower(book), [quote_of(book.tests[0])], waterfall=True)[0].lines
        assert isinstance(line, PricedLine)
        assert set(names) <= {moved.rule for moved in line.waterfall}


@pytest.mark.parametrize("place", [0, 150, 300])
def test_one_among_many(place: int) -> None:
    """300 rules, each on its own account, have no overlap; a doubled one is found wherever it stands."""
    rules = [
        f'volume discount r{n} on everything\n  when customer.account is "A{n % 300}"\n  give 5% off list\n'
        for n in range(300)
    ]
    rules.insert(
        place,
        'volume discount twice on seat\n  when customer.account is "A7" and line.quantity >= 5\n  give 6% off list\n',
    )
    assert codes("\n".join(rules)) == ["E520"]
