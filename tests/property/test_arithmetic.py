"""Ratios of two words over one are rounded as fractions are, to every step and in every mode."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import event, given, settings
from hypothesis import strategies as st

from engine.kernels import arithmetic
from engine.kernels.compiled import compiled
from engine.values.rounding import MODES, round_to
from tests.effort import tries


@compiled
def _rounded(hi, lo, den, step, mode):
    return arithmetic.rounded((hi, lo, den), step, mode)


@st.composite
def near_halves(draw):
    """(numerator, denominator, step): often at a half of the step or beside it, often with divisors that fit a word only apart."""
    den = draw(st.integers(1, 2**62) | st.integers(0, 62).map(lambda n: 2**n) | st.sampled_from([1, 3, 7 * 10**16]))
    step = draw(st.sampled_from([1, 7, 10_000, 50_000, 1_000_000, 10**9 + 7]))
    halves = den * step * draw(st.integers(0, 10**6)) // 2 + draw(st.sampled_from([-1, 0, 0, 1, den, -den]))
    return min(max(draw(st.just(halves) | st.integers(0, 2**120)), 0), 2**127), den, step


@settings(max_examples=tries(2_000))
@given(near_halves(), st.sampled_from(range(len(MODES))))
def test_a_ratio_is_rounded_as_fractions_are(ratio: tuple[int, int, int], mode: int) -> None:
    n, den, step = ratio
    want = round_to(Fraction(n, den), step, MODES[mode])
    got, fits = _rounded(np.uint64(n >> 64), np.uint64(n % 2**64), np.uint64(den), np.uint64(step), mode)
    event("divisors that fit a word only apart" if den * step >= 2**64 else "one divisor")
    assert bool(fits) == (want < 2**63)
    assert not fits or int(got) == want
