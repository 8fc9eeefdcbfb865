"""Prices by quantity against a shopkeeper who counts units one at a time, and what must hold of any of them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from engine.lang import book as b
from engine.lang.places import Span
from engine.pricing.interpret.prices import clamped, share_off, stretch, unit_or_whole
from engine.values.kinds import MICROS

SPAN = Span("book.quo", 1)
amounts = st.integers(0, 50).map(lambda n: Fraction(n * 250_000))
units = st.integers(0, 60)


@st.composite
def tables(draw, mode, packages=True, rising=False):
    """A tier table that begins at the first unit, by `from` or `above`."""
    inclusive = draw(st.booleans())
    cuts = sorted(draw(st.sets(st.integers(2, 40), max_size=4)))
    starts = [1, *cuts] if inclusive else [0, *(cut - 1 for cut in cuts)]
    prices = draw(st.lists(amounts, min_size=len(starts), max_size=len(starts)))
    rows = []
    for start, price in zip(starts, sorted(prices) if rising else prices, strict=True):
        package = draw(st.integers(0, 12)) if packages else 0
        flat = draw(st.just(Fraction(0)) | amounts)
        rows.append(b.Tier(start * MICROS, inclusive, price, SPAN, flat, Fraction(package * MICROS)))
    return b.Tiers(mode, tuple(rows))


def whole(tiers, quantity, known=None):
    """What a line of so many units costs."""
    value, of_line = unit_or_whole(b.Price(Fraction(0), tiers), round(quantity * MICROS), known or {})
    return value if of_line else value * Fraction(round(quantity * MICROS), MICROS)


def counted(tiers, quantity):
    """Graduated, one unit after the other: each is in the tier of its number; a package is paid when its first unit comes."""
    total, entered, left = Fraction(0), set(), {}
    for number in range(1, quantity + 1):
        row = [r for r in tiers.rows if number > r.start // MICROS - (1 if r.inclusive else 0)][-1]
        if row.start not in entered:
            entered.add(row.start)
            total += row.flat
        if not row.package:
            total += row.amount
        else:
            if not left.get(row.start):
                total += row.amount
                left[row.start] = row.package // MICROS
            left[row.start] -= 1
    return total


@given(tables("graduated"), units)
def test_graduated_is_each_unit_at_its_own_tier(tiers, quantity):
    assert whole(tiers, quantity) == counted(tiers, quantity)


@given(tables("graduated"), st.lists(units, max_size=5), units)
def test_lines_that_fill_tiers_one_after_the_other_cost_what_one_line_of_all_of_them_does(tiers, lines, before):
    """Flats and packages too: who enters a tier, or starts a package, pays; what was bought before is paid for."""
    total, filled = Fraction(0), before
    for quantity in lines:
        amount, of_line = stretch(tiers, filled * MICROS, quantity * MICROS)
        assert of_line == bool(quantity) and amount >= 0
        total, filled = total + amount, filled + quantity
    assert total == counted(tiers, filled) - counted(tiers, before)


@given(tables("graduated"), units)
def test_graduated_never_falls(tiers, quantity):
    assert whole(tiers, quantity) <= whole(tiers, quantity + 1)


@given(tables("graduated", packages=False), st.integers(0, 6_000), st.integers(0, 6_000))
def test_a_graduated_price_is_the_sum_of_what_each_part_adds(tiers, first, more):
    """Also in parts of a unit: per unit, not per package, a part costs its share."""
    plain = replace(tiers, rows=tuple(replace(row, flat=Fraction(0)) for row in tiers.rows))
    one, both = Fraction(first, 100), Fraction(first + more, 100)
    edges = sorted({one, both, *(e for e in (_edge(row) for row in tiers.rows) if one < e < both)})
    parts = [whole(plain, z) - whole(plain, a) for a, z in zip(edges, edges[1:], strict=False)]
    assert sum(parts, whole(plain, one)) == whole(plain, both)
    assert all(part >= 0 for part in parts)


def _edge(row):
    return Fraction(row.start, MICROS) - (1 if row.inclusive else 0)


@given(tables("all units"), st.integers(1, 60))
def test_all_units_pays_each_unit_or_package_at_the_tier_reached(tiers, quantity):
    row = [r for r in tiers.rows if quantity * MICROS > r.start or (r.inclusive and quantity * MICROS == r.start)][-1]
    count = -(-quantity * MICROS // int(row.package)) if row.package else quantity
    assert whole(tiers, quantity) == row.amount * count + row.flat


@given(st.integers(1, 20), amounts, st.integers(0, 400), st.integers(1, 400))
def test_a_package_price_never_falls_and_is_paid_whole(size, price, first, more):
    tiers = b.Tiers("graduated", (b.Tier(0, False, price, SPAN, package=Fraction(size * MICROS)),))
    few, many = whole(tiers, Fraction(first, 10)), whole(tiers, Fraction(first + more, 10))
    assert few <= many
    assert many % price == 0 if price else many == 0
    assert whole(tiers, size) == price


@given(tables("block", packages=False, rising=True), st.integers(1, 60), amounts | st.none())
def test_a_block_costs_the_same_for_all_in_it(tiers, quantity, over):
    last = tiers.rows[-1]
    tiers = tiers if over is None else replace(tiers, overage=replace(last, amount=over))
    rows = [r for r in tiers.rows if quantity * MICROS > r.start or (r.inclusive and quantity * MICROS == r.start)]
    beyond = max(0, quantity - last.start // MICROS) if rows[-1] is last else 0
    assert whole(tiers, quantity) == rows[-1].flat + beyond * (over or 0)
    assert whole(tiers, 0) == 0


@given(st.sampled_from(["graduated", "all units"]).flatmap(tables), st.integers(0, 30), units)
def test_what_is_free_is_as_if_it_were_not_there(tiers, free, quantity):
    given_free = replace(tiers, free=Fraction(free * MICROS))
    assert whole(given_free, quantity) == whole(tiers, max(0, quantity - free))


@given(st.sampled_from(["graduated", "all units"]).flatmap(tables), st.integers(1, 12), units)
def test_a_box_costs_what_its_pieces_do(tiers, held, boxes):
    """Tiers of pieces, for what is sold by the box and by the piece."""
    assert whole(replace(tiers, scale=Fraction(held)), boxes) == whole(tiers, boxes * held)


@given(tables("graduated", packages=False), st.integers(1, 12), st.integers(0, 20), st.integers(1, 20))
def test_a_graduated_discount_on_boxes_takes_what_it_takes_of_pieces(tiers, held, before, boxes):
    """Also where other lines have filled the first tiers."""
    off = replace(tiers, rows=tuple(replace(row, amount=row.amount / (50 * MICROS)) for row in tiers.rows))
    scaled = replace(off, scale=Fraction(held))
    assert share_off(scaled, before * MICROS, boxes * MICROS) == share_off(
        off, before * held * MICROS, boxes * held * MICROS
    )
    assert 0 <= share_off(off, before * MICROS, boxes * MICROS) <= 1


@given(tables("graduated", packages=False), st.lists(st.integers(0, 50_000_000), max_size=5), st.booleans())
def test_amounts_one_after_the_other_are_charged_as_their_sum(tiers, events, at_zero):
    """Each event's charge is that of the sum so far less what was before: together the charge of the whole."""
    by = replace(
        tiers, by="line.amount", flat_at_zero=at_zero, rows=tuple(replace(r, inclusive=False) for r in tiers.rows)
    )
    charges, sum_so_far = [whole(by, 1, {"line.amount": 0})], 0
    for event in events:
        charges.append(whole(by, 1, {"line.amount": sum_so_far + event}) - sum(charges))
        sum_so_far += event
    assert sum(charges) == whole(by, 3, {"line.amount": sum_so_far})
    assert charges[0] == (by.rows[0].flat if at_zero else 0)


@given(amounts, amounts, amounts, units)
def test_a_clamped_line_is_within_its_bounds_or_costs_nothing(price, one, other, quantity):
    clamp = b.Clamp(min(one, other), max(one, other))
    value, of_line = clamped(clamp, (price, False), quantity * MICROS)
    amount = value if of_line else value * quantity
    assert amount == 0 if not price * quantity else amount == min(max(price * quantity, clamp.least), clamp.most)
