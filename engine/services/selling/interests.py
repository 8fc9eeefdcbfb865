"""Which families the products are of that a lead is interested in: what a book says today, nothing where there is no such book."""

from __future__ import annotations

from collections.abc import Callable

from engine.services.pricing.verbs import Pricing
from engine.services.refusal import Refused


def families_by(pricing: Pricing) -> Callable[[str, str, tuple[str, ...]], tuple[str, ...]]:
    """A function of tenant, book and products."""

    def families(tenant: str, book: str, products: tuple[str, ...]) -> tuple[str, ...]:
        if not products:
            return ()
        try:
            plan, _ = pricing.plan(tenant, book or pricing.shelf.only_book(tenant), "", 0)
        except Refused:
            return ()  # a lead is not lost for a book that nobody published
        head, wanted = plan.head, set(products)
        found = {family for one in head.products if one.code in wanted for family in one.families}
        return tuple(head.families[family] for family in sorted(found))

    return families
