"""Takes the tax out of amounts that lines have, quote by quote: for columns, whose nets have no tax."""

from __future__ import annotations

from engine.kernels.bars import refuse
from engine.kernels.compiled import compiled, entry
from engine.kernels.taxes import net_lines
from engine.kernels.words import table, words
from engine.plan import layout as at


@entry
def take_tax_out(arena, ws, ends):
    """Make the list and net amounts of priced lines those without tax; a quote of which that does not fit is refused.

    ends: int64 [quotes], where each one's lines end.
    """
    arena, ws = words(arena), table(ws)
    start = 0
    for q in range(len(ends)):
        fits = replace(arena, ws, start, ends[q], at.OUT_LIST, at.OUT_UNIT_LIST)
        fits = fits and replace(arena, ws, start, ends[q], at.OUT_NET, at.OUT_UNIT_NET)
        for i in range(start, ends[q]):
            if not fits and ws[at.OUT_STATUS, i] == at.FINE:
                refuse(ws, i, at.OVERFLOW, arena[at.AT_TAX], 0)
        start = ends[q]


@compiled
def replace(arena, ws, start, end, row, unit):
    """Replace a row's amounts; whether all fit."""
    fits = net_lines(arena, ws, start, end, row, unit)
    for i in range(start, end):
        if fits and ws[at.OUT_STATUS, i] == at.FINE:
            ws[row, i] = ws[at.OUT_INVOICED, i]
    return fits
