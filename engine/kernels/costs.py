"""What lines cost, for columns that a table of factors prices: it holds prices and factors, and no costs."""

from __future__ import annotations

from engine.kernels.compiled import entry
from engine.kernels.opening import W_PRODUCT, dated_in
from engine.kernels.program import note_cost
from engine.kernels.words import table, words
from engine.plan import layout as at


@entry
def cost_lines(arena, ws, count):
    """Write the cost of the first lines of a workspace: MISSING for one without a price, or of a product without a cost."""
    arena, ws = words(arena), table(ws)
    for i in range(count):
        ws[at.OUT_COST, i] = at.MISSING
        if ws[at.OUT_STATUS, i] == at.FINE:
            product = arena[at.AT_PRODUCTS] + ws[at.IN_PRODUCT, i] * W_PRODUCT
            cost = dated_in(arena, at.AT_COSTS, at.PRODUCT_COSTS, product, ws[at.IN_DIMS + at.DATE, i])
            if not note_cost(arena, ws, i, cost, abs(ws[at.IN_QUANTITY, i])):
                ws[at.OUT_COST, i] = at.MISSING
