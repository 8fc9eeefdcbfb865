"""Sums over the priced lines of one quote, from its workspace: what totals and approvals are made of."""

from __future__ import annotations

import numpy as np

from engine.kernels.compiled import entry, holding
from engine.kernels.wire import L_TERM
from engine.plan.layout import (
    FINE,
    GROUP,
    IN_DIMS,
    IN_PRODUCT,
    IN_QUANTITY,
    MISSING,
    OTHER,
    OUT_COST,
    OUT_LIST,
    OUT_NET,
    OUT_STATUS,
)

G_PERIOD, G_TERM, G_LIST, G_NET, SUM = range(5)
T_LIST, T_NET, T_COST, T_COSTED, T_PRICED, T_OPEN_LIST, T_OPEN_NET, WHOLE = range(8)
P_PERIOD, P_NEVER, PRODUCT = range(3)
TOO_MUCH = -1
MOST_MONTHS = 1 << 40
MOST_LINES, MOST = 1 << 11, 1 << 51
"""So many lines of so many micros fit an int64."""


@holding
def sum_lines(ws, lines, term, products, sums, whole):
    """Sum by period and term, over all lines and over the discountable ones: how many rows `sums` has then, or TOO_MUCH for it or int64.

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
        whole[T_LIST] += listed
        whole[T_NET] += net
        whole[T_COST] += cost
        whole[T_COSTED] += costed
        if not product[P_NEVER]:
            whole[T_OPEN_LIST] += listed
            whole[T_OPEN_NET] += net
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


T_NAME, T_LISTED, T_NETTED, TOTAL = range(4)
PER_MONTH, PER_YEAR, FIRST_YEAR, OVER_TERM = 3, 5, 7, 8
"""Periods and totals by their place in `pricing.answer.NAMES` and after it: once, day, week, month, quarter, year, use."""


@holding
def over(sums, count, name, row):
    """A total over several periods (see `pricing.answer`) into a row; False where it does not come out even, or fit."""
    listed = net = 0
    for i in range(count):
        period, months = sums[i, G_PERIOD], sums[i, G_TERM]
        if period == 0:
            times = 12
        elif PER_MONTH <= period <= PER_YEAR:
            if months < 0 or months > MOST_MONTHS:
                return False
            if name == FIRST_YEAR and months > 12:
                months = 12
            times = months * (12 if period == PER_MONTH else 1 if period == PER_YEAR else 4)
        else:
            continue
        most = (1 << 57) // max(times, 1)
        if not (-most < sums[i, G_LIST] < most and -most < sums[i, G_NET] < most):
            return False
        listed += times * sums[i, G_LIST]
        net += times * sums[i, G_NET]
    row[T_NAME], row[T_LISTED], row[T_NETTED] = name, listed // 12, net // 12
    return listed % 12 == 0 and net % 12 == 0


@holding
def total_sums(sums, count, totals):
    """The totals of sums: how many rows `totals` has then, or TOO_MUCH where a part of a month is to be rounded, or for int64."""
    rows, running, known = 0, False, True
    for period in range(FIRST_YEAR):
        there = False
        for i in range(count):
            if sums[i, G_PERIOD] == period:
                if not there:
                    totals[rows, T_NAME], totals[rows, T_LISTED], totals[rows, T_NETTED] = period, 0, 0
                there = True
                totals[rows, T_LISTED] += sums[i, G_LIST]
                totals[rows, T_NETTED] += sums[i, G_NET]
                if PER_MONTH <= period <= PER_YEAR:
                    running, known = True, known and sums[i, G_TERM] != MISSING
        rows += there
    if not running or not known:
        return rows
    if over(sums, count, FIRST_YEAR, totals[rows]) and over(sums, count, OVER_TERM, totals[rows + 1]):
        return rows + 2
    return TOO_MUCH


@entry
def close_lines(ws, lines, term, products, whole, totals):
    """Sum the lines as `sum_lines` does and total them: how many rows `totals` has then, or TOO_MUCH: then Python is to do it."""
    sums = np.empty((16, SUM), np.int64)
    count = sum_lines(ws, lines, term, products, sums, whole)
    return count if count < 0 else total_sums(sums, count, totals)


F_MEASURE, F_RELATION, F_NUM, F_DEN, FIGURE = range(5)
M_NET, M_LIST, M_DISCOUNT, M_MARGIN = range(4)
R_LESS, R_AT_MOST, R_EQUAL, R_AT_LEAST, R_MORE = range(5)


@holding
def figure_holds(figure, listed, net, cost):
    """Whether a figure of amounts as sold holds (see `pricing.approvals`, which this follows); cost MISSING: there is none."""
    measure, num, den = figure[F_MEASURE], figure[F_NUM], figure[F_DEN]
    if measure == M_NET:
        left, right = net * den, num
    elif measure == M_LIST:
        left, right = listed * den, num
    elif measure == M_DISCOUNT:
        if listed <= 0:
            return False
        left, right = (listed - net) * den, num * listed
    else:
        if cost == MISSING or net < 0:
            return False
        left, right = (net - cost) * den, num * net
    relation = figure[F_RELATION]
    if relation == R_EQUAL:
        return left == right
    if relation == R_LESS or relation == R_AT_MOST:
        return left < right or (relation == R_AT_MOST and left == right)
    return left > right or (relation == R_AT_LEAST and left == right)


@holding
def lines_with(ws, figures, chosen, found):
    """The priced lines whose product is chosen and of which every figure holds, into `found`: how many; TOO_MUCH for int64.

    figures: int64 [figures, FIGURE]. chosen: int64 by product, empty for all. found: int64 [lines].
    """
    count, room = 0, np.int64(MOST)
    for f in range(len(figures)):
        largest = max(abs(figures[f, F_NUM]) if figures[f, F_MEASURE] >= M_DISCOUNT else 1, figures[f, F_DEN])
        room = min(room, (1 << 61) // largest)
    for i in range(ws.shape[1]):
        if ws[OUT_STATUS, i] != FINE or ws[IN_DIMS + GROUP, i] == OTHER:
            continue
        if len(chosen) and not chosen[ws[IN_PRODUCT, i]]:
            continue
        listed, net, cost = ws[OUT_LIST, i], ws[OUT_NET, i], ws[OUT_COST, i]
        spent = 0 if cost == MISSING else cost
        if not (-room < listed < room and -room < net < room and -room < spent < room):
            return TOO_MUCH
        if ws[IN_QUANTITY, i] < 0:
            listed, net, cost = -listed, -net, cost if cost == MISSING else -cost
        holds = True
        for f in range(len(figures)):
            holds = holds and figure_holds(figures[f], listed, net, cost)
        if holds:
            found[count] = i
            count += 1
    return count
