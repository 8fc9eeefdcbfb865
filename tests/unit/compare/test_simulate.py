"""What moves between two books, on lines whose figures are worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from engine.pricing.compare.lines import times
from engine.pricing.compare.simulate import Simulation, Simulator
from engine.pricing.compare.sums import by_group, total
from engine.pricing.quote import Quote
from tests.unit.compare.books import asked, line, plan_of

EURO = 1_000_000


def simulated(quotes: list[Quote], *changes: tuple[str, str]) -> Simulation:
    old, new = plan_of(), plan_of(*changes)
    simulator = Simulator(old, new)
    kinds = [str(quote.facts["customer.kind"]) for quote in quotes]
    words = sorted(set(kinds))
    codes = np.array([words.index(kind) for kind in kinds], np.int64)
    simulator.add(asked(old, quotes), asked(new, quotes), {"kind": (codes, words)})
    return simulator.found


def test_a_deeper_tier_is_told_by_its_rule_and_segment() -> None:
    """50 x 20.00 at 12% is 880.00, at 14% 860.00; the tier of ten stays."""
    found = simulated([line("saw", 50), line("saw", 10, kind="shop"), line("oil", 2)], ("50 | 12%", "50 | 14%"))
    moved = found.totals["once"]
    assert (moved.lines, moved.changed, moved.old_net, moved.new_net) == (3, 1, 1_076_660_000, 1_056_660_000)
    assert (moved.with_cost, moved.old_margin, moved.margin_change) == (2, (880 + 190 - 540) * EURO, -20 * EURO)
    assert {key: (rule.lines, rule.change) for key, rule in found.rules.items()} == {
        ("once", "by_ten"): (1, -20 * EURO)
    }
    assert {word: one.change for (_, _, word), one in found.segments.items()} == {"home": -20 * EURO, "shop": 0}
    assert [(line.product, line.quantity, line.rules) for line in found.most] == [("saw", 50 * EURO, "by_ten")]


def test_a_list_price_moves_what_hangs_on_it_too() -> None:
    """20.00 -> 30.00: 10 more at list, 0.50 more off by the tier."""
    found = simulated([line("saw", 10)], ("20.00", "30.00"))
    assert {rule: one.change for (_, rule), one in found.rules.items()} == {
        "list price": 100 * EURO,
        "by_ten": -5 * EURO,
    }


def test_what_one_book_prices_only_is_apart() -> None:
    gone = ('product oil "Oil"\n  price 3.33 EUR per piece\n', "")
    found = simulated([line("oil", 2), line("saw", 1), line("sofa", 1)], gone, ("on saw, oil", "on saw"))
    assert (found.only_old.lines, found.only_old.change) == (1, 6_660_000)
    assert (found.only_new.lines, found.neither, found.totals["once"].lines) == (0, 1, 1)


def test_another_period_is_no_change_of_price() -> None:
    found = simulated([line("oil", 2)], ("3.33 EUR per piece", "3.33 EUR per piece per month"))
    assert (found.charged_otherwise, dict(found.totals)) == (1, {})


def test_lines_that_are_filled_tier_by_tier_are_taken_as_a_whole() -> None:
    """10 x 60 + 5 x 50 = 850, and the duty of 4% is of that."""
    found = simulated([line("help", 15, country="CH")], ("4%", "6%"), ("50 EUR per hour", "40 EUR per hour"))
    changes = {rule: one.change for (_, rule), one in found.rules.items()}
    assert changes == {"list price": -50 * EURO, "duty": (800 * 6 - 850 * 4) * EURO // 100}


def test_sums_pass_a_word_and_products_do_not() -> None:
    large = np.full(10, 2**62, np.int64)
    assert total(large) == 10 * 2**62
    assert by_group(np.array([0, 1] * 5), -large, 2) == [-5 * 2**62] * 2
    assert total(np.array([-1, 2**40, -3], np.int64)) == 2**40 - 4


@pytest.mark.parametrize("unit", [0, 1, 999_999, 1_000_001, 49_000_000, 9_000_000_000_000])
@pytest.mark.parametrize("ticks", [0, 1, 999_999, 12_500_000, 1_000_000_000_000])
def test_times_is_exact_to_the_micro_below(unit: int, ticks: int) -> None:
    assert int(times(np.array([unit]), np.array([ticks]))[0]) == unit * ticks // 1_000_000
