"""Splits an amount over lines so that nothing is lost: in proportion to weights, within what each can take, the rest as the book says.

All is in whole words. A line's weight, the most it takes and what it gets stand in its words of the scratch (`matching.L_WEIGHT` and on);
a weight below 0 leaves it out. Shares of one split have one divisor, so that what is left of each is a whole number, too.
"""

from __future__ import annotations

import numpy as np

from engine.kernels.arithmetic import divide_word, umulh
from engine.kernels.compiled import compiled
from engine.kernels.matching import L_GETS, L_REST, L_TOP, L_TURN, L_WEIGHT
from engine.plan import layout as at

NO_TOP = -1
TO_SHARE = -1
"""L_REST of a line that has no share yet."""


@compiled
def split(s, places, width, lines, amount, remainder):
    """Write to L_GETS what each of so many lines gets of an amount, all in steps. All weights together are below 2^62.

    places: where the first line's words of a split begin; width: words from a line to the next.
    """
    for line in range(places, places + lines * width, width):
        s[line + L_REST] = TO_SHARE
    left = amount
    whole, sharing = still_sharing(s, places, width, lines)
    while sharing:
        taken = stay_at_top(s, places, width, lines, left, whole, sharing)
        if taken < 0:
            share(s, places, width, lines, left, whole, sharing)
            break
        left -= taken
        whole, sharing = still_sharing(s, places, width, lines)
    hand_out(s, places, width, lines, amount, remainder)


@compiled
def still_sharing(s, places, width, lines):
    """(weights, count) of the lines that have no share yet."""
    whole, sharing = 0, 0
    for line in range(places, places + lines * width, width):
        if s[line + L_WEIGHT] >= 0 and s[line + L_REST] == TO_SHARE:
            whole += s[line + L_WEIGHT]
            sharing += 1
    return whole, sharing


@compiled
def part_of(left, weight, whole, sharing):
    """(steps, what is left of it) of one line's share: equal shares where nothing has a weight."""
    if whole == 0:
        return left // sharing, left % sharing
    if weight == whole:
        return left, 0
    a, b = np.uint64(left), np.uint64(weight)
    mine, rest = divide_word(umulh(a, b), a * b, np.uint64(whole))
    return np.int64(mine), np.int64(rest)


@compiled
def stay_at_top(s, places, width, lines, left, whole, sharing):
    """Lines whose share is over the most they take get that; returns how much these take, -1 where there is none."""
    taken = -1
    for line in range(places, places + lines * width, width):
        if s[line + L_WEIGHT] < 0 or s[line + L_REST] != TO_SHARE or s[line + L_TOP] == NO_TOP:
            continue
        mine, rest = part_of(left, s[line + L_WEIGHT], whole, sharing)
        top = s[line + L_TOP]
        if mine > top or (mine == top and rest > 0):
            s[line + L_GETS], s[line + L_REST] = top, 0
            taken = max(taken, 0) + top
    return taken


@compiled
def share(s, places, width, lines, left, whole, sharing):
    """Give each line that has none its share, without parts of a step."""
    for line in range(places, places + lines * width, width):
        if s[line + L_WEIGHT] >= 0 and s[line + L_REST] == TO_SHARE:
            mine, rest = part_of(left, s[line + L_WEIGHT], whole, sharing)
            s[line + L_GETS], s[line + L_REST] = mine, rest


@compiled
def hand_out(s, places, width, lines, amount, remainder):
    """Hand out what is left over: a step each to the largest parts, in two rounds, or as much as it takes to the first or last."""
    most, capped, got = 0, False, 0
    for line in range(places, places + lines * width, width):
        s[line + L_TURN] = 0
        if s[line + L_WEIGHT] >= 0:
            got += s[line + L_GETS]
            capped = capped or s[line + L_TOP] != NO_TOP
            most += max(0, s[line + L_TOP])
    odd = (min(amount, most) if capped else amount) - got
    for turn in range(2 * lines if remainder == at.REST_TO_LARGEST else lines):
        if odd <= 0:
            break
        line = places + turn * width
        if remainder == at.REST_TO_LARGEST:
            line = largest_rest(s, places, width, lines, 1 + turn // lines)
        elif remainder == at.REST_TO_LAST:
            line = places + (lines - 1 - turn) * width
        if line < 0 or s[line + L_WEIGHT] < 0:
            continue
        more = odd if s[line + L_TOP] == NO_TOP else min(odd, s[line + L_TOP] - s[line + L_GETS])
        if remainder == at.REST_TO_LARGEST:
            more = min(more, 1)
        s[line + L_GETS] += more
        odd -= more


@compiled
def largest_rest(s, places, width, lines, around):
    """The line whose turn it is in a round: of those that had none, the one of which most was left, of equals the first; or -1."""
    found = -1
    for line in range(places, places + lines * width, width):
        fresh = s[line + L_WEIGHT] >= 0 and s[line + L_TURN] < around
        if fresh and (found < 0 or s[line + L_REST] > s[found + L_REST]):
            found = line
    if found >= 0:
        s[found + L_TURN] = around
    return found
