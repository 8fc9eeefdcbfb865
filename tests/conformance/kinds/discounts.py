"""Percents and amounts off, alone and several together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from tests.conformance.ask import Book, amount, off, plain
from tests.conformance.vector import Vector

Results = dict[str, Any]


def rounded(vector: Vector) -> Results:
    """Each value as the price of one piece; a negative one as a credit."""
    values = [Decimal(value) for value in vector.input["values"]]
    book = Book(vector)
    for n, value in enumerate(values):
        book.product(f"p{n}", abs(value))
    priced = book.price([(f"p{n}", -1 if value < 0 else 1) for n, value in enumerate(values)])
    return {"rounded": priced.nets}


def percent_off(vector: Vector) -> Results:
    """A percent off list."""
    book = Book(
        vector, vector.policy.get("level", "unit"), "discounts" if vector.policy.get("of") == "discount" else ""
    )
    book.product("thing", vector.input["unit_price"])
    book.steps = ["promotion"]
    book.add("promotion discount less on everything", off(vector.input, "list"))
    priced = book.price([("thing", vector.input.get("quantity", "1"))])
    (line,) = priced.lines
    return {"price": amount(line.unit_net), "total": priced.total, "discount": priced.off[0]}


# ---------------------------------------------------------------- several together


def stack(vector: Vector) -> Results:
    """Compound: a step for each. Additive and best of: all in one step, on what it opens with."""
    given, quantity = vector.input, Decimal(str(vector.input.get("quantity", "1")))
    book = Book(vector)
    book.product("thing", given["price"])
    stacking = vector.policy.get("stacking", "compound")
    together = {"additive": "additive", "best_of": "best of"}.get(stacking)
    names = [f"s{n:02}" for n in range(len(given["steps"]))]
    book.steps = [f"all {together}"] if together else names
    for n, step in enumerate(given["steps"]):
        clauses = [off(step) + ("" if step.get("percent_off") is not None else ", each line")]
        if step.get("over") is not None:
            clauses.append(f"when goods at list >= {plain(step['over'])} EUR")
        if step.get("alone"):
            others = [name for m, name in enumerate(names) if m != n]
            clauses.append("alone" + (f" in {', '.join(others)}" if others and not together else ""))
        book.add(f"{'all' if together else names[n]} discount r{n:02} on everything", *clauses)
    priced = book.price([("thing", quantity)])
    bars = priced.lines[0].waterfall
    whole = amount(bars[-1].after) == priced.total  # else the bars are of one unit
    after = [amount(bar.after) * (1 if whole else quantity) for bar in bars[1:]]
    return {
        "total": priced.total,
        "discount": priced.off[0],
        "after": [round(value, vector.dp or 6) for value in after],
    }


def best_set(vector: Vector) -> Results:
    """Sets that compete as one: on the item, then on the order."""
    given = vector.input
    of_items = Book(vector, "unit")
    _sets(of_items, "item", given.get("item_sets", ()), "everything", "best of")
    of_items.product("thing", given["unit_price"])
    both = Book(vector, "unit", steps=list(of_items.steps), blocks=list(of_items.blocks))
    _sets(both, "order", given.get("order_sets", ()), "the quote", "best of quote")
    line = [("thing", given.get("quantity", "1"))]
    item, order = of_items.price(line), both.price(line)
    return {
        "item_discount": amount(item.lines[0].unit_list - item.lines[0].unit_net),
        "order_discount": item.total - order.total,
        "total": order.total,
    }


def _sets(book: Book, step: str, sets: Sequence[Sequence[Mapping[str, Any]]], target: str, combine: str) -> None:
    if sets:
        book.steps.append(f"{step} {combine}")
    for n, offers in enumerate(sets):
        names = [f"{step}_{n}_{m}" for m in range(len(offers))]
        for name, each in zip(names, offers, strict=True):
            book.add(f"{step} discount {name} on {target}", off(each))
        if len(names) > 1:
            book.steps.append(f"together {', '.join(names)}")


def best_per_line(vector: Vector) -> Results:
    """For each line the offer that takes most."""
    lines, offers = vector.input["lines"], vector.input["offers"]
    book = Book(vector, vector.policy.get("level", "unit"), steps=["promotion best of"])
    for n, line in enumerate(lines, 1):
        book.product(f"p{n}", line["unit_price"])
    for n, each in enumerate(offers):
        where = each.get("lines", "all")
        target = "everything" if where == "all" else ", ".join(f"p{number}" for number in where)
        if each.get("buy") is None:
            book.add(f"promotion discount o{n:02} on {target}", off(each))
        else:
            free = off(each).removeprefix("give ").partition(" off ")[0]
            book.add(f"promotion offer o{n:02} on {target}", f"buy {each['buy']}", f"get {each['get']}, {free} off")
    priced = book.price([(f"p{n}", line.get("quantity", "1")) for n, line in enumerate(lines, 1)])
    return {"line_discounts": priced.off, "total": priced.total}


def item_then_order(vector: Vector) -> Results:
    """A discount on each item, then one on the order."""
    lines = vector.input["lines"]
    items = Book(vector, "unit", steps=["item"])
    for n, line in enumerate(lines, 1):
        items.product(f"p{n}", line["unit_price"])
        if line.get("percent_off") is not None or line.get("amount_off") is not None:
            items.add(f"item discount i{n} on p{n}", off(line))
    order = Book(vector, "unit", steps=["item", "order"], blocks=list(items.blocks))
    order.add("order discount off on the quote", off(vector.input["order"]))
    asked = [(f"p{n}", line.get("quantity", "1")) for n, line in enumerate(lines, 1)]
    one, both = items.price(asked), order.price(asked)
    units = sum(Decimal(str(line.get("quantity", "1"))) for line in lines)
    shown = amount(both.lines[0].unit_net) if len(lines) == 1 else both.total / units
    return {
        "item_discounts": [amount(line.unit_list - line.unit_net) for line in one.lines],
        "order_discount": one.total - both.total,
        "total": both.total,
        "discount": sum(both.off, Decimal(0)),
        "unit_price": round(shown, vector.dp or 6),
    }


def threshold(vector: Vector) -> Results:
    """Delivery is free from a threshold on the goods, before or after the percent; a probe says whether it was reached."""
    given = vector.input
    moment = "after order" if vector.policy.get("threshold_base", "after") == "after" else "at list"
    book = Book(vector, steps=["order", "delivery"])
    book.product("goods_sold", given["unit_price"])
    book.product("parcel", given.get("shipping", "0"), "shipping", "never discounted")
    book.product("probe", "1", "shipping", "never discounted")
    book.add("order discount half on the quote", off({"percent_off": given["order_percent_off"]}))
    reached = f"when goods {moment} >= {plain(given['threshold'])} EUR"
    book.add("delivery price free on parcel, probe", reached, "price 0 EUR")
    priced = book.price([("goods_sold", given.get("quantity", "1")), ("parcel", 1), ("probe", 1)])
    goods, parcel, probe = priced.nets
    return {"eligible": probe == 0, "total": goods + parcel}


# ---------------------------------------------------------------- some units


def per_unit(vector: Vector) -> Results:
    """An amount off the first unit, another off each other."""
    given = vector.input
    book = Book(vector, "unit", steps=["promotion"])
    book.product("thing", given["unit_price"])
    first = given["amount_off"]
    other = given.get("amount_off_additional", first)
    most = f", at most {given['max_quantity']} units" if given.get("max_quantity") is not None else ""
    clause = f"give {plain(first)} EUR off the first unit, {plain(other)} EUR off each other{most}"
    book.add("promotion discount each on everything", clause)
    priced = book.price([("thing", given["quantity"])])
    return {"discount": priced.off[0], "total": priced.total}


def cheapest(vector: Vector) -> Results:
    """A discount on the cheapest unit of all."""
    prices = vector.input["unit_prices"]
    book = Book(vector, "unit", steps=["promotion"])
    for n, price in enumerate(prices):
        book.product(f"p{n}", price)
    book.add("promotion discount cheap on everything", off(vector.input, "the cheapest unit"))
    priced = book.price([(f"p{n}", 1) for n in range(len(prices))])
    return {"discount": sum(priced.off, Decimal(0)), "total": priced.total}
