"""Opens a line: what is known of it, whether so much is sold, and its list price."""

from __future__ import annotations

from engine.kernels.bars import note, refuse
from engine.kernels.compiled import compiled
from engine.kernels.gives import W_PRICE, dated
from engine.kernels.matching import classify
from engine.kernels.tiers import ZERO, clamped, price_of, sold_so
from engine.plan import layout as at

W_PRODUCT = at.WIDTH["products"]
WHOLE = 1_000_000
"""Ticks of a unit."""


@compiled
def dated_in(arena, section, columns, product, day):
    """The row that holds on the day of a product's prices (section AT_PRICES) or costs, or -1."""
    rows = arena[section]
    return dated(arena, rows + arena[product + columns] * W_PRICE, rows + arena[product + columns + 1] * W_PRICE, day)


@compiled
def known_line(arena, ws, i, s):
    """Classify a line: its product's row; refused, and -1, where it is not one that is sold so."""
    if ws[at.IN_PRODUCT, i] < 0:
        refuse(ws, i, at.UNKNOWN_PRODUCT, 0, 0)
        return -1
    product = arena[at.AT_PRODUCTS] + ws[at.IN_PRODUCT, i] * W_PRODUCT
    missing = classify(arena, ws, i, product, s)
    if missing >= 0:
        asks = arena[at.AT_ASKS] + arena[product + at.PRODUCT_ASK] * arena[at.AT_DIMS]
        refuse(ws, i, at.MISSING_FACT, missing, arena[asks + missing] - 1)
        return -1
    quantity, sale = ws[at.IN_QUANTITY, i], arena[product + at.PRODUCT_SALE]
    odd = quantity % WHOLE and quantity % arena[product + at.PRODUCT_GRAIN]  # a grain divides a whole unit
    if odd or (sale >= 0 and not sold_so(arena, sale, quantity)):
        refuse(ws, i, at.INVALID_QUANTITY, 0, 0)
        return -1
    return product


@compiled
def open_line(arena, ws, i, s, bars, noted):
    """Open a line, or refuse it: (product row, cost row or -1, list price, whether of the whole line, bars)."""
    product = known_line(arena, ws, i, s)
    if product < 0:
        return 0, -1, ZERO, False, noted
    day, ticks = ws[at.IN_DIMS + at.DATE, i], abs(ws[at.IN_QUANTITY, i])
    price = dated_in(arena, at.AT_PRICES, at.PRODUCT_PRICES, product, day)
    if price < 0:
        refuse(ws, i, at.NO_PRICE, 0, 0)
        return product, -1, ZERO, False, noted
    value, whole, status, about = listed(arena, product, price, ticks, s)
    if status != at.FINE:
        refuse(ws, i, status, about, -1)
        return product, -1, ZERO, False, noted
    ws[at.OUT_STATUS, i] = at.FINE
    ws[at.OUT_PRICE, i] = arena[price + at.PRICE_SOURCE]
    noted = note(bars, noted, i, 0, arena[price + at.PRICE_SOURCE], ZERO, value)
    return product, dated_in(arena, at.AT_COSTS, at.PRODUCT_COSTS, product, day), value, whole, noted


@compiled
def listed(arena, product, price, ticks, s):
    """A row of prices for so many, within what a line costs at least and most: (ratio, whole, status, what that is about)."""
    value, whole, status, about = price_of(
        arena, arena[price + at.PRICE_NUM], arena[price + at.PRICE_DEN], arena[price + at.PRICE_TIERS], ticks, s
    )
    if arena[product + at.PRODUCT_SALE] >= 0:
        value, whole = clamped(arena, arena[product + at.PRODUCT_SALE], value, whole, ticks)
    return value, whole, status, about
