"""Chooses one of several prices that apply: the list price of a line, or what a step that chooses makes of it."""

from __future__ import annotations

from engine.kernels.arithmetic import less, scale
from engine.kernels.bars import index_of
from engine.kernels.compiled import compiled
from engine.kernels.gives import given
from engine.kernels.matching import HITS, W_CASE, hits_in_order
from engine.kernels.tiers import BAD, TICKS, ZERO, clamped, price_of, word
from engine.kernels.times import timed_price
from engine.plan import layout as at


@compiled
def order_of(arena, choice, one, value, other, theirs):
    """Which of two options (their places in `ranks`) counts before the other: (below 0 for the first, 0 where both do, whether that
    can be told)."""
    if choice == at.NO_CHOICE:
        return 0, True
    ranks = arena[at.AT_RANKS]
    if arena[ranks + one] != arena[ranks + other]:
        return arena[ranks + one] - arena[ranks + other], True
    if choice == at.BY_RANK:
        return 0, True
    lower, fits = less(value, theirs)
    higher, _ = less(theirs, value)
    return -1 if lower else 1 if higher else 0, fits


@compiled
def precedes(arena, choice, case, value, best, theirs):
    """As `order_of`, of two cases: of equally low prices the first name counts."""
    sign, fits = order_of(arena, choice, index_of(arena, case), value, index_of(arena, best), theirs)
    if sign == 0 and choice == at.BY_LOWEST:
        sign = -1 if arena[case + at.CASE_NAME] < arena[best + at.CASE_NAME] else 1
    return sign, fits


@compiled
def pick(arena, choice, count, running, whole, ticks, s, cost):
    """The case that counts in a step that chooses: (case, ratio, status, what that is about, the other case of a conflict)."""
    best, rival, value = s[HITS], -1, ZERO
    for h in range(count):
        case = s[HITS + h]
        mine, status, about = given(arena, case, running, whole, ticks, s, cost)
        if status != at.FINE:
            return case, mine, status, about, -1
        sign, fits = (-1, True) if h == 0 else precedes(arena, choice, case, mine, best, value)
        if not fits:
            return case, BAD, at.FINE, 0, 0
        if sign < 0:
            best, rival, value = case, -1, mine
        elif sign == 0 and rival < 0:
            rival = case
    if rival >= 0:
        return best, value, at.CONFLICT, index_of(arena, best), index_of(arena, rival)
    return best, value, at.FINE, 0, 0


# ---------------------------------------------------------------- list prices


@compiled
def listed_at(arena, product, num, den, table, cost, ticks, s):
    """A list price for so many, within what a line costs at least and most: (ratio, whole, status, what that is about)."""
    value, whole, status, about = price_of(arena, num, den, table, ticks, s, cost)
    if status == at.FINE:
        value, whole = within(arena, product, value, whole, ticks)
    return value, whole, status, about


@compiled
def within(arena, product, value, whole, ticks):
    """A list price within what a line of the product costs at least and most: (ratio, whole)."""
    if arena[product + at.PRODUCT_SALE] < 0:
        return value, whole
    return clamped(arena, arena[product + at.PRODUCT_SALE], value, whole, ticks)


@compiled
def of_all(value, whole, ticks):
    """A list price to compare with others: of all units, or of one where there are none."""
    return value if whole or ticks == 0 else scale(value, word(ticks), TICKS)


@compiled
def list_price(arena, ws, i, product, price, cost, s):
    """A classified line's list price, by rules of the step `list` or the product's own (a row of prices, or -1):
    (its BAR_CASE, ratio, whether of the whole line, status, a, b)."""
    step = arena[at.AT_STEP_ROWS]
    if arena[step + at.STEP_RULED]:
        count = hits_in_order(arena, 0, product, s)
        if count != 0:
            return ruled_price(arena, ws, i, arena[step + at.STEP_CHOICE], count, product, price, cost, s)
    if price < 0:
        return -1, ZERO, False, at.NO_PRICE, 0, 0
    value, whole, status, about = own_price(arena, ws, i, product, price, cost, s)
    return arena[price + at.PRICE_SOURCE], value, whole, status, about, -1


@compiled
def own_price(arena, ws, i, product, price, cost, s):
    """What a line costs by a row of its product's prices, within its least and most: (ratio, whole, status, what that is about)."""
    ticks = abs(ws[at.IN_QUANTITY, i])
    if arena[price + at.PRICE_DEN] == 0:
        unit, fault = timed_price(arena, ws, i)
        if fault:
            return ZERO, False, at.UNTIMED, fault
        value, whole = within(arena, product, unit, False, ticks)
        return value, whole, at.FINE, 0
    return listed_at(
        arena,
        product,
        arena[price + at.PRICE_NUM],
        arena[price + at.PRICE_DEN],
        arena[price + at.PRICE_TIERS],
        cost,
        ticks,
        s,
    )


@compiled
def ruled_price(arena, ws, i, choice, count, product, price, cost, s):
    """As `list_price`, where so many rules give one, too."""
    ticks = abs(ws[at.IN_QUANTITY, i])
    if count < 0:
        return -1, ZERO, False, at.OVERFLOW, 0, 0
    best, rival, value, whole = s[HITS], -1, ZERO, False
    for h in range(count):
        case = s[HITS + h]
        mine, of_line, status, about = listed_at(
            arena,
            product,
            arena[case + at.CASE_NUM],
            arena[case + at.CASE_DEN],
            arena[case + at.CASE_TIERS],
            cost,
            ticks,
            s,
        )
        if status != at.FINE:
            return -1, ZERO, False, status, index_of(arena, case) if status == at.NO_COST else about, -1
        sign, fits = -1, True
        if h > 0:
            sign, fits = precedes(arena, choice, case, of_all(mine, of_line, ticks), best, of_all(value, whole, ticks))
        if not fits:
            return -1, ZERO, False, at.OVERFLOW, 0, 0
        if sign < 0:
            best, rival, value, whole = case, -1, mine, of_line
        elif sign == 0 and rival < 0:
            rival = case
    if price >= 0 and not (arena[price + at.PRICE_TIERS] == at.OVER_COST and cost < 0):
        mine, of_line, status, about = own_price(arena, ws, i, product, price, cost, s)
        if status != at.FINE:
            return -1, ZERO, False, status, about, -1
        own = (arena[at.AT_EXCEPTS] - arena[at.AT_CASES]) // W_CASE
        sign, fits = order_of(
            arena, choice, own, of_all(mine, of_line, ticks), index_of(arena, best), of_all(value, whole, ticks)
        )
        if not fits:
            return -1, ZERO, False, at.OVERFLOW, 0, 0
        if sign < 0:
            return arena[price + at.PRICE_SOURCE], mine, of_line, at.FINE, 0, 0
    if rival >= 0:
        return -1, ZERO, False, at.CONFLICT, index_of(arena, best), index_of(arena, rival)
    return arena[best + at.CASE_BASE], value, whole, at.FINE, 0, 0
