"""Splits an amount over lines so that nothing is lost: in proportion, within caps, odd units as the book says."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from engine.lang.book import Remainder


def split(
    amount: int, weights: Sequence[Fraction], caps: Sequence[Fraction] | None, step: int, remainder: Remainder
) -> list[int]:
    """Shares of `amount` (a multiple of `step`), each a multiple of step; a negative one is split as its absolute value.

    Weights are not negative; all zero means equal shares. `caps`: the most each line takes; what it cannot take goes to
    the others in proportion, until none is over. What no line can take is left out.
    """
    if not weights:
        return []
    if amount < 0:
        return [-share for share in split(-amount, weights, caps, step, remainder)]
    tops = [None if caps is None else max(0, caps[i] // step * step) for i in range(len(weights))]
    exact = _within(Fraction(amount), weights, tops)
    shares = [step * (share // step) for share in exact]
    odd = (min(amount, sum(top or 0 for top in tops)) if caps is not None else amount) - sum(shares)
    for i in _turns(exact, step, remainder):
        room = odd if tops[i] is None else min(odd, (tops[i] or 0) - shares[i])
        more = min(room, step) if remainder == "largest" else room
        shares[i] += max(0, more)
        odd -= max(0, more)
    return shares


def _within(amount: Fraction, weights: Sequence[Fraction], tops: Sequence[int | None]) -> list[Fraction]:
    """Proportional shares; a line over its top stays at it and the rest is shared anew."""
    shares = [Fraction(0)] * len(weights)
    open_lines = list(range(len(weights)))
    left = amount
    while open_lines:
        total = sum((weights[i] for i in open_lines), Fraction(0))
        mine = {i: left * weights[i] / total if total else left / len(open_lines) for i in open_lines}
        over = [i for i in open_lines if (top := tops[i]) is not None and mine[i] > top]
        for i in over or open_lines:
            shares[i] = Fraction(tops[i] or 0) if over else mine[i]
        if not over:
            break
        left -= sum(shares[i] for i in over)
        open_lines = [i for i in open_lines if i not in over]
    return shares


def _turns(exact: Sequence[Fraction], step: int, remainder: Remainder) -> list[int]:
    """Lines in the order in which they get an odd unit; a second round in case the first was held back by caps."""
    lines = range(len(exact))
    if remainder == "largest":
        first = sorted(lines, key=lambda i: (-(exact[i] % step), i))
        return first * 2
    return list(lines if remainder == "first" else reversed(lines))
