"""What would change a price, and what it costs then, worked out by hand."""

from __future__ import annotations

from engine.pricing.explain.sentences import change_words
from tests.unit.explain.shop import ask, only

MAY = "2026-05-04"


def told(line: str, **facts: str) -> list[str]:
    found = only(ask(MAY, line, **facts))
    return [change_words(change, found, "EUR") for change in found.changes]


def test_the_tiers_above_and_below() -> None:
    """43 at 190 are 8,170; 50 at 176 are 8,800, 12% off where more than 5% asks; 9 at 200 are 1,800."""
    assert told("desk 43")[:2] == [
        "7 more pieces (50): 176.00 per piece, the line 8,800.00, 630.00 more in all; "
        "with desks_volume (pieces from 50), without desks_volume (pieces from 10), asks deep",
        "34 fewer pieces (9): 200.00 per piece, the line 1,800.00, 6,370.00 less in all; "
        "without desks_volume (pieces from 10)",
    ]


def test_other_values_of_facts_those_that_come_to_the_same_together() -> None:
    assert told("lamp 2") == [
        'customer.country "CH": 84.80 per piece, the line 169.60, 9.60 more in all; with country (customer.country CH)',
        "line.rush yes: 85.00 per piece, the line 170.00, 10.00 more in all; with rush",
    ]
    assert told("lamp 2 line.rush=yes", customer_country="CH")[-1] == (
        "line.rush no: 84.80 per piece, the line 169.60, 10.00 less in all; without rush"
    )


def test_more_that_costs_less_in_all() -> None:
    """99 boxes at 2 EUR are 198; a hundred at 1 EUR are 100."""
    more = only(ask(MAY, "box 99")).changes[0]
    assert (more.by, more.net_amount, more.net_change, more.cheaper) == ("+1", 100_000_000, -98_000_000, True)
    assert told("box 99")[0] == "1 more piece (100): 1.00 per piece, the line 100.00, 98.00 less in all"


def test_a_credit_has_the_tiers_of_the_sale() -> None:
    assert told("box -99")[0] == "1 more piece (-100): 1.00 per piece, the line -100.00, 98.00 more in all"


def test_the_next_date_and_what_it_costs_from_then() -> None:
    [change] = [c for c in only(ask(MAY, "stool 2")).changes if c.kind == "date"]
    assert (change.values, change.by, change.unit_net, change.net_change) == (
        ("2026-07-01",), "58 days", 45_000_000, 10_000_000,
    )  # fmt: skip


def test_graduated_tiers_are_told_where_they_begin() -> None:
    """Up to ten hours nothing changes; of twelve, two are 10% off."""
    assert not any("hours" in words for words in told("hours 4"))
    assert told("hours 12")[0] == (
        "2 fewer hours (10): 150.00 per hour, the line 1,500.00, 270.00 less in all; without hours_volume"
    )


def test_what_changes_nothing_is_not_told() -> None:
    """At its floor of 93.75 a chair costs the same with any tier, in any segment and country."""
    assert told("chair 43", customer_country="NL") == []
