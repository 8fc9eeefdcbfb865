"""One pricing task that many engines can do: its seeded data, the exact reference and the cross-check.

Line net = list price by sku (1,000), volume tier by quantity (5), segment discount (3), region surcharge (6), a promotion
between two dates, floor at 70% of list, one rounding half-even to cents at the line. 1,506 of the lines are exact ties.
"""

from __future__ import annotations

import dataclasses

import numpy as np

N = 100_000
SKUS = 1_000
# (from quantity, discount in per mille); first match from the top wins
TIERS = [(500, 200), (100, 150), (50, 100), (10, 50), (0, 0)]
SEGMENTS = {"smb": 0, "mid": 40, "ent": 125}  # per mille off
REGIONS = {"us": 0, "uk": 20, "eu": 35, "jp": 45, "br": 120, "in": 8}  # per mille on
PROMO = (20454, 20484, 75)  # days since epoch: 2026-01-01 .. 2026-01-31 inclusive; per mille off
FLOOR = 700  # per mille of list
SEG_NAMES, REG_NAMES = list(SEGMENTS), list(REGIONS)
SEG_OFF, REG_ON = list(SEGMENTS.values()), list(REGIONS.values())


@dataclasses.dataclass
class Data:
    """Columns of int64, one entry a line; `expected` in cents."""

    prices: np.ndarray  # int64 cents, by sku number
    sku: np.ndarray
    qty: np.ndarray
    seg: np.ndarray
    reg: np.ndarray
    day: np.ndarray
    expected: list[int]


def reference(list_cents: int, qty: int, seg: int, reg: int, day: int) -> int:
    """Unbounded-integer reference, the definition of the right answer."""
    vol = next(off for lo, off in TIERS if qty >= lo)
    promo = PROMO[2] if PROMO[0] <= day <= PROMO[1] else 0
    factor = (1000 - vol) * (1000 - SEG_OFF[seg]) * (1000 + REG_ON[reg]) * (1000 - promo)
    factor = max(factor, FLOOR * 10**9)
    q, r = divmod(list_cents * qty * factor, 10**12)
    return q + (r > 5 * 10**11 or (r == 5 * 10**11 and q & 1))


def make(n: int = N, seed: int = 7) -> Data:
    """The seeded lines and what each must come to."""
    g = np.random.default_rng(seed)
    prices = np.round(np.exp(g.uniform(np.log(99), np.log(999_900), SKUS))).astype(np.int64)
    prices[::3] = prices[::3] // 10 * 10  # plenty of exact half-cent ties
    cols = {
        "sku": g.integers(0, SKUS, n),
        "qty": np.minimum(1000, np.ceil(g.pareto(0.7, n) * 3 + 1)).astype(np.int64),
        "seg": g.integers(0, 3, n),
        "reg": g.integers(0, len(REGIONS), n),
        "day": g.integers(20400, 20550, n),
    }
    rows = zip(*(c.tolist() for c in cols.values()), strict=True)
    expected = [reference(int(prices[s]), q, gm, r, d) for s, q, gm, r, d in rows]
    return Data(prices=prices, expected=expected, **cols)


def wrong(data: Data, cents: np.ndarray) -> int:
    """How many lines differ from the exact cents."""
    return int(np.count_nonzero(np.asarray(cents) != np.array(data.expected)))
