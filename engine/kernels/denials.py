"""What is not sold so: the first denial that a line meets, once it came through all steps."""

from __future__ import annotations

from engine.kernels.arithmetic import U1
from engine.kernels.compiled import compiled
from engine.kernels.matching import bit_of, bits_of, word_where
from engine.plan import layout as at


@compiled
def denied(arena, product, s):
    """The index of the first case of the denials that holds for the line (classified before), or -1."""
    found = -1
    base = arena[at.AT_MEMBERSHIPS]
    for m in range(base + arena[product + at.PRODUCT_PARTS], base + arena[product + at.PRODUCT_PARTS_END]):
        first, end = bits_of(arena, arena[m], arena[at.AT_DENIED])
        for w in range(first >> 6, (end + 63) >> 6):
            live = word_where(arena, s, w, first, end)
            while live:
                case = arena[bit_of(arena, w, live) + at.BIT_CASE]
                found = case if found < 0 else min(found, case)
                live &= live - U1
    return found
