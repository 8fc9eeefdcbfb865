"""Divides the products of a block by a divisor made ready before, exactly, and rounds: in words where all fits, else in 128 bits."""

from __future__ import annotations

import numpy as np

from engine.kernels.arithmetic import U0, U1, umulh
from engine.kernels.compiled import compiled, inlined

V_DIVISOR, V_NORMAL, V_RECIPROCAL, V_SHIFT, V_OVER, V_TIE, V_STEP, V_MOST, V_WIDTH = range(9)
"""A divisor: itself, shifted to its top bit, the reciprocal of that, the shift; a rest above V_OVER goes up, one of V_TIE goes
up where the quotient is odd; the quotient counts steps of V_STEP micros, and at most V_MOST fit."""
TOP = np.uint64(63)
SMALL, GUESSED = np.uint64(1 << 61), np.uint64(1 << 49)


@inlined
def divide_up(hi, lo, normal, reciprocal, shift, over, tie):
    """(hi, lo) over a divisor, rounded its way; hi must be below it, and the quotient below 2^64 - 1. See V_DIVISOR.

    Moller and Granlund, Improved division by invariant integers (2011), algorithm 4: two products instead of a division.
    """
    high = (hi << shift) | (lo >> (np.uint64(64) - shift))  # a divisor is below 2^62: the shift is never 0
    low = lo << shift
    q_low = reciprocal * high
    total = q_low + low
    q = umulh(reciprocal, high) + high + U1 + (U1 if total < q_low else U0)
    rest = low - q * normal
    less = rest > total
    q -= U1 if less else U0
    rest += normal if less else U0
    more = rest >= normal
    q += U1 if more else U0
    rest = (rest - (normal if more else U0)) >> shift
    return q + (U1 if (rest > over) | ((rest == tie) & ((q & U1) == U1)) else U0)


@inlined
def plus(hi, lo, more):
    """(hi, lo) + more, which may be below 0."""
    total = lo + np.uint64(more)
    return hi + np.uint64(more >> 63) + (U1 if total < lo else U0), total


@compiled
def divide_one(table, v, hi, lo):
    """As `divide_block`, of one product: (amount, whether it does not fit)."""
    steps = divide_up(
        hi, lo, np.uint64(table[v + V_NORMAL]), np.uint64(table[v + V_RECIPROCAL]), np.uint64(table[v + V_SHIFT]),
        np.uint64(table[v + V_OVER]), np.uint64(table[v + V_TIE]),
    )  # fmt: skip
    wrong = (hi >= (np.uint64(table[v + V_DIVISOR]) + U1) >> U1) | (steps > np.uint64(table[v + V_MOST]))
    return np.int64(steps * np.uint64(table[v + V_STEP])), wrong


@compiled
def bits_of(values):
    """A number that is at least each value."""
    bits = np.int64(0)
    for j in range(len(values)):
        bits |= values[j]
    return np.uint64(bits)


@compiled
def bits_of_sizes(values):
    """A number that is at least the size of each value."""
    bits = np.int64(0)
    for j in range(len(values)):
        bits |= abs(values[j])
    return np.uint64(bits)


@compiled
def divide_block(table, v, a, b, add, adds, out, bad):
    """out = a x b (+ add, where `adds`) over a divisor of the table, rounded its way; `bad` is set where that does not fit."""
    divisor, most = np.uint64(table[v + V_DIVISOR]), np.uint64(table[v + V_MOST])
    x, y = bits_of(a), bits_of(b)
    more = bits_of_sizes(add) if adds else U0
    reach = x * y + more
    if umulh(x, y) == U0 and max(x * y, more) < SMALL and reach // divisor < min(most, GUESSED):
        divide_small(table, v, a, b, add, adds, out)
    else:
        divide_large(table, v, a, b, add, adds, out, bad)


@compiled
def divide_small(table, v, a, b, add, adds, out):
    """As `divide_block` where all fits a word: a float guesses the quotient, to within one, and the rest in whole numbers says which.

    A quotient below 2^49 is off by less than one after three roundings of 2^-53 each. All of it becomes vector code.
    """
    divisor, step, over, tie = table[v + V_DIVISOR], table[v + V_STEP], table[v + V_OVER], table[v + V_TIE]
    share = 1.0 / np.float64(divisor)
    for j in range(len(out)):
        n = a[j] * b[j]
        if adds:
            n += add[j]
        q = np.int64(np.float64(n) * share)
        rest = n - q * divisor
        below, above = np.int64(rest < 0), np.int64(rest >= divisor)
        q += above - below
        rest += (below - above) * divisor
        q += np.int64((rest > over) | ((rest == tie) & ((q & 1) == 1)))
        out[j] = q * step


@compiled
def divide_large(table, v, a, b, add, adds, out, bad):
    """As `divide_block`, by products of 128 bits."""
    divisor, normal = np.uint64(table[v + V_DIVISOR]), np.uint64(table[v + V_NORMAL])
    reciprocal, shift = np.uint64(table[v + V_RECIPROCAL]), np.uint64(table[v + V_SHIFT])
    over, tie = np.uint64(table[v + V_OVER]), np.uint64(table[v + V_TIE])
    step, most = np.uint64(table[v + V_STEP]), np.uint64(table[v + V_MOST])
    half = (divisor + U1) >> U1  # from here on the quotient is 2^63 or more, and rounding up might wrap to 0
    for j in range(len(out)):
        x, y = np.uint64(a[j]), np.uint64(b[j])
        hi, lo = umulh(x, y), x * y
        if adds:
            hi, lo = plus(hi, lo, add[j])
        steps = divide_up(hi, lo, normal, reciprocal, shift, over, tie)
        bad[j] |= np.int64((hi >= half) | (steps > most))
        out[j] = np.int64(steps * step)


@compiled
def times(a, b, out, bad):
    """out = a x b; `bad` is set where it leaves int64."""
    for j in range(len(out)):
        x, y = np.uint64(a[j]), np.uint64(b[j])
        product = x * y
        bad[j] |= np.int64((umulh(x, y) | (product >> TOP)) != U0)
        out[j] = np.int64(product)
