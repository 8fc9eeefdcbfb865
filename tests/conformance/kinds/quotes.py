"""What belongs to a whole quote: approvals, terms, ramps."""

from __future__ import annotations

from typing import Any

from tests.conformance.ask import Book, off, plain
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
    priced = book.price([("thing", given.get("quantity", "1"))])
    return {"approval": bool(priced.quote.approvals), "net": priced.total}
