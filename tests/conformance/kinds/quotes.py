"""What belongs to a whole quote: approvals, terms, ramps."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.conformance.ask import Book, Priced, amount, off, plain, rounded
from tests.conformance.vector import Vector

Results = dict[str, Any]


def approval(vector: Vector) -> Results:
    """Limits that ask: a least margin, a highest net, a largest discount."""
    given = vector.input
    book = Book(vector, steps=["promotion"])
    book.product("thing", given["list"], *([f"cost {plain(given['cost'])} EUR per piece"] if given.get("cost") else []))
    if float(given.get("percent_off") or 0):
        book.add("promotion discount less on everything", off(given, "list"))
    limits = {
        "min_margin_percent": "line.margin < {}%",
        "net_above": "line.net > {} EUR",
        "percent_off_above": "line.discount > {}%",
    }
    asks = [
        f"when {words.format(plain(given[name]))} needs boss"
        for name, words in limits.items()
        if given.get(name) is not None
    ]
    book.add("approval limit on everything", *asks)
    line = ("thing", given.get("quantity", "1"))
    priced = book.price([line])
    (consent,) = book.explained([line]).consents
    return {
        "approval": bool(priced.quote.approvals),
        "net": priced.total,
        "margin_percent": _margin(vector, priced),
        "lowest_net": None if consent.lowest_net is None else rounded(vector, amount(consent.lowest_net)),
    }


def _margin(vector: Vector, priced: Priced) -> Decimal | None:
    """(net - cost) / net of the line, in percent."""
    (line,) = priced.lines
    if line.cost_amount is None or not line.net_amount:
        return None
    return rounded(vector, 100 * Decimal(line.net_amount - line.cost_amount) / Decimal(line.net_amount))
