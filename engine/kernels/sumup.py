"""Sums over the lines of quotes, for columns: one pass over what is added up."""

from __future__ import annotations

from engine.kernels.compiled import compiled
from engine.kernels.folds import MOST
from engine.plan import layout as at


@compiled
def sum_up(ends, product, quantity, listed, what, counted, out):
    """Write each line the sum over its quote; whether all fit.

    ends: int64 [quotes], where their lines end. what: OF_QUANTITY (millionths), OF_AMOUNT (`listed`, micros) or OF_LINES.
    counted: int64 [products], 1 where a product's lines count; where all do, `product` may be empty. A line of no product (-1) counts for nothing.
    """
    start, some = 0, len(product) > 0
    for q in range(len(ends)):
        end = ends[q]
        total = 0
        for i in range(start, end):
            if some and (product[i] < 0 or not counted[product[i]]):
                continue
            part = quantity[i] if what == at.OF_QUANTITY else listed[i] if what == at.OF_AMOUNT else 1_000_000
            if abs(part) > MOST:
                return False
            total += part
            if abs(total) > MOST:
                return False
        for i in range(start, end):
            out[i] = total
        start = end
    return True
