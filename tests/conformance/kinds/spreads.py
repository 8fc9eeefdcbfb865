"""Amounts over several lines: split, capped, within floors, one after the other."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.conformance.ask import Book, off, plain
from tests.conformance.vector import Vector

Results = dict[str, Any]


def percent_off_lines(vector: Vector) -> Results:
    """One discount over all lines, or one on each."""
    given, prices = vector.input, vector.input["lines"]
    by_line = vector.policy.get("level") == "line"
    book = Book(vector, "line", "discounts", steps=["promotion"])
    for n, price in enumerate(prices):
        book.product(f"p{n}", price)
    cap = f", at most {plain(given['cap'])} EUR" if given.get("cap") is not None else ""
    if by_line and not cap:
        book.add("promotion discount less on everything", off(given, "list"))
    else:
        book.add("promotion discount less on the quote", off(given, "list") + f"{cap}, remainder to {vector.remainder}")
    priced = book.price([(f"p{n}", 1) for n in range(len(prices))])
    return {"discount": sum(priced.off, Decimal(0)), "shares": priced.off, "total": priced.total}


def allocate(vector: Vector) -> Results:
    """An amount over lines by weights: a discount, a surcharge, or what they cost together.

    The weights are what the lines are worth by themselves; for a discount the prices are large, so that no line stops at 0.
    """
    given, weights = vector.input, vector.input["weights"]
    book = Book(vector, "line", steps=["share additive" if given["as"] != "bundle_price" else "share"])
    for n, weight in enumerate(weights):
        price = Decimal(given["amount"]) * 10 if given["as"] == "discount" else weight
        book.product(f"p{n}", abs(Decimal(price)), f"ssp {plain(weight)} EUR per piece")
    tail = f", spread by ssp, remainder to {vector.remainder}"
    kind, clause = {
        "discount": ("discount", f"give {plain(given['amount'])} EUR off running price"),
        "surcharge": ("surcharge", f"add {plain(given['amount'])} EUR"),
        "bundle_price": ("price", f"price {plain(given['amount'])} EUR"),
    }[given["as"]]
    book.add(f"share {kind} part on the quote", clause + tail)
    priced = book.price([(f"p{n}", 1) for n in range(len(weights))])
    changes = [net - listed for net, listed in zip(priced.nets, priced.lists, strict=True)]
    return {"shares": {"discount": priced.off, "surcharge": changes, "bundle_price": priced.nets}[given["as"]]}


def within_floors(vector: Vector) -> Results:
    """A discount over lines with least prices."""
    given, lines = vector.input, vector.input["lines"]
    book = Book(vector, "line", steps=["promotion", "floor"])
    for n, line in enumerate(lines):
        book.product(f"p{n}", line["price"])
        if line.get("min") is not None:
            book.add(f"floor f{n} on p{n}", f"at least {plain(line['min'])} EUR")
    book.add("promotion discount less on the quote", off(given) + f", remainder to {vector.remainder}")
    priced = book.price([(f"p{n}", 1) for n in range(len(lines))])
    return {"shares": priced.off, "total": priced.total}


def sequence(vector: Vector) -> Results:
    """Discounts over several lines, a step for each."""
    given, prices = vector.input, vector.input["lines"]
    base = {"running": "running price", "list": "list"}[vector.policy.get("base", "running")]
    book = Book(vector, "line", steps=[f"s{n}" for n in range(len(given["steps"]))])
    for n, price in enumerate(prices, 1):
        book.product(f"p{n}", price)
    for n, step in enumerate(given["steps"]):
        where = step.get("lines", "all")
        target = "the quote" if where == "all" else f"the quote of {' or '.join(f'p{number}' for number in where)}"
        clause = f"{off(step, base)}, spread by {base}, remainder to {vector.remainder}"
        book.add(f"s{n} discount r{n} on {target}", clause)
    priced = book.price([(f"p{n}", 1) for n in range(1, len(prices) + 1)])
    shares = [[-priced.change(f"s{n}", i) for i in range(len(prices))] for n in range(len(given["steps"]))]
    return {"shares": shares, "discount": sum(priced.off, Decimal(0))}
