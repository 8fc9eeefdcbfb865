"""Looks up a block's figures in grids: by product, and by the class of each value along each axis."""

from __future__ import annotations

import numpy as np

from engine.kernels.compiled import compiled
from engine.kernels.matching import cuts_reached
from engine.kernels.sources import S_BYTES, read_block
from engine.plan import layout as at

G_VALUES, G_PRODUCTS, G_AXES, G_AXES_END, G_WIDTH = range(5)
"""A grid: its figures, each product's share of the index of one (0: all have the same), its axes."""
D_SOURCE, D_KIND, D_CUTS, D_CUTS_END, D_SHARES, D_LOW, D_SPAN, D_WIDTH = range(8)
"""An axis: its source (quantities count in whole units), how a value's class is found, its cuts, each class's share of the
index."""
BY_CODE, BY_FEW_CUTS, BY_SEARCH, BY_SPAN = range(4)
FEW = 8
OF_PRODUCT, OF_QUANTITY, OF_DIMS = range(3)
"""Places of sources: a line's product, its quantity, then a source a dimension."""


@compiled
def add_shares(table, axis, values, cell):
    """Add to each cell the share of its value's class. (Indexes are unsigned: a signed one is tested for being below 0.)"""
    kind, shares = table[axis + D_KIND], table[table[axis + D_SHARES] :]
    low, high = table[axis + D_CUTS], table[axis + D_CUTS_END]
    least, span = table[axis + D_LOW], table[axis + D_SPAN]
    if kind == BY_CODE:
        for j in range(len(cell)):
            cell[j] += shares[np.uint64(min(max(values[j], 0), span))]
    elif kind == BY_SPAN:
        for j in range(len(cell)):
            place = np.uint64(min(max(values[j] - least, 0), span) + 1)
            cell[j] += shares[place if values[j] != at.MISSING else np.uint64(0)]
    elif kind == BY_FEW_CUTS:  # no look-up: each cut that is reached adds what its class has more than the one before
        missing, known = shares[at.UNKNOWN], shares[at.UNKNOWN + 1]
        for j in range(len(cell)):
            cell[j] += known if values[j] != at.MISSING else missing
        for k in range(low, high):
            cut, more = table[k], shares[k - low + 2] - shares[k - low + 1]
            for j in range(len(cell)):
                cell[j] += more if values[j] >= cut else 0
    else:
        for j in range(len(cell)):
            place = np.uint64(1 + cuts_reached(table, low, high, values[j]))
            cell[j] += shares[place if values[j] != at.MISSING else np.uint64(0)]


@compiled
def look_up(table, grid, sources, first, product, quantity, values, out):
    """Fill out with the grid's figures of the lines from `first` on; `quantity` is in whole units, `values` is room."""
    axes, end = table[grid + G_AXES], table[grid + G_AXES_END]
    same = values[:1]
    same[0] = 0
    for axis in range(axes, end, D_WIDTH):  # what is the same on all lines is looked up once
        source = sources[table[axis + D_SOURCE]]
        if source[S_BYTES] == 0:
            read_block(source, 0, out[:1])
            add_shares(table, axis, out[:1], same)
    base = same[0]
    if table[grid + G_PRODUCTS]:
        products = table[table[grid + G_PRODUCTS] :]
        for j in range(len(out)):
            out[j] = base + products[np.uint64(max(product[j], 0))]
    else:
        out[:] = base
    for axis in range(axes, end, D_WIDTH):
        place = table[axis + D_SOURCE]
        if place == OF_QUANTITY:
            add_shares(table, axis, quantity, out)
        elif sources[place, S_BYTES]:
            read_block(sources[place], first, values)
            add_shares(table, axis, values, out)
    figures = table[table[grid + G_VALUES] :]
    for j in range(len(out)):
        out[j] = figures[np.uint64(out[j])]
