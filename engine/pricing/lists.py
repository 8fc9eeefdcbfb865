"""The list prices of a plan as `kernels.dense` reads them: by product and stretch of days, a price or a table of tiers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import gcd

import numpy as np

from engine.kernels import dense as k
from engine.plan import layout as at
from engine.plan.plan import Plan
from engine.values.kinds import MICROS

Ints = np.ndarray
MOST_PRICES = 1 << 22


@dataclass(frozen=True)
class Lists:
    """List prices: what each product has on each stretch of days between changes.

    `prices`: int64 [products x stretches], in `scale` micros, NOTHING, or a number of `tiers` (bounds, [tiers, E_WIDTH]) below it. `days`: cuts, and each class's share.
    `units`: every price of a unit there is, in micros, sorted; `scale` divides all of them, all flat fees, and the rounding step. `most(room)`: how many units of any price surely come to at most `room`.
    """

    prices: Ints
    shares: Ints
    days: tuple[Ints, Ints]
    tiers: dict[int, tuple[tuple[int, ...], Ints]]
    units: Ints
    scale: int
    most: Callable[[int], int]


def lists_of(plan: Plan, products: Ints) -> Lists | None:
    """The list prices of a plan; None where there are too many."""
    prices = at.rows(plan.arena, "prices")
    cuts = np.unique(prices[:, [at.PRICE_START, at.PRICE_END]])
    cuts = cuts[(cuts > 0) & (cuts < at.OPEN)]
    stretches = len(cuts) + 1
    if len(products) * stretches > MOST_PRICES:
        return None
    tiers = _tiers(plan, np.unique(prices[prices[:, at.PRICE_TIERS] >= 0, at.PRICE_TIERS]))
    plain = (prices[:, at.PRICE_DEN] == 1) & (prices[:, at.PRICE_TIERS] != at.OVER_COST)
    figures = np.where(plain, prices[:, at.PRICE_NUM], k.NOTHING)
    tiered = prices[:, at.PRICE_TIERS] >= 0
    figures[tiered] = [-2 - t if -2 - t in tiers else k.NOTHING for t in prices[tiered, at.PRICE_TIERS].tolist()]
    grid = np.full((len(products), stretches), k.NOTHING, np.int64)
    owner = np.repeat(np.arange(len(products)), products[:, at.PRODUCT_PRICES_END] - products[:, at.PRODUCT_PRICES])
    sold = np.flatnonzero(products[owner, at.PRODUCT_SALE] >= 0)
    tiers |= _clamped(plan, sold, products[owner, at.PRODUCT_SALE], figures)
    first, end = (np.searchsorted(cuts, prices[:, c], "right") for c in (at.PRICE_START, at.PRICE_END))
    for stretch in range(stretches):
        holds = (first <= stretch) & ((stretch < end) | (prices[:, at.PRICE_END] >= at.OPEN))
        grid[owner[holds], stretch] = figures[holds]
    if at.rows(plan.arena, "step_rows")[0, at.STEP_RULED]:
        grid[ruled_in(plan, 0)] = k.NOTHING
    made = [rows for _, rows in tiers.values()]
    units = np.unique(np.concatenate([figures[~tiered & (figures >= 0)], *(rows[:, k.E_UNIT] for rows in made)]))
    scale = gcd(int(plan.arena[at.AT_STEP]), *units.tolist(), *(v for rows in made for v in rows[:, k.E_BASE].tolist()))
    for rows in made:
        rows[:, [k.E_UNIT, k.E_BASE]] //= scale
    grid[grid >= 0] //= scale
    base = max((int(rows[:, k.E_BASE].max()) for rows in made), default=0)
    dearest = int(units.max(initial=0)) + 1
    shares = np.concatenate([[0], np.arange(stretches)])  # a date is always given: class 0 is none
    return Lists(
        grid, np.arange(len(products)) * stretches, (cuts, shares), tiers, units, scale,
        lambda room: (room - base * scale) // dearest,
    )  # fmt: skip


def ruled_in(plan: Plan, step: int) -> Ints:
    """By product, whether a step has a case for it."""
    products, steps = at.rows(plan.arena, "products"), int(plan.arena[at.AT_STEPS])
    ranges, start = at.rows(plan.arena, "ranges"), int(plan.arena[at.AT_MEMBERSHIPS])
    ruled = np.zeros(len(products), bool)
    for i, row in enumerate(products):
        parts = plan.arena[start + row[at.PRODUCT_PARTS] : start + row[at.PRODUCT_PARTS_END]]
        mine = ranges[parts * steps + step]
        ruled[i] = (mine[:, at.RANGE_FIRST] != mine[:, at.RANGE_END]).any()
    return ruled


def _tiers(plan: Plan, numbers: Ints) -> dict[int, tuple[tuple[int, ...], Ints]]:
    """By what stands for them in a grid, the tables that can be said in whole units and micros, as `kernels.dense` reads them."""
    tables, tiers = at.rows(plan.arena, "tables").tolist(), at.rows(plan.arena, "tiers").tolist()
    found = {}
    for number in numbers.tolist():
        mode, first, end, *how = tables[number]
        rows = tiers[first:end]
        plain = all(row[at.TIER_DEN] == 1 and row[at.TIER_FLAT_DEN] == 1 and not row[at.TIER_PACKAGE] for row in rows)
        if plain and how == BY_UNITS and mode in MADE and all(row[at.TIER_BEGIN] % MICROS == 0 for row in rows):
            made = MADE[mode](rows)
            found[-2 - number] = _read(made)
    return found


def _read(made: list[Tier]) -> tuple[tuple[int, ...], Ints]:
    """Tiers as bounds and rows."""
    return tuple(row[0] for row in made[1:]), np.array([row[1:] for row in made], np.int64)


def _clamped(plan: Plan, sold: Ints, sale: Ints, figures: Ints) -> dict[int, tuple[tuple[int, ...], Ints]]:
    """As `_tiers`, of the rows of prices whose lines cost so much at least or at most; writes what stands for each into `figures`,
    and NOTHING for what a table cannot say: products that are sold in certain numbers only, and tiers besides."""
    found: dict[int, tuple[tuple[int, ...], Ints]] = {}
    free = -2 - len(at.rows(plan.arena, "tables"))
    sales = at.rows(plan.arena, "sales")[sale[sold]].tolist()
    for price, (step, least, most, low, low_den, high, high_den) in zip(sold.tolist(), sales, strict=True):
        unit, stands = int(figures[price]), k.NOTHING
        if unit >= 0 and not step and not least and most == at.OPEN and low_den == 1 and high_den <= 1:
            stands = free - len(found)
            found[stands] = _read(_between(unit, low, high if high_den else None))
        figures[price] = stands
    return found


def _between(unit: int, low: int, high: int | None) -> list[Tier]:
    """Lines of so much a unit that cost so much at least and at most."""
    made: list[Tier] = [(0, 0, unit, 0, 0)]
    reached = -(-low // unit) if unit else 0
    above = high // unit + 1 if unit and high is not None else None
    if reached > 1:
        made.append((1, 0, 0, low, 1))
        if reached != above:
            made.append((reached, 0, unit, 0, 0))
    if above is not None and high is not None:
        made.append((above, 0, 0, high, 1))
    return made


BY_UNITS = [1, 0, MICROS, -1, 0, 0]
"""From TIERS_TIMES on, a table that measures a line's own units and nothing else."""


