"""What belongs to a whole quote: approvals, terms, ramps."""

from __future__ import annotations

from datetime import date, timedelta
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


# ---------------------------------------------------------------- time

START = date(2026, 1, 1)


def term_price(vector: Vector) -> Results:
    """A price of a term of its own, for another term: so many months or days, or between two dates."""
    given, days = vector.input, vector.input["term_unit"] == "days"
    start, end = given.get("start"), given.get("end_inclusive")
    up = vector.policy.get("part_month") == "up"
    counted = "month, part months up" if up else "day" if days else "month and day"
    number = plain(given["default_term"])
    per = f"{number} days" if days else "month" if number == "1" else f"{number} months"
    book = Book(vector, settings=[f"prorate by {counted}"])
    book.add("product thing", f"price {plain(given['list'])} EUR per piece per {per}")
    if start is None and days:
        start, end = START, START + timedelta(days=int(given["term"]) - 1)
    facts = (
        {"quote__term": f"{plain(given['term'])} months"}
        if start is None
        else {"quote__start": start, "quote__end": end}
    )
    (line,) = book.price([("thing", 1)], **facts).lines
    assert line.term is not None
    length = (line.term.end or 0) - (line.term.start or 0) if days else int(line.term.text.split()[0])
    return {"net": amount(line.term.net_amount), "term": length}


def ramp(vector: Vector) -> Results:
    """A long term in segments of twelve months, each dearer than the one before."""
    given = vector.input
    book = Book(vector)
    uplift = given.get("uplift_percent", "0")
    rises = f", {plain(uplift)}% uplift a year" if Decimal(str(uplift)) else ""
    book.add(
        "product thing", f"price {plain(given['annual_list'])} EUR per piece per year", f"ramp every 12 months{rises}"
    )
    (line,) = book.price([("thing", 1)], quote__term=f"{given['term_months']} months").lines
    assert line.term is not None
    return {
        "months": [int(segment.text.split()[0]) for segment in line.term.segments],
        "prices": [amount(segment.net_amount) for segment in line.term.segments],
        "total": amount(line.term.net_amount),
    }
