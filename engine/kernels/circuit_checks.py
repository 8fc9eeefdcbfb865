"""Whether configurations keep all rules, many at once: bit i of a word is configuration i, so one operation looks at 64.

Configurations come by option, not one after the other: of each option a row of words. They are checked in blocks of 2,048.
"""

from __future__ import annotations

import numpy as np

from engine.kernels.compiled import compiled, entry, inlined

SPAN = 32
"""Words of a block: what a bound looks at stays near."""
TILES = 4
"""Blocks that are fetched together."""
PAIR, ONE_OF, ALL_BUT_ONE, ALL_OR, TOGETHER, EXACTLY = range(6)
"""A bound by how it is checked: one of two literals, one of many, all but one, the first or all others, or the weights added up.
EXACTLY is two bounds in one: one of its literals, and not more."""
PLANES = 63
"""Bits of a sum of weights; a model's weights fit."""
ROOM = SPAN * (PLANES + 4)
"""Words of the workspace beside the block itself."""
_EVERY, _NONE = np.uint64(0xFFFFFFFFFFFFFFFF), np.uint64(0)


@entry
def kinds(starts, weights, reach):
    """How each bound is checked: int8 [bounds]."""
    out = np.empty(len(reach), np.int8)
    for c in range(len(reach)):
        a, b = starts[c], starts[c + 1]
        if a < b and weights[b - 1] >= reach[c]:
            out[c] = PAIR if b - a == 2 else ONE_OF
        elif a < b and weights[a] == 1 and reach[c] == b - a - 1:
            out[c] = ALL_BUT_ONE
        elif a + 1 < b and weights[a] >= reach[c] and weights[a + 1] == 1 and b - a - 1 == reach[c]:
            out[c] = ALL_OR
        else:
            out[c] = TOGETHER
    return out


@inlined
def _flip(literal):
    """What turns the option's row into the literal's."""
    return _NONE - np.uint64(literal & 1)


@compiled
def check(columns, starts, literals, weights, reach, kind, far, room, good):
    """Set in `good` (uint64 [words]) the bits of the configurations that reach every bound.

    columns: uint64 [options, words]. Workspace: far uint64 [TILES x options, SPAN], room uint64 [ROOM].
    """
    words = columns.shape[1]
    bad, one, two = room[:SPAN], room[SPAN : 2 * SPAN], room[2 * SPAN : 3 * SPAN]
    options = columns.shape[0]
    for begin in range(0, words, SPAN):
        span, tile = min(SPAN, words - begin), begin % (SPAN * TILES)
        if tile == 0:  # rows of `columns` lie pages apart, so several blocks are fetched at a time
            for option in range(options):
                for w in range(min(SPAN * TILES, words - begin)):
                    far[w // SPAN * options + option, w % SPAN] = columns[option, begin + w]
        near = far[tile // SPAN * options : (tile // SPAN + 1) * options]
        for w in range(SPAN):
            bad[w] = _NONE
        for c in range(len(reach)):
            a, b = starts[c], starts[c + 1]
            if kind[c] == PAIR:
                left, right = near[literals[a] >> 1], near[literals[a + 1] >> 1]
                flip, also = _flip(literals[a]), _flip(literals[a + 1])
                for w in range(SPAN):
                    bad[w] |= ~((left[w] ^ flip) | (right[w] ^ also))
            elif kind[c] == ONE_OF:
                for w in range(SPAN):
                    one[w] = _NONE
                for i in range(a, b):
                    row, flip = near[literals[i] >> 1], _flip(literals[i])
                    for w in range(SPAN):
                        one[w] |= row[w] ^ flip
                for w in range(SPAN):
                    bad[w] |= ~one[w]
            elif kind[c] == ALL_BUT_ONE:  # at most one of the opposites
                for w in range(SPAN):
                    one[w] = _NONE
                for i in range(a, b):
                    row, flip = near[literals[i] >> 1], ~_flip(literals[i])
                    for w in range(SPAN):
                        here = row[w] ^ flip
                        bad[w] |= one[w] & here
                        one[w] |= here
            elif kind[c] == EXACTLY:
                for w in range(SPAN):
                    one[w] = _NONE
                for i in range(a, b):
                    row, flip = near[literals[i] >> 1], _flip(literals[i])
                    for w in range(SPAN):
                        here = row[w] ^ flip
                        bad[w] |= one[w] & here
                        one[w] |= here
                for w in range(SPAN):
                    bad[w] |= ~one[w]
            elif kind[c] == ALL_OR:
                for w in range(SPAN):
                    one[w] = _EVERY
                for i in range(a + 1, b):
                    row, flip = near[literals[i] >> 1], _flip(literals[i])
                    for w in range(SPAN):
                        one[w] &= row[w] ^ flip
                row, flip = near[literals[a] >> 1], _flip(literals[a])
                for w in range(SPAN):
                    bad[w] |= ~(one[w] | (row[w] ^ flip))
            else:
                _together(near, literals, weights, a, b, reach[c], room[3 * SPAN :], one, two, bad)
        for w in range(span):
            good[begin + w] = ~bad[w]


@compiled
def _together(near, literals, weights, a, b, least, planes, one, two, bad):
    """Add the weights up bit by bit in `planes`, and compare."""
    most = 0
    for i in range(a, b):
        most += weights[i]
    bits = 1
    while bits < PLANES and (max(most, least) >> bits) > 0:
        bits += 1
    for w in range(bits * SPAN):
        planes[w] = _NONE
    for i in range(a, b):
        row, flip = near[literals[i] >> 1], _flip(literals[i])
        for w in range(SPAN):
            one[w] = _NONE  # what is carried
        for p in range(bits):
            adds = _NONE - np.uint64((weights[i] >> p) & 1)
            for w in range(SPAN):
                here, carried, said = (row[w] ^ flip) & adds, one[w], planes[p * SPAN + w]
                planes[p * SPAN + w] = said ^ here ^ carried
                one[w] = (said & here) | (said & carried) | (here & carried)
    for w in range(SPAN):
        one[w], two[w] = _EVERY, _NONE  # equal so far, greater so far
    for p in range(bits - 1, -1, -1):
        wanted = _NONE - np.uint64((least >> p) & 1)
        for w in range(SPAN):
            two[w] |= one[w] & planes[p * SPAN + w] & ~wanted
            one[w] &= ~(planes[p * SPAN + w] ^ wanted)
    for w in range(SPAN):
        bad[w] |= ~(one[w] | two[w])
