"""Which tax rule charges a line, and amounts that are stated with tax or without it in terms of the line's price.

A charge is found before any step, as a case of the step `tax`; every line has one, or no price.
"""

from __future__ import annotations

import numpy as np

from engine.kernels.arithmetic import scale
from engine.kernels.compiled import compiled
from engine.kernels.matching import HITS, S_CHARGE, S_HELD, W_CASE, hits_in_order
from engine.plan import layout as at


@compiled
def find_charge(arena, product, s):
    """The case that charges a classified line, -1 where the book has no taxes: (its number, status, a, b)."""
    step = arena[at.AT_TAX]
    if step == 0:
        return -1, at.FINE, 0, 0
    count = hits_in_order(arena, step, product, s)
    if count == 0:
        return -1, at.NO_TAX, 0, 0
    if count < 0:
        return -1, at.OVERFLOW, step, 0
    first = (s[HITS] - arena[at.AT_CASES]) // W_CASE
    if count > 1:
        return -1, at.CONFLICT, first, (s[HITS + 1] - arena[at.AT_CASES]) // W_CASE
    return first, at.FINE, 0, 0


@compiled
def charge_at(arena, ws, i):
    """Where the case that charges a line stands in the arena."""
    return arena[at.AT_CASES] + ws[at.OUT_CHARGE, i] * W_CASE


@compiled
def turn_to(arena, ws, i, s):
    """Turn to the charge of a line: what is worked out from here on is worked out for it."""
    s[S_CHARGE] = charge_at(arena, ws, i) if arena[at.AT_TAX] else 0
    s[S_HELD] = 0


@compiled
def with_tax(arena, charge, value):
    """A net value with the tax on it."""
    num, den = arena[charge + at.CASE_NUM], arena[charge + at.CASE_DEN]
    return scale(value, np.uint64(den + num), np.uint64(den))


@compiled
def without_tax(arena, charge, value):
    """A gross value without the tax in it."""
    num, den = arena[charge + at.CASE_NUM], arena[charge + at.CASE_DEN]
    return scale(value, np.uint64(den), np.uint64(den + num))


@compiled
def in_line_terms(arena, case, amount, s):
    """The amount of a case as the line's price is, with tax or without."""
    if arena[case + at.CASE_BASE] == at.INCLUDING:
        return without_tax(arena, s[S_CHARGE], amount)
    if arena[case + at.CASE_BASE] == at.EXCLUDING:
        return with_tax(arena, s[S_CHARGE], amount)
    return amount


@compiled
def grossed(arena, cost, s):
    """What comes of a cost as the line's price is: with tax, where prices include it."""
    return with_tax(arena, s[S_CHARGE], cost) if arena[at.AT_INCLUDES] else cost


@compiled
def hold(arena, case, s):
    """Note that a case moved the line: the gross is kept of one that an amount stated with tax moved."""
    if arena[case + at.CASE_BASE] == at.INCLUDING:
        s[S_HELD] = 1


@compiled
def note_held(arena, ws, i, step, s):
    """Write down what a step noted; below the net, nothing changes what is invoiced."""
    if arena[at.AT_NET] == 0 or step < arena[at.AT_NET]:
        ws[at.OUT_HELD, i] |= s[S_HELD]
