"""Exact non-negative ratios for kernels: a 128-bit numerator (hi, lo) over a 64-bit denominator.

A `Ratio` travels as a tuple (hi, lo, den) of uint64 with den >= 1; den == 0 marks an overflow, and every function passes it
on, so that a kernel tests once, at the end. Ratios are reduced only when they would not fit otherwise. uint64 meets
uint64 only: numba turns uint64 with int64 into a float, silently.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from engine.kernels.compiled import compiled

U0, U1 = np.uint64(0), np.uint64(1)
U2, U3, U4 = np.uint64(2), np.uint64(3), np.uint64(4)
U32 = np.uint64(32)
LOW = np.uint64(0xFFFFFFFF)
DEN_MAX = np.uint64(1 << 62)

HALF_UP, HALF_EVEN, HALF_DOWN, UP, DOWN = range(5)


@intrinsic
def umulh(typingctx: Any, a: Any, b: Any) -> Any:
    """The high 64 bits of a 64 x 64 bit product (LLVM has no 128-bit division under numba, but it has the product)."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        wide = ir.IntType(128)
        product = builder.mul(builder.zext(args[0], wide), builder.zext(args[1], wide))
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), codegen


@intrinsic
def trailing_zeros(typingctx: Any, a: Any) -> Any:
    """How many zero bits a word that is not 0 ends with."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), codegen


@intrinsic
def leading_zeros(typingctx: Any, a: Any) -> Any:
    """How many zero bits a word that is not 0 begins with."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctlz(args[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), codegen


@compiled
def mul(hi, lo, k):
    """(hi, lo) * k: (hi, lo, overflow)."""
    carry = umulh(lo, k)
    top = umulh(hi, k)
    high = hi * k
    total = high + carry
    return total, lo * k, top != U0 or total < high


@compiled
def divide_word(hi, lo, d):
    """(hi, lo) / d for hi < d: (quotient, rest), by halves (Knuth, TAOCP 2, 4.3.1, algorithm D)."""
    if hi == U0:
        return lo // d, lo % d
    shift = leading_zeros(d)
    if shift:
        d <<= shift
        hi = (hi << shift) | (lo >> (np.uint64(64) - shift))
        lo <<= shift
    dh, dl = d >> U32, d & LOW
    q1 = hi // dh
    r1 = hi - q1 * dh
    n1 = lo >> U32
    while q1 > LOW or q1 * dl > ((r1 << U32) | n1):
        q1 -= U1
        r1 += dh
        if r1 > LOW:
            break
    mid = ((hi << U32) | n1) - q1 * d
    q0 = mid // dh
    r0 = mid - q0 * dh
    n0 = lo & LOW
    while q0 > LOW or q0 * dl > ((r0 << U32) | n0):
        q0 -= U1
        r0 += dh
        if r0 > LOW:
            break
    rest = ((mid << U32) | n0) - q0 * d
    return (q1 << U32) | q0, rest >> shift


@compiled
def divide(hi, lo, d):
    """(hi, lo) / d: (quotient hi, quotient lo, rest)."""
    if hi == U0:
        return U0, lo // d, lo % d
    qh = hi // d
    ql, rest = divide_word(hi - qh * d, lo, d)
    return qh, ql, rest


@compiled
def gcd(a, b):
    """Greatest common divisor of two words."""
    while b != U0:
        a, b = b, a % b
    return a


@compiled
def reduce(r):
    """The same ratio in lowest terms."""
    hi, lo, den = r
    if den <= U1:
        return r
    _, _, rest = divide(hi, lo, den)
    g = gcd(den, rest)
    if g <= U1:
        return r
    qh, ql, _ = divide(hi, lo, g)
    return qh, ql, den // g


@compiled
def _scale(r, num, den):
    hi, lo, over = mul(r[0], r[1], num)
    if over or umulh(r[2], den) != U0 or r[2] * den > DEN_MAX:
        return U0, U0, U0
    return hi, lo, r[2] * den


