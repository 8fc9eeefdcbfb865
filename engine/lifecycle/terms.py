"""How good a deal is for the seller, in whole numbers, and whether another is worse: what was approved once is asked again only then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

VALID_DAYS = 30
"""For how long a quote stands that does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Amounts in micros of what may be discounted (`listed`, `net`, of that `granted` by hand), and the cost where all of it is known."""

    listed: int = 0
    net: int = 0
    granted: int = 0
    sold: int = 0
    cost: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Of an option: as a whole, by product, when it is paid, and for how long it stands once it is sent (0: the usual)."""

    currency_code: str = ""
    whole: Part = field(default_factory=Part)
    products: dict[str, Part] = field(default_factory=dict)
    net_days: int = 0
    valid_days: int = 0


def worse(now: Terms, approved: Terms) -> list[str]:
    """In what a deal is worse than one that was approved, in words; [] where it is not."""
    if now.currency_code != approved.currency_code:
        return [f"it is in {now.currency_code}, and {approved.currency_code} was approved"]
    found = list(_worse("the quote", now.whole, approved.whole))
    for product, part in now.products.items():
        before = approved.products.get(product)
        if before is None:
            found.append(f"{product} is new")
        else:
            found.extend(_worse(product, part, before))
    if now.net_days > approved.net_days:
        found.append(f"it is paid after {now.net_days} days instead of {approved.net_days}")
    stands, stood = now.valid_days or VALID_DAYS, approved.valid_days or VALID_DAYS
    if stands > stood:
        found.append(f"it stands for {stands:,} days instead of {stood:,}")
    return found


def _worse(what: str, now: Part, before: Part) -> Iterator[str]:
    """Ratios are compared as products of whole numbers: nothing is rounded. A part that is all credits has none.

    Of margins no figure is said: who may not see costs reads this, too.
    """
    if now.listed > 0 and before.listed > 0:
        yield from _more(f"the discount on {what}", _off(now), _off(before))
        yield from _more(
            f"what is granted by hand on {what}", (now.granted, now.listed), (before.granted, before.listed)
        )
    elif now.listed > max(now.net, 0):
        yield f"{what} is discounted, and there was nothing to discount"
    if before.cost is None:
        return
    if now.cost is None:
        yield f"the margin of {what} is not known any more"
    elif before.sold > 0 and _thinner(now.cost, now.sold, before.cost, before.sold):
        yield f"the margin of {what} is lower"


def _thinner(cost: int, sold: int, cost_before: int, sold_before: int) -> bool:
    """Whether the share of cost is higher; what is given away has the highest there is."""
    return cost * sold_before > cost_before * sold if sold > 0 else cost > 0


def _more(what: str, now: tuple[int, int], before: tuple[int, int]) -> Iterator[str]:
    if now[0] * before[1] > before[0] * now[1]:
        yield f"{what} is {_percent(*now)} instead of {_percent(*before)}"


def _off(part: Part) -> tuple[int, int]:
    return part.listed - part.net, part.listed


def _percent(part: int, of: int) -> str:
    """To a hundredth of a percent, half up, for people: what is compared is exact."""
    hundredths = (20_000 * abs(part) + of) // (2 * of)
    return f"{'-' if part < 0 else ''}{hundredths // 100}.{hundredths % 100:02d}%"
