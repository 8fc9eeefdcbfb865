"""Sums over the priced lines of one quote, from its workspace: what totals and approvals are made of."""

from __future__ import annotations

from numba import njit

from engine.kernels.wire import L_TERM
from engine.plan.layout import FINE, GROUP, IN_DIMS, IN_PRODUCT, MISSING, OTHER, OUT_COST, OUT_LIST, OUT_NET, OUT_STATUS

G_PERIOD, G_TERM, G_LIST, G_NET, SUM = range(5)
T_LIST, T_NET, T_COST, T_COUNTED, T_COSTED, T_PRICED, WHOLE = range(7)
P_PERIOD, P_NEVER, PRODUCT = range(3)
TOO_MUCH = -1
MOST_LINES, MOST = 1 << 11, 1 << 51
"""So many lines of so many micros fit an int64."""


@njit(cache=True)
def sum_lines(ws, lines, term, products, sums, whole):
    """Sum by period and term, and over the discountable lines: how many rows `sums` has then, or TOO_MUCH for it or for int64.

    Lines without a price, or in no group of the book, are left out. lines: int64 [lines, LINE], from `read_quote`. term: the
    quote's, MISSING where it has none. products: int64 [products, PRODUCT]. sums: int64 [room, SUM]. whole: int64 [WHOLE].
    """
    whole[:] = 0
    count = 0
    if len(lines) > MOST_LINES:
        return TOO_MUCH
    for i in range(len(lines)):
        if ws[OUT_STATUS, i] != FINE or ws[IN_DIMS + GROUP, i] == OTHER:
            continue
        whole[T_PRICED] += 1
        listed, net, cost = ws[OUT_LIST, i], ws[OUT_NET, i], ws[OUT_COST, i]
        costed = cost != MISSING
        if not costed:
            cost = 0
        if not (-MOST < listed < MOST and -MOST < net < MOST and -MOST < cost < MOST):
            return TOO_MUCH
        product = products[ws[IN_PRODUCT, i]]
        if not product[P_NEVER]:
            whole[T_LIST] += listed
            whole[T_NET] += net
            whole[T_COST] += cost
            whole[T_COUNTED] += 1
            whole[T_COSTED] += costed
        months = lines[i, L_TERM] if lines[i, L_TERM] else term
        at = 0
        while at < count and (sums[at, G_PERIOD] != product[P_PERIOD] or sums[at, G_TERM] != months):
            at += 1
        if at == count:
            if count == len(sums):
                return TOO_MUCH
            sums[at, G_PERIOD], sums[at, G_TERM], sums[at, G_LIST], sums[at, G_NET] = product[P_PERIOD], months, 0, 0
            count += 1
        sums[at, G_LIST] += listed
        sums[at, G_NET] += net
    return count
