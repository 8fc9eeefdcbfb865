"""The task written by hand for this task alone: one int64 fixed-point loop over columns, exact (product split base 10^6)."""

import numba as nb
import numpy as np

from benchmarks.peers.task import FLOOR, PROMO, REG_ON, SEG_OFF, TIERS

(_, T500), (_, T100), (_, T50), (_, T10), (_, T0) = TIERS
SEG = tuple(1000 - v for v in SEG_OFF)
REG = tuple(1000 + v for v in REG_ON)
P0, P1, POFF = PROMO
MIN = FLOOR * 10**9
M, HALF = 1_000_000, 5 * 10**11


@nb.njit(nb.int64(nb.int64, nb.int64, nb.int64, nb.int64, nb.int64))
def net(price, qty, seg, reg, day):
    vol = T500 if qty >= 500 else T100 if qty >= 100 else T50 if qty >= 50 else T10 if qty >= 10 else T0
    f = (1000 - vol) * SEG[seg] * REG[reg]
    f *= 1000 - POFF if P0 <= day <= P1 else 1000
    f = max(f, MIN)
    a = price * qty
    # all terms are >= 0: unsigned division lets LLVM turn the constant divisors into multiplies
    lo = np.uint64(a) * np.uint64(np.uint64(f) % np.uint64(M))
    t = np.uint64(a) * np.uint64(np.uint64(f) // np.uint64(M)) + lo // np.uint64(M)
    q = np.int64(t // np.uint64(M))
    r = np.int64((t % np.uint64(M)) * np.uint64(M) + lo % np.uint64(M))
    return q + (1 if r > HALF or (r == HALF and q & 1) else 0)


@nb.njit
def net_all(prices, sku, qty, seg, reg, day, out):
    for i in range(sku.shape[0]):
        out[i] = net(prices[sku[i]], qty[i], seg[i], reg[i], day[i])