@compiled
def scale(r, num, den):
    """r * num / den, for words num and den >= 1."""
    out = _scale(r, num, den)
    if out[2] == U0 and r[2] != U0:
        g = gcd(num, den)
        out = _scale(reduce(r), num // g, den // g)
        if out[2] == U0:  # cross-reduce: den against the numerator, num against the denominator
            r = reduce(r)
            num, den = num // g, den // g
            h = gcd(num, r[2])
            _, _, rest = divide(r[0], r[1], den)
            k = gcd(den, rest)
            qh, ql, _ = divide(r[0], r[1], k)
            out = _scale((qh, ql, r[2] // h), num // h, den // k)
    return out


@compiled
def align(a, b):
    """Two ratios over one denominator: (a hi, a lo, b hi, b lo, den); den == 0 where that does not fit."""
    if a[2] == b[2]:
        return a[0], a[1], b[0], b[1], a[2]
    out = _align(a, b)
    if out[4] == U0 and a[2] != U0 and b[2] != U0:
        out = _align(reduce(a), reduce(b))
    return out


@compiled
def _align(a, b):
    if a[2] == U0 or b[2] == U0:
        return U0, U0, U0, U0, U0
    if a[2] == U1:
        ah, al, over = mul(a[0], a[1], b[2])
        return ah, al, b[0], b[1], U0 if over else b[2]
    if b[2] % a[2] == U0:  # nearly always: a percent of what ran before has its denominator times its own
        up_a, up_b = b[2] // a[2], U1
    else:
        g = gcd(a[2], b[2])
        up_a, up_b = b[2] // g, a[2] // g
    ah, al, over_a = mul(a[0], a[1], up_a)
    bh, bl, over_b = mul(b[0], b[1], up_b)
    if over_a or over_b or umulh(a[2], up_a) != U0 or a[2] * up_a > DEN_MAX:
        return U0, U0, U0, U0, U0
    return ah, al, bh, bl, a[2] * up_a


@compiled
def add(a, b):
    """a + b."""
    ah, al, bh, bl, den = align(a, b)
    lo = al + bl
    carry = U1 if lo < al else U0
    hi = ah + bh + carry
    if hi < ah:
        return U0, U0, U0
    return hi, lo, den


@compiled
def less(a, b):
    """a < b for ratios that align; (answer, whether they did)."""
    ah, al, bh, bl, den = align(a, b)
    return ah < bh or (ah == bh and al < bl), den != U0


@compiled
def take(a, b):
    """max(a - b, 0): what is left when b is taken from a."""
    ah, al, bh, bl, den = align(a, b)
    if ah < bh or (ah == bh and al <= bl):
        return U0, U0, (U1 if den != U0 else U0)
    borrow = U1 if al < bl else U0
    return ah - bh - borrow, al - bl, den


@compiled
def same(a, b):
    """a == b; False where they do not align."""
    ah, al, bh, bl, den = align(a, b)
    return den != U0 and ah == bh and al == bl


@compiled
def up_one(mode, rest, d, quotient):
    """Whether a quotient with this rest (of divisor d) goes up by one in the mode."""
    if rest == U0 or mode == DOWN:
        return False
    if mode == UP:
        return True
    left = d - rest
    if rest != left:
        return rest > left
    return mode == HALF_UP or (mode == HALF_EVEN and (quotient & U1) != U0)


@compiled
def divide_twice(r, step):
    """A ratio over a step where the product of both divisors does not fit: (quotient hi, quotient lo, rest, divisor), the rest in
    quarters: nothing, below one half, one half, above it.
    """
    hi, lo, rest = divide(r[0], r[1], r[2])
    qh, q, over = divide(hi, lo, step)
    if (over | rest) == U0:
        return qh, q, U0, U4
    short = (
        np.int64(step) - np.int64(over) - np.int64(over)
    )  # of a step, twice what is over: only near a half does the rest count
    if short > 1:
        return qh, q, U1, U4
    if short < 0:
        return qh, q, U3, U4
    left = r[2] - rest if short else U0
    return qh, q, U2 if rest == left else U3 if rest > left else U1, U4


@compiled
def rounded(r, step, mode):
    """r rounded to a multiple of step: (amount, fits in int64)."""
    if r[2] == U0:
        return U0, False
    if r[2] == U1 and step == U1:
        return r[1], r[0] == U0 and r[1] >> np.uint64(63) == U0
    if umulh(r[2], step) != U0:
        r = reduce(r)
    if umulh(r[2], step) != U0:
        qh, q, rest, d = divide_twice(r, step)
    else:
        d = r[2] * step
        qh, q, rest = divide(r[0], r[1], d)
    if up_one(mode, rest, d, q):
        q += U1
        if q == U0:
            return U0, False
    if qh != U0 or umulh(q, step) != U0 or (q * step) >> np.uint64(63) != U0:
        return U0, False
    return q * step, True
