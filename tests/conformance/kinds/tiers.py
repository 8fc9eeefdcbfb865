"""Percents by quantity or amount, of a line, a group or a quote."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.conformance.ask import Book, plain
from tests.conformance.vector import Vector

Results = dict[str, Any]
GROUPED = {"line": "the line", "group": "the group", "quote": "the quote"}


def discount(vector: Vector) -> Results:
    """A table of percents; what is counted may be more than the line."""
    given = vector.input
    lines, per = given["lines"], int(given.get("units_per", 1))
    groups = sorted({str(line["group"]) for line in lines if line.get("group") is not None})
    book = Book(vector, "line", steps=["volume"], facts=["customer.before: number optional"])
    book.settings = [f"groups {', '.join(f'g{group}' for group in groups)}"] if groups else []
    if per > 1:
        book.units = f"piece pieces, box boxes of {per} pieces"
    for n, line in enumerate(lines):
        book.add(f"product p{n}", f"price {plain(line['unit_price'])} EUR per {'box' if per > 1 else 'piece'}")
    amounts = given.get("measure", "quantity") == "amount"
    whose = GROUPED[vector.policy.get("aggregate", "line")]
    measure = f"goods of {whose} at list" if amounts else f"quantity of {whose}"
    if per > 1 and whose == "the line":
        measure = "quantity"
    if given.get("prior") is not None:
        measure += " plus customer.before"
    mode = {"all_units": "all units", "graduated": "graduated"}[vector.policy.get("mode", "all_units")]
    head = "goods from" if amounts else "pieces from" if per > 1 else "quantity from"
    rows = [(plain(t["from"]) + (" EUR" if amounts else ""), plain(t["percent_off"]) + "%") for t in given["tiers"]]
    book.table("volume discount tiers on everything", f"tiers {mode} by {measure}", rows=[(head, "off list"), *rows])
    asked = [
        (f"p{n}", line["quantity"], {"group": f"g{line['group']}"} if line.get("group") is not None else {})
        for n, line in enumerate(lines)
    ]
    facts = {"customer__before": given["prior"]} if given.get("prior") is not None else {}
    priced = book.price(asked, **facts)
    return {
        "percents": [_percent(listed, net) for listed, net in zip(priced.lists, priced.nets, strict=True)],
        "line_discounts": priced.off,
        "total": priced.total,
    }


def _percent(listed: Decimal, net: Decimal) -> Decimal:
    return 100 * (listed - net) / listed if listed else Decimal(0)
