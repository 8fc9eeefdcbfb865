"""What an approver weighs: each option's terms as they are beside those that were approved before, in whole numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.lifecycle.quote import Option, Total
from engine.lifecycle.terms import Part, Terms
from engine.values.kinds import MICROS

MOST_PRODUCTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """An option of a deal: its totals, its terms, and those that it was approved on (None: it never was)."""

    option_id: str = ""
    title: str = ""
    recommended: bool = False
    totals: tuple[Total, ...] = ()
    now: Terms | None = None
    before: Terms | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A part of a deal as people read it. Shares are in millionths, half away from zero; None where there is no base, or no leave to see."""

    list_amount_micros: int = 0
    net_amount_micros: int = 0
    sold_amount_micros: int = 0
    granted_amount_micros: int = 0
    discount_micros: int | None = None
    granted_micros: int | None = None
    cost_amount_micros: int | None = None
    margin_micros: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFigures:
    """A product of an option, now and before; None: it is, or was, not in it."""

    product: str = ""
    now: Figures | None = None
    before: Figures | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionFigures:
    """An option, now and before."""

    option_id: str = ""
    title: str = ""
    recommended: bool = False
    currency_code: str = ""
    totals: tuple[Total, ...] = ()
    now: Figures | None = None
    before: Figures | None = None
    net_days: int = 0
    before_net_days: int | None = None
    products: tuple[ProductFigures, ...] = ()


def compared(option: Option, before: Terms | None) -> Compared:
    """An option beside what was approved; of its products those that weigh most."""
    assert option.terms is not None
    kept = {code for code, _ in _by_weight(option.terms)[:MOST_PRODUCTS]}
    return Compared(
        option_id=option.option_id, title=option.title, recommended=option.recommended, totals=option.totals,
        now=_only(option.terms, kept), before=_only(before, kept) if before else None,
    )  # fmt: skip


def _by_weight(terms: Terms) -> list[tuple[str, Part]]:
    return sorted(terms.products.items(), key=lambda one: (-abs(one[1].sold), one[0]))


def _only(terms: Terms, products: set[str]) -> Terms:
    return replace(terms, products={code: part for code, part in terms.products.items() if code in products})


def shown(one: Compared, costs: bool) -> OptionFigures:
    """As a role may see it: with `costs`, or without."""
    now, before = one.now or Terms(), one.before
    return OptionFigures(
        option_id=one.option_id, title=one.title, recommended=one.recommended, currency_code=now.currency_code, totals=one.totals,
        now=_figures(now.whole, costs), before=_figures(before.whole, costs) if before else None,
        net_days=now.net_days, before_net_days=before.net_days if before else None,
        products=tuple(
            ProductFigures(
                product=code, now=_figures(part, costs),
                before=_figures(before.products[code], costs) if before and code in before.products else None,
            )
            for code, part in _by_weight(now)
        ),
    )  # fmt: skip


def _figures(part: Part, costs: bool) -> Figures:
    cost = part.cost if costs else None
    return Figures(
        list_amount_micros=part.listed, net_amount_micros=part.net, sold_amount_micros=part.sold, granted_amount_micros=part.granted,
        discount_micros=_share(part.listed - part.net, part.listed), granted_micros=_share(part.granted, part.listed),
        cost_amount_micros=cost, margin_micros=None if cost is None else _share(part.sold - cost, part.sold),
    )  # fmt: skip


def _share(part: int, of: int) -> int | None:
    """In millionths, half away from zero; what is compared is exact."""
    if of <= 0:
        return None
    share = (2 * abs(part) * MICROS + of) // (2 * of)
    return -share if part < 0 else share
