"""What options come to: by total, and as the one number that "cheap" means, made ready for passes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import NamedTuple

import numpy as np

from engine.configure.circuit import Circuit, Costs, costs_of, prices_of
from engine.configure.complete import in_turn
from engine.configure.model import MOST_COST_MICROS, ModelError
from engine.configure.wishes import wish

FIRST_YEAR = "first_year"
IN_FIRST_YEAR = {
    "once": 1, "per_day": 365, "per_week": 52, "per_month": 12, "per_quarter": 4, "per_year": 1, "per_365_days": 1, "for_term": 1,
}  # fmt: skip
"""How often each total comes in the first year; use and other terms do not count."""
TOO_HIGH = "a price is too high to be compared over the first year; say a total by its own period"


class Entry(NamedTuple):
    """What an option brings: the total that it is in, what that is at list, and what it costs in the bundle, in micros."""

    option: int
    total: str
    listed: int
    amount: int


@dataclass(frozen=True)
class Bill:
    """Micros by option (int64 [options]): of each total, and of the one that decides, `total`; `base` is there whatever is chosen.

    `unpriced` options count as nothing, `least` ones as the least that they may be. Where it is `estimated` a configuration may cost
    something else than its options together.
    """

    total: str
    amounts: np.ndarray = field(repr=False)
    parts: Mapping[str, Part] = field(repr=False)
    base: int = 0
    unpriced: tuple[int, ...] = ()
    least: tuple[int, ...] = ()
    estimated: bool = False

    def totals(self, chosen: np.ndarray) -> tuple[tuple[str, int, int], ...]:
        """What a configuration comes to, by total: at list, and in the bundle."""
        return tuple(
            (name, int(part.listed[chosen].sum()), int(part.amounts[chosen].sum()) + part.base)
            for name, part in self.parts.items()
        )

    def of(self, chosen: np.ndarray) -> int:
        """What it comes to in the total that decides."""
        return int(self.amounts[chosen].sum()) + self.base

    def deciding(self, totals: Iterable[tuple[str, int]]) -> int:
        """What amounts by total come to in the one that decides."""
        return sum(times_in(self.total, name) * amount for name, amount in totals)


@dataclass(frozen=True)
class Part:
    """A total: micros by option, at list and in the bundle, and what is there whatever is chosen."""

    listed: np.ndarray = field(repr=False)
    amounts: np.ndarray = field(repr=False)
    base: int = 0


def times_in(total: str, name: str) -> int:
    """How often a total comes in the one that decides."""
    return IN_FIRST_YEAR.get(name, 0) if total == FIRST_YEAR else int(name == total)


def parts_of(
    options: int, entries: Iterable[Entry], before: Mapping[str, Part] | None = None, less: Iterable[Entry] = ()
) -> dict[str, Part]:
    """Totals of what options bring, beside those of before, `less` what these counted.

    Raises:
        ModelError: an amount does not fit a word.
    """
    parts = {name: Part(one.listed.copy(), one.amounts.copy(), one.base) for name, one in (before or {}).items()}
    changes = chain(entries, (Entry(option, name, -listed, -amount) for option, name, listed, amount in less))
    for option, name, *micros in changes:
        if name not in parts:
            parts[name] = Part(np.zeros(options, np.int64), np.zeros(options, np.int64))
        for array, more in zip((parts[name].listed, parts[name].amounts), micros, strict=True):
            value = int(array[option]) + more
            if abs(value) >> 63:
                raise ModelError(TOO_HIGH)
            array[option] = value
    return parts


def bill_of(
    options: int, parts: Mapping[str, Part], total: str, unpriced: Iterable[int] = (), least: Iterable[int] = (),
    estimated: bool = False,
) -> Bill:  # fmt: skip
    """A bill of totals. Without one that decides: the only one there is, else the first year's.

    Raises:
        ModelError: an amount is too high for a pass.
    """
    total = total or (next(iter(parts)) if len(parts) == 1 else FIRST_YEAR if parts else "once")
    times = {name: times_in(total, name) for name in parts}
    most = sum(times[name] * max(map(abs, _ends(part.amounts))) for name, part in parts.items())
    base = sum(times[name] * part.base for name, part in parts.items())
    # Whole numbers of any size where they are needed: a year of a price may be more than a word.
    amounts = np.zeros(options, np.int64 if most <= MOST_COST_MICROS else object)
    for name, part in parts.items():
        amounts += part.amounts.astype(amounts.dtype) * times[name]
    if max(map(abs, (*_ends(amounts), base))) > MOST_COST_MICROS:
        raise ModelError(TOO_HIGH)
    return Bill(total, amounts.astype(np.int64), parts, base, tuple(sorted(unpriced)), tuple(sorted(least)), estimated)


def _ends(amounts: np.ndarray) -> tuple[int, int]:
    return (int(amounts.min()), int(amounts.max())) if len(amounts) else (0, 0)


@dataclass(frozen=True)
class Ready:
    """A bill as costs: the cheapest, and what keeps most wishes and is then the cheapest. `wished` are their literals."""

    bill: Bill
    cheap: Costs | None
    wanted: Costs | None
    wished: tuple[int, ...]

    @cached_property
    def wishes(self) -> np.ndarray:
        """The options that are wished."""
        return np.array([literal >> 1 for literal in self.wished if not literal & 1], np.int64)


def cheap_of(circuit: Circuit | None, bill: Bill) -> Costs | None:
    """A bill as costs: of all configurations the cheapest."""
    return None if circuit is None else prices_of(circuit, bill.amounts)


def ready(
    circuit: Circuit | None, bill: Bill, cheap: Costs | None, tiers: tuple[tuple[int, ...], ...], under: np.ndarray
) -> Ready:
    """Costs of a bill and of wishes: literals in tiers, the first tier before all of the next. `under`: of each option the one that
    it stands under, -1 where it is always there."""
    wished = tuple(literal for tier in tiers for literal in tier)
    if circuit is None:
        return Ready(bill, None, None, wished)
    then = np.zeros(2 * len(bill.amounts), np.int64)
    then[::2] = bill.amounts
    return Ready(bill, cheap, _first_wishes(circuit, tiers, under, then), wished)


def _first_wishes(circuit: Circuit, tiers: tuple[tuple[int, ...], ...], under: np.ndarray, then: np.ndarray) -> Costs:
    """Wishes by tier, then price; where that does not fit a word, all wishes alike; else wishes alone."""
    by_tier, alike = np.zeros(len(then), np.int64), np.zeros(len(then), np.int64)
    weight = 1
    for tier in reversed(tiers):
        for costs, each in ((by_tier, weight), (alike, 1)):
            wish(costs, tier, each, under)
        weight *= len(tier) + 1
    span = int(np.abs(then).sum()) + 1
    if span * (int(np.abs(by_tier).sum()) + 1) < MOST_COST_MICROS:
        return costs_of(circuit, by_tier * span + then)
    for first in (by_tier, alike):
        try:
            return in_turn(circuit, (), first, then)
        except ModelError:
            continue
    return costs_of(circuit, alike)
