"""Prices made by a formula, over cost, of other lines, or chosen among several."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from tests.conformance.ask import Book, amount, off, plain
from tests.conformance.vector import Vector

Results = dict[str, Any]


def markup(vector: Vector) -> Results:
    """A markup on a base, then a percent off the result; each shown by a book of its own."""
    given = vector.input
    made = Book(vector, "unit")
    made.add(
        "product thing",
        f"price cost plus {plain(given['markup_percent'])}%",
        f"cost {plain(given['base'])} EUR per piece",
    )
    with_markup = made.price([("thing", 1)]).total
    made.steps = ["promotion"]
    if Decimal(str(given.get("percent_off", "0"))):
        made.add("promotion discount less on everything", off(given))
    price = made.price([("thing", 1)]).total
    return {"price_with_markup": with_markup, "discount": with_markup - price, "price": price}


def formula(vector: Vector) -> Results:
    """Base, then (converted before it is rounded) a percent, a multiple, a surcharge, a floor."""
    given = vector.input
    rate = given.get("fx_rate")
    book = Book(vector, "unit", steps=["contract", "promotion"])

    def money(figure: Any) -> str:
        """An amount; of a quote in another currency it is said in that."""
        return f"{plain(figure)} EUR" + ("" if rate is None else f", {plain(figure)} USD")

    book.product("thing", given["base"])
    if given.get("set_price") is not None:
        book.add(
            "contract price agreed on thing",
            f"price {plain(given['set_price'])} EUR per piece"
            + ("" if rate is None else f", {plain(given['set_price'])} USD per piece"),
        )
    if given.get("percent_off") is not None:
        book.add("promotion discount less on thing", off(given))
    if given.get("round_to") is not None:
        book.steps.append(f"charm rounded {vector.mode} to {plain(given['round_to'])} EUR")
    surcharge = Decimal(str(given.get("surcharge", "0")))
    if surcharge:
        book.steps.append("extra")
        kind, words = ("surcharge", f"add {money(surcharge)}") if surcharge > 0 else (
            "discount", f"give {money(-surcharge)} off running price")  # fmt: skip
        book.add(f"extra {kind} more on thing", words)
    floors = {"floor": "at least {}", "floor_below_base": "at least {} below list"}
    book.steps.append("floor")
    for name, clause in floors.items():
        if given.get(name) is not None:
            book.add(f"floor {name} on thing", clause.format(money(given[name])))
    facts = {}
    if rate is not None:
        book.settings.append("currencies USD")
        book.table("rates", rows=[("from", "to", "rate"), ("EUR", "USD", plain(rate))])
        facts["quote__currency"] = "USD"
    priced = book.price([("thing", given.get("quantity", "1"))], **facts)
    return {"price": amount(priced.lines[0].unit_net), "total": priced.total}


def percent_of_total(vector: Vector) -> Results:
    """A price that is a percent of other lines; one line is not covered."""
    given = vector.input
    book = Book(vector, settings=["families covered, other"])
    for n, price in enumerate(given["covered"]):
        book.product(f"p{n}", price, "family covered")
    book.product("apart", "200", "family other")
    bounds = "".join(
        f", at {word} {plain(given[name])} EUR"
        for name, word in (("min", "least"), ("max", "most"))
        if given.get(name) is not None
    )
    book.add(
        "product care",
        f"price {plain(given['percent'])}% of list of family covered{bounds}",
        "family other",
        "unit piece",
    )
    priced = book.price([*((f"p{n}", 1) for n in range(len(given["covered"]))), ("apart", 1), ("care", 1)])
    return {"amount": priced.nets[-1]}


def select(vector: Vector) -> Results:
    """Prices of a list first, then the most specific, then the lowest."""
    prices, context = vector.input["prices"], vector.input["context"]
    names = sorted({name for price in prices for name in price["rules"]} | set(context))
    book = Book(vector, "unit", facts=[f"customer.{_name(name)}: text optional" for name in names])
    rules = {f"r{n:02}": price for n, price in enumerate(prices)}
    listed = [name for name, price in rules.items() if price.get("price_list")]
    first = f"from {' and '.join(listed)}, then " if listed else ""
    book.steps = []
    book.list_step = f"list {first}most specific, then lowest"
    book.add("product thing", "unit piece")
    for name, price in rules.items():
        clauses = [f"price {plain(price['amount'])} EUR per piece"]
        if price["rules"]:
            clauses.insert(0, f"when {' and '.join(_asks(fact, value) for fact, value in price['rules'].items())}")
        book.add(f"list price {name} on thing", *clauses)
    facts = {f"customer__{_name(name)}": value for name, value in context.items()}
    return {"amount": book.price([("thing", 1)], **facts).total}


def _name(fact: str) -> str:
    return re.sub(r"[^a-z0-9_]", "_", fact.lower())


def _asks(fact: str, value: Any) -> str:
    values = value if isinstance(value, list) else [value]
    texts = ", ".join(f'"{each}"' for each in values)
    return f"customer.{_name(fact)} in {texts}" if len(values) > 1 else f"customer.{_name(fact)} is {texts}"
