"""What a line has left below the net: the steps there begin at the net that is invoiced, and end at the pocket amount."""

from __future__ import annotations

from engine.kernels.arithmetic import U0, U1, rounded, same
from engine.kernels.charges import charge_at, without_tax
from engine.kernels.compiled import compiled
from engine.kernels.gives import as_now, note_after, noted_after, per_unit, settle
from engine.kernels.taxes import signed
from engine.kernels.tiers import word
from engine.plan import layout as at


@compiled
def net_or_end(arena):
    """The number of the step `net`; of a step more than there are, where the book has none."""
    return arena[at.AT_NET] if arena[at.AT_NET] else arena[at.AT_STEPS]


@compiled
def open_below(arena, ws, i, running, whole, s):
    """What the line is as the steps below begin, in its own form. Where prices include tax, what it was before loses its tax."""
    ticks = abs(ws[at.IN_QUANTITY, i])
    value = running
    if ticks:
        value = per_unit((U0, word(abs(ws[at.OUT_INVOICED, i])), U1), not whole, ticks)
    elif arena[at.AT_LEVEL] == at.LEVEL_UNIT and not whole:
        listed, list_whole = noted_after(s, 0)
        value, _ = settle(arena, per_unit(listed, list_whole, ticks), running)
    if arena[at.AT_INCLUDES]:
        charge = charge_at(arena, ws, i)
        value = value if ticks else without_tax(arena, charge, value)
        for step in range(arena[at.AT_NET]):
            noted, noted_whole = noted_after(s, step)
            note_after(s, step, without_tax(arena, charge, noted), noted_whole)
    note_after(s, arena[at.AT_NET], value, whole)
    return value


@compiled
def close_below(arena, ws, i, running, whole):
    """Write what is left of a line: its net, where nothing moved it, else rounded as the net is. Whether that fits."""
    amount = as_now(running, whole, True, abs(ws[at.IN_QUANTITY, i]))
    if same(amount, (U0, word(abs(ws[at.OUT_INVOICED, i])), U1)):
        ws[at.OUT_POCKET, i] = ws[at.OUT_INVOICED, i]
        return True
    step = arena[at.AT_TAX_STEP] if arena[at.AT_INCLUDES] else arena[at.AT_STEP]
    left, fits = rounded(amount, word(step), arena[at.AT_MODE])
    ws[at.OUT_POCKET, i] = signed(ws, i, left)
    return fits