Tier = tuple[int, int, int, int, int]
"""The units it is reached with; E_BEGIN, E_UNIT, E_BASE, E_WHOLE."""


def _graduated(rows: list[list[int]]) -> list[Tier]:
    """Each tier has its own units; what those below it come to is added up here."""
    made: list[Tier] = [(0, 0, 0, 0, 0), (1, 0, 0, 0, 1)]
    base = begun = unit = 0
    for row in rows:
        begin = row[at.TIER_BEGIN] // MICROS
        base += (begin - begun) * unit + row[at.TIER_FLAT_NUM]
        begun, unit = begin, row[at.TIER_NUM]
        made.append((begin + 1, begin, unit, base, 1))
    return made


def _all_units(rows: list[list[int]]) -> list[Tier]:
    """All units have the price of the tier that they reach; with a flat fee it is the line that has a price."""
    made: list[Tier] = [(0, 0, 0, 0, 0)]
    for row in rows:
        reached, unit, flat = -(-row[at.TIER_FROM] // MICROS), row[at.TIER_NUM], row[at.TIER_FLAT_NUM]
        if not flat or not reached:
            made.append((reached, 0, unit, 0, 0))
        if flat:
            made.append((max(reached, 1), 0, unit, flat, 1))
    return made


MADE = {at.GRADUATED: _graduated, at.ALL_UNITS: _all_units}
