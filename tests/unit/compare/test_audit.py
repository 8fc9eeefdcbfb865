"""Each reason for a charge that is not the book's, on a line made for it."""

from __future__ import annotations

import numpy as np
import pytest

from engine.plan.lower import lower
from engine.pricing import price_quotes
from engine.pricing.compare.audit import Auditor, Because, Leak
from engine.pricing.quote import Quote
from tests.unit.compare.books import DAY, asked, book_of, line

CENT = 10_000


def audited(*charged: tuple[Quote, int], tolerance: int = 0) -> Auditor:
    book = book_of()
    plan = lower(book)
    auditor = Auditor(book, plan, tolerance)
    amounts = np.array([cents * CENT for _, cents in charged], np.int64)
    auditor.add(asked(plan, [quote for quote, _ in charged]), amounts, np.ones(len(charged), bool))
    return auditor


CLUB = line("saw", 10, kind="club")  # 20.00 x 0.95 x 0.90 = 17.10
REASONS = [
    ("rounding", "", CLUB, 171_05),
    ("rule not given", "club", CLUB, 190_00),
    ("rule not given", "by_ten", CLUB, 180_00),
    ("wrong list price", "its second list price", CLUB, 188_10),
    ("another row given", "by_ten (pieces from 50)", line("saw", 10), 176_00),
    ("rule not due", "club", line("oil", 1), 3_00),
    ("discount without a rule", "", CLUB, 100_00),
    ("charge above the book", "", CLUB, 300_00),
]


@pytest.mark.parametrize(("reason", "about", "quote", "cents"), REASONS)
def test_a_reason_is_found(reason: str, about: str, quote: Quote, cents: int) -> None:
    found = audited((quote, cents)).found
    due = price_quotes(lower(book_of()), [quote])[0].lines[0].net_amount
    off = cents * CENT - due
    assert dict(found.leaks) == {Because(reason, about): Leak(1, max(0, -off), max(0, off))}  # type: ignore[arg-type]
    assert (found.lines, found.equal) == (1, 0)


def test_what_is_right_is_equal_and_what_has_no_price_is_apart() -> None:
    found = audited((CLUB, 171_00), (line("sofa", 1), 5_00), (line("saw", 0.5), 10_00)).found
    assert (found.lines, found.equal, found.no_price, dict(found.leaks)) == (3, 1, 2, {})


def test_a_tolerance_is_of_the_line_and_to_the_micro() -> None:
    assert audited((CLUB, 171_01), tolerance=CENT).found.within == 1
    assert audited((CLUB, 171_01), tolerance=CENT - 1).found.wrong.lines == 1


def test_under_and_over_are_never_set_off_against_each_other() -> None:
    found = audited((CLUB, 100_00), (CLUB, 242_00), (line("saw", -10, kind="club", day=DAY), -171_00)).found
    assert found.wrong == Leak(2, 71_00 * CENT, 71_00 * CENT)
    assert found.equal == 1
