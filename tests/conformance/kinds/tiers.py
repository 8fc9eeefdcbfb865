"""Percents by quantity or amount, of a line, a group or a quote."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.conformance.ask import Book, plain, rounded
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


# ---------------------------------------------------------------- charges by quantity


def graduated(vector: Vector) -> Results:
    """Each unit at its own tier, with a flat fee for each tier entered; a tier's part is what it adds to the sum."""
    tiers, quantity = vector.input["tiers"], Decimal(str(vector.input["quantity"]))
    bounds = [quantity if t["up_to"] is None else min(quantity, Decimal(str(t["up_to"]))) for t in tiers[:-1]] + [
        quantity
    ]
    exact = replace(vector, dp=None)
    sums = [_charge(exact, "graduated", bound) for bound in bounds]
    parts = [after - before for after, before in zip(sums, [Decimal(0), *sums], strict=False)]
    return {
        "amount": _charge(vector, "graduated", quantity),
        "per_tier": [rounded(vector, part) for part in parts],
    }


def all_units(vector: Vector) -> Results:
    """All units at the tier reached."""
    return {"amount": _charge(vector, "all units", vector.input["quantity"])}


def _charge(vector: Vector, mode: str, quantity: Any) -> Decimal:
    """What a quantity costs by a tier table."""
    tiers = vector.input["tiers"]
    starts = ["0", *(plain(tier["up_to"]) for tier in tiers[:-1])]
    rows = [
        (start, f"{plain(tier.get('unit', '0'))} EUR", f"{plain(tier.get('flat', '0'))} EUR")
        for start, tier in zip(starts, tiers, strict=True)
    ]
    zero = ", flat at zero" if vector.policy.get("flat_at_zero") else ""
    book = Book(vector, units="piece pieces to 6 decimals")
    book.table("product thing", f"price tiers {mode}{zero}", rows=[("pieces above", "price", "flat"), *rows])
    return book.price([("thing", quantity)]).total


def block(vector: Vector) -> Results:
    """The price of the block that holds the quantity, with an overage past the start of the last."""
    given = vector.input
    rows = [(plain(each["from"]), f"{plain(each['price'])} EUR") for each in given["blocks"]]
    book = Book(vector)
    book.table("product thing", "price block", rows=[("pieces from", "price"), *rows])
    if given.get("overage_unit") is not None:
        book.blocks[-1] += f"\n  overage {plain(given['overage_unit'])} EUR per piece"
    return {"amount": book.price([("thing", given["quantity"])]).total}
