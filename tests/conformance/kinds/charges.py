"""Charges by packages, and percents of amounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import accumulate
from typing import Any

from tests.conformance.ask import Book, plain
from tests.conformance.vector import Vector

Results = dict[str, Any]
UNIT = "unit units to 6 decimals"


def _at_zero(vector: Vector) -> str:
    return ", flat at zero" if vector.policy.get("flat_at_zero") else ""


def _starts(tiers: Iterable[Mapping[str, Any]]) -> list[str]:
    """Where each tier begins: above the end of the one before."""
    return ["0", *(plain(tier["up_to"]) for tier in list(tiers)[:-1])]


def package(vector: Vector) -> Results:
    """Packages of which each started one is paid; how many is what they cost at 1 each."""
    given = vector.input
    book, free = Book(vector, "line", units=UNIT), given.get("free_units") or 0
    for name, price in (("charge", given["package_price"]), ("packages", 1)):
        clauses = [f"first {plain(free)} free"] if Decimal(str(free)) else []
        book.add(
            f"product {name}", f"price {plain(price)} EUR per started {plain(given['package_size'])} units", *clauses
        )
    amount, packages = book.price([("charge", given["quantity"]), ("packages", given["quantity"])]).nets
    return {"amount": amount, "packages": packages}


def tiered_packages(vector: Vector) -> Results:
    """Tiers whose packages have sizes of their own: filled one after the other, or all at the one whose end is reached."""
    given, mode = vector.input, vector.policy.get("mode", "graduated").replace("_", " ")
    tiers, quantity = given["tiers"], Decimal(str(given["quantity"]))
    ends, filled = [], Decimal(0)
    for tier in tiers[:-1]:
        filled += Decimal(str(tier["package_size"])) * Decimal(str(tier["max_packages"]))
        ends.append(filled)
    book = Book(vector, "line", units=UNIT)
    rows = [
        (plain(start), f"{plain(tier['package_price'])} EUR per started {plain(tier['package_size'])} units")
        for start, tier in zip([Decimal(0), *ends], tiers, strict=True)
    ]
    book.table("product charge", f"price tiers {mode}", rows=[("units above", "price"), *rows])
    asked = [min(quantity, end) for end in ends] + [quantity]
    so_far = book.price([("charge", each) for each in asked]).nets
    return {"amount": so_far[-1], "per_tier": [so_far[0], *(b - a for a, b in zip(so_far, so_far[1:], strict=False))]}


def graduated_percentage(vector: Vector) -> Results:
    """A percentage of the sum so far, less what was charged before."""
    tiers = vector.input["tiers"]
    book = Book(vector, "line", facts=["line.amount: money"])
    rows = [
        (f"{start} EUR", f"{plain(tier['percent'])}%", f"{plain(tier.get('flat', 0))} EUR")
        for start, tier in zip(_starts(tiers), tiers, strict=True)
    ]
    mode = f"price tiers graduated by line.amount{_at_zero(vector)}"
    book.table("product charge", mode, rows=[("amount above", "percent", "flat"), *rows])
    sums = list(accumulate(Decimal(str(event)) for event in vector.input["events"]))
    nets = book.price([_of("charge", each) for each in sums or [Decimal(0)]]).nets
    return {
        "amount": nets[-1],
        "charges": [nets[0], *(b - a for a, b in zip(nets, nets[1:], strict=False))][: len(sums)],
    }


def _of(product: str, amount: Decimal) -> tuple[str, int, dict[str, Any]]:
    """A line of an amount."""
    return product, 1, {"facts": {"line.amount": int(amount * 1_000_000)}}


def percentage(vector: Vector) -> Results:
    """A percentage of each event with a fixed fee, bounds, and what allowances leave of it."""
    given = vector.input
    book = Book(vector, "line", facts=["line.amount: money"])
    bounds = [
        f"at {word} {plain(given[name])} EUR" for word, name in (("least", "min"), ("most", "max")) if given.get(name)
    ]
    for name, percent, fixed, clauses in (
        ("charge", given["percent"], given.get("fixed") or 0, bounds),
        ("part", given["percent"], 0, []),
        ("fee", 0, given.get("fixed") or 0, []),
    ):
        rows = [("amount above", "percent", "flat"), ("0 EUR", f"{plain(percent)}%", f"{plain(fixed)} EUR")]
        book.table(f"product {name}", *clauses, "price tiers graduated by line.amount", rows=rows)
    left = _beyond_allowances(given)
    asked = [_of(name, each) for name in ("charge", "part", "fee") for each in left]
    nets = book.price(asked).nets if asked else []
    third = len(left)
    return {
        name: sum(nets[at * third : (at + 1) * third], Decimal(0))
        for at, name in enumerate(("amount", "percent_part", "fixed_part"))
    }


def _beyond_allowances(given: Mapping[str, Any]) -> list[Decimal]:
    """What of each event is charged: free while both allowances last; a part may be free by amount."""
    events = [Decimal(str(event)) for event in given["events"]]
    count, amount = given.get("free_events"), given.get("free_amount")
    if count is None and amount is None:
        return events
    free_left = None if amount is None else Decimal(str(amount))
    beyond = []
    for number, event in enumerate(events):
        allowed = count is None or number < int(count)
        free = Decimal(0) if not allowed else event if free_left is None else min(event, free_left)
        free_left = free_left if free_left is None else free_left - free
        beyond.append(event - free)
    return beyond
