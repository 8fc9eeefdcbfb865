"""What a plan keeps of time: the facts that say when lines run, prices that hang on them, and rows for what time does to a line.

    price 4.5% a year of line.amount, actual/360   ->  a price over 0, which no price is: the line's own is in its rows

What time does to a line is an exact ratio by its dates and its product, worked out beside the kernels (`pricing.times`).
"""

from __future__ import annotations

from dataclasses import replace

from engine.lang import book as b
from engine.lang.periods import FACTS

ROWS = tuple(
    b.Subject(f"time: {name}", None, True) for name in ("fault", "price", "price below", "price over", "price times")
)
"""The last dims of such a plan: the number of what is wrong (see `kernels.times`), and the price of a unit: two words over one, so many
times. Over 0 the first word is the number of what is wrong with the price."""


class Times:
    """What a book says of time: `book` is that part of it, None where it says nothing."""

    def __init__(self, book: b.Book) -> None:
        hanging = [any(hangs(dated.price) for dated in product.prices) for product in book.products]
        self.book: b.Book | None = None
        self.subjects: tuple[b.Subject, ...] = ()
        self.facts: set[int] = set()
        if book.timed or any(hanging):
            products = tuple(
                replace(product, prices=product.prices if own else (), costs=())
                for product, own in zip(book.products, hanging, strict=True)
            )
            self.book = replace(book, products=products, rules=(), approvals=(), tests=(), denials=())
            self.subjects = ROWS
            asked = {asked_by(dated.price) for product in products for dated in product.prices}
            asked |= set(FACTS) if book.timed else set()
            self.facts = {i for i, fact in enumerate(book.facts) if fact.path in asked}


def hangs(price: b.Price) -> bool:
    """Whether a price hangs on facts of its line: an amount that accrues, an hour."""
    return price.accrual is not None or price.tariff is not None


def asked_by(price: b.Price) -> str | None:
    """The fact that a price hangs on, besides those of its line's time."""
    if price.accrual is not None:
        return price.accrual.of
    return None if price.tariff is None else price.tariff.at
