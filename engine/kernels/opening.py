"""Opens a line: what is known of it, whether so much is sold, its list price, and which tax rule charges it."""

from __future__ import annotations

from engine.kernels.bars import note, refuse
from engine.kernels.charges import find_charge
from engine.kernels.choices import list_price
from engine.kernels.compiled import compiled
from engine.kernels.gives import W_PRICE, dated
from engine.kernels.matching import classify
from engine.kernels.rounds import round_off
from engine.kernels.tiers import ZERO, sold_so
from engine.kernels.times import fault_in_time
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
    if ws[at.IN_DIMS + at.GROUP, i] == at.OTHER:  # nor does a line of no group of the book's count for the others
        refuse(ws, i, at.UNKNOWN_GROUP, 0, 0)
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
    fault = fault_in_time(arena, ws, i)
    if fault > 0:
        refuse(ws, i, at.UNTIMED, fault, 0)
        return product, -1, ZERO, False, noted
    day = ws[at.IN_DIMS + at.DATE, i]
    cost = dated_in(arena, at.AT_COSTS, at.PRODUCT_COSTS, product, day)
    price = dated_in(arena, at.AT_PRICES, at.PRODUCT_PRICES, product, day)
    source, value, whole, status, a, b = list_price(arena, ws, i, product, price, cost, s)
    if status == at.FINE and fault < 0:
        status, a = at.UNTIMED, -fault
    if status == at.FINE:
        ws[at.OUT_CHARGE, i], status, a, b = find_charge(arena, product, s)
    if status != at.FINE:
        refuse(ws, i, status, a, b)
        return product, cost, ZERO, False, noted
    ws[at.OUT_STATUS, i] = at.FINE
    ws[at.OUT_PRICE, i] = source
    noted = note(bars, noted, i, 0, source, ZERO, value)
    if arena[arena[at.AT_STEP_ROWS] + at.STEP_MULTIPLE]:
        value, noted = round_off(arena, i, 0, value, bars, noted)
    return product, cost, value, whole, noted


@compiled
def is_ruled(arena, source):
    """Whether a list price (its BAR_CASE) is that of a rule."""
    return source >= (arena[at.AT_COSTS] - arena[at.AT_PRICES]) // W_PRICE
