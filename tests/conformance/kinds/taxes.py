"""Tax of one line, with what a discount takes of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.conformance.ask import Book, amount, plain
from tests.conformance.vector import Vector


def line(vector: Vector) -> dict[str, Any]:
    """A line with its tax; the discount is off the whole line, stated with tax or without."""
    given = vector.input
    prices, level = given.get("prices", "exclude"), vector.policy.get("level", "line")
    book = Book(vector, settings=[f"prices {prices} tax", f"round tax to {vector.step} EUR at {level}"])
    book.steps = ["promotion", "tax"]
    book.product("thing", given["unit_price"])
    stated = given.get("discount_prices", prices)
    said = "" if stated == prices else " including tax" if stated == "include" else " excluding tax"
    if Decimal(str(given.get("discount", "0"))):
        book.add(
            "promotion discount less on thing",
            f"give {plain(given['discount'])} EUR off running price{said}, each line",
        )
    rate = plain(given["tax_percent"])
    book.add("tax rate vat on everything", f"charge {rate}%", *(["category Z"] if not Decimal(rate) else []))
    (one,) = book.price([("thing", given.get("quantity", "1"))]).lines
    assert one.tax is not None
    return {
        "net": amount(one.net_amount), "tax": amount(one.tax.tax_amount), "gross": amount(one.tax.gross_amount),
        "net_before_discount": amount(one.list_amount), "gross_before_discount": amount(one.tax.list_gross),
        "discount_gross": amount(one.tax.list_gross - one.tax.gross_amount),
        "discount_tax": amount(one.tax.list_tax - one.tax.tax_amount),
    }  # fmt: skip
